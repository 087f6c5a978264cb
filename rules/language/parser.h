/* The grammar (RULES section 3.2): one function for each production, one table for each choice.
 * Comes in: sources. Goes out: a draft, and messages. parser.c walks blocks and lines; parse_*.c
 * hold the productions. A production returns false when it gave up its line; then the message is
 * already given, or none is due because its cause was told elsewhere. What the language has and
 * this version does not is a row with `later`: it gets one honest message. */
#ifndef RULES_LANGUAGE_PARSER_H
#define RULES_LANGUAGE_PARSER_H

#include "rules/language/draft.h"
#include "rules/language/lexer.h"

#define LINES_MAX 32 /* kinds of lines that a block can have */

/* Lines that a block reads: its own, or others that hold for it too. */
enum layer_kind { LAYER_DEFAULTS, LAYER_LIKE, LAYER_OWN };
struct layer {
    enum layer_kind kind;
    struct draft_lines lines;
    bool is_quiet;      /* they have mistakes, which were told where they stand */
    struct place place; /* LIKE: of the name behind it */
};
#define LAYERS_MAX 64

/* All files of the site, those that were given first. */
#define SOURCES_MAX 256
struct sources {
    const struct rules_opener *opener; /* NULL: no others than those given */
    struct source *files[SOURCES_MAX];
    uint32_t count;
    size_t bytes;
    uint64_t fingerprint;
};

struct parser {
    struct arena *arena;
    struct messages *messages;
    struct draft *draft;
    struct reader reader;
    struct word first;         /* word of the line */
    struct draft_group *group; /* of the block; what the lines are about */
    struct draft_alarm *alarm;
    struct draft_report *report;
    bool in_defaults; /* the line that is read stands in `defaults` */
    struct draft_hours *hours;
    struct draft_table *table;
    struct draft_defaults *defaults; /* being read for their mistakes; `alarm` is nobody's */
    struct sources *sources;
    struct layer layers[LAYERS_MAX]; /* of the block, the farthest first */
    uint32_t layers_count;
    const struct layer *layer; /* that is being read; NULL: none */
    struct place like_place;   /* of the name behind `like` */
    uint32_t seen[LINES_MAX];  /* by row of the block: its line, from 1; 0: not seen */
};

enum support { NOW, LATER };

/* One possible continuation. A phrase of two words is matched word by word. */
struct choice {
    const char *phrase;
    uint32_t value;
    enum support support;
};
struct choices {
    const struct choice *rows;
    size_t count;
    enum code code;       /* of the message when none fits */
    const char *expected; /* "a comparison" */
};
#define CHOICES(table, number, what)                                                               \
    {                                                                                              \
        (table), sizeof(table) / sizeof(table)[0], (number), (what)                                \
    }

/* A line that a block may have. `once`: a second one is a mistake. `pass` 1: read after all lines
 * of pass 0, because it speaks of what they declare. */
struct line_row {
    const char *word;
    bool (*parse)(struct parser *parser);
    enum support support;
    bool once;
    int pass;
};
struct line_table {
    const char *owner;   /* "an alarm" */
    const char *example; /* the note of R106 */
    const struct line_row *rows;
    size_t count;
};
#define LINES(table) (table), sizeof(table) / sizeof(table)[0]

extern const struct line_table site_lines, hours_lines, sensors_lines, alarm_lines, report_lines;

void parser_read_source(struct parser *parser, struct source *source);
/* Reads the given files, and those that they include. */
void sources_read(struct parser *parser, const struct rules_source_file *files, size_t count);
/* The file of that path, seen from where it is written; NULL with a message. */
struct source *sources_open(struct parser *parser, const struct word *path);

/* True while a line of `defaults` is read for an alarm (section 7, rule 6). */
bool parser_reads_defaults(const struct parser *parser);

/* ---- words --------------------------------------------------------------------------------- */

struct word parser_peek(const struct parser *parser);
struct word parser_peek_second(const struct parser *parser);
struct word parser_take(struct parser *parser);

bool parser_take_keyword(struct parser *parser, const char *keyword); /* true when it stood there */
bool parser_expect_keyword(struct parser *parser, const char *keyword);
bool parser_expect_end(struct parser *parser);

/* `alarm freezer too warm on freezers`, behind the first word of the name. True: told. */
bool parser_tell_split_name(struct parser *parser, const struct word *name);

/* The row that stands here, its words taken; NULL with a message when there is none, or when it is
 * for later. *taken may be NULL; else the place of its words. */
const struct choice *parser_choose(struct parser *parser, const struct choices *choices,
                                   struct place *taken);
/* The same without a message, and nothing taken, when none fits. */
const struct choice *parser_match(struct parser *parser, const struct choices *choices,
                                  struct place *taken);

/* A name: letter, then letters, digits, - or _; at most 64. `what` is "a name for this alarm". */
bool parser_expect_name(struct parser *parser, const char *what, struct word *name);
bool parser_expect_text(struct parser *parser, const char *what, struct word *text);
/* A whole number from `least` to `most`. */
bool parser_expect_count(struct parser *parser, const char *what, uint32_t least, uint32_t most,
                         uint32_t *count);

/* False, with a message, for a number beyond ±1e15 (RULES section 8.2). */
bool parser_check_number(struct parser *parser, const struct word *number);

/* ---- messages: all return false, so that a production can end with `return parser_…` ------- */

