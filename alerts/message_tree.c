/* What all messages upstream are made with (see message_tree.h). */
#include "alerts/message_tree.h"

#include "base/calendar.h"

#include <stdio.h>

/* ---- memory -------------------------------------------------------------------------------- */

/* Alarms must not depend on what others left of the heap, so a message's tree is built in room of
 * its own, which the next message uses again. A report of 8 KiB, nothing but short numbers, needs
 * most: some 6 bytes for each of its text. */
static _Alignas(16) char tree_room[64 * 1024];
static size_t tree_bytes;
/* cJSON leaves out what it had no memory for; a message with holes must not be sent. */
static bool memory_ran_out;

static void *allocate(size_t bytes)
{
    size_t whole = (bytes + 15) / 16 * 16;
    if (whole < bytes || whole > sizeof tree_room - tree_bytes) {
        memory_ran_out = true;
        return NULL;
    }
    tree_bytes += whole;
    return tree_room + tree_bytes - whole;
}

static void keep_until_the_next(void *memory)
{
    (void)memory;
}

/* cJSON's hooks are everybody's: between tree_open and tree_close nobody else uses it. */
cJSON *tree_open(void)
{
    static cJSON_Hooks hooks = {.malloc_fn = allocate, .free_fn = keep_until_the_next};
    cJSON_InitHooks(&hooks);
    memory_ran_out = false;
    tree_bytes = 0;
    return cJSON_CreateObject();
}

/* Returns the length of the text, 0 when it does not fit. */
size_t tree_close(cJSON *root, char *room, size_t room_bytes)
{
    bool fits = !memory_ran_out && cJSON_PrintPreallocated(root, room, (int)room_bytes, false);
    cJSON_InitHooks(NULL);
    return fits ? strlen(room) : 0;
}

/* ---- members ------------------------------------------------------------------------------- */

void tree_add_string(cJSON *object, const char *key, const char *string)
{
    if (string && string[0])
        cJSON_AddStringToObject(object, key, string);
    else
        cJSON_AddNullToObject(object, key);
}

void tree_add_text(cJSON *object, const char *key, struct text text)
{
    char room[TREE_TEXT_BYTES];
    struct writer writer = writer_on(room, sizeof room);
    writer_add(&writer, text);
    tree_add_string(object, key, room);
}

void tree_add_number(cJSON *object, const char *key, double value)
{
    char room[WORDING_JSON_BYTES];
    cJSON_AddRawToObject(object, key, wording_json_number(value, room));
}

void tree_add_time(cJSON *object, const char *key, int64_t utc_ms)
{
    char room[CALENDAR_TEXT_BYTES];
    if (utc_ms == INT64_MIN)
        cJSON_AddNullToObject(object, key);
    else
        cJSON_AddStringToObject(object, key, calendar_write(utc_ms, room));
}

void tree_add_template(cJSON *object, const char *key, const struct template_words *words,
                       struct rules_text template)
{
    char room[TREE_TEXT_BYTES];
    struct writer writer = writer_on(room, sizeof room);
    template_fill(words, rules_text(words->rules, template), &writer);
    tree_add_string(object, key, room);
}

void tree_add_tags(cJSON *object, const struct ruleset *rules, struct rules_span tags)
{
    cJSON *list = cJSON_AddArrayToObject(object, "tags");
    for (uint32_t i = 0; i < tags.count; i++) {
        struct text tag = rules_text(rules, *RULES_AT(rules, struct rules_text, tags, i));
        cJSON_AddItemToArray(list, cJSON_CreateString(tag.bytes));
    }
}

void tree_add_rule(cJSON *object, const struct ruleset *rules, struct rules_text file,
                   uint32_t line)
{
    char fingerprint[9];
    snprintf(fingerprint, sizeof fingerprint, "%08x", (unsigned)(rules->fingerprint >> 32));
    cJSON *rule = cJSON_AddObjectToObject(object, "rule");
    tree_add_text(rule, "file", rules_text(rules, file));
    tree_add_number(rule, "line", line);
    tree_add_string(rule, "fingerprint", fingerprint);
}

/* ---- the envelope -------------------------------------------------------------------------- */

cJSON *tree_open_event(const struct message_source *source, const struct envelope *envelope)
{
    char id[40], sequence[16], name[128];
    snprintf(sequence, sizeof sequence, "%012llu",
             (unsigned long long)envelope->sequence % 1000000000000);
    int length = snprintf(id, sizeof id, "%08x-%s", (unsigned)source->epoch, sequence);
    if (envelope->quiet > 0)
        snprintf(id + length, sizeof id - (size_t)length, "-%u", (unsigned)envelope->quiet);
    snprintf(name, sizeof name, "/brink/%s", source->site_id);
    cJSON *root = tree_open();
    tree_add_string(root, "specversion", "1.0");
    tree_add_string(root, "id", id);
    tree_add_string(root, "source", name);
    tree_add_string(root, "type", envelope->type);
    tree_add_string(root, "subject", envelope->subject);
    tree_add_time(root, "time", envelope->time_ms);
    tree_add_string(root, "sequence", sequence);
    tree_add_string(root, "datacontenttype", "application/json");
    tree_add_string(root, "dataschema", envelope->schema);
    return root;
}

void tree_add_site(cJSON *data, const struct message_source *source)
{
    cJSON *site = cJSON_AddObjectToObject(data, "site");
    tree_add_string(site, "id", source->site_id);
    tree_add_string(site, "name", source->site_name);
}

void tree_add_device(cJSON *data, const struct identity *identity)
{
    tree_add_text(data, "group", identity->group);
    tree_add_string(data, "device", identity->device);
    cJSON *names = cJSON_AddObjectToObject(data, "names");
    for (uint32_t i = 0; i < identity->count; i++)
        tree_add_text(names, identity->words[i].bytes, identity->names[i]);
}
