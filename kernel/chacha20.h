/* The ChaCha20 block function (RFC 8439, section 2.3). For entropy.c. */
#ifndef KERNEL_CHACHA20_H
#define KERNEL_CHACHA20_H

#include <stdint.h>

#define CHACHA20_KEY_BYTES 32
#define CHACHA20_BLOCK_BYTES 64

void chacha20_block(const uint8_t key[CHACHA20_KEY_BYTES], uint32_t counter,
                    const uint8_t nonce[12], uint8_t block[CHACHA20_BLOCK_BYTES]);

#endif
