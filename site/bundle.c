/* Reads and writes the block of named byte strings in which a site is sealed (layout: bundle.h).
 * Comes in: the block as it lies in the image, or files to seal. Goes out: views into the block, or
 * the block. Called by the appliance at boot (check, find) and by `brink image` (write). */
#include "site/bundle.h"

#define MAGIC "BRINKSIT"
#define ALIGNMENT 64

struct header {
    char magic[8];
    uint32_t version, count;
    uint64_t total, checksum; /* of all bytes after this field */
};

static uint64_t checksum_of(const char *block, size_t total)
{
    return hash_bytes(HASH_START, block + sizeof(struct header), total - sizeof(struct header));
}

/* Entries are copied out, so that the block may lie at any address. */
static struct bundle_entry entry_at(struct text block, uint32_t index)
{
    struct bundle_entry entry;
    memcpy(&entry, block.bytes + sizeof(struct header) + index * sizeof entry, sizeof entry);
    return entry;
}

static const char *what_is_wrong(struct text block)
{
    struct header header;
    if (block.length < sizeof header)
        return "it is too short";
    memcpy(&header, block.bytes, sizeof header);
    if (memcmp(header.magic, MAGIC, sizeof header.magic) != 0)
        return "it does not begin like a site";
    if (header.version != BUNDLE_VERSION)
        return "it is of another version";
    if (header.total < sizeof header || header.total > block.length)
        return "it is cut off";
    if (header.count > (header.total - sizeof header) / sizeof(struct bundle_entry))
        return "its list of contents is cut off";
    if (header.checksum != checksum_of(block.bytes, (size_t)header.total))
        return "its checksum is wrong";
    for (uint32_t i = 0; i < header.count; i++) {
        struct bundle_entry entry = entry_at(block, i);
        if (!memchr(entry.name, 0, sizeof entry.name))
            return "a name in it has no end";
        if (entry.offset > header.total || entry.length > header.total - entry.offset)
            return "its contents lie outside of it";
    }
    return NULL;
}

bool bundle_check(struct text block, const char **why)
{
    const char *wrong = what_is_wrong(block);
    if (why && wrong)
        *why = wrong;
    return !wrong;
}

struct text bundle_find(struct text block, const char *name)
{
    struct header header;
    if (block.length < sizeof header)
        return (struct text){0};
    memcpy(&header, block.bytes, sizeof header);
    for (uint32_t i = 0; i < header.count; i++) {
        struct bundle_entry entry = entry_at(block, i);
        if (strcmp(entry.name, name) == 0)
            return (struct text){block.bytes + entry.offset, (size_t)entry.length};
    }
    return (struct text){0};
}

static size_t align(size_t offset)
{
    return (offset + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

size_t bundle_write(const struct bundle_file *files, size_t count, void *room, size_t room_bytes)
{
    size_t contents = align(sizeof(struct header) + count * sizeof(struct bundle_entry));
    size_t total = contents;
    for (size_t i = 0; i < count; i++)
        total = align(total + files[i].contents.length + 1); /* one zero after each, for PEM */
    if (!room || room_bytes < total)
        return total;

    char *block = room;
    memset(block, 0, total);
    size_t at = contents;
    for (size_t i = 0; i < count; i++) {
        struct bundle_entry entry = {.offset = at, .length = files[i].contents.length};
        size_t length = strlen(files[i].name);
        memcpy(entry.name, files[i].name,
               length < sizeof entry.name ? length : sizeof entry.name - 1);
        memcpy(block + sizeof(struct header) + i * sizeof entry, &entry, sizeof entry);
        if (files[i].contents.length > 0)
            memcpy(block + at, files[i].contents.bytes, files[i].contents.length);
        at = align(at + files[i].contents.length + 1);
    }
    struct header header = {.version = BUNDLE_VERSION,
                            .count = (uint32_t)count,
                            .total = total,
                            .checksum = checksum_of(block, total)};
    memcpy(header.magic, MAGIC, sizeof header.magic);
    memcpy(block, &header, sizeof header);
    return total;
}
