/* Words of a line (RULES section 3.1), read one at a time, with any number of looks ahead.
 * Comes in: plain lines of a source. Goes out: words with their places. A logical line is a line
 * with the lines behind it that begin with and, or, for or until. Called by the parser. */
#ifndef RULES_LANGUAGE_LEXER_H
#define RULES_LANGUAGE_LEXER_H

#include "rules/language/source.h"

enum word_kind {
    WORD_END,  /* of the logical line */
    WORD_NAME, /* letters: a keyword, a name, a unit */
    WORD_NUMBER,
    WORD_TEXT,       /* between quote marks */
    WORD_CLOCK,      /* 07:00 */
    WORD_DATE,       /* 2026-04-05 */
    WORD_SYMBOL,     /* > = ( … */
    WORD_COLON,      /* severity: */
    WORD_OPEN_TEXT,  /* no closing quote mark */
    WORD_COMMA,      /* 4,5 */
    WORD_ODD_NUMBER, /* 1e3 .5 5. +5 */
};

struct word {
    enum word_kind kind;
    struct text text;   /* as in the plain line; a text without its quote marks, as written */
    struct place place; /* its characters, quote marks included */
    uint32_t offset;    /* in the plain line */
    uint32_t end_offset;
    double number; /* WORD_NUMBER; for COMMA and ODD_NUMBER the number that was probably meant */
    uint8_t decimals;
};

struct reader {
    const struct source *source;
    uint32_t line, last_line; /* of the logical line, from 0 */
    uint32_t offset;
};

/* The next logical line at or behind line `from` that has words; false at the end of the file. The
 * line behind it is reader->last_line + 1. */
bool reader_find_line(struct reader *reader, const struct source *source, uint32_t from);

/* Takes the next word. At the end: WORD_END, again and again, placed behind the last character. */
struct word reader_next(struct reader *reader);

/* Takes everything up to the next blank outside quote marks (topics, paths, time zones). WORD_END
 * when nothing is left. */
struct word reader_next_raw(struct reader *reader);

/* True when the word is `keyword`, in capitals or small letters. */
bool word_is(const struct word *word, const char *keyword);

/* A place of `width` characters from `column` characters behind the start of the word. */
struct place place_inside(const struct place *place, uint32_t column, uint32_t width);

/* From the start of one to the end of the other; to the end of the first's line when they stand on
 * different lines. */
struct place place_from_to(const struct place *first, const struct place *last);

#endif
