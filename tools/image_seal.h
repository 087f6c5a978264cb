/* Puts a site's bundle into the appliance's image, so that one file boots with its site inside.
 * kernel/x86_64/image.ld says what the image has for it. Portable C: no ELF headers of the host are
 * used. Called by `brink image`. */
#ifndef TOOLS_IMAGE_SEAL_H
#define TOOLS_IMAGE_SEAL_H

#include <stddef.h>

enum seal_error {
    SEAL_OK,
    SEAL_NOT_AN_IMAGE,     /* no 64-bit little-endian ELF, or cut off */
    SEAL_NOT_AN_APPLIANCE, /* an ELF without the place for a site */
    SEAL_IS_SEALED,        /* it has a site already */
    SEAL_NO_ROOM,          /* out_room is smaller than *out_size, which is set */
};

/* Writes the sealed image to `out` and its size to *out_size. With out == NULL and out_room == 0 it
 * only works out the size (and returns SEAL_NO_ROOM). `elf` and `out` may not overlap. */
enum seal_error image_seal(const void *elf, size_t elf_size, const void *bundle, size_t bundle_size,
                           void *out, size_t out_room, size_t *out_size);

/* In words, for people. */
const char *image_seal_error_text(enum seal_error error);

#endif
