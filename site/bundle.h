/* The sealed site: a handful of named byte strings in one block, as `brink image` writes it into
 * the image and the appliance reads it in place. Layout, little-endian:
 *
 *   "BRINKSIT", u32 version, u32 count, u64 total bytes, u64 FNV-1a of all bytes after this field
 *   count times: char name[112] zero-ended, u64 offset, u64 length
 *   the contents, each aligned to 64
 *
 * Names in use: "settings" (struct site_settings), "ruleset" (rules/ruleset.h), and the files that
 * the settings name ("tls/ca.pem"). Contents are followed by a zero byte that is not in their
 * length. */
#ifndef SITE_BUNDLE_H
#define SITE_BUNDLE_H

#include "base/text.h"

#define BUNDLE_VERSION 1

struct bundle_entry {
    char name[112];
    uint64_t offset, length;
};

/* True when the block is whole: magic, version, sizes, checksum. Else *why says what is wrong. */
bool bundle_check(struct text block, const char **why);
/* The contents called `name`, in place; bytes == NULL when there are none. */
struct text bundle_find(struct text block, const char *name);

/* Writing, for the tools. Returns the size needed; writes when room is enough. */
struct bundle_file {
    const char *name;
    struct text contents;
};
size_t bundle_write(const struct bundle_file *files, size_t count, void *room, size_t room_bytes);

#endif
