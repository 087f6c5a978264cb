/* Gathers what flat formats say until it is a message. See format.h. */
#include "pipeline/format.h"

#include "pipeline/json_parts.h"

/* ---- gathering ------------------------------------------------------------------------------- */

void gather_begin(struct gathering *gathering, struct pipeline *pipeline,
                  const struct decoder *decoder, const struct decoder_source *source)
{
    gathering->pipeline = pipeline;
    gathering->decoder = decoder;
    gathering->source = source;
    gathering->has_sent = gathering->has_readings = false;
    gather_clear(gathering);
}

void gather_clear(struct gathering *gathering)
{
    gathering->found.readings = gathering->found.others = 0;
}

static bool is_name_slot(uint8_t slot)
{
    return slot >= WANT_NAMES && slot < WANT_TIME;
}

void gather_note(struct gathering *gathering, const struct want_node *node, struct scan_token token,
                 enum format_note how)
{
    struct scan_found *found = &gathering->found;
    uint8_t slot = node != NULL ? node->slot : WANT_NOTHING;
    for (; slot != WANT_NOTHING; slot = gathering->decoder->message.also[slot]) {
        bool stays = how == NOTE_IF_MISSING || (how == NOTE_FIELD && is_name_slot(slot));
        if (stays && scan_has(found, slot))
            continue;
        found->tokens[slot] = token;
        if (slot < WANT_NAMES)
            found->readings |= UINT64_C(1) << slot;
        else
            found->others |= UINT64_C(1) << (slot - WANT_NAMES);
    }
}

void gather_value(struct gathering *gathering, const struct want_node *node,
                  struct scan_token token)
{
    if (node == NULL || node->slot == WANT_NOTHING)
        return;
    for (uint8_t slot = node->slot; slot != WANT_NOTHING;
         slot = gathering->decoder->message.also[slot]) {
        if (slot < WANT_NAMES && scan_has(&gathering->found, slot)) {
            gather_send(gathering);
            break;
        }
    }
    gather_note(gathering, node, token, NOTE_ALWAYS);
}

#define OWN_TIME_BIT (UINT64_C(1) << (WANT_OWN_TIME - WANT_NAMES))

/* To whole milliseconds; what is no time is that of the arrival. False when the rules want another.
 */
static bool own_time(const struct gathering *gathering, double *time_ms, bool *is_relative)
{
    if (gathering->decoder->rules->time != RULES_TIME_OF_FORMAT)
        return false;
    bool is_time =
        *is_relative ? *time_ms > -1e15 && *time_ms < 1e15 : values_time_is_sane(*time_ms);
    if (!is_time) {
        gathering->pipeline->counters.time_faults++;
        *is_relative = true;
        *time_ms = 0;
    }
    *time_ms = (double)(int64_t)(*time_ms + (*time_ms < 0 ? -0.5 : 0.5));
    return true;
}

static void set_time(struct scan_found *found, double time_ms, bool is_relative)
{
    found->own_ms = (int64_t)time_ms;
    found->is_relative = is_relative;
    found->others |= OWN_TIME_BIT;
}

void gather_time(struct gathering *gathering, double time_ms, bool is_relative)
{
    if (own_time(gathering, &time_ms, &is_relative))
        set_time(&gathering->found, time_ms, is_relative);
}

void gather_next_time(struct gathering *gathering, double time_ms, bool is_relative)
{
    struct scan_found *found = &gathering->found;
    if (!own_time(gathering, &time_ms, &is_relative))
        return;
    bool is_another = !scan_has(found, WANT_OWN_TIME) || found->own_ms != (int64_t)time_ms;
    if (found->readings != 0 && is_another)
        gather_send(gathering);
    set_time(found, time_ms, is_relative);
}

void gather_send(struct gathering *gathering)
{
    struct scan_found *found = &gathering->found;
    if (found->readings == 0 && gathering->source->device == ENGINE_NO_DEVICE &&
        gathering->decoder->has_names_in_message)
        return;
    gathering->has_sent = true;
    gathering->has_readings |=
        format_deliver(gathering->pipeline, gathering->decoder, gathering->source, found);
    found->readings = 0; /* names, time and sequence hold for what follows */
}

/* ---- parts ----------------------------------------------------------------------------------- */

struct scan_token format_cell(struct text cell)
{
    const char *end = cell.bytes + cell.length;
    const char *start = scan_blanks(cell.bytes, end);
    while (end > start && scan_blanks(end - 1, end) == end)
        end--;
    struct scan_token token = {
        .bytes = start, .length = (uint32_t)(end - start), .kind = SCAN_NUMBER};
    if (start == end)
        token.kind = SCAN_NULL;
    else if (json_read_number(start, end, &token.number, &token.decimals) != end)
        token.kind = SCAN_STRING;
    return token;
}

bool format_line(struct text *rest, struct text *line)
{
    if (rest->length == 0)
        return false;
    const char *end = memchr(rest->bytes, '\n', rest->length);
    size_t length = end != NULL ? (size_t)(end - rest->bytes) : rest->length;
    size_t taken = end != NULL ? length + 1 : length;
    *line = (struct text){rest->bytes, length};
    if (length > 0 && line->bytes[length - 1] == '\r')
        line->length--;
    *rest = (struct text){rest->bytes + taken, rest->length - taken};
    return true;
}
