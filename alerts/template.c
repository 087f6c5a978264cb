/* Texts of rules, filled in (see template.h). */
#include "alerts/template.h"

#define TESTS_WITH_NUMBERS_END RULES_IS
#define DECIMALS_MOST 6 /* that a sensor sends and people read */

const char *template_severity_word(enum rules_severity severity)
{
    static const char *const words[] = {"normal", "log", "notice", "warning", "critical"};
    return words[severity];
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

static const struct rules_group *group_of(const struct template_words *words)
{
    return words->view ? RULES_AT(words->rules, struct rules_group, words->rules->groups,
                                  words->view->group)
                       : NULL;
}

static const struct rules_reading *reading_at(const struct template_words *words, uint32_t index)
{
    const struct rules_group *group = group_of(words);
    return group && index < group->readings.count
               ? RULES_AT(words->rules, struct rules_reading, group->readings, index)
               : NULL;
}

const struct rules_reading *template_reading(const struct template_words *words)
{
    const struct rules_test *test = template_test(words);
    return test->kind == RULES_SILENT ? NULL : reading_at(words, test->reading);
}

struct text template_reading_text(const struct template_words *words,
                                  const struct rules_reading *reading)
{
    const struct rules_reading *first = reading_at(words, 0);
    if (!words->engine || !words->event || !first)
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
    *number = value->number;
    if (value->kind != RULES_READING)
        return true;
    if (!reading_at(words, value->reading) ||
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
static unsigned decimals_shown(const struct rules_reading *reading, unsigned decimals)
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
        writer_add_number(writer, value->number, decimals_shown(reading, value->decimals));
        add_unit(writer, rules_text(words->rules, reading->unit));
    } else {
        struct text text = template_reading_text(words, reading);
        writer_add(writer, text.length > 0 ? text : TEXT("empty"));
    }
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
        writer_add_number(
            writer, number,
            reading ? decimals_shown(reading, words->view->values[value->reading].decimals)
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
    if (test->kind == RULES_SILENT) {
        writer_add_duration(writer, template_trigger(words)->when.hold.for_ms);
    } else if (test->kind < TESTS_WITH_NUMBERS_END || (reading && reading->kind == RULES_NUMBER)) {
        add_limit_value(words, writer, reading, &test->value);
        if (test->kind == RULES_INSIDE || test->kind == RULES_OUTSIDE) {
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
                 shown = decimals_shown(reading, words->event->value.decimals);
        writer_add_number(writer, words->event->worst, own > shown ? own : shown);
        add_unit(writer, rules_text(words->rules, reading->unit));
    } else {
        writer_add(writer, TEXT("unknown"));
    }
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
    const struct rules_group *group = group_of(words);
    for (uint32_t i = 0; group && i < group->names.count; i++) {
        const struct rules_name *name = RULES_AT(words->rules, struct rules_name, group->names, i);
        if (text_equal(word, rules_text(words->rules, name->name))) {
            writer_add(writer, words->view->names[i]);
            return true;
        }
    }
    return false;
}

static bool add_reading(const struct template_words *words, struct text word, struct writer *writer)
{
    const struct rules_group *group = group_of(words);
    for (uint32_t i = 0; group && i < group->readings.count; i++) {
        const struct rules_reading *reading = reading_at(words, i);
        if (!text_equal(word, rules_text(words->rules, reading->name)))
            continue;
        /* The value that made the change, not one that came later. */
        bool is_shown =
            words->event && words->event->has_value && template_reading(words) == reading;
        add_value(words, writer, reading,
                  is_shown ? &words->event->value : &words->view->values[i]);
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
            !add_known_word(words, word, writer))
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
    for (uint32_t i = 0; group && i < group->names.count; i++) {
        if (i > 0)
            writer_add(writer, TEXT(" "));
        writer_add(writer, words->view->names[i]);
    }
    if (!group || group->names.count == 0)
        writer_add(writer, text_of(words->site_name));
}
