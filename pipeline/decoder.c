/* Payloads to messages, messages to readings. See decoder.h.
 * A text is looked through whole before anything of it is used: what is cut off or no JSON changes
 * nothing but a counter (RULES, section 8.2). */
#include "pipeline/decoder.h"
#include "pipeline/utf8.h"

/* ---- one message ----------------------------------------------------------------------------- */

static bool is_name(struct text name)
{
    return name.length > 0 && name.length <= RULES_NAME_BYTES && utf8_is_plain(name);
}

/* The device that topic and message name together; ENGINE_NO_DEVICE, counted, when there is none.
 */
static uint32_t device_of(struct pipeline *pipeline, const struct decoder *decoder,
                          const struct decoder_source *source, const struct scan_found *found,
                          struct values_scratch *scratch)
{
    struct text names[RULES_NAMES_MAX];
    for (uint32_t i = 0; i < decoder->rules->names.count; i++) {
        const struct rules_name *name =
            RULES_AT(pipeline->rules, struct rules_name, decoder->rules->names, i);
        bool is_there = true;
        if (!name->is_in_message)
            names[i] = source->names[i];
        else
            is_there = scan_has(found, WANT_NAMES + i) &&
                       values_text(&found->tokens[WANT_NAMES + i], scratch, &names[i]);
        if (!is_there || !is_name(names[i])) {
            pipeline->counters.names_refused++;
            return ENGINE_NO_DEVICE;
        }
    }
    uint32_t device = engine_device(pipeline->engine, decoder->group, names, source->arrived_ms);
    if (device == ENGINE_NO_DEVICE)
        pipeline->counters.devices_refused++;
    return device;
}

uint32_t decoder_device(struct pipeline *pipeline, const struct decoder *decoder,
                        const struct decoder_source *source)
{
    return device_of(pipeline, decoder, source, NULL, NULL);
}

/* With the readings' clock time begins with the first of them, and with it silence of the devices
 * that a table names. */
static void time_goes_on(struct pipeline *pipeline, int64_t taken_ms)
{
    bool begins = pipeline->follows_readings && pipeline->newest_ms == INT64_MIN;
    pipeline->newest_ms = taken_ms;
    if (begins)
        engine_expect_devices(pipeline->engine, taken_ms);
}

/* When the readings were taken: by the message, else by arrival. */
static int64_t time_of(struct pipeline *pipeline, const struct decoder *decoder,
                       const struct decoder_source *source, const struct scan_found *found,
                       bool *is_own)
{
    int64_t taken_ms;
    enum rules_time kind = (enum rules_time)decoder->rules->time;
    *is_own = false;
    if (kind == RULES_TIME_ARRIVAL)
        return source->arrived_ms;
    if (!scan_has(found, WANT_TIME) || !values_time(kind, &found->tokens[WANT_TIME], &taken_ms)) {
        pipeline->counters.time_faults++;
        return source->arrived_ms;
    }
    *is_own = true;
    if (taken_ms > pipeline->newest_ms)
        time_goes_on(pipeline, taken_ms);
    return taken_ms;
}

