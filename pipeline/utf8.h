/* UTF-8, as strict as RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
 * Called by json_text.c for the rare bytes that are not ASCII, and by decoders for names, lines and
 * texts. */
#ifndef PIPELINE_UTF8_H
#define PIPELINE_UTF8_H

#include "base/text.h"

/* How many bytes (2 to 4) the character takes that begins with a byte above 0x7F; 0 when it is not
 * one. */
static inline size_t utf8_length(const char *bytes, const char *end)
{
    const unsigned char *p = (const unsigned char *)bytes;
    size_t left = (size_t)(end - bytes);
    unsigned least = 0x80, most = 0xbf; /* of the second byte */
    size_t length;
    if (p[0] >= 0xc2 && p[0] <= 0xdf) {
        length = 2;
    } else if ((p[0] & 0xf0) == 0xe0) {
        length = 3;
        least = p[0] == 0xe0 ? 0xa0 : 0x80;
        most = p[0] == 0xed ? 0x9f : 0xbf;
    } else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        length = 4;
        least = p[0] == 0xf0 ? 0x90 : 0x80;
        most = p[0] == 0xf4 ? 0x8f : 0xbf;
    } else {
        return 0;
    }
    if (left < length || p[1] < least || p[1] > most)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

/* UTF-8 without control characters (C0, DEL, C1). */
bool utf8_is_plain(struct text text);

#endif
