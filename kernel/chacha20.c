/* The ChaCha20 block function (RFC 8439, section 2.3), written for size: the entropy pool needs
 * little of it. */
#include "kernel/chacha20.h"

#include <string.h>

#define WORDS 16

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return word << bits | word >> (32 - bits);
}

static void quarter_round(uint32_t *x, const uint8_t w[4])
{
    static const uint8_t turns[4] = {16, 12, 8, 7};
    for (unsigned i = 0; i < 4; i++) {
        uint8_t a = w[i % 2 * 2], b = w[i % 2 ? 3 : 1], d = w[i % 2 ? 1 : 3];
        x[a] += x[b];
        x[d] = rotate(x[d] ^ x[a], turns[i]);
    }
}

void chacha20_block(const uint8_t key[CHACHA20_KEY_BYTES], uint32_t counter,
                    const uint8_t nonce[12], uint8_t block[CHACHA20_BLOCK_BYTES])
{
    static const uint8_t order[8][4] = {
        {0, 4, 8, 12},  {1, 5, 9, 13},  {2, 6, 10, 14}, {3, 7, 11, 15},
        {0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13},  {3, 4, 9, 14},
    };
    uint32_t start[WORDS] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}, x[WORDS];
    memcpy(start + 4, key,
           CHACHA20_KEY_BYTES); /* little-endian machines only, as all of ours are */
    start[12] = counter;
    memcpy(start + 13, nonce, 12);
    memcpy(x, start, sizeof x);
    for (unsigned round = 0; round < 10; round++)
        for (unsigned i = 0; i < 8; i++)
            quarter_round(x, order[i]);
    for (unsigned i = 0; i < WORDS; i++)
        x[i] += start[i];
    memcpy(block, x, CHACHA20_BLOCK_BYTES);
}
