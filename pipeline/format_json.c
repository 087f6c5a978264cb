/* JSON (RFC 8259): an object is a message, a list is several. See format.h.
 * A text is looked through whole before anything of it is used: what is cut off or no JSON changes
 * nothing but a counter (RULES, section 8.2). */
#include "pipeline/format.h"

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
        has_readings |= format_deliver(pipeline, decoder, source, &found);
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
        *has_readings |= format_deliver(pipeline, decoder, source, &found);
    return after;
}

bool format_json(struct pipeline *pipeline, const struct decoder *decoder,
                 const struct decoder_source *source, struct text payload)
{
    const char *end = payload.bytes + payload.length;
    const char *p = scan_blanks(payload.bytes, end);
    if (*p != '{' && *p != '[')
        return format_plain(pipeline, decoder, source, payload);
    bool has_readings = false;
    while (p < end) {
        p = *p == '{' || *p == '[' ? take_text(pipeline, decoder, source, p, end, &has_readings)
                                   : NULL;
        if (p == NULL) {
            format_refuse(pipeline, source);
            break;
        }
        p = scan_blanks(p, end);
    }
    return has_readings;
}
