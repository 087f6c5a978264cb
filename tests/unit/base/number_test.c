/* number_parse against the C library's strtod (glibc's is exactly rounded) and against the grammar.
 * NUMBER_TEST_ROUNDS in the environment sets how many random numbers each comparison draws. */
#include "base/number.h"

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t seed = UINT64_C(88172645463325252);

static uint64_t draw(void) /* xorshift64* */
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return seed * UINT64_C(2685821657736338717);
}

static long rounds(void)
{
    const char *text = getenv("NUMBER_TEST_ROUNDS");
    return text != NULL ? atol(text) : 100000;
}

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static double double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The whole string is one number, and its value is strtod's to the bit. The bytes lie at the end of
 * a block of their own, so that the sanitizer sees a read past them. */
static void check(const char *string)
{
    size_t length = strlen(string);
    char *copy = malloc(length);
    memcpy(copy, string, length);
    double value = 0;
    uint8_t decimals = 0;
    size_t taken = number_parse((struct text){copy, length}, &value, &decimals);
    free(copy);
    double due = strtod(string, NULL);
    if (taken != length || bits_of(value) != bits_of(due))
        fail_msg("%s: took %zu of %zu, gave %a, strtod gives %a", string, taken, length, value,
                 due);
}

static void readings_as_sensors_send_them_are_exact(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0",
        "-0",
        "4.25",
        "-18.3",
        "1013.25",
        "3",
        "100",
        "0.001",
        "-0.5",
        "1e3",
        "1E+3",
        "1e-3",
        "2.5e2",
        "21.4999",
        "0e0",
        "0.0",
        "1e22",
        "1e23",
        "5e-324",
        "1e308",
        "-1e1",
        "0.1",
        "0.3",
        "123456789012345678",
        "9007199254740993",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        check(texts[i]);
    for (long i = 0; i < rounds(); i++) {
        char text[64];
        snprintf(text, sizeof text, "%.*f", (int)(draw() % 7),
                 ((double)(draw() % 40000000) - 20000000.0) / 997.0);
        check(text);
    }
}

static void doubles_written_with_17_digits_come_back_to_the_bit(void **state)
{
    (void)state;
    for (long i = 0; i < rounds(); i++) {
        double value = double_of(draw());
        if (!isfinite(value))
            continue;
        char text[64];
        snprintf(text, sizeof text, "%.*e", (int)(15 + draw() % 4), value);
        check(text);
    }
}

static void random_digits_with_random_exponents_are_exactly_rounded(void **state)
{
    (void)state;
    for (long i = 0; i < rounds(); i++) {
        char text[96], *end = text;
        int digits = 1 + (int)(draw() % 40);
        int point = (int)(draw() % 41);
        for (int d = 0; d < digits; d++) {
            if (d == point && d > 0)
                *end++ = '.';
            *end++ = (char)('0' + (d == 0 ? 1 + draw() % 9 : draw() % 10));
        }
        sprintf(end, "e%d", (int)(draw() % 720) - 380);
        check(text);
    }
}

/* Every power of ten in reach, with every length of significand: the table's products are all used.
 */
static void each_power_of_ten_is_exactly_rounded(void **state)
{
    (void)state;
    for (int power = -400; power <= 400; power++) {
        uint64_t significand = draw() | UINT64_C(1) << 63;
        for (int shift = 0; shift < 64; shift++) {
            char text[64];
            snprintf(text, sizeof text, "%" PRIu64 "e%d", significand >> shift, power);
            check(text);
        }
    }
}

/* Writes the middle between two neighbouring doubles with all of its digits (glibc's long double
 * holds it exactly, subnormals included), then that with a digit more or less far behind. */
static void check_around_middle(uint64_t bits)
{
    static char text[2048];
    long double middle = ((long double)double_of(bits) + (long double)double_of(bits + 1)) / 2;
    int length = snprintf(text, sizeof text - 8, "%.1100Lf", middle);
    check(text);
    text[length] = '1';
    text[length + 1] = 0;
    check(text); /* a little above */
    text[length] = 0;
    while (length > 1 && text[length - 1] == '0')
        length--;
    if (text[length - 1] == '.')
        return;
    text[length - 1]--;
    memcpy(text + length, "9999", 5);
    check(text); /* a little below */
    length = snprintf(text, sizeof text, "%.*Le", (int)(17 + draw() % 750), middle);
    check(text); /* cut anywhere */
}

static void middles_between_doubles_go_to_the_even_one_and_their_neighbours_do_not(void **state)
{
    (void)state;
    for (long i = 0; i < rounds() / 100; i++) {
        uint64_t bits = draw() >> 1;
        if (bits < UINT64_C(0x7fe) << 52)
            check_around_middle(bits);
        check_around_middle(draw() % (UINT64_C(1) << (1 + draw() % 53))); /* subnormals */
        check_around_middle((draw() % 2046 + 1) << 52);                   /* ends of binades */
        check_around_middle(((draw() % 2046 + 1) << 52) - 1);
    }
}

