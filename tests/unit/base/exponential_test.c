/* The exponential function and the logarithm, compared with the C library's. */
#include "base/exponential.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_close(double is, double should_be)
{
    double error = fabs(is - should_be);
    if (!(error <= 1e-14 * fabs(should_be)))
        fail_msg("%.17g is not %.17g", is, should_be);
}

static void the_exponential_agrees_with_the_c_library(void **state)
{
    (void)state;
    for (double x = -707; x <= 709; x += 0.0137)
        assert_close(natural_exp(x), exp(x));
    for (double x = 1e-300; x < 1; x *= 3.7) {
        assert_close(natural_exp(x), exp(x));
        assert_close(natural_exp(-x), exp(-x));
    }
    assert_true(natural_exp(0) == 1);
}

static void the_logarithm_agrees_with_the_c_library(void **state)
{
    (void)state;
    for (double x = DBL_TRUE_MIN; x < 1e308; x = x * 1.0173 + DBL_TRUE_MIN)
        assert_close(natural_log(x), log(x));
    for (double far = 1e-15; far < 0.5; far *= 1.01) {
        assert_close(natural_log(1 + far), log(1 + far));
        assert_close(natural_log(1 - far), log(1 - far));
    }
    assert_true(natural_log(1) == 0);
    assert_close(natural_log(DBL_MAX), log(DBL_MAX));
}

static void what_lies_outside_is_answered_too(void **state)
{
    (void)state;
    assert_true(natural_exp(-709) == 0);
    assert_true(natural_exp(-INFINITY) == 0);
    assert_true(natural_exp(NAN) == 0);
    assert_true(natural_exp(710) == INFINITY);
    assert_true(natural_exp(INFINITY) == INFINITY);
    assert_true(natural_log(0) == -INFINITY);
    assert_true(natural_log(-1) == -INFINITY);
    assert_true(natural_log(INFINITY) == -INFINITY);
    assert_true(natural_log(NAN) == -INFINITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_exponential_agrees_with_the_c_library),
        cmocka_unit_test(the_logarithm_agrees_with_the_c_library),
        cmocka_unit_test(what_lies_outside_is_answered_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