static bool deliver(struct pipeline *pipeline, const struct decoder *decoder,
                    const struct decoder_source *source, const struct scan_found *found)
{
    bool is_own;
    int64_t taken_ms = time_of(pipeline, decoder, source, found, &is_own);
    struct decoder_source arrival = *source;
    if (pipeline->follows_readings && taken_ms > arrival.arrived_ms)
        arrival.arrived_ms = taken_ms;
    struct values_scratch scratch;
    scratch.used = 0;
    scratch.copied_bytes = 0;
    uint32_t device = source->device;
    if (device == ENGINE_NO_DEVICE)
        device = device_of(pipeline, decoder, &arrival, found, &scratch);
    if (device == ENGINE_NO_DEVICE)
        return false;

    struct engine_reading readings[RULES_READINGS_MAX];
    size_t count = 0;
    for (uint64_t left = found->readings; left != 0; left &= left - 1) {
        uint32_t reading = (uint32_t)__builtin_ctzll(left);
        struct engine_reading *value = &readings[count++];
        value->reading = reading;
        values_read(pipeline->rules, &decoder->readings[reading], &found->tokens[reading], &scratch,
                    value);
        pipeline->counters.faulty += value->quality == ENGINE_FAULTY;
    }
    struct engine_message_marks marks = {.is_no_sign_of_life = source->is_retained && !is_own};
    if (scan_has(found, WANT_SEQUENCE))
        marks.has_sequence = values_sequence(&found->tokens[WANT_SEQUENCE], &marks.sequence);
    pipeline->counters.readings += count;
    pipeline->counters.copied_bytes += scratch.copied_bytes;
    engine_message_marked(pipeline->engine, device, arrival.arrived_ms, taken_ms, readings, count,
                          marks);
    return count > 0;
}

static void refuse(struct pipeline *pipeline, const struct decoder_source *source)
{
    pipeline->counters.malformed++;
    if (source->device != ENGINE_NO_DEVICE)
        engine_message_unreadable(pipeline->engine, source->device, source->arrived_ms);
}

/* ---- lists of messages ----------------------------------------------------------------------- */

/* What stands beside a list holds for each of its elements that does not say it itself: names,
 * time, sequence. */
static void add_shared(struct scan_found *found, const struct scan_found *shared)
{
    uint64_t missing = shared->others & ~found->others & ~(UINT64_C(1) << (WANT_LIST - WANT_NAMES));
    for (uint64_t left = missing; left != 0; left &= left - 1) {
        uint32_t slot = WANT_NAMES + (uint32_t)__builtin_ctzll(left);
        found->tokens[slot] = shared->tokens[slot];
    }
    found->others |= missing;
}

/* Each element of a list that was already found to be right. */
static bool deliver_elements(struct pipeline *pipeline, const struct decoder *decoder,
                             const struct decoder_source *source, const char *list, const char *end,
                             const struct scan_found *shared)
{
    bool has_readings = false;
    const char *p = scan_blanks(list + 1, end);
    while (p != NULL && p < end && *p != ']') {
        struct scan_found found;
        found.readings = found.others = 0;
        bool is_plain = *p != '{' && *p != '[';
        p = scan_value(p, end, is_plain ? &decoder->plain : &decoder->element, &found);
        if (shared != NULL)
            add_shared(&found, shared);
        has_readings |= deliver(pipeline, decoder, source, &found);
        p = p != NULL ? scan_blanks(p, end) : NULL;
        if (p != NULL && p < end && *p == ',')
            p = scan_blanks(p + 1, end);
    }
    return has_readings;
}

/* ---- payloads -------------------------------------------------------------------------------- */

/* One JSON text, an object or a list. Returns the place after it, NULL when it is none. */
static const char *take_text(struct pipeline *pipeline, const struct decoder *decoder,
                             const struct decoder_source *source, const char *p, const char *end,
                             bool *has_readings)
{
    struct scan_found found;
    found.readings = found.others = 0;
    /* A list is several messages, unless a path goes into it: [0].temp. */
    bool is_list_of_messages = *p == '[' && !decoder->message.root->has_indices;
    const char *after = scan_value(p, end, is_list_of_messages ? NULL : &decoder->message, &found);
    if (after == NULL || (!source->may_be_several && scan_blanks(after, end) != end))
        return NULL;
    if (is_list_of_messages)
        *has_readings |= deliver_elements(pipeline, decoder, source, p, after, NULL);
    else if (scan_has(&found, WANT_LIST) && found.tokens[WANT_LIST].kind == SCAN_LIST)
        *has_readings |= deliver_elements(pipeline, decoder, source, found.tokens[WANT_LIST].bytes,
                                          after, &found);
    else
        *has_readings |= deliver(pipeline, decoder, source, &found);
    return after;
}

