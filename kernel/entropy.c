/* Randomness: a ChaCha20 generator with fast key erasure (Bernstein, 2017). Whatever comes in is
 * folded into the key; each request gets a key of its own and leaves the pool with a new one, so
 * that what was given out cannot be worked out from what is left. Comes in: bytes from virtio-rng
 * and the processor. Goes out: keys, nonces, sequence numbers. Loop and worker. */
#include "kernel/chacha20.h"
#include "kernel/platform.h"

static uint8_t pool[CHACHA20_KEY_BYTES];
static bool is_strong;

/* The compiler must not leave keys behind because nobody reads them any more. */
static void wipe(void *bytes, size_t length)
{
    memset(bytes, 0, length);
    __asm__ volatile("" : : "r"(bytes) : "memory");
}

/* Moves the pool on; the other half of the block is a key that depends on it. */
static void entropy_derive(uint8_t key[CHACHA20_KEY_BYTES], const char nonce[12])
{
    uint8_t block[CHACHA20_BLOCK_BYTES];
    chacha20_block(pool, 0, (const uint8_t *)nonce, block);
    memcpy(pool, block, CHACHA20_KEY_BYTES);
    memcpy(key, block + CHACHA20_KEY_BYTES, CHACHA20_KEY_BYTES);
    wipe(block, sizeof block);
}

bool entropy_is_strong(void)
{
    return is_strong;
}

void entropy_add(const void *bytes, size_t length, bool strong)
{
    const uint8_t *p = bytes;
    uint8_t unused[CHACHA20_KEY_BYTES];
    bool is_enough = strong && length >= CHACHA20_KEY_BYTES / 2;
    while (length > 0) {
        size_t part = CHACHA20_KEY_BYTES;
        if (part > length)
            part = length;
        unsigned long held = platform_hold_interrupts();
        for (size_t i = 0; i < part; i++)
            pool[i] ^= p[i];
        entropy_derive(unused, "brink added");
        platform_release_interrupts(held);
        p += part;
        length -= part;
    }
    is_strong = is_strong || is_enough;
}

void entropy_fill(void *bytes, size_t length)
{
    uint8_t key[CHACHA20_KEY_BYTES], block[CHACHA20_BLOCK_BYTES], *p = bytes;
    unsigned long held = platform_hold_interrupts();
    entropy_derive(key, "brink taken");
    platform_release_interrupts(held);
    for (uint32_t counter = 0; length > 0; counter++) {
        size_t part = length < sizeof block ? length : sizeof block;
        chacha20_block(key, counter, (const uint8_t *)"brink output", block);
        memcpy(p, block, part);
        p += part;
        length -= part;
    }
    wipe(key, sizeof key);
    wipe(block, sizeof block);
}
