/* Lines of files in the encodings and with the line ends that they come with. */
#include "tools/lines.c" /* tools/ is no library */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct lines opened(const void *bytes, size_t length)
{
    FILE *file = tmpfile();
    struct lines lines;
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    int descriptor = dup(fileno(file));
    fclose(file);
    lseek(descriptor, 0, SEEK_SET);
    assert_true(lines_begin(&lines, descriptor));
    return lines;
}

static void closed(struct lines *lines)
{
    lines_free(lines);
    close(lines->file);
}

static void expect(struct lines *lines, const char *text)
{
    struct text line;
    assert_int_equal(lines_next(lines, &line), LINES_LINE);
    if (!text_equal(line, text_of(text)))
        fail_msg("\"%.*s\" is not \"%s\"", (int)line.length, line.bytes, text);
}

static void expect_end(struct lines *lines)
{
    struct text line;
    assert_int_equal(lines_next(lines, &line), LINES_END);
    assert_int_equal(lines_next(lines, &line), LINES_END);
}

static void test_lines_end_with_lf_crlf_cr_or_the_file(void **state)
{
    static const char *const files[] = {"a\n\nb\n", "a\r\n\r\nb\r\n", "a\r\rb\r", "a\n\nb"};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct lines lines = opened(files[i], strlen(files[i]));
        expect(&lines, "a");
        expect(&lines, "");
        expect(&lines, "b");
        assert_int_equal(lines.number, 3);
        expect_end(&lines);
        closed(&lines);
    }
    struct lines lines = opened("", 0);
    expect_end(&lines);
    closed(&lines);
}

#define AS_BYTES(array) (array), sizeof(array) - 1

static void test_utf_16_is_read_by_its_mark_or_without_one(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
    } files[] = {{AS_BYTES("\xff\xfe"
                           "a\0\r\0\n\0\xb0\0C\0")},
                 {AS_BYTES("\xfe\xff"
                           "\0a\0\r\0\n\0\xb0\0C")},
                 {AS_BYTES("a\0\n\0\xb0\0C\0\n\0")},
                 {AS_BYTES("\0a\0\n\0\xb0\0C\0\n")},
                 {AS_BYTES("\xef\xbb\xbf"
                           "a\n\xc2\xb0"
                           "C")}};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct lines lines = opened(files[i].bytes, files[i].length);
        expect(&lines, "a");
        expect(&lines, "°C");
        expect_end(&lines);
        assert_int_equal(lines.latin, 0);
        closed(&lines);
    }
    struct lines lines = opened(AS_BYTES("\xff\xfe"
                                         "\x3d\xd8\x00\xde"
                                         "\x3d\xd8"
                                         "a\0\n\0"));
    expect(&lines, "\xf0\x9f\x98\x80\xef\xbf\xbd"
                   "a");
    expect_end(&lines);
    closed(&lines);
}

static void test_utf_16_is_read_across_blocks(void **state)
{
    static char bytes[6 * BLOCK_BYTES + 3];
    (void)state;
    memcpy(bytes, "\xff\xfe", 3); /* and a line of one pair after the other, off the blocks by 2 */
    size_t length = 2;
    for (; length + 8 < sizeof bytes; length += 4)
        memcpy(bytes + length, "\x3d\xd8\x00\xde", 4);
    memcpy(bytes + length, "\n\0b\0", 4);
    struct lines lines = opened(bytes, length + 4);
    struct text line;
    assert_int_equal(lines_next(&lines, &line), LINES_LINE);
    assert_int_equal(line.length, length - 2);
    for (size_t i = 0; i < line.length; i += 4)
        assert_memory_equal(line.bytes + i, "\xf0\x9f\x98\x80", 4);
    expect(&lines, "b");
    expect_end(&lines);
    closed(&lines);
}

static void test_what_is_no_utf_8_is_latin_1_and_counted(void **state)
{
    static const char bytes[] = "temp (\xb0"
                                "C)\n5 \xc2\xb0"
                                "C\n";
    struct lines lines = opened(AS_BYTES(bytes));
    (void)state;
    expect(&lines, "temp (°C)");
    expect(&lines, "5 °C");
    assert_int_equal(lines.latin, 1);
    closed(&lines);
}

static void test_a_line_that_is_too_long_or_has_zeros_is_left_out_and_counts_as_a_line(void **state)
{
    static char bytes[2 * LINE_BYTES_MAX + 64];
    struct text line;
    (void)state;
    memset(bytes, 'x', sizeof bytes);
    bytes[1] = '\n';
    memcpy(bytes + sizeof bytes - 16, "\nb\nc\0c\nd\n", 9);
    struct lines lines = opened(bytes, sizeof bytes - 7);
    expect(&lines, "x");
    assert_int_equal(lines_next(&lines, &line), LINES_TOO_LONG);
    assert_int_equal(lines.number, 2);
    expect(&lines, "b");
    assert_int_equal(lines_next(&lines, &line), LINES_WITH_ZEROS);
    expect(&lines, "d");
    assert_int_equal(lines.number, 5);
    expect_end(&lines);
    closed(&lines);
}

static void test_a_line_is_found_again_by_its_place(void **state)
{
    struct lines lines = opened(AS_BYTES("\xef\xbb\xbf"
                                         "first\r\nsecond\nthird"));
    struct text line;
    (void)state;
    expect(&lines, "first");
    int64_t offset = lines.offset;
    size_t length = lines.length;
    assert_int_equal(offset, 3);
    expect(&lines, "second");
    assert_int_equal(lines_at(&lines, offset, length, &line), LINES_LINE);
    assert_true(text_equal(line, TEXT("first")));
    assert_int_equal(lines_at(&lines, offset, LINE_BYTES_MAX + 1, &line), LINES_TOO_LONG);
    assert_int_equal(lines_at(&lines, offset, 1000, &line), LINES_FAILED);
    expect(&lines, "third");
    assert_true(lines_seek(&lines, 0));
    expect(&lines, "first");
    closed(&lines);
}

static void test_files_that_are_no_text_are_named(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *says;
    } files[] = {{AS_BYTES("\x1f\x8b\x08\x00"), "zcat"},
                 {AS_BYTES("PK\x03\x04...."), "save it as CSV"},
                 {AS_BYTES("SQLite format 3\0"), "database"}};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct lines lines = opened(files[i].bytes, files[i].length);
        const char *no_text = lines_no_text(&lines);
        assert_non_null(no_text);
        assert_non_null(strstr(no_text, files[i].says));
        closed(&lines);
    }
    struct lines lines = opened(AS_BYTES("time,a\n"));
    assert_null(lines_no_text(&lines));
    expect(&lines, "time,a");
    closed(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_end_with_lf_crlf_cr_or_the_file),
        cmocka_unit_test(test_utf_16_is_read_by_its_mark_or_without_one),
        cmocka_unit_test(test_utf_16_is_read_across_blocks),
        cmocka_unit_test(test_what_is_no_utf_8_is_latin_1_and_counted),
        cmocka_unit_test(
            test_a_line_that_is_too_long_or_has_zeros_is_left_out_and_counts_as_a_line),
        cmocka_unit_test(test_a_line_is_found_again_by_its_place),
        cmocka_unit_test(test_files_that_are_no_text_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
