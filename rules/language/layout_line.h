/* One line of a rule file, taken apart and written anew: words, numbers and units, comments. Comes
 * in: a line of the source. Goes out: text behind what was written so far. Private to layout*.c. */
#ifndef RULES_LANGUAGE_LAYOUT_LINE_H
#define RULES_LANGUAGE_LAYOUT_LINE_H

#include "rules/language/layout.h"
#include "rules/language/source.h"

struct item;
struct layout {
    struct arena *arena;
    struct source source;
    struct item *items; /* of the file (layout.c) */
    uint32_t count;
    bool touches_units;
    char *out;
    size_t used, room;
};

void layout_put(struct layout *layout, const char *text);
void layout_put_text(struct layout *layout, struct text text);
void layout_put_blanks(struct layout *layout, size_t count);
/* One line of an instruction. `pad`: characters that the first word is filled up to. */
void layout_put_line(struct layout *layout, uint32_t number, size_t indent, size_t pad);

struct text layout_trim(struct text text);
/* A line without its comment; its comment, as it was written. Both without blanks around them. */
struct text layout_code(const struct layout *layout, uint32_t line);
struct text layout_comment(const struct layout *layout, uint32_t line);
bool layout_is_empty(const struct layout *layout, uint32_t line);

struct text layout_first_word(struct text code);
bool layout_begins_block(struct text code);
bool layout_continues(struct text code); /* the line above it */
/* A cell of a table: "5C" is "5 °C". */
struct text layout_cell(struct layout *layout, struct text cell);

#endif
