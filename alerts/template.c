/* Texts of rules, filled in (see template.h). */
#include "alerts/template.h"

#include "alerts/alerts.h"
#include "alerts/identity.h"

#define DECIMALS_MOST 6 /* that a sensor sends and people read */

const char *template_severity_word(enum rules_severity severity)
{
    static const char *const words[] = {"normal", "log", "notice", "warning", "critical"};
    return words[severity];
}

const char *alerts_surprise_words(enum engine_surprise surprise)
{
    static const char *const words[] = {
        [ENGINE_NO_SURPRISE] = "",
        [ENGINE_HIGHER_THAN_EVER] = "higher than ever before",
        [ENGINE_LOWER_THAN_EVER] = "lower than ever before",
        [ENGINE_HIGH_FOR_HOUR] = "high for this hour",
        [ENGINE_LOW_FOR_HOUR] = "low for this hour",
        [ENGINE_LEVEL_HIGHER] = "its level has risen",
        [ENGINE_LEVEL_LOWER] = "its level has fallen",
        [ENGINE_MOVES_MORE] = "moves more than usual",
        [ENGINE_MOVES_LESS] = "moves less than usual",
        [ENGINE_RARE_VALUE] = "hardly ever at this value",
    };
    return words[surprise];
}

enum rules_severity template_severity(const struct engine_alarm_event *event)
{
    return event->severity == RULES_NORMAL ? event->from_severity : event->severity;
}

const struct rules_alarm *template_alarm(const struct template_words *words)
{
    return RULES_AT(words->rules, struct rules_alarm, words->rules->alarms, words->event->alarm);
}

const struct rules_trigger *template_trigger(const struct template_words *words)
{
    const struct rules_alarm *alarm = template_alarm(words);
    uint32_t index = words->event->trigger < alarm->triggers.count ? words->event->trigger : 0;
    return RULES_AT(words->rules, struct rules_trigger, alarm->triggers, index);
}

const struct rules_test *template_test(const struct template_words *words)
{
    const struct rules_trigger *trigger = template_trigger(words);
    uint32_t index = words->event->test < trigger->when.tests.count ? words->event->test : 0;
    return RULES_AT(words->rules, struct rules_test, trigger->when.tests, index);
}

static bool is_set_row(const struct template_words *words)
{
    return words->view && words->view->set < words->rules->sets.count;
}

/* The group of a device; a set's rows have no readings of their own. */
static const struct rules_group *group_of(const struct template_words *words)
{
    return words->view && !is_set_row(words) && words->view->group < words->rules->groups.count
               ? RULES_AT(words->rules, struct rules_group, words->rules->groups,
                          words->view->group)
               : NULL;
}

static const struct rules_reading *reading_of(const struct template_words *words,
                                              const struct rules_group *group, uint32_t index)
{
    return group && index < group->readings.count
               ? RULES_AT(words->rules, struct rules_reading, group->readings, index)
               : NULL;
}

static const struct rules_reading *reading_at(const struct template_words *words, uint32_t index)
{
    return reading_of(words, group_of(words), index);
}

/* What each test compares with. */
enum { SHOWS_NOTHING, SHOWS_VALUE, SHOWS_TWO_NUMBERS };
static const uint8_t shows[] = {[RULES_ABOVE] = SHOWS_VALUE,
                                [RULES_BELOW] = SHOWS_VALUE,
                                [RULES_AT_LEAST] = SHOWS_VALUE,
                                [RULES_AT_MOST] = SHOWS_VALUE,
                                [RULES_INSIDE] = SHOWS_TWO_NUMBERS,
                                [RULES_OUTSIDE] = SHOWS_TWO_NUMBERS,
                                [RULES_IS] = SHOWS_VALUE,
                                [RULES_IS_NOT] = SHOWS_VALUE,
                                [RULES_RISES] = SHOWS_VALUE,
                                [RULES_FALLS] = SHOWS_VALUE,
                                [RULES_CHANGES] = SHOWS_VALUE,
                                [RULES_DIFFERS_FROM] = SHOWS_VALUE,
                                [RULES_DIFFERS_ACROSS] = SHOWS_VALUE,
                                [RULES_ALARM] = SHOWS_NOTHING};

bool template_shows_value(const struct rules_test *test)
{
    return test->kind < sizeof shows && shows[test->kind] != SHOWS_NOTHING;
}

bool template_shows_two(const struct rules_test *test)
{
    return test->kind < sizeof shows && shows[test->kind] == SHOWS_TWO_NUMBERS;
}

