/* Messages to the one who writes rules (RULES section 13), kept in the order of the lines.
 * Comes in: a place, a code and texts. Goes out: at most RULES_MESSAGES_MAX messages; errors stay
 * before warnings go. Called by the source reader, the parser and the checker. */
#ifndef RULES_LANGUAGE_MESSAGES_H
#define RULES_LANGUAGE_MESSAGES_H

#include "rules/language/source.h"

/* R is an error, W a warning. A number keeps its meaning for ever; new ones are added. */
enum code {
    CODE_TEXT_OPEN = 101,    /* a text without its closing quote mark */
    CODE_SYMBOL = 102,       /* > instead of above */
    CODE_COMMA = 103,        /* 4,5 */
    CODE_COLON = 104,        /* severity: critical */
    CODE_BLOCK_WORD = 105,   /* alram too-warm */
    CODE_INSTRUCTION = 106,  /* a line that no block has */
    CODE_SEVERITY = 107,     /* when … without critical, warning, notice or log */
    CODE_PLAIN_NUMBER = 108, /* 1e3, .5, 5., +5 */
    CODE_EXPECTED = 110,     /* another word was due here */
    CODE_NAME = 111,         /* a name was due here, or this can't be one */
    CODE_EXTRA = 112,        /* the line should have ended */
    CODE_TWICE = 113,        /* the same line again in one block */
    CODE_NUMBER_RANGE = 114, /* a port, a count or a length out of its bounds */
    CODE_TIME_UNIT_MISSING = 120,
    CODE_TIME_UNIT = 121,
    CODE_DURATION = 122, /* zero, or far too long */
    CODE_GROUP = 130,
    CODE_GROUP_TWICE = 131,
    CODE_ALARM = 132, /* there is no alarm of that name */
    CODE_ALARM_TWICE = 133,
    CODE_HOURS = 134, /* there are no hours of that name */
    CODE_REPORT_TWICE = 135,
    CODE_SET_TWICE = 136,
    CODE_NAME_TAKEN = 137,  /* by a reading, a limit, a unit or a word of the language */
    CODE_BLOCK_EMPTY = 138, /* sensors without from, an alarm without when … */
    CODE_DEFAULTS = 139,    /* they stand below an alarm, or have a line that is no option */
    CODE_REPORT = 145,      /* there is no report of that name */
    CODE_INCLUDE = 140,     /* a file that is not there, or includes itself too deep */
    CODE_WILDCARD = 141,
    CODE_TOPIC = 142,
    CODE_PATH = 143,
    CODE_TIMEZONE = 144,
    CODE_UNIT = 150,
    CODE_READING = 151,
    CODE_READING_TWICE = 152,
    CODE_UNIT_MISSING = 153,
    CODE_UNIT_EXTRA = 154,
    CODE_UNIT_KIND = 155,
    CODE_VALUE = 156,
    CODE_NOT_A_NUMBER = 157, /* a state where a number is due, or the other way round */
    CODE_RANGE = 158,        /* upside down */
    CODE_STATES = 159,       /* words of a state: swapped, twice, too few */
    CODE_AND_OR = 160,
    CODE_ORDER = 161, /* and after for */
    CODE_COMPARISON = 162,
    CODE_STATE = 163,
    CODE_QUANTIFIER = 164, /* any or every must, or can't, be said */
    CODE_SILENT = 165,     /* silent, missing or stuck without a length of time */
    CODE_ENDING = 166,
    CODE_WRONG_SIDE = 167,
    CODE_SEVERITY_ORDER = 168,
    CODE_TOTAL = 169, /* a total that its window can't hold, or that has an end */
    CODE_PLACEHOLDER = 170,
    CODE_CIRCLE = 171,     /* alarms that wait for each other */
    CODE_REFERENCE = 172,  /* an alarm that can't be asked for */
    CODE_NEEDS_TIME = 173, /* a test over time where only "now" counts */
    CODE_PART = 174,       /* no such named part of a group */
    CODE_SUMMARY = 175,
    CODE_PERIOD = 176,
    CODE_FILTER = 177, /* where */
    CODE_HOLD = 178,   /* a way to hold that does not go with the test or the place */
    CODE_OPTION = 179, /* options that exclude each other */
    CODE_TABLE = 180,  /* its columns */
    CODE_ROW = 181,    /* twice, or two that fit the same device equally well */
    CODE_CELL = 182,   /* empty, without a unit, no number */
    CODE_ROW_SIZE = 183,
    CODE_CLOCK = 185,  /* 25:70, 31 february, a span or a day that is none */
    CODE_FORMAT = 186, /* that does not go with these readings */
    CODE_LIKE = 187,   /* a line that was copied does not fit here */
    CODE_LATER = 190,  /* known to the language, not to this version */
    CODE_FILE_TOO_LONG = 191,
    CODE_LINE_TOO_LONG = 192,
    CODE_NOT_TEXT = 193,
    CODE_TOO_MANY = 194,
    CODE_TEST_RULES = 301, /* tests (section 14): no rules, or none that can be used */
    CODE_TEST_LINE = 302,  /* a line that no test has */
    CODE_TEST_SENSOR = 303,
    CODE_TEST_WHICH = 304, /* which of the sensors, or of the devices */
    CODE_TEST_TIME = 305,
    CODE_TEST_SPAN = 306, /* a span the wrong way round, or without or with too much `every` */
    CODE_TEST_VALUE = 307,
    CODE_TEST_ALARM = 308, /* an alarm or a report that the rules do not have */
    CODE_TEST_EXPECT = 309,
    CODE_TEST_TWICE = 310, /* two tests, or sensors, of one name */
    CODE_TEST_SEND = 311,
    CODE_TEST_EMPTY = 312, /* nothing happens, or nothing is expected */
    CODE_TEST_TAKEN = 313, /* `taken` where readings have no time of their own */
    CODE_TEST_TOO_MANY = 314,
    WARN_HOLD_SHORT = 201,
    WARN_NO_DEADBAND = 202,
    WARN_NO_ACTION = 203,
    WARN_NO_CAP = 204,
    WARN_NO_SILENT = 205,
    WARN_TABLE_DEVICE = 206,
    WARN_NEVER_MATCHED = 207, /* needs readings: tools/try_fit.c */
    WARN_UNUSUAL_ALONE = 208,
    WARN_MANY_CRITICAL = 209,
    WARN_LIMIT_INVALID = 210,
    WARN_EXPECT_DIFFERS = 211, /* needs readings: tools/try_fit.c */
    WARN_TEXT_LONG = 212,
    WARN_NO_EXPECT = 213, /* a hold over sensors whose interval is not known */
    WARN_UNUSUAL_JOINED = 214,
};

struct message {
    struct place place;
    enum code code;
    const char *text, *mark, *note; /* as in struct rules_message */
};

struct messages {
    struct message entries[RULES_MESSAGES_MAX];
    size_t count, errors;
};

/* Texts must live until messages_finish. */
void messages_add(struct messages *messages, struct place place, enum code code, const char *text,
                  const char *mark, const char *note);

/* True when no further error could be shown. */
bool messages_are_full(const struct messages *messages);

/* Copies all into *compiled; their texts live in the arena. */
void messages_finish(const struct messages *messages, struct arena *arena,
                     struct rules_compiled *compiled);

/* "a, b or c"; `last` is "or" or "and". */
char *messages_join(struct arena *arena, const struct text *words, size_t count, const char *last);

/* "did you mean "above"?", or "" when nothing is near. */
const char *messages_suggest(struct arena *arena, struct text written,
                             const struct text *candidates, size_t count);

/* "10 minutes", "1 hour 30 minutes". */
char *messages_duration(struct arena *arena, int64_t duration_ms);

#endif
