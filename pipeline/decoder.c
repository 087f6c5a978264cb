/* Messages to readings, and which format reads a payload. See decoder.h, format.h. */
#include "pipeline/format.h"
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
    if (kind == RULES_TIME_ARRIVAL ||
        (kind == RULES_TIME_OF_FORMAT && !scan_has(found, WANT_OWN_TIME)))
        return source->arrived_ms;
    if (kind == RULES_TIME_OF_FORMAT && found->is_relative)
        return source->arrived_ms + found->own_ms;
    if (kind == RULES_TIME_OF_FORMAT)
        taken_ms = found->own_ms;
    else if (!scan_has(found, WANT_TIME) ||
             !values_time(kind, &found->tokens[WANT_TIME], &taken_ms)) {
        pipeline->counters.time_faults++;
        return source->arrived_ms;
    }
    *is_own = true;
    if (taken_ms > pipeline->newest_ms)
        time_goes_on(pipeline, taken_ms);
    return taken_ms;
}

bool format_deliver(struct pipeline *pipeline, const struct decoder *decoder,
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

void format_refuse(struct pipeline *pipeline, const struct decoder_source *source)
{
    pipeline->counters.malformed++;
    if (source->device != ENGINE_NO_DEVICE)
        engine_message_unreadable(pipeline->engine, source->device, source->arrived_ms);
}

/* ---- payloads -------------------------------------------------------------------------------- */

static format_take *const formats[] = {
    [RULES_FORMAT_JSON] = format_json,   [RULES_FORMAT_LINES] = format_lines,
    [RULES_FORMAT_SENML] = format_senml, [RULES_FORMAT_SPARKPLUG] = format_sparkplug,
    [RULES_FORMAT_PLAIN] = format_plain, [RULES_FORMAT_CSV] = format_csv,
};

bool decoder_take(struct pipeline *pipeline, const struct decoder *decoder,
                  const struct decoder_source *source, struct text payload)
{
    const char *end = payload.bytes + payload.length;
    if (payload.length <= SCAN_BYTES_MOST && scan_blanks(payload.bytes, end) != end)
        return formats[decoder->rules->format](pipeline, decoder, source, payload);
    format_refuse(pipeline, source);
    return false;
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

static bool has_names_in_message(const struct ruleset *rules, const struct rules_group *group)
{
    for (uint32_t i = 0; i < group->names.count; i++) {
        if (RULES_AT(rules, struct rules_name, group->names, i)->is_in_message)
            return true;
    }
    return false;
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
    decoder->has_names_in_message = has_names_in_message(rules, wanted);
    wants_make(&decoder->message, rules, wanted, false, next);
    wants_make(&decoder->element, rules, wanted, true, next + wants_size_bytes(rules, wanted));
    plain_make(decoder);
}