const struct rules_reading *template_reading(const struct template_words *words)
{
    const struct rules_test *test = template_test(words);
    const struct ruleset *rules = words->rules;
    if (test->kind == RULES_SILENT || test->kind == RULES_ALARM)
        return NULL;
    if (test->link >= rules->links.count)
        return reading_at(words, test->reading);
    uint32_t to = RULES_AT(rules, struct rules_link, rules->links, test->link)->to;
    return to < rules->groups.count
               ? reading_of(words, RULES_AT(rules, struct rules_group, rules->groups, to),
                            test->reading)
               : NULL;
}

struct text template_reading_text(const struct template_words *words,
                                  const struct rules_reading *reading)
{
    const struct rules_reading *first = reading_at(words, 0);
    bool is_own = first && reading >= first && reading < first + group_of(words)->readings.count;
    if (!words->engine || !words->event || !is_own)
        return TEXT("");
    struct text text =
        engine_device_text(words->engine, words->event->device, (uint32_t)(reading - first));
    if (text.length < ENGINE_TEXT_BYTES)
        return text;
    size_t last = text.length - 1; /* where the last character begins */
    while (last > text.length - 4 && (text.bytes[last] & 0xc0) == 0x80)
        last--;
    if (wording_character((struct text){text.bytes + last, text.length - last}) == 0)
        text.length = last;
    return text;
}

bool template_limit_number(const struct template_words *words, const struct rules_value *value,
                           double *number)
{
    const struct rules_test *test = words->event ? template_test(words) : NULL;
    *number = value->number;
    if (value->kind == RULES_CONSTANT)
        return true;
    if (test && words->event->has_limit && (value == &test->value || value == &test->second)) {
        *number = value == &test->value ? words->event->limit : words->event->second_limit;
        return true;
    }
    if (value->kind != RULES_READING || !reading_at(words, value->reading) ||
        words->view->values[value->reading].quality != ENGINE_GOOD)
        return false;
    *number += words->view->values[value->reading].number;
    return true;
}

/* ---- numbers with units -------------------------------------------------------------------- */

static void add_unit(struct writer *writer, struct text unit)
{
    if (unit.length > 0)
        writer_add(writer, TEXT(" "));
    writer_add(writer, unit);
}

/* E 38: the most decimals that the reading, after scaling, or its limits have. */
unsigned template_decimals(const struct rules_reading *reading, unsigned decimals)
{
    if (decimals > DECIMALS_MOST)
        decimals = DECIMALS_MOST;
    return decimals > reading->decimals ? decimals : reading->decimals;
}

static void add_value(const struct template_words *words, struct writer *writer,
                      const struct rules_reading *reading, const struct engine_value *value)
{
    if (value->quality != ENGINE_GOOD) {
        writer_add(writer, TEXT("unknown"));
    } else if (reading->kind == RULES_STATE) {
        if (value->word < reading->words.count)
            writer_add(writer, rules_text(words->rules, *RULES_AT(words->rules, struct rules_text,
                                                                  reading->words, value->word)));
    } else if (reading->kind == RULES_NUMBER) {
        writer_add_number(writer, value->number, template_decimals(reading, value->decimals));
        add_unit(writer, rules_text(words->rules, reading->unit));
    } else {
        struct text text = template_reading_text(words, reading);
        writer_add(writer, text.length > 0 ? text : TEXT("empty"));
    }
}

/* Of a limit that is not written in the rule: those of the reading that it is, or of the value that
 * is shown beside it. */
static unsigned limit_decimals(const struct template_words *words, const struct rules_value *value)
{
    if (value->kind == RULES_READING && reading_at(words, value->reading))
        return words->view->values[value->reading].decimals;
    unsigned own = words->event ? wording_decimals(words->event->limit) : 0;
    return own < 3 ? own : 3;
}

/* The number as the rule has it, then, if that is in another unit, in the reading's. */
static void add_limit_value(const struct template_words *words, struct writer *writer,
                            const struct rules_reading *reading, const struct rules_value *value)
{
    double number;
    struct text own = rules_text(words->rules, value->unit);
    struct text shown = reading ? rules_text(words->rules, reading->unit) : own;
    if (value->kind == RULES_CONSTANT) {
        writer_add_number(writer, value->written, value->decimals);
        add_unit(writer, own);
        if (text_equal(own, shown) || own.length == 0)
            return;
        writer_add(writer, TEXT(" ("));
        writer_add_number(writer, value->number, wording_decimals(value->number) > 0 ? 1 : 0);
        add_unit(writer, shown);
        writer_add(writer, TEXT(")"));
    } else if (template_limit_number(words, value, &number)) {
        writer_add_number(writer, number,
                          reading ? template_decimals(reading, limit_decimals(words, value))
                                  : value->decimals);
        add_unit(writer, shown);
    } else {
        writer_add(writer, TEXT("unknown"));
    }
}

