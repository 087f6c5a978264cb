/* Comparisons of text views that do not fit a line. See text.h. */
#include "base/text.h"

static unsigned char lower(char c)
{
    unsigned char u = (unsigned char)c;
    return u >= 'A' && u <= 'Z' ? (unsigned char)(u + ('a' - 'A')) : u;
}

bool text_equal_ignoring_case(struct text a, struct text b)
{
    if (a.length != b.length)
        return false;
    for (size_t i = 0; i < a.length; i++) {
        if (lower(a.bytes[i]) != lower(b.bytes[i]))
            return false;
    }
    return true;
}

uint64_t hash_ignoring_case(uint64_t hash, struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char small = lower(text.bytes[i]);
        hash = hash_bytes(hash, &small, 1);
    }
    return hash;
}
