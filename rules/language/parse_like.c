/* Lines that hold elsewhere too: `like` and `defaults` (RULES sections 4.4, 4.6, 4.7; appendix E,
 * 27, 29). The lines that a block takes over are read again in it, before its own: so a reading
 * that they name is one of its group, and what stands nearer replaces what stands farther. See
 * parser.h.
 */
#include "rules/language/parse_like.h"

/* ---- which lines a block reads ------------------------------------------------------------- */

static struct layer *layer_add(struct parser *parser, enum layer_kind kind,
                               const struct draft_lines *lines, bool is_quiet)
{
    static struct layer none; /* written, never read */
    if (parser->layers_count == LAYERS_MAX) {
        parser_tell(parser, parser->first.place, CODE_TOO_MANY,
                    arena_print(parser->arena,
                                "At most %d blocks can stand behind each other with \"like\" and "
                                "\"defaults\".",
                                LAYERS_MAX - 1),
                    "use fewer", "");
        return &none;
    }
    struct layer *layer = &parser->layers[parser->layers_count++];
    *layer = (struct layer){.kind = kind, .lines = *lines, .is_quiet = is_quiet};
    layer->place = parser->like_place;
    return layer;
}

static bool is_inside(const struct source *source, const struct source *outer)
{
    while (source != NULL && source != outer)
        source = source->parent;
    return source != NULL;
}

static bool applies(const struct draft_defaults *defaults, const struct draft_alarm *alarm)
{
    return (defaults->group == NULL || defaults->group == alarm->group) &&
           is_inside(alarm->place.source, defaults->lines.source);
}

static void add_defaults(struct parser *parser, bool of_group)
{
    const struct draft *draft = parser->draft;
    for (uint32_t i = 0; i < draft->defaults_count; i++) {
        const struct draft_defaults *defaults = &draft->defaults[i];
        if ((defaults->group != NULL) == of_group && applies(defaults, parser->alarm))
            layer_add(parser, LAYER_DEFAULTS, &defaults->lines, defaults->has_mistakes);
    }
}

/* The farthest first. */
static void add_like_alarm(struct parser *parser, const struct draft_alarm *like)
{
    if (like == NULL || parser->layers_count == LAYERS_MAX)
        return;
    add_like_alarm(parser, like->like);
    layer_add(parser, LAYER_LIKE, &like->lines, like->has_mistakes);
    parser->alarm->has_lost_lines |= like->has_mistakes;
}

static void add_like_report(struct parser *parser, const struct draft_report *like)
{
    if (like == NULL || parser->layers_count == LAYERS_MAX)
        return;
    add_like_report(parser, like->like);
    layer_add(parser, LAYER_LIKE, &like->lines, like->has_lost_lines);
    parser->report->has_lost_lines |= like->has_lost_lines;
}

static void add_like_group(struct parser *parser, const struct draft_group *like)
{
    if (like == NULL || parser->layers_count == LAYERS_MAX)
        return;
    add_like_group(parser, like->like);
    layer_add(parser, LAYER_LIKE, &like->lines, like->has_mistakes);
    parser->group->has_mistakes |= like->has_mistakes;
}

void layers_begin(struct parser *parser, const struct line_table *lines,
                  const struct draft_lines *own)
{
    parser->layers_count = 0;
    if (lines == &alarm_lines && parser->defaults == NULL) {
        add_defaults(parser, false);
        add_defaults(parser, true);
        parser->alarm->lines = *own;
        add_like_alarm(parser, parser->alarm->like);
    } else if (lines == &report_lines) {
        parser->report->lines = *own;
        add_like_report(parser, parser->report->like);
    } else if (lines == &sensors_lines) {
        parser->group->lines = *own;
        add_like_group(parser, parser->group->like);
    }
    layer_add(parser, LAYER_OWN, own, false);
}

/* ---- which of them are replaced ------------------------------------------------------------ */

enum replacing { BY_FIRST_WORD, BY_SECOND_WORD, NEVER };