/* ---- the words that every alarm has -------------------------------------------------------- */

static void add_limit(const struct template_words *words, struct writer *writer)
{
    const struct rules_test *test = template_test(words);
    const struct rules_reading *reading = template_reading(words);
    bool is_word = test->kind == RULES_IS || test->kind == RULES_IS_NOT;
    if (!template_shows_value(test)) {
        writer_add_duration(writer, template_trigger(words)->when.hold.for_ms);
    } else if (!is_word || (reading && reading->kind == RULES_NUMBER)) {
        add_limit_value(words, writer, reading, &test->value);
        if (template_shows_two(test)) {
            writer_add(writer, TEXT(" to "));
            add_limit_value(words, writer, reading, &test->second);
        }
    } else if (reading && reading->kind == RULES_STATE && test->word < reading->words.count) {
        writer_add(writer, rules_text(words->rules, *RULES_AT(words->rules, struct rules_text,
                                                              reading->words, test->word)));
    } else {
        writer_add(writer, rules_text(words->rules, test->text));
    }
}

static void add_worst(const struct template_words *words, struct writer *writer)
{
    const struct rules_reading *reading = template_reading(words);
    if (words->event->has_worst && reading) {
        /* An earlier value than the one that is shown; it may have had more decimals. */
        unsigned own = wording_decimals(words->event->worst),
                 shown = template_decimals(reading, words->event->value.decimals);
        writer_add_number(writer, words->event->worst, own > shown ? own : shown);
        add_unit(writer, rules_text(words->rules, reading->unit));
    } else {
        writer_add(writer, TEXT("unknown"));
    }
}

/* As many as the sensor sends, and more where the ends would come too near to each other: the value
 * that is shown beside them may be a round one. */
unsigned template_usual_decimals(const struct template_words *words)
{
    const struct engine_alarm_event *event = words->event;
    unsigned decimals = template_decimals(template_reading(words), event->value.decimals);
    double width = event->usual_high - event->usual_low, unit = 1;
    for (unsigned i = 0; i < decimals; i++)
        unit /= 10;
    for (; decimals < DECIMALS_MOST && width > 0 && unit > width / 5; decimals++)
        unit /= 10;
    return decimals;
}

void template_add_usual_range(const struct template_words *words, struct writer *writer)
{
    const struct rules_reading *reading = template_reading(words);
    if (!words->event->has_usual || !reading) {
        writer_add(writer, TEXT("unknown"));
        return;
    }
    unsigned decimals = template_usual_decimals(words);
    writer_add_number(writer, words->event->usual_low, decimals);
    writer_add(writer, TEXT(" to "));
    writer_add_number(writer, words->event->usual_high, decimals);
    add_unit(writer, rules_text(words->rules, reading->unit));
}

static void add_usual(const struct template_words *words, struct writer *writer)
{
    template_add_usual_range(words, writer);
    const char *why = alerts_surprise_words(words->event->surprise);
    if (words->event->has_usual && why[0] != 0)
        writer_format(writer, " (%s)", why);
}

static void add_duration(const struct template_words *words, struct writer *writer)
{
    writer_add_duration(writer, words->event->time_ms - words->event->started_ms);
}

static void add_since(const struct template_words *words, struct writer *writer)
{
    writer_add_time(writer, words->zone, words->event->started_ms, words->event->time_ms);
}

static void add_time(const struct template_words *words, struct writer *writer)
{
    writer_add_time(writer, words->zone, words->event->time_ms, words->event->time_ms);
}

static void add_alarm(const struct template_words *words, struct writer *writer)
{
    writer_add(writer, rules_text(words->rules, template_alarm(words)->name));
}

static void add_severity(const struct template_words *words, struct writer *writer)
{
    writer_add(writer, text_of(template_severity_word(template_severity(words->event))));
}

static void add_site(const struct template_words *words, struct writer *writer)
{
    writer_add(writer, text_of(words->site_name));
}

