/* Numbers, lengths of time and names, as text for people and for JSON.
 * Comes in: values, and names as sensors sent them. Goes out: UTF-8 in the caller's room, cut at
 * its end, never longer. Called by message.c, template.c and identity.c. */
#ifndef ALERTS_WORDING_H
#define ALERTS_WORDING_H

#include "base/text.h"
#include "base/zone.h"

struct writer { /* a growing text, always ended by a zero */
    char *room;
    size_t room_bytes, length;
    bool is_cut; /* something did not fit */
};

static inline struct writer writer_on(char *room, size_t room_bytes)
{
    room[0] = 0;
    return (struct writer){room, room_bytes, 0, false};
}

/* Adds text; bytes that are not UTF-8 become U+FFFD. Cut between characters when room ends. */
void writer_add(struct writer *writer, struct text text);
void writer_format(struct writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The bytes of the UTF-8 character at the beginning of `text` (1 to 4); 0 when it is not one. */
size_t wording_character(struct text text);

/* "6.0": with this many decimals (0 to 9), rounded to nearest; never "-0.0". */
void writer_add_number(struct writer *writer, double value, unsigned decimals);
/* Decimals that a number needs as it is usually written: 0.1 has 1, 273.15 has 2; 6 at most. */
unsigned wording_decimals(double value);

#define WORDING_JSON_BYTES 32
/* A JSON number of 15 digits at most: what a sensor sent comes out as it was, and 0.1 * 42 as 4.2.
 * Not finite: "null". */
const char *wording_json_number(double value, char room[WORDING_JSON_BYTES]);

/* "10 minutes", "1 hour 5 minutes", "2 days 3 hours"; rounded down. */
void writer_add_duration(struct writer *writer, int64_t ms);
/* "08:15 GMT", or "13 March 08:15 GMT" when it is not of the same day as `seen_from_ms`. */
void writer_add_time(struct writer *writer, const struct zone *zone, int64_t utc_ms,
                     int64_t seen_from_ms);

#endif
