/* Collects messages in the order of files and lines, and builds their texts. See messages.h. */
#include "rules/language/messages.h"

#include "rules/language/suggest.h"

#include <stdio.h>

static bool is_warning(enum code code)
{
    return code >= 200 && code < 300;
}

static bool place_is_before(const struct place *a, const struct place *b)
{
    if (a->source->index != b->source->index)
        return a->source->index < b->source->index;
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* Makes room for one more: the last warning goes first; the last error goes only when the new one
 * stands before it. */
static bool make_room(struct messages *messages, const struct message *message)
{
    size_t victim = messages->count - 1;
    while (victim > 0 && !is_warning(messages->entries[victim].code))
        victim--;
    if (!is_warning(messages->entries[victim].code))
        victim = messages->count - 1;
    bool is_worth_it = is_warning(messages->entries[victim].code)
                           ? !is_warning(message->code) ||
                                 place_is_before(&message->place, &messages->entries[victim].place)
                           : !is_warning(message->code) &&
                                 place_is_before(&message->place, &messages->entries[victim].place);
    if (!is_worth_it)
        return false;
    memmove(&messages->entries[victim], &messages->entries[victim + 1],
            (messages->count - victim - 1) * sizeof messages->entries[0]);
    messages->count--;
    return true;
}

void messages_add(struct messages *messages, struct place place, enum code code, const char *text,
                  const char *mark, const char *note)
{
    struct message message = {place, code, text, mark, note};
    for (size_t i = 0; i < messages->count; i++) { /* each mistake once */
        const struct place *other = &messages->entries[i].place;
        if (messages->entries[i].code == code && other->source == place.source &&
            other->line == place.line && other->column == place.column)
            return;
    }
    if (!is_warning(code))
        messages->errors++;
    if (messages->count == RULES_MESSAGES_MAX && !make_room(messages, &message))
        return;
    size_t at = messages->count++;
    for (; at > 0 && place_is_before(&place, &messages->entries[at - 1].place); at--)
        messages->entries[at] = messages->entries[at - 1];
    messages->entries[at] = message;
}

bool messages_are_full(const struct messages *messages)
{
    return messages->errors >= RULES_MESSAGES_MAX;
}

void messages_finish(const struct messages *messages, struct arena *arena,
                     struct rules_compiled *compiled)
{
    for (size_t i = 0; i < messages->count; i++) {
        const struct message *from = &messages->entries[i];
        const struct source *source = from->place.source;
        struct rules_message *to = &compiled->messages[i];
        bool warns = is_warning(from->code);
        snprintf(to->code, sizeof to->code, "%c%u", warns ? 'W' : 'R', (unsigned)from->code % 1000);
        to->is_warning = warns;
        to->file = source->name;
        to->line = (int)from->place.line + 1;
        to->column = (int)from->place.column;
        to->width = (int)from->place.width;
        to->text = arena_print(arena, "%s%s", warns ? "warning: " : "", from->text);
        to->mark = arena_print(arena, "%s", from->mark);
        to->note = arena_print(arena, "%s", from->note);
        struct text line = source->lines[from->place.line].written;
        to->source = arena_print(arena, "%.*s", TEXT_ARGUMENTS(line));
    }
    compiled->messages_count = messages->count;
    compiled->errors = messages->errors;
}

char *messages_join(struct arena *arena, const struct text *words, size_t count, const char *last)
{
    char *list = arena_print(arena, "%s", "");
    for (size_t i = 0; i < count; i++) {
        const char *link = i == 0 ? "" : ", ";
        list = i > 0 && i + 1 == count
                   ? arena_print(arena, "%s %s %.*s", list, last, TEXT_ARGUMENTS(words[i]))
                   : arena_print(arena, "%s%s%.*s", list, link, TEXT_ARGUMENTS(words[i]));
    }
    return list;
}

const char *messages_suggest(struct arena *arena, struct text written,
                             const struct text *candidates, size_t count)
{
    int best = suggest_word(written, candidates, count, NULL);
    if (best < 0)
        return "";
    return arena_print(arena, "did you mean \"%.*s\"?", TEXT_ARGUMENTS(candidates[best]));
}

char *messages_duration(struct arena *arena, int64_t duration_ms)
{
    static const struct {
        int64_t ms;
        const char *name;
    } units[] = {{86400000, "day"}, {3600000, "hour"}, {60000, "minute"}, {1000, "second"}};
    char *text = arena_print(arena, "%s", "");
    int64_t rest = duration_ms;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        int64_t number = rest / units[i].ms;
        rest -= number * units[i].ms;
        if (number > 0)
            text = arena_print(arena, "%s%s%lld %s%s", text, *text != '\0' ? " " : "",
                               (long long)number, units[i].name, number == 1 ? "" : "s");
    }
    if (rest > 0 || duration_ms == 0)
        text = arena_print(arena, "%s%s0.%03lld seconds", text, *text != '\0' ? " " : "",
                           (long long)rest);
    return text;
}
