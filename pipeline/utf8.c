/* Text that may be shown. See utf8.h. */
#include "pipeline/utf8.h"

bool utf8_is_plain(struct text text)
{
    const char *end = text.bytes + text.length;
    for (const char *p = text.bytes; p < end;) {
        unsigned char c = (unsigned char)*p;
        if (c < 0x80) {
            if (c < 0x20 || c == 0x7f)
                return false;
            p++;
            continue;
        }
        size_t length = utf8_length(p, end);
        if (length == 0 || (c == 0xc2 && (unsigned char)p[1] < 0xa0))
            return false;
        p += length;
    }
    return true;
}
