/* The block `include`, and all files of a site (RULES section 4.2; appendix E, 29): paths start
 * from the including file, no file is read twice. See parser.h. */
#include "rules/language/parser.h"

#define INCLUDES_DEEP 4
#define PATH_BYTES 512

/* ---- paths --------------------------------------------------------------------------------- */

/* `path` as the file that says it means it, without "." and ".." where that can be; NULL when it
 * can't be a path. */
static const char *path_join(struct arena *arena, const char *from, struct text path)
{
    if (path.length == 0 || path.length >= PATH_BYTES || path.bytes[0] == '/' ||
        memchr(path.bytes, '\0', path.length) != NULL)
        return NULL;
    const char *slash = strrchr(from, '/');
    size_t folder = slash != NULL ? (size_t)(slash - from) + 1 : 0;
    if (folder + path.length >= PATH_BYTES)
        return NULL;
    char *whole = arena_print(arena, "%.*s%.*s", (int)folder, from, TEXT_ARGUMENTS(path)),
         *to = whole;
    size_t parts = 0; /* that a ".." can take away */
    for (const char *next = whole; *next != '\0';) {
        size_t length = strcspn(next, "/");
        const char *behind = next + length + (next[length] == '/');
        bool is_up = length == 2 && memcmp(next, "..", 2) == 0;
        if (is_up && parts > 0) {
            for (to--; to > whole && to[-1] != '/'; to--)
                continue;
            parts--;
        } else if (length > 0 && !(length == 1 && *next == '.')) {
            memmove(to, next, length);
            to += length;
            if (*behind != '\0')
                *to++ = '/';
            parts += !is_up;
        }
        next = behind;
    }
    *to = '\0';
    return whole;
}

/* ---- files --------------------------------------------------------------------------------- */

static struct source *source_add(struct parser *parser, const struct rules_source_file *file)
{
    struct sources *sources = parser->sources;
    if (sources->count == SOURCES_MAX)
        return NULL;
    struct source *source = must_arena_allocate(parser->arena, sizeof *source);
    sources->fingerprint = hash_bytes(sources->fingerprint, file->text.bytes, file->text.length);
    sources->bytes += file->text.length;
    source_read(source, sources->count, file, parser->arena, parser->messages);
    sources->files[sources->count++] = source;
    return source;
}

static struct source *source_find(const struct sources *sources, const char *name)
{
    for (uint32_t i = 0; i < sources->count; i++) {
        if (strcmp(sources->files[i]->name, name) == 0)
            return sources->files[i];
    }
    return NULL;
}

struct source *sources_open(struct parser *parser, const struct word *path)
{
    const char *name = path_join(parser->arena, path->place.source->name, path->text);
    struct sources *sources = parser->sources;
    if (name == NULL) {
        parser_tell(parser, path->place, CODE_INCLUDE, "This can't be the name of a file.",
                    "write a path that starts from this file's folder", "");
        return NULL;
    }
    struct source *source = source_find(sources, name);
    if (source != NULL)
        return source;
    struct rules_source_file file = {.name = name};
    const struct rules_opener *opener = sources->opener;
    if (opener == NULL || !opener->open(opener->context, name, &file.text)) {
        parser_tell(parser, path->place, CODE_INCLUDE,
                    arena_print(parser->arena, "There is no file \"%s\".", name),
                    "put it there, or correct the path",
                    arena_print(parser->arena, "A path starts from the folder of %s.",
                                path->place.source->name));
        return NULL;
    }
    if (file.text.length > SOURCE_BYTES_MAX - sources->bytes) {
        parser_tell(parser, path->place, CODE_FILE_TOO_LONG,
                    "With this file the rules are longer than 1 MiB, which is the most that Brink "
                    "reads.",
                    "split the site, or use fewer rules", "");
        return NULL;
    }
    source = source_add(parser, &file);
    if (source == NULL)
        parser_tell(parser, path->place, CODE_TOO_MANY,
                    arena_print(parser->arena, "A site can have at most %d files.", SOURCES_MAX),
                    "join some of them", "");
    return source;
}

/* ---- the block ----------------------------------------------------------------------------- */

static uint32_t depth_of(const struct source *source)
{
    uint32_t depth = 0;
    for (; source->parent != NULL; source = source->parent)
        depth++;
    return depth;
}

bool parse_include(struct parser *parser)
{
    struct word path;
    const struct source *own = parser->first.place.source;
    if (!parser_expect_text(parser, "the name of a file, in quote marks", &path) ||
        !parser_expect_end(parser))
        return false;
    if (depth_of(own) >= INCLUDES_DEEP)
        return parser_tell(
            parser, path.place, CODE_INCLUDE,
            arena_print(parser->arena, "Files can be included at most %d deep.", INCLUDES_DEEP),
            "include this file from one that is nearer to the first", "");
    struct source *source = sources_open(parser, &path);
    if (source == NULL || source->is_parsed)
        return source != NULL;
    source->parent = own;
    struct reader reader = parser->reader;
    parser_read_source(parser, source);
    parser->reader = reader;
    return true;
}

/* Files that another one includes are read where it includes them. */
static void mark_included(struct parser *parser, const struct source *source)
{
    struct reader line;
    for (uint32_t next = 0; reader_find_line(&line, source, next); next = line.last_line + 1) {
        struct word first = reader_next(&line), path = reader_next(&line);
        if (!word_is(&first, "include") || path.kind != WORD_TEXT)
            continue;
        const char *name = path_join(parser->arena, source->name, path.text);
        struct source *other = name != NULL ? source_find(parser->sources, name) : NULL;
        if (other != NULL && other != source)
            other->is_included = true;
    }
}

void sources_read(struct parser *parser, const struct rules_source_file *files, size_t count)
{
    struct sources *sources = parser->sources;
    for (size_t i = 0; i < count && !messages_are_full(parser->messages); i++)
        source_add(parser, &files[i]);
    uint32_t given = sources->count;
    for (uint32_t i = 0; i < given; i++)
        mark_included(parser, sources->files[i]);
    /* Files that include each other are all left for the second round. */
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < given; i++) {
            struct source *source = sources->files[i];
            if (!source->is_parsed && (round == 1 || !source->is_included))
                parser_read_source(parser, source);
        }
    }
}
