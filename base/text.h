/* Text views: bytes that somebody else owns.
 * Comes in: pointers into a receive buffer, a rule file or a constant. Goes out: views of the same
 * bytes; nothing is copied or ended with a zero. Called by every room. A view lives as long as the
 * buffer that it points into. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
    const char *bytes;
    size_t length; /* in bytes */
};

/* A view of a string constant. */
#define TEXT(constant) ((struct text){(constant), sizeof(constant) - 1})

static inline struct text text_of(const char *string)
{
    return (struct text){string, strlen(string)};
}

static inline bool text_equal(struct text a, struct text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

/* Without blanks, tabs and line ends around it. */
static inline struct text text_trimmed(struct text text)
{
    while (text.length > 0 && memchr(" \t\r\n", text.bytes[0], 4))
        text.bytes++, text.length--;
    while (text.length > 0 && memchr(" \t\r\n", text.bytes[text.length - 1], 4))
        text.length--;
    return text;
}

/* Equal when ASCII letters of either case count as the same. */
bool text_equal_ignoring_case(struct text a, struct text b);

/* FNV-1a, 64 bit (Fowler, Noll, Vo). hash_bytes continues from `hash`; begin with HASH_START. */
#define HASH_START UINT64_C(0xcbf29ce484222325)
static inline uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
    return hash;
}
/* The same for texts that text_equal_ignoring_case finds equal. */
uint64_t hash_ignoring_case(uint64_t hash, struct text text);

#endif
