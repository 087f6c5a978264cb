/* The sealed site: what was put in comes out, and a damaged block is refused. */
#include "site/bundle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct bundle_file files[] = {
    {"settings", {"abc", 3}},
    {"ruleset", {"", 0}},
    {"tls/ca.pem", {"-----BEGIN", 10}},
};

static struct text sealed(void)
{
    size_t size = bundle_write(files, 3, NULL, 0);
    char *block = malloc(size);
    assert_non_null(block);
    assert_int_equal(bundle_write(files, 3, block, size - 1),
                     size); /* too little room: nothing written */
    assert_int_equal(bundle_write(files, 3, block, size), size);
    return (struct text){block, size};
}

static void release(struct text block)
{
    free((char *)(uintptr_t)block.bytes);
}

static void what_was_put_in_comes_out(void **state)
{
    (void)state;
    struct text block = sealed();
    const char *why = "";
    assert_true(bundle_check(block, &why));
    for (size_t i = 0; i < 3; i++) {
        struct text found = bundle_find(block, files[i].name);
        assert_non_null(found.bytes);
        assert_true(text_equal(found, files[i].contents));
        assert_int_equal((size_t)(found.bytes - block.bytes) % 64, 0);
        assert_int_equal(found.bytes[found.length], 0); /* for PEM */
    }
    assert_null(bundle_find(block, "tls/other.pem").bytes);
    assert_null(bundle_find((struct text){0}, "settings").bytes);
    release(block);
}

static void every_changed_byte_is_noticed(void **state)
{
    (void)state;
    struct text block = sealed();
    char *bytes = (char *)(uintptr_t)block.bytes;
    for (size_t i = 0; i < block.length; i++) {
        const char *why = NULL;
        bytes[i] = (char)(bytes[i] ^ 0x41);
        assert_false(bundle_check(block, &why));
        assert_non_null(why);
        bytes[i] = (char)(bytes[i] ^ 0x41);
    }
    assert_true(bundle_check(block, NULL));
    release(block);
}

static void a_block_that_was_cut_off_is_refused(void **state)
{
    (void)state;
    struct text block = sealed();
    for (size_t length = 0; length < block.length; length++)
        assert_false(bundle_check((struct text){block.bytes, length}, NULL));
    release(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_in_comes_out),
        cmocka_unit_test(every_changed_byte_is_noticed),
        cmocka_unit_test(a_block_that_was_cut_off_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