/* A message that is just a number or a word. */
static bool take_plain(struct pipeline *pipeline, const struct decoder *decoder,
                       const struct decoder_source *source, const char *p, const char *end)
{
    struct scan_found found;
    found.readings = found.others = 0;
    while (end > p && scan_blanks(end - 1, end) == end)
        end--;
    const char *after = scan_value(p, end, &decoder->plain, &found);
    struct text word = {p, (size_t)(end - p)};
    if (after != end && *p != '"' && utf8_is_plain(word) &&
        decoder->plain_node.slot != WANT_NOTHING) {
        /* No JSON, but a word all the same: on, n/a. */
        const struct scan_token token = {p, (uint32_t)word.length, SCAN_STRING, 0, false, 0};
        found.readings = 0;
        for (uint8_t slot = decoder->plain_node.slot; slot != WANT_NOTHING;
             slot = decoder->plain.also[slot]) {
            found.tokens[slot] = token;
            found.readings |= UINT64_C(1) << slot;
        }
    } else if (after != end || found.readings == 0) {
        refuse(pipeline, source);
        return false;
    }
    return deliver(pipeline, decoder, source, &found);
}

bool decoder_take(struct pipeline *pipeline, const struct decoder *decoder,
                  const struct decoder_source *source, struct text payload)
{
    const char *end = payload.bytes + payload.length;
    const char *p = scan_blanks(payload.bytes, end);
    if (payload.length > SCAN_BYTES_MOST || p == end) {
        refuse(pipeline, source);
        return false;
    }
    if (*p != '{' && *p != '[')
        return take_plain(pipeline, decoder, source, p, end);
    bool has_readings = false;
    while (p < end) {
        p = *p == '{' || *p == '[' ? take_text(pipeline, decoder, source, p, end, &has_readings)
                                   : NULL;
        if (p == NULL) {
            refuse(pipeline, source);
            break;
        }
        p = scan_blanks(p, end);
    }
    return has_readings;
}

/* ---- making ---------------------------------------------------------------------------------- */

static const struct rules_group *group_at(const struct ruleset *rules, uint32_t group)
{
    return RULES_AT(rules, struct rules_group, rules->groups, group);
}

size_t decoder_size_bytes(const struct ruleset *rules, uint32_t group)
{
    const struct rules_group *wanted = group_at(rules, group);
    return wanted->readings.count * sizeof(struct values_reading) +
           2 * wants_size_bytes(rules, wanted);
}

/* A plain message gives its value to the readings `from payload`, else to the group's only reading.
 */
static void plain_make(struct decoder *decoder)
{
    memset(decoder->plain.also, WANT_NOTHING, sizeof decoder->plain.also);
    decoder->plain_node = (struct want_node){.slot = decoder->element.root->slot};
    if (decoder->plain_node.slot != WANT_NOTHING)
        memcpy(decoder->plain.also, decoder->element.also, sizeof decoder->plain.also);
    else if (decoder->rules->readings.count == 1)
        decoder->plain_node.slot = 0;
    decoder->plain.root = &decoder->plain_node;
}

void decoder_make(struct decoder *decoder, const struct ruleset *rules, uint32_t group,
                  void *memory)
{
    const struct rules_group *wanted = group_at(rules, group);
    struct values_reading *readings = memory;
    for (uint32_t r = 0; r < wanted->readings.count; r++)
        values_reading_make(&readings[r],
                            RULES_AT(rules, struct rules_reading, wanted->readings, r));
    char *next = (char *)(readings + wanted->readings.count);
    decoder->rules = wanted;
    decoder->readings = readings;
    decoder->group = group;
    wants_make(&decoder->message, rules, wanted, false, next);
    wants_make(&decoder->element, rules, wanted, true, next + wants_size_bytes(rules, wanted));
    plain_make(decoder);
}
