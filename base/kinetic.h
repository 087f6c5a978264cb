/* Mean kinetic temperature (83.144 kJ/mol by 8.3144 J/(mol K), as pharmacopoeias round them).
 * Comes in: temperatures in °C, °F or K. Goes out: their heat, to be summed, and the temperature
 * whose heat is the mean of it. Called by rules/engine. */
#ifndef BASE_KINETIC_H
#define BASE_KINETIC_H

#include "base/text.h"

#define KINETIC_SIZE 1e5 /* for rounding.h: an exponent and a logarithm cost some digits */

double kinetic_heat(double temperature, struct text unit);
double kinetic_temperature(double mean_heat, struct text unit);

#endif