static const struct {
    const char *word;
    void (*add)(const struct template_words *words, struct writer *writer);
    bool needs_event;
} known_words[] = {
    {"limit", add_limit, true},
    {"worst", add_worst, true},
    {"usual", add_usual, true},
    {"duration", add_duration, true},
    {"since", add_since, true},
    {"time", add_time, true},
    {"alarm", add_alarm, true},
    {"severity", add_severity, true},
    {"site", add_site, false},
    {"device", template_device_name, true}, /* not in `called`: nothing is called after itself */
};

/* ---- filling in ---------------------------------------------------------------------------- */

static bool add_named_part(const struct template_words *words, struct text word,
                           struct writer *writer)
{
    struct text own[RULES_NAMES_MAX];
    uint32_t count = identity_words(words->rules, words->view, own);
    for (uint32_t i = 0; i < count; i++) {
        if (text_equal(word, own[i])) {
            writer_add(writer, words->view->names[i]);
            return true;
        }
    }
    return false;
}

static bool add_reading(const struct template_words *words, struct text word, struct writer *writer)
{
    /* The value that made the change, not one that came later. */
    const struct rules_reading *shown =
        words->event && words->event->has_value ? template_reading(words) : NULL;
    if (shown && text_equal(word, rules_text(words->rules, shown->name))) {
        add_value(words, writer, shown, &words->event->value);
        return true;
    }
    const struct rules_group *group = group_of(words);
    for (uint32_t i = 0; group && i < group->readings.count; i++) {
        const struct rules_reading *reading = reading_at(words, i);
        if (!text_equal(word, rules_text(words->rules, reading->name)))
            continue;
        add_value(words, writer, reading, &words->view->values[i]);
        return true;
    }
    return false;
}

/* A limit of the table, as it was written there. */
static bool add_column(const struct template_words *words, struct text word, struct writer *writer)
{
    const struct ruleset *rules = words->rules;
    for (uint32_t i = 0; words->engine && words->event && i < rules->columns.count; i++) {
        const struct rules_column *column = RULES_AT(rules, struct rules_column, rules->columns, i);
        if (!group_of(words) || !text_equal(word, rules_text(rules, column->name)))
            continue;
        uint32_t row = engine_table_row(words->engine, words->event->device, i);
        if (row >= column->limits.count)
            continue;
        const struct rules_limit *limit = RULES_AT(rules, struct rules_limit, column->limits, row);
        writer_add_number(writer, limit->written, limit->decimals);
        add_unit(writer, rules_text(rules, limit->unit));
        return true;
    }
    return false;
}

static bool add_known_word(const struct template_words *words, struct text word,
                           struct writer *writer)
{
    for (size_t i = 0; i < sizeof known_words / sizeof *known_words; i++) {
        if (text_equal(word, text_of(known_words[i].word)) &&
            (words->event || !known_words[i].needs_event)) {
            known_words[i].add(words, writer);
            return true;
        }
    }
    return false;
}

void template_fill(const struct template_words *words, struct text template, struct writer *writer)
{
    const char *at = template.bytes, *end = template.bytes + template.length;
    while (at < end) {
        const char *open = memchr(at, '{', (size_t)(end - at));
        const char *close = open ? memchr(open, '}', (size_t)(end - open)) : NULL;
        if (!close) {
            writer_add(writer, (struct text){at, (size_t)(end - at)});
            return;
        }
        struct text word = {open + 1, (size_t)(close - open - 1)};
        writer_add(writer, (struct text){at, (size_t)(open - at)});
        if (!add_named_part(words, word, writer) && !add_reading(words, word, writer) &&
            !add_column(words, word, writer) && !add_known_word(words, word, writer))
            writer_add(writer, (struct text){open, (size_t)(close - open + 1)});
        at = close + 1;
    }
}

void template_device_name(const struct template_words *words, struct writer *writer)
{
    const struct rules_group *group = group_of(words);
    struct text called = group ? rules_text(words->rules, group->called) : (struct text){0};
    if (called.length > 0) {
        struct template_words only_names = {
            .rules = words->rules, .site_name = words->site_name, .view = words->view};
        template_fill(&only_names, called, writer);
        return;
    }
    struct text own[RULES_NAMES_MAX];
    uint32_t count = identity_words(words->rules, words->view, own);
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            writer_add(writer, TEXT(" "));
        writer_add(writer, words->view->names[i]);
    }
    if (count == 0)
        writer_add(writer, text_of(words->site_name));
}
