/* How a `.test` file is read: what the files read*.c share. The words are those of the rules
 * (rules/language/lexer.h), and so are the messages. A production returns false when it gave up its
 * line; then the message is given. Private to rules/testing. */
#ifndef RULES_TESTING_READ_H
#define RULES_TESTING_READ_H

#include "rules/language/parser.h"
#include "rules/testing/script.h"

struct testing_reader {
    struct parser words; /* only its arena, messages and reader are used */
    struct testing_file *file;
    struct testing_loader loader;
    const struct testing_rules *rules; /* in force; NULL: none, or broken */
    bool has_rules_line;               /* a `rules` line was there, good or not */
    bool asked_for_rules;              /* that it is missing was told */
    struct testing_test *test;         /* whose lines are read; NULL: none */
};

/* A moment as it is written: "08:15", "08:15:30", "tuesday 08:15", "2026-03-30 08:15". */
struct testing_moment {
    int64_t local_ms, utc_ms;
    int64_t width_ms; /* how much it means: a minute or a second */
    bool has_day;
    int64_t day_ms;
    struct place place;
};
/* `day_ms`: the day that it is on when it names none. */
bool testing_read_moment(struct testing_reader *reader, int64_t day_ms,
                         struct testing_moment *moment);
/* True when a word can begin a moment. */
bool testing_begins_moment(const struct word *word);
/* `2026-03-29`: local midnight as if it were UTC. */
bool testing_read_date(struct testing_reader *reader, const struct word *word, int64_t *day_ms);

bool testing_read_sensor(struct testing_reader *reader);
/* `[SHORT] reading value …` behind the time. */
bool testing_read_readings(struct testing_reader *reader, struct testing_step *step);
bool testing_read_send(struct testing_reader *reader, struct testing_step *step);

/* Behind `expect`. */
bool testing_read_expect(struct testing_reader *reader, struct testing_step *step);
/* An alarm by its name, and `on NAME`. */
bool testing_read_alarm(struct testing_reader *reader, struct testing_step *step);
bool testing_read_on(struct testing_reader *reader, struct testing_step *step);

/* A number with its unit, in the unit `unit` of a reading (empty: none). */
bool testing_read_amount(struct testing_reader *reader, struct text unit, double *value,
                         uint8_t *decimals, struct place *place);

/* The rest of the line as it was written, without a comment; its place. */
struct text testing_rest(struct testing_reader *reader, struct place *place);

/* "did you mean …" for one of some names of the ruleset. */
struct testing_names {
    struct text texts[64];
    size_t count;
};
void testing_names_add(struct testing_names *names, struct text name);
bool testing_refuse_name(struct testing_reader *reader, const struct word *word, enum code code,
                         const char *sentence, const struct testing_names *names,
                         const char *intro);

#endif
