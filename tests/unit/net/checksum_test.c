/* net_checksum against RFC 1071 written out word by word, and against the RFC's own example. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/checksum.h"

#include <string.h>

static uint16_t plain_checksum(const uint8_t *bytes, size_t length)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < length; i += 2) {
        uint8_t pair[2] = {bytes[i], i + 1 < length ? bytes[i + 1] : 0};
        uint16_t word;
        memcpy(&word, pair, 2);
        sum += word;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)sum;
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void sums_the_example_of_the_rfc(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    static const uint8_t expected[] = {0xdd, 0xf2}; /* RFC 1071, section 3 */
    uint16_t sum = net_checksum(bytes, sizeof bytes);
    assert_memory_equal(&sum, expected, 2);
}

static void agrees_with_the_plain_sum_at_every_length_and_alignment(void **state)
{
    (void)state;
    static _Alignas(16) uint8_t bytes[2100];
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)next_random(&seed);
    for (size_t alignment = 0; alignment < 16; alignment++)
        for (size_t length = 0; length <= 2048; length++)
            assert_int_equal(net_checksum(bytes + alignment, (int)length),
                             plain_checksum(bytes + alignment, length));
}

static void carries_go_round_when_every_word_is_full(void **state)
{
    (void)state;
    static uint8_t bytes[65535];
    memset(bytes, 0xff, sizeof bytes);
    for (size_t length = 0; length <= sizeof bytes; length += 257)
        assert_int_equal(net_checksum(bytes, (int)length), plain_checksum(bytes, length));
    assert_int_equal(net_checksum(bytes, 65534), 0xffff);
}

static void sees_nothing_beyond_the_end(void **state)
{
    (void)state;
    uint8_t bytes[128];
    for (size_t length = 0; length < 64; length++) {
        memset(bytes, 0, sizeof bytes);
        memset(bytes + length, 0xa5, sizeof bytes - length);
        assert_int_equal(net_checksum(bytes, (int)length), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_the_example_of_the_rfc),
        cmocka_unit_test(agrees_with_the_plain_sum_at_every_length_and_alignment),
        cmocka_unit_test(carries_go_round_when_every_word_is_full),
        cmocka_unit_test(sees_nothing_beyond_the_end),
    };
    return cmocka_run_group_tests_name("net/checksum", tests, NULL, NULL);
}
