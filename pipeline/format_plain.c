/* A message that is one value: a number, a word. See format.h. */
#include "pipeline/format.h"
#include "pipeline/utf8.h"

/* No JSON, but a word all the same: on, n/a. */
static void note_word(const struct decoder *decoder, struct text word, struct scan_found *found)
{
    const struct scan_token token = {
        .bytes = word.bytes, .length = (uint32_t)word.length, .kind = SCAN_STRING};
    for (uint8_t slot = decoder->plain_node.slot; slot != WANT_NOTHING;
         slot = decoder->plain.also[slot]) {
        found->tokens[slot] = token;
        found->readings |= UINT64_C(1) << slot;
    }
}

bool format_plain(struct pipeline *pipeline, const struct decoder *decoder,
                  const struct decoder_source *source, struct text payload)
{
    struct scan_found found;
    const char *end = payload.bytes + payload.length;
    const char *p = scan_blanks(payload.bytes, end);
    while (end > p && scan_blanks(end - 1, end) == end)
        end--;
    struct text word = {p, (size_t)(end - p)};
    bool is_scalar = *p != '{' && *p != '[';
    found.readings = found.others = 0;
    const char *after = is_scalar ? scan_value(p, end, &decoder->plain, &found) : NULL;
    if (after != end && *p != '"' && utf8_is_plain(word)) {
        found.readings = 0;
        note_word(decoder, word, &found);
        after = end;
    }
    if (after == end && found.readings != 0)
        return format_deliver(pipeline, decoder, source, &found);
    format_refuse(pipeline, source);
    return false;
}