static void short_middles_are_decided_by_all_digits(void **state)
{
    (void)state;
    for (long i = 0; i < rounds(); i++) {
        /* 54 bits whose lowest is 1, times a small power of two: at most 23 digits. */
        uint64_t middle = (draw() >> 10) | UINT64_C(1) << 53 | 1;
        char text[64];
        snprintf(text, sizeof text, "%.*Lf", (int)(draw() % 12),
                 (long double)middle * ldexpl(1, (int)(draw() % 40) - 30));
        check(text);
    }
}

static void the_edges_of_the_range_are_right(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "2.2250738585072011e-308",
        "2.2250738585072012e-308",
        "2.2250738585072014e-308",
        "4.9406564584124654e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "2.47032822920623272088284396434110686182e-324",
        "2.47032822920623272088284396434110686183e-324",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "1.797693134862315807e308",
        "1.797693134862315808e308",
        "179769313486231580793728971405301e276",
        "1e309",
        "-1e309",
        "1e400",
        "1e-400",
        "-1e-400",
        "1e999999999999999999999999",
        "1e-999999999999999999999999",
        "0e999999999999999999999999",
        "9999999999999999999e-343",
        "18446744073709551615e-343",
        "99999999999999999999999e289",
        "17976931348623157e292",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        check(texts[i]);
}

static void a_number_with_a_million_digits_is_read(void **state)
{
    (void)state;
    const size_t most = 1000000;
    char *text = malloc(most + 32);
    memset(text, '0', most);
    memcpy(text, "0.", 2);
    strcpy(text + most, "1e1000000"); /* 0.000...01e1000000 */
    check(text);
    text[0] = '7';
    text[1] = '0';
    strcpy(text + most, ".5e-999990");
    check(text);
    free(text);
}

static void decimals_are_counted_to_255(void **state)
{
    (void)state;
    double value;
    uint8_t decimals;
    static const struct {
        const char *text;
        uint8_t decimals;
    } cases[] = {{"4", 0}, {"4.2", 1}, {"4.20", 2}, {"-0.000", 3}, {"1.25e3", 2}, {"1e-7", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_not_equal(number_parse(text_of(cases[i].text), &value, &decimals), 0);
        assert_int_equal(decimals, cases[i].decimals);
    }
    char text[303] = "0.";
    memset(text + 2, '3', 300);
    assert_int_equal(number_parse(text_of(text), &value, &decimals), 302);
    assert_int_equal(decimals, 255);
}

static void the_longest_number_is_taken_and_what_follows_is_left(void **state)
{
    (void)state;
    double value;
    uint8_t decimals;
    static const struct {
        const char *text;
        size_t taken;
    } cases[] = {{"4.2,", 3},  {"4.", 1},   {"4.e5", 1},  {"4e", 1},    {"4e+", 1},   {"4e-x", 1},
                 {"01", 1},    {"-01", 2},  {"0x10", 1},  {"4.2.1", 3}, {"1e5e5", 3}, {"7 ", 1},
                 {"-0.5}", 4}, {"00.5", 1}, {"1_000", 1}, {"5E7x", 3}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(number_parse(text_of(cases[i].text), &value, &decimals), cases[i].taken);
}

static void what_is_not_a_number_takes_nothing(void **state)
{
    (void)state;
    double value;
    uint8_t decimals;
    static const char *const texts[] = {"",         "-", "+1",  ".5", "-.5", "e5",    "NaN",
                                        "Infinity", "x", "--1", " 1", "-e1", "\"4\"", "true"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(number_parse(text_of(texts[i]), &value, &decimals), 0);
    assert_int_equal(number_parse((struct text){NULL, 0}, &value, &decimals), 0);
}

/* Each prefix of a number, at the very end of a block: nothing is read past it. */
static void a_number_cut_anywhere_is_read_within_its_bytes(void **state)
{
    (void)state;
    const char *whole = "-1234567890123456789012.345678e-12";
    for (size_t length = 0; length <= strlen(whole); length++) {
        char *copy = malloc(length + (length == 0));
        memcpy(copy, whole, length);
        double value;
        uint8_t decimals;
        assert_true(number_parse((struct text){copy, length}, &value, &decimals) <= length);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readings_as_sensors_send_them_are_exact),
        cmocka_unit_test(doubles_written_with_17_digits_come_back_to_the_bit),
        cmocka_unit_test(random_digits_with_random_exponents_are_exactly_rounded),
        cmocka_unit_test(each_power_of_ten_is_exactly_rounded),
        cmocka_unit_test(middles_between_doubles_go_to_the_even_one_and_their_neighbours_do_not),
        cmocka_unit_test(short_middles_are_decided_by_all_digits),
        cmocka_unit_test(the_edges_of_the_range_are_right),
        cmocka_unit_test(a_number_with_a_million_digits_is_read),
        cmocka_unit_test(decimals_are_counted_to_255),
        cmocka_unit_test(the_longest_number_is_taken_and_what_follows_is_left),
        cmocka_unit_test(what_is_not_a_number_takes_nothing),
        cmocka_unit_test(a_number_cut_anywhere_is_read_within_its_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
