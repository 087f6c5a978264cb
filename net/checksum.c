/* The Internet checksum at eight bytes an addition.
 * Comes in: bytes of a header or a segment. Goes out: their ones' complement sum. lwIP calls it for
 * every packet that it sends and for every received one that the device did not vouch for.
 *
 * Ones' complement addition does not care how wide the words are (RFC 1071, section 2): 64-bit
 * words added with the carry brought round and folded at the end give the same 16 bits. */
#include "net/checksum.h"

#include <stddef.h>
#include <string.h>

#define BLOCK_BYTES 64

#ifdef __x86_64__
struct block {
    uint8_t bytes[BLOCK_BYTES];
};

/* Eight words in nine instructions: no compiler makes this chain from C. The carry that
 * comes out of an addition leaves at most 2^64 - 2 behind, so the last one has room. */
static inline uint64_t add_block(uint64_t sum, const uint8_t *p)
{
    __asm__("addq 0(%1), %0\n\t"
            "adcq 8(%1), %0\n\t"
            "adcq 16(%1), %0\n\t"
            "adcq 24(%1), %0\n\t"
            "adcq 32(%1), %0\n\t"
            "adcq 40(%1), %0\n\t"
            "adcq 48(%1), %0\n\t"
            "adcq 56(%1), %0\n\t"
            "adcq $0, %0"
            : "+r"(sum)
            : "r"(p), "m"(*(const struct block *)p)
            : "cc");
    return sum;
}
#else
static inline uint64_t add_block(uint64_t sum, const uint8_t *p)
{
    for (size_t i = 0; i < BLOCK_BYTES; i += 8) {
        uint64_t word;
        memcpy(&word, p + i, sizeof word);
        sum += word;
        sum += sum < word;
    }
    return sum;
}
#endif

static inline uint64_t add_word(uint64_t sum, uint64_t word)
{
    sum += word;
    return sum + (sum < word);
}

uint16_t net_checksum(const void *bytes, int length)
{
    const uint8_t *p = bytes;
    size_t left = (size_t)length;
    uint64_t sum = 0, word = 0;
    for (; left >= BLOCK_BYTES; left -= BLOCK_BYTES, p += BLOCK_BYTES)
        sum = add_block(sum, p);
    for (; left >= sizeof word; left -= sizeof word, p += sizeof word) {
        memcpy(&word, p, sizeof word);
        sum = add_word(sum, word);
    }
    if (left > 0) { /* the last 1 to 7 bytes, as if zeros followed */
        word = 0;
        memcpy(&word, p, left);
        sum = add_word(sum, word);
    }
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}