static enum replacing replacing_of(const struct word *first)
{
    static const struct {
        const char *word;
        enum replacing replacing;
    } rows[] = {
        {"read", BY_SECOND_WORD}, {"valid", BY_SECOND_WORD}, {"ignore", BY_SECOND_WORD},
        {"name", BY_SECOND_WORD}, {"allow", BY_SECOND_WORD}, {"clear", BY_SECOND_WORD},
        {"except", NEVER},        {"only", NEVER},           {"tags", NEVER},
        {"send", NEVER},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (word_is(first, rows[i].word))
            return rows[i].replacing;
    }
    return BY_FIRST_WORD;
}

static bool lines_have(const struct draft_lines *lines, const struct word *first,
                       const struct word *second)
{
    struct reader line;
    uint32_t next = lines->from;
    while (next < lines->end && reader_find_line(&line, lines->source, next) &&
           line.line < lines->end) {
        next = line.last_line + 1;
        struct word a = reader_next(&line), b = reader_next(&line);
        if (text_equal_ignoring_case(a.text, first->text) &&
            (second == NULL || text_equal_ignoring_case(b.text, second->text)))
            return true;
    }
    return false;
}

/* `except while alarm NAME is active`, with the name of the alarm itself. */
static bool names_own_alarm(const struct parser *parser, struct reader line)
{
    struct word word = reader_next(&line);
    while (word.kind != WORD_END) {
        bool is_alarm = word_is(&word, "alarm");
        word = reader_next(&line);
        if (is_alarm && text_equal_ignoring_case(word.text, parser->alarm->name))
            return true;
    }
    return false;
}

bool layer_skips(const struct parser *parser, const struct layer *layer, struct reader line)
{
    if (layer->kind == LAYER_DEFAULTS)
        return names_own_alarm(parser, line);
    struct word first = reader_next(&line), second = reader_next(&line);
    enum replacing replacing = replacing_of(&first);
    if (layer->kind == LAYER_OWN || replacing == NEVER)
        return false;
    const struct word *also = replacing == BY_SECOND_WORD ? &second : NULL;
    for (const struct layer *nearer = layer + 1; nearer < parser->layers + parser->layers_count;
         nearer++) {
        if (lines_have(&nearer->lines, &first, also))
            return true;
    }
    return false;
}

bool parser_reads_defaults(const struct parser *parser)
{
    return parser->layer != NULL && parser->layer->kind == LAYER_DEFAULTS;
}

/* ---- like ---------------------------------------------------------------------------------- */

static bool refuse_like(struct parser *parser, const struct word *word, const char *what,
                        enum code code, const struct text *names, size_t count)
{
    return parser_refuse(
        parser, word, code,
        arena_print(parser->arena, "No %s called \"%.*s\" stands above.", what,
                    TEXT_ARGUMENTS(word->text)),
        messages_suggest(parser->arena, word->text, names, count < 1024 ? count : 1024),
        arena_print(parser->arena, "What another %s is like stands above it.", what));
}

bool parse_like_alarm(struct parser *parser)
{
    struct word word;
    const struct draft *draft = parser->draft;
    if (!parser_expect_name(parser, "the name of an alarm", &word))
        return false;
    parser->like_place = word.place;
    struct draft_alarm *like = draft_find_alarm(draft, word.text);
    if (like == NULL || like == parser->alarm) {
        struct text *names =
            must_arena_allocate(parser->arena, (draft->alarms_count + 1) * sizeof *names);
        size_t count = 0;
        for (uint32_t i = 0; i < draft->alarms_count; i++) {
            if (draft->alarms[i] != parser->alarm)
                names[count++] = draft->alarms[i]->name;
        }
        return refuse_like(parser, &word, "alarm", CODE_ALARM, names, count);
    }
    parser->alarm->like = like;
    return !like->is_broken;
}

