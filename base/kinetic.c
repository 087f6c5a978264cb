/* See kinetic.h. */
#include "base/kinetic.h"

#include "base/exponential.h"

#define KINETIC_KELVIN 10000.0
#define REFERENCE_KELVIN 293.15 /* what exponents are relative to, so that none overflows */
#define LEAST_KELVIN 20.0

struct scale { /* kelvin = (value + shift) * factor */
    double shift, factor;
};

static struct scale scale_of(struct text unit)
{
    if (text_equal(unit, text_of("K")))
        return (struct scale){0, 1};
    if (text_equal(unit, text_of("°F")))
        return (struct scale){459.67, 5.0 / 9};
    return (struct scale){273.15, 1};
}

double kinetic_heat(double temperature, struct text unit)
{
    struct scale scale = scale_of(unit);
    double kelvin = (temperature + scale.shift) * scale.factor;
    kelvin = kelvin > LEAST_KELVIN ? kelvin : LEAST_KELVIN;
    return natural_exp(KINETIC_KELVIN / REFERENCE_KELVIN - KINETIC_KELVIN / kelvin);
}

double kinetic_temperature(double mean_heat, struct text unit)
{
    struct scale scale = scale_of(unit);
    double kelvin = KINETIC_KELVIN / (KINETIC_KELVIN / REFERENCE_KELVIN - natural_log(mean_heat));
    return kelvin / scale.factor - scale.shift;
}
