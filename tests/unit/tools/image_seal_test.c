/* Sealing, on an image of the least size: one PT_NOTE, one empty PT_LOAD. That sealed images boot
 * is seen by tests/images/run_images_test.py. */
#include "tools/image_seal.c" /* tools/ is no library */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PLACE 0x134000u
#define HEADERS 64
#define NOTES (HEADERS + 3 * 56)
#define IMAGE_BYTES 400
#define PLACED ((IMAGE_BYTES + 63) / 64 * 64)

static uint8_t image[IMAGE_BYTES];
static uint8_t sealed[3 * 4096];

static void put(size_t at, uint64_t number, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        image[at + i] = (uint8_t)(number >> (8 * i));
}

static uint64_t get(const uint8_t *bytes)
{
    uint64_t number = 0;
    for (unsigned i = 8; i-- > 0;)
        number = number << 8 | bytes[i];
    return number;
}

static int make_image(void **state)
{
    (void)state;
    memset(image, 0, sizeof image);
    memcpy(image, "\177ELF\2\1\1", 7);
    put(32, HEADERS, 8);
    put(54, 56, 2);
    put(56, 3, 2);
    put(HEADERS, 1, 4); /* PT_LOAD of something else */
    put(HEADERS + 40, 100, 8);
    put(HEADERS + 56, 1, 4);  /* PT_LOAD, empty */
    put(HEADERS + 112, 4, 4); /* PT_NOTE */
    put(HEADERS + 112 + 8, NOTES, 8);
    put(HEADERS + 112 + 32, 24 + 36, 8);
    put(NOTES, 4, 4);
    put(NOTES + 4, 8, 4);
    put(NOTES + 8, 18, 4);
    memcpy(image + NOTES + 12, "Xen", 4);
    put(NOTES + 24, 6, 4);
    put(NOTES + 28, 16, 4);
    put(NOTES + 32, 1, 4);
    memcpy(image + NOTES + 36, "Brink", 6);
    put(NOTES + 44, PLACE, 8);
    return 0;
}

static enum seal_error seal(size_t image_bytes, size_t room, size_t *size)
{
    return image_seal(image, image_bytes, "bundle", 6, sealed, room, size);
}

static void the_bundle_is_appended_aligned_and_described_twice(void **state)
{
    (void)state;
    size_t size;
    assert_int_equal(seal(IMAGE_BYTES, sizeof sealed, &size), SEAL_OK);
    assert_int_equal(size, PLACED + 6);
    assert_memory_equal(sealed + PLACED, "bundle", 6);
    const uint8_t *header = sealed + HEADERS + 56;
    assert_int_equal(get(header + 8), PLACED);
    assert_int_equal(get(header + 16), PLACE);
    assert_int_equal(get(header + 24), PLACE);
    assert_int_equal(get(header + 32), 6);
    assert_int_equal(get(header + 40), 6);
    assert_int_equal(get(sealed + NOTES + 52), 6);
}

static void nothing_else_of_the_image_changes(void **state)
{
    (void)state;
    size_t size;
    assert_int_equal(seal(IMAGE_BYTES, sizeof sealed, &size), SEAL_OK);
    assert_memory_equal(sealed, image, HEADERS + 56);
    assert_memory_equal(sealed + HEADERS + 112, image + HEADERS + 112, NOTES + 52 - HEADERS - 112);
}

static void it_tells_the_size_before_there_is_room(void **state)
{
    (void)state;
    size_t size;
    assert_int_equal(image_seal(image, IMAGE_BYTES, "bundle", 6, NULL, 0, &size), SEAL_NO_ROOM);
    assert_int_equal(size, PLACED + 6);
}

static void a_sealed_image_is_not_sealed_again(void **state)
{
    (void)state;
    size_t size;
    put(NOTES + 52, 6, 8);
    assert_int_equal(seal(IMAGE_BYTES, sizeof sealed, &size), SEAL_IS_SEALED);
}

static void another_elf_file_is_refused(void **state)
{
    (void)state;
    size_t size;
    image[NOTES + 36] = 'b';
    assert_int_equal(seal(IMAGE_BYTES, sizeof sealed, &size), SEAL_NOT_AN_APPLIANCE);
}

static void an_image_without_an_empty_segment_is_refused(void **state)
{
    (void)state;
    size_t size;
    put(HEADERS + 56 + 40, 1, 8);
    assert_int_equal(seal(IMAGE_BYTES, sizeof sealed, &size), SEAL_NOT_AN_APPLIANCE);
}

static void what_is_cut_off_or_mangled_is_refused_or_sealed_within_bounds(void **state)
{
    (void)state;
    size_t size;
    for (size_t length = 0; length < NOTES + 60; length++) {
        uint8_t *exact = malloc(length + 1); /* so that a sanitizer sees a byte too far */
        memcpy(exact, image, length);
        assert_int_not_equal(image_seal(exact, length, "bundle", 6, sealed, sizeof sealed, &size),
                             SEAL_OK);
        free(exact);
    }
    srand(3);
    for (int i = 0; i < 20000; i++) {
        make_image(NULL);
        for (int k = 0; k < 3; k++)
            image[rand() % (NOTES + 60)] = (uint8_t)rand();
        seal(IMAGE_BYTES, sizeof sealed, &size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_bundle_is_appended_aligned_and_described_twice, make_image),
        cmocka_unit_test_setup(nothing_else_of_the_image_changes, make_image),
        cmocka_unit_test_setup(it_tells_the_size_before_there_is_room, make_image),
        cmocka_unit_test_setup(a_sealed_image_is_not_sealed_again, make_image),
        cmocka_unit_test_setup(another_elf_file_is_refused, make_image),
        cmocka_unit_test_setup(an_image_without_an_empty_segment_is_refused, make_image),
        cmocka_unit_test_setup(what_is_cut_off_or_mangled_is_refused_or_sealed_within_bounds,
                               make_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