bool parse_like_report(struct parser *parser)
{
    struct word word;
    const struct draft *draft = parser->draft;
    if (!parser_expect_name(parser, "the name of a report", &word))
        return false;
    parser->like_place = word.place;
    struct text names[RULES_REPORTS_MAX];
    size_t count = 0;
    for (uint32_t i = 0; i < draft->reports_count; i++) {
        struct draft_report *other = draft->reports[i];
        if (other != parser->report && text_equal_ignoring_case(other->name, word.text)) {
            parser->report->like = other;
            return !other->is_broken;
        }
        if (other != parser->report)
            names[count++] = other->name;
    }
    return refuse_like(parser, &word, "report", CODE_REPORT, names, count);
}

bool parse_like_group(struct parser *parser)
{
    struct word word;
    const struct draft *draft = parser->draft;
    if (!parser_expect_name(parser, "the name of a group of sensors", &word))
        return false;
    parser->like_place = word.place;
    struct draft_group *like = draft_find_group(draft, word.text);
    if (like == NULL || like == parser->group) {
        struct text names[RULES_GROUPS_MAX];
        size_t count = 0;
        for (uint32_t i = 0; i < draft->groups_count; i++) {
            if (draft->groups[i] != parser->group)
                names[count++] = draft->groups[i]->name;
        }
        return refuse_like(parser, &word, "group of sensors", CODE_GROUP, names, count);
    }
    parser->group->like = like;
    return !like->is_broken;
}

/* ---- defaults ------------------------------------------------------------------------------ */

/* An alarm that stands above would not get them: better said than found out. */
static bool judge_order(struct parser *parser, const struct draft_defaults *defaults)
{
    const struct draft *draft = parser->draft;
    for (uint32_t i = 0; i < draft->alarms_count; i++) {
        const struct draft_alarm *alarm = draft->alarms[i];
        if (applies(defaults, alarm))
            return parser_tell(parser, parser->first.place, CODE_DEFAULTS,
                               arena_print(parser->arena,
                                           "These defaults stand below an alarm that they are "
                                           "meant for: %.*s, on line %u of %s.",
                                           TEXT_ARGUMENTS(alarm->name), alarm->place.line + 1,
                                           alarm->place.source->name),
                               "move them above it", "");
    }
    return true;
}

bool parse_defaults(struct parser *parser)
{
    struct draft *draft = parser->draft;
    struct draft_group *group = NULL;
    if (draft->defaults_count == DRAFT_DEFAULTS_MAX)
        return parser_tell(parser, parser->first.place, CODE_TOO_MANY,
                           arena_print(parser->arena, "There can be at most %d blocks of defaults.",
                                       DRAFT_DEFAULTS_MAX),
                           "join some of them", "");
    if (parser_take_keyword(parser, "for")) {
        group = parse_group_name(parser);
        if (group == NULL)
            return false;
    }
    if (!parser_expect_end(parser))
        return false;
    struct draft_defaults *defaults = &draft->defaults[draft->defaults_count];
    *defaults = (struct draft_defaults){.group = group};
    defaults->lines.source = parser->first.place.source;
    if (!judge_order(parser, defaults))
        return false;
    draft->defaults_count++;
    parser->defaults = defaults;
    /* Read once for its mistakes, about an alarm that nobody keeps; without a group nothing is said
     * about the readings, which are those of each alarm's own group. */
    parser->alarm = must_arena_allocate(parser->arena, sizeof *parser->alarm);
    parser->alarm->name = TEXT("defaults");
    parser->alarm->place = parser->first.place;
    draft_options_begin(&parser->alarm->options);
    if (group == NULL) {
        group = must_arena_allocate(parser->arena, sizeof *group);
        group->name = TEXT("defaults");
        group->place = parser->first.place;
        group->has_mistakes = group->names_are_unknown = true;
        group->late_ms = group->early_ms = -1;
    }
    parser->group = parser->alarm->group = parser->alarm->scope.group = group;
    return true;
}

bool defaults_refuse_trigger(struct parser *parser)
{
    return parser_tell(parser, parser->first.place, CODE_DEFAULTS,
                       "Defaults hold options; when an alarm rings, it says itself.",
                       "move this line into an alarm", "");
}