/* At a place. */
bool parser_tell(struct parser *parser, struct place place, enum code code, const char *text,
                 const char *mark, const char *note);
/* At a word; when the word itself is what is wrong (">", "4,5", "severity:"), it is told instead.
 */
bool parser_refuse(struct parser *parser, const struct word *word, enum code code, const char *text,
                   const char *mark, const char *note);
/* `I expected … here, not "x".` with a suggestion from the candidates. */
bool parser_refuse_expected(struct parser *parser, const struct word *word, enum code code,
                            const char *expected, const struct text *candidates, size_t count,
                            const char *note);
/* `"will" is not supported yet.`, with the words at the place. */
bool parser_refuse_later(struct parser *parser, struct place place);

/* ---- names --------------------------------------------------------------------------------- */

struct draft_group *draft_find_group(const struct draft *draft, struct text name);
struct draft_alarm *draft_find_alarm(const struct draft *draft, struct text name);
/* Its name is not in use, and there are fewer than RULES_ALARMS_MAX. */
void draft_add_alarm(struct draft *draft, struct draft_alarm *alarm);
struct draft_hours *draft_find_hours(const struct draft *draft, struct text name);
struct draft_set *draft_find_set(struct draft *draft, struct text name);
/* The table of the group that has this column; NULL. *column may be NULL. */
const struct draft_table *draft_find_limit(const struct draft *draft,
                                           const struct draft_group *group, struct text name,
                                           uint32_t *column);
/* A text shows this column: it is written even if no test compares with it. */
void draft_show_limit(struct draft *draft, const struct draft_table *table, uint32_t column);
/* Index, or -1. */
int group_find_reading(const struct draft_group *group, struct text name);
int group_find_name(const struct draft_group *group, struct text name);
/* The names of the readings. Returns how many. */
size_t group_list_readings(const struct draft_group *group, struct text names[RULES_READINGS_MAX]);
bool name_is_keyword(struct text name);
/* All keywords, and all words that begin a block, by index; NULL behind the last. */
const char *name_keyword(size_t index);
const char *parser_block_word(size_t index);

/* `on NAME` of an alarm or report, and the group; NULL when the block has to be skipped. */
struct draft_group *parse_group_name(struct parser *parser);
/* A reading of the block's group, or of another one. */
bool parse_reading_name(struct parser *parser, uint32_t *reading, struct word *word);
bool parse_reading_of(struct parser *parser, struct draft_group *group, uint32_t *reading,
                      struct word *word);
/* A named part of the group's devices. */
bool parse_part_name(struct parser *parser, const struct draft_group *group, uint32_t *name,
                     struct word *word);

/* ---- productions that several blocks share ------------------------------------------------- */

struct duration {
    int64_t ms;
    struct place number, whole; /* "10"; "10 minutes" */
};
bool parse_duration(struct parser *parser, struct duration *duration);
bool parse_duration_ms(struct parser *parser, int64_t *duration_ms);

/* `number unit` or a name, in the unit of `reading`. */
bool parse_value(struct parser *parser, const struct draft_reading *reading, enum unit_place place,
                 struct draft_value *value);
/* The same without names. */
bool parse_amount(struct parser *parser, const struct draft_reading *reading, enum unit_place place,
                  struct draft_value *value);
/* Takes the unit behind a number when one stands there. *unit NULL: none. False: it is not a unit.
 */
bool parse_unit_behind(struct parser *parser, const struct word *number, const struct unit **unit,
                       struct word *last);
bool parse_unit(struct parser *parser, const struct unit **unit);

/* Adds a named part of the devices; its index, or -1 with a message when it can't be one. */
int group_add_name(struct parser *parser, struct draft_group *group, struct text name,
                   struct place place);
bool parse_topic(struct parser *parser, struct draft_group *group);
bool parse_path(struct parser *parser, struct draft_path *path);
/* A text with {names}. `is_called`: only named parts may stand in it. */
bool parse_template(struct parser *parser, bool is_called, struct text *template_text);
bool parse_tags(struct parser *parser, struct text *tags, uint32_t *count);
bool parse_condition(struct parser *parser, struct draft_condition *condition,
                     const struct draft_condition *start);
bool parse_hold(struct parser *parser, struct draft_condition *condition);
/* Behind `percentile`. */
bool parse_percentile(struct parser *parser, double *percentile);
extern const struct choices summary_choices; /* values: enum rules_summary */
/* Tells, and is true, when no such summary can be made of the reading, written at `place`. */
bool parser_tell_unfit_summary(struct parser *parser, uint32_t summary,
                               const struct draft_reading *reading, struct place place);

/* ---- blocks -------------------------------------------------------------------------------- */

/* The first line of a block. False: its lines are skipped. */
bool parse_site(struct parser *parser);
bool parse_include(struct parser *parser);
bool parse_set(struct parser *parser);
bool parse_hours(struct parser *parser);
bool parse_table(struct parser *parser);
bool parse_defaults(struct parser *parser);
bool parse_sensors(struct parser *parser);
bool parse_alarm(struct parser *parser);
bool parse_report(struct parser *parser);
/* The rows of a table, from line `from`; returns the line behind them. */
uint32_t parse_rows(struct parser *parser, const struct source *source, uint32_t from);
/* What can be said only when all lines were read without mistake. */
void finish_hours(struct parser *parser);
void finish_table(struct parser *parser);
void finish_sensors(struct parser *parser);
void finish_alarm(struct parser *parser);
void finish_report(struct parser *parser);

#endif
