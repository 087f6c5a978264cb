/* A rule file as lines that the lexer can read (RULES section 3.1).
 * Comes in: any bytes. Goes out: lines, each twice: as people wrote it, for messages, and in plain
 * spelling, for the lexer. Both have the same characters at the same columns. Called by compiler.c.
 */
#ifndef RULES_LANGUAGE_SOURCE_H
#define RULES_LANGUAGE_SOURCE_H

#include "rules/language/arena.h"
#include "rules/language/compiler.h"

#define SOURCE_BYTES_MAX ((size_t)1024 * 1024)
#define SOURCE_LINE_CHARACTERS_MAX 1000

struct source_line {
    struct text written; /* valid UTF-8, without line end; what can't be shown is U+FFFD */
    struct text plain; /* typographic characters replaced one by one; empty: nothing to read here */
};

struct source {
    const char *name;
    uint32_t index;              /* of the file among those compiled together */
    const struct source *parent; /* that includes it; NULL */
    bool is_included;            /* by another file that is given */
    bool is_parsed;
    struct source_line *lines;
    uint32_t count;
};

/* Where a message points: `line` from 0, `column` from 1, both in characters. */
struct place {
    const struct source *source;
    uint32_t line, column, width;
};

struct messages;

/* Views into file->text: it must live as long as the source. Says what is wrong in `messages`;
 * lines that can't be read are left empty. */
void source_read(struct source *source, uint32_t index, const struct rules_source_file *file,
                 struct arena *arena, struct messages *messages);

/* The next character from *offset, which moves behind it; -1 for bytes that are not UTF-8 (one
 * byte). */
int32_t utf8_next(struct text text, size_t *offset);

/* Number of characters of a text; bytes that are not UTF-8 count as one each. */
uint32_t utf8_count(struct text text);

#endif
