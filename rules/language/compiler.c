/* From sources to a block: reads, parses, judges, writes. See compiler.h. */
#include "rules/language/checker.h"
#include "rules/language/emitter.h"
#include "rules/language/resolve.h"

#include <stdio.h>
#include <stdlib.h>

/* What a site without these lines gets (RULES section 4.1). */
static void draft_begin(struct draft *draft)
{
    draft->timezone = TEXT("utc");
    draft->keep_unsent_ms = INT64_C(7) * 86400000;
    draft->send_at_most = 120;
    draft->send_per_ms = 60000;
    draft->flood_above = 10;
    draft->flood_in_ms = INT64_C(10) * 60000;
}

static void count_all(const struct draft *draft, struct rules_counts *counts)
{
    counts->groups = draft->groups_count;
    counts->alarms = draft->alarms_count;
    counts->reports = draft->reports_count;
    for (uint32_t i = 0; i < draft->groups_count; i++)
        counts->readings += draft->groups[i]->readings_count;
    for (uint32_t i = 0; i < draft->alarms_count; i++) {
        const struct draft_alarm *alarm = draft->alarms[i];
        uint32_t highest = RULES_NORMAL;
        for (uint32_t j = 0; j < alarm->triggers_count; j++) {
            uint32_t severity = alarm->triggers[j]->severity;
            highest = severity > highest ? severity : highest;
        }
        counts->triggers += alarm->triggers_count;
        counts->by_severity[highest]++;
    }
}

static bool is_too_large(const struct rules_source_file *files, size_t count, size_t *at)
{
    size_t total = 0;
    for (*at = 0; *at < count; (*at)++) {
        total += files[*at].text.length;
        if (total > SOURCE_BYTES_MAX)
            return true;
    }
    return false;
}

void rules_compile(const struct rules_source_file *files, size_t count,
                   struct rules_compiled *compiled)
{
    rules_compile_site(files, count, NULL, compiled);
}

void rules_compile_site(const struct rules_source_file *files, size_t count,
                        const struct rules_opener *opener, struct rules_compiled *compiled)
{
    memset(compiled, 0, sizeof *compiled);
    struct arena *arena = calloc(1, sizeof *arena);
    if (arena == NULL) {
        fputs("There is not enough memory on this machine to read the rules.\n", stderr);
        exit(70);
    }
    compiled->memory = arena;
    struct messages *messages = must_arena_allocate(arena, sizeof *messages);
    struct draft *draft = must_arena_allocate(arena, sizeof *draft);
    struct sources *sources = must_arena_allocate(arena, sizeof *sources);
    struct parser *parser = must_arena_allocate(arena, sizeof *parser);
    sources->opener = opener;
    sources->fingerprint = HASH_START;
    parser->arena = arena;
    parser->messages = messages;
    parser->draft = draft;
    parser->sources = sources;
    size_t large;
    draft_begin(draft);
    if (is_too_large(files, count, &large) && files[large].text.length <= SOURCE_BYTES_MAX) {
        /* Each is short enough, all together are not. */
        struct rules_source_file none = {files[large].name, TEXT("")};
        struct source *source = must_arena_allocate(arena, sizeof *source);
        source_read(source, (uint32_t)large, &none, arena, messages);
        messages_add(messages, (struct place){source, 0, 1, 1}, CODE_FILE_TOO_LONG,
                     "All rule files together are longer than 1 MiB, which is the most that Brink "
                     "reads.",
                     "split the site, or use fewer rules", "");
        count = 0;
    }
    sources_read(parser, files, count);
    if (!messages_are_full(messages))
        resolve_references(parser);
    if (messages->errors == 0) {
        checker_judge_site(parser);
        compiled->block =
            emitter_write(draft, sources->fingerprint, arena, messages, &compiled->size_bytes);
    }
    if (messages->errors == 0) {
        count_all(draft, &compiled->counts);
    }
    messages_finish(messages, arena, compiled);
}

void rules_compiled_free(struct rules_compiled *compiled)
{
    free(compiled->block);
    if (compiled->memory != NULL) {
        arena_free(compiled->memory);
        free(compiled->memory);
    }
    memset(compiled, 0, sizeof *compiled);
}
