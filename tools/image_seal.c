/* Sealing: finds the note "Brink" and the empty PT_LOAD in the image's program headers, appends the
 * bundle on a page of the file, and writes where it is and how long. ELF64, little-endian (System V
 * ABI, generic, "Object Files"). */
#include "tools/image_seal.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define BUNDLE_ALIGN 64u /* as site/bundle.h aligns inside */
#define ELF_HEADER_BYTES 64
#define PROGRAM_HEADER_BYTES 56
#define PT_LOAD 1u
#define PT_NOTE 4u
#define NOTE_TYPE_SITE 1u
#define NOTE_DESCRIPTION_BYTES 16u

/* Offsets in the ELF header and in a program header. */
enum { E_PHOFF = 32, E_PHENTSIZE = 54, E_PHNUM = 56 };
enum {
    P_TYPE = 0,
    P_OFFSET = 8,
    P_VADDR = 16,
    P_PADDR = 24,
    P_FILESZ = 32,
    P_MEMSZ = 40,
    P_ALIGN = 48,
};

static uint64_t read_number(const uint8_t *bytes, unsigned size)
{
    uint64_t number = 0;
    for (unsigned i = size; i-- > 0;)
        number = number << 8 | bytes[i];
    return number;
}

static void write_64(uint8_t *bytes, uint64_t number)
{
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(number >> (8 * i));
}

struct image {
    const uint8_t *bytes;
    size_t size;
    size_t headers, header_count; /* program headers: file offset, how many */
};

static bool range_is_inside(const struct image *image, uint64_t offset, uint64_t length)
{
    return offset <= image->size && length <= image->size - offset;
}

static bool image_open(struct image *image, const void *elf, size_t size)
{
    static const uint8_t magic[] = {0x7f, 'E', 'L', 'F', 2 /* 64 bit */, 1 /* little-endian */};
    *image = (struct image){.bytes = elf, .size = size};
    if (size < ELF_HEADER_BYTES || memcmp(elf, magic, sizeof magic) != 0)
        return false;
    uint64_t headers = read_number(image->bytes + E_PHOFF, 8);
    image->header_count = (size_t)read_number(image->bytes + E_PHNUM, 2);
    if (read_number(image->bytes + E_PHENTSIZE, 2) != PROGRAM_HEADER_BYTES ||
        !range_is_inside(image, headers, image->header_count * PROGRAM_HEADER_BYTES))
        return false;
    image->headers = (size_t)headers;
    return true;
}

/* File offset of the site note's description within a PT_NOTE segment; 0 when it is not there. */
static size_t image_find_note(const struct image *image, uint64_t begin, uint64_t length)
{
    if (!range_is_inside(image, begin, length))
        return 0;
    uint64_t end = begin + length;
    for (uint64_t at = begin; at + 12 <= end;) {
        const uint8_t *note = image->bytes + at;
        uint64_t name_size = read_number(note, 4), description_size = read_number(note + 4, 4);
        uint64_t description = at + 12 + ((name_size + 3) & ~UINT64_C(3));
        if (description > end || description_size > end - description)
            return 0;
        if (name_size == 6 && memcmp(note + 12, "Brink", 6) == 0 &&
            read_number(note + 8, 4) == NOTE_TYPE_SITE &&
            description_size == NOTE_DESCRIPTION_BYTES)
            return (size_t)description;
        at = description + ((description_size + 3) & ~UINT64_C(3));
    }
    return 0;
}

/* File offsets of the note's description and of the site's program header; 0 where there is none.
 */
static void image_find_site(const struct image *image, size_t *note, size_t *segment)
{
    *note = *segment = 0;
    for (size_t i = 0; i < image->header_count; i++) {
        size_t at = image->headers + i * PROGRAM_HEADER_BYTES;
        const uint8_t *header = image->bytes + at;
        uint64_t type = read_number(header + P_TYPE, 4);
        if (type == PT_LOAD)
            *segment = at; /* the last one */
        if (type == PT_NOTE && !*note)
            *note = image_find_note(image, read_number(header + P_OFFSET, 8),
                                    read_number(header + P_FILESZ, 8));
    }
}

enum seal_error image_seal(const void *elf, size_t elf_size, const void *bundle, size_t bundle_size,
                           void *out, size_t out_room, size_t *out_size)
{
    struct image image;
    size_t note, segment;
    *out_size = 0;
    if (!image_open(&image, elf, elf_size))
        return SEAL_NOT_AN_IMAGE;
    image_find_site(&image, &note, &segment);
    if (!note || !segment)
        return SEAL_NOT_AN_APPLIANCE;
    if (read_number(image.bytes + note + 8, 8) != 0)
        return SEAL_IS_SEALED;
    if (read_number(image.bytes + segment + P_MEMSZ, 8) != 0)
        return SEAL_NOT_AN_APPLIANCE;

    size_t offset = (elf_size + BUNDLE_ALIGN - 1) / BUNDLE_ALIGN * BUNDLE_ALIGN;
    *out_size = offset + bundle_size;
    if (out_room < *out_size)
        return SEAL_NO_ROOM;
    uint8_t *sealed = out;
    memcpy(sealed, elf, elf_size);
    memset(sealed + elf_size, 0, offset - elf_size);
    memcpy(sealed + offset, bundle, bundle_size);

    uint64_t physical = read_number(image.bytes + note, 8);
    write_64(sealed + note + 8, bundle_size);
    write_64(sealed + segment + P_OFFSET, offset);
    write_64(sealed + segment + P_VADDR, physical);
    write_64(sealed + segment + P_PADDR, physical);
    write_64(sealed + segment + P_FILESZ, bundle_size);
    write_64(sealed + segment + P_MEMSZ, bundle_size);
    write_64(sealed + segment + P_ALIGN, BUNDLE_ALIGN);
    return SEAL_OK;
}

const char *image_seal_error_text(enum seal_error error)
{
    static const char *const texts[] = {
        [SEAL_OK] = "sealed",
        [SEAL_NOT_AN_IMAGE] = "this is not a 64-bit ELF file, or it is cut off",
        [SEAL_NOT_AN_APPLIANCE] = "this ELF file has no place for a site",
        [SEAL_IS_SEALED] = "this image has a site already; start from the one without",
        [SEAL_NO_ROOM] = "the sealed image does not fit",
    };
    return texts[error];
}
