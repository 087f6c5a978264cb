/* A message of a sensor, made from the paths of its group, so that a test goes the way that real
 * readings go. Comes in: the values of a line of a test. Goes out: bytes in the group's format.
 * Called by play.c. */
#ifndef RULES_TESTING_PAYLOAD_H
#define RULES_TESTING_PAYLOAD_H

#include "rules/testing/script.h"

#define TESTING_PAYLOAD_BYTES 8192

/* The value of a ramp at `at_ms`. */
double testing_value_at(const struct testing_step *step, const struct testing_value *value,
                        int64_t at_ms);
/* "4.5": as the sensor would say it, in its own unit and scale. */
size_t testing_value_text(const struct testing_rules *rules, const struct testing_step *step,
                          const struct testing_value *value, int64_t at_ms, char *room,
                          size_t room_bytes);

/* 0: this format can't be written by a test. */
size_t testing_payload(const struct testing_rules *rules, const struct testing_step *step,
                       int64_t at_ms, char *room, size_t room_bytes);
/* The topic with the sensor's names; empty for UDP. */
void testing_topic(const struct testing_rules *rules, const struct testing_sensor *sensor,
                   char *room, size_t room_bytes);

#endif
