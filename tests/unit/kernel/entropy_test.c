/* The generator: the block function by its standard's example, the pool by what it must and must
 * not do. */
#include "kernel/chacha20.h"
#include "tests/unit/kernel/fake_platform.h"

static void the_block_function_gives_the_example_of_rfc_8439(void **state)
{
    (void)state;
    /* Section 2.3.2. */
    static const uint8_t nonce[12] = {0, 0, 0, 9, 0, 0, 0, 0x4a, 0, 0, 0, 0};
    static const uint8_t expected[CHACHA20_BLOCK_BYTES] = {
        0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15, 0x50, 0x0f, 0xdd, 0x1f, 0xa3,
        0x20, 0x71, 0xc4, 0xc7, 0xd1, 0xf4, 0xc7, 0x33, 0xc0, 0x68, 0x03, 0x04, 0x22,
        0xaa, 0x9a, 0xc3, 0xd4, 0x6c, 0x4e, 0xd2, 0x82, 0x64, 0x46, 0x07, 0x9f, 0xaa,
        0x09, 0x14, 0xc2, 0xd7, 0x05, 0xd9, 0x8b, 0x02, 0xa2, 0xb5, 0x12, 0x9c, 0xd1,
        0xde, 0x16, 0x4e, 0xb9, 0xcb, 0xd0, 0x83, 0xe8, 0xa2, 0x50, 0x3c, 0x4e};
    uint8_t key[CHACHA20_KEY_BYTES], block[CHACHA20_BLOCK_BYTES];
    for (uint8_t i = 0; i < sizeof key; i++)
        key[i] = i;
    chacha20_block(key, 1, nonce, block);
    assert_memory_equal(block, expected, sizeof block);
}

static void it_is_weak_until_a_real_generator_gave_enough(void **state)
{
    (void)state;
    static const uint8_t bytes[32] = {1, 2, 3};
    assert_false(entropy_is_strong());
    entropy_add(bytes, sizeof bytes, false);
    assert_false(entropy_is_strong());
    entropy_add(bytes, 8, true);
    assert_false(entropy_is_strong());
    entropy_add(bytes, sizeof bytes, true);
    assert_true(entropy_is_strong());
    entropy_add(bytes, sizeof bytes, false);
    assert_true(entropy_is_strong());
}

static void no_two_requests_give_the_same(void **state)
{
    (void)state;
    uint8_t a[64], b[64];
    entropy_fill(a, sizeof a);
    entropy_fill(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
}

static void every_length_is_filled_and_no_byte_more(void **state)
{
    (void)state;
    for (size_t length = 0; length < 200; length++) {
        uint8_t seen[200] = {0}, bytes[201];
        for (int round = 0; round < 8; round++) {
            memset(bytes, 0, sizeof bytes);
            entropy_fill(bytes, length);
            for (size_t i = 0; i < length; i++)
                seen[i] |= bytes[i];
            assert_int_equal(bytes[length], 0);
        }
        for (size_t i = 0; i < length; i++)
            assert_int_not_equal(seen[i], 0);
    }
}

static void bits_are_set_half_of_the_time(void **state)
{
    (void)state;
    static uint8_t bytes[1 << 16];
    unsigned ones = 0;
    entropy_fill(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        ones += (unsigned)__builtin_popcount(bytes[i]);
    assert_in_range(ones, 4 * sizeof bytes - 2000, 4 * sizeof bytes + 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_block_function_gives_the_example_of_rfc_8439),
        cmocka_unit_test(it_is_weak_until_a_real_generator_gave_enough),
        cmocka_unit_test(no_two_requests_give_the_same),
        cmocka_unit_test(every_length_is_filled_and_no_byte_more),
        cmocka_unit_test(bits_are_set_half_of_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
