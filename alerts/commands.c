/* Commands from upstream: reading, finding, remembering, answering (see commands.h). */
#include "alerts/commands.h"

#include "pipeline/json_scan.h"

#include <stddef.h>

/* ---- reading ------------------------------------------------------------------------------- */

static const struct {
    const char *key;
    uint16_t at, bytes; /* in struct command */
} members[] = {{"id", offsetof(struct command, id), COMMAND_ID_BYTES},
               {"alert", offsetof(struct command, alert), IDENTITY_TOPIC_BYTES},
               {"by", offsetof(struct command, by), COMMAND_BY_BYTES},
               {"comment", offsetof(struct command, comment), COMMAND_COMMENT_BYTES}};

static const char *skip_value(const char *p, const char *end)
{
    struct scan_found unused = {0};
    return scan_value(p, end, NULL, &unused);
}

static bool unquote(struct text value, char *room, size_t room_bytes)
{
    if (value.length < 2 || value.bytes[0] != '"')
        return false;
    size_t length =
        scan_unescape((struct text){value.bytes + 1, value.length - 2}, room, room_bytes - 1);
    if (length == SIZE_MAX || memchr(room, 0, length) != NULL)
        return false;
    room[length] = 0;
    return true;
}

static void take_minutes(struct command *command, struct text value)
{
    uint8_t decimals;
    bool is_number = value.length > 0 && value.bytes[0] != '"' &&
                     scan_quoted_number(value, &command->minutes, &decimals);
    if (!is_number || !(command->minutes > 0) || command->minutes > 1e9)
        command->wrong = "\"minutes\" has to be a number above 0.";
}

static void take_member(struct command *command, struct text key, struct text value)
{
    if (text_equal(key, TEXT("\"minutes\"")))
        take_minutes(command, value);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        size_t length = strlen(members[i].key);
        if (key.length != length + 2 || memcmp(key.bytes + 1, members[i].key, length) != 0)
            continue;
        char *room = (char *)command + members[i].at;
        if (text_equal(value, TEXT("null")))
            continue;
        if (!unquote(value, room, members[i].bytes)) {
            room[0] = 0;
            command->wrong = "\"id\", \"alert\", \"by\" and \"comment\" have to be texts, and "
                             "not too long (the id 96 bytes, by 64, comment 200).";
        }
    }
}

/* Members of an object that scan_value has found to be right. */
static void take_members(struct command *command, const char *p, const char *end)
{
    p = scan_blanks(p + 1, end);
    while (*p != '}') {
        const char *key = p;
        p = skip_value(p, end);
        struct text key_text = {key, (size_t)(p - key)};
        p = scan_blanks(p, end);
        const char *value = p = scan_blanks(p + 1, end); /* after the colon */
        p = skip_value(p, end);
        take_member(command, key_text, (struct text){value, (size_t)(p - value)});
        p = scan_blanks(p, end);
        if (*p == ',')
            p = scan_blanks(p + 1, end);
    }
}

void command_read(struct text json, struct command *command)
{
    memset(command, 0, sizeof *command);
    command->alarm = command->device = RULES_NONE;
    const char *end = json.bytes + json.length;
    const char *begin = json.length > 0 ? scan_blanks(json.bytes, end) : end;
    const char *after = begin < end && *begin == '{' ? skip_value(begin, end) : NULL;
    if (after == NULL || scan_blanks(after, end) != end) {
        command->wrong = "A command is one JSON object: {\"id\": \"…\", \"alert\": \"…\"}.";
        return;
    }
    take_members(command, begin, end);
    if (command->id[0] == 0 && command->wrong == NULL)
        command->wrong = "\"id\" is missing: any text that no other command has.";
}

/* ---- finding ------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The reverse of identity_escape: "14.dairy%2F1" to its names. False: there are others. */
static bool split_names(struct text device, struct text *names, uint32_t count, char *room)
{
    const char *p = device.bytes, *end = p + device.length;
    for (uint32_t i = 0; i < count; i++) {
        names[i] = (struct text){room, 0};
        for (; p < end && *p != '.'; names[i].length++) {
            if (names[i].length == RULES_NAME_BYTES)
                return false;
            bool is_escaped = *p == '%' && end - p > 2;
            int high = is_escaped ? hex_digit(p[1]) : -1, low = is_escaped ? hex_digit(p[2]) : -1;
            *room++ = high >= 0 && low >= 0 ? (char)(high * 16 + low) : *p;
            p += high >= 0 && low >= 0 ? 3 : 1;
        }
        if (i + 1 < count && p++ == end)
            return false;
    }
    return p == end;
}

static struct text before_slash(struct text *rest)
{
    const char *slash = memchr(rest->bytes, '/', rest->length);
    struct text part = {rest->bytes, slash ? (size_t)(slash - rest->bytes) : rest->length};
    size_t used = part.length + (slash != NULL);
    *rest = (struct text){rest->bytes + used, rest->length - used};
    return part;
}

static uint32_t find_row(const struct message_source *source, const struct rules_alarm *alarm,
                         struct text group, struct text device)
{
    const struct ruleset *rules = source->rules;
    struct text names[RULES_NAMES_MAX];
    char room[COMMAND_NAMES_BYTES];
    bool is_set = alarm->scope >= rules->groups.count;
    uint32_t set = alarm->scope - rules->groups.count;
    struct rules_span own =
        is_set ? RULES_AT(rules, struct rules_set, rules->sets, set)->names
               : RULES_AT(rules, struct rules_group, rules->groups, alarm->scope)->names;
    struct text group_name =
        alarm->group < rules->groups.count
            ? rules_text(rules,
                         RULES_AT(rules, struct rules_group, rules->groups, alarm->group)->name)
            : TEXT("site");
    bool is_right = own.count == 0 ? text_equal(device, TEXT("site"))
                                   : split_names(device, names, own.count, room);
    if (!is_right || !text_equal(group, group_name))
        return ENGINE_NO_DEVICE;
    return is_set ? engine_set_find(source->engine, set, names)
                  : engine_device_find(source->engine, alarm->scope, names);
}

bool command_find(const struct message_source *source, struct command *command)
{
    const struct ruleset *rules = source->rules;
    struct text rest = text_of(command->alert), site = text_of(source->site_id);
    if (rest.length <= site.length || memcmp(rest.bytes, site.bytes, site.length) != 0 ||
        rest.bytes[site.length] != '/')
        return false;
    rest = (struct text){rest.bytes + site.length + 1, rest.length - site.length - 1};
    struct text group = before_slash(&rest), device = before_slash(&rest);
    for (uint32_t i = 0; i < rules->alarms.count; i++) {
        const struct rules_alarm *alarm = RULES_AT(rules, struct rules_alarm, rules->alarms, i);
        if (!text_equal(rest, rules_text(rules, alarm->name)))
            continue;
        command->alarm = i;
        command->device = find_row(source, alarm, group, device);
        return command->device != ENGINE_NO_DEVICE;
    }
    return false;
}

bool command_of_word(struct text word, enum engine_command *command)
{
    static const char *const words[] = {[ENGINE_ACKNOWLEDGE] = "acknowledge",
                                        [ENGINE_SHELVE] = "shelve",
                                        [ENGINE_UNSHELVE] = "unshelve",
                                        [ENGINE_RESET] = "reset"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (text_equal(word, text_of(words[i]))) {
            *command = (enum engine_command)i;
            return true;
        }
    }
    return false;
}

/* ---- remembering --------------------------------------------------------------------------- */

static uint64_t id_of(struct text word, const struct command *command)
{
    uint64_t hash = hash_bytes(HASH_START, word.bytes, word.length);
    hash = hash_bytes(hash, "/", 1);
    hash = hash_bytes(hash, command->id, strlen(command->id));
    return hash | (hash == 0);
}

const struct command_outcome *commands_recall(const struct commands *commands, struct text word,
                                              const struct command *command)
{
    uint64_t id = id_of(word, command);
    for (size_t i = 0; i < COMMANDS_REMEMBERED; i++) {
        if (commands->outcomes[i].id == id)
            return &commands->outcomes[i];
    }
    return NULL;
}

const struct command_outcome *commands_remember(struct commands *commands, struct text word,
                                                const struct command *command,
                                                struct command_outcome outcome)
{
    struct command_outcome *own = &commands->outcomes[commands->next];
    commands->next = (commands->next + 1) % COMMANDS_REMEMBERED;
    *own = outcome;
    own->id = id_of(word, command);
    return own;
}

/* ---- answering ----------------------------------------------------------------------------- */

size_t command_answer(const struct message_source *source, const struct command *command,
                      const struct command_outcome *outcome, char *room, size_t room_bytes)
{
    static const struct {
        uint32_t why;
        const char *text;
    } whys[] = {
        {ENGINE_NOT_ACTIVE, "This alarm is not active."},
        {ENGINE_ALREADY, "There is nothing left to do: it is acknowledged, or not shelved."},
        {ENGINE_NEVER_SHELVED, "This alarm may not be shelved."},
        {ENGINE_NOT_LATCHED, "This alarm clears by itself; there is nothing to reset."},
        {ENGINE_STILL_TRUE, "The condition of this alarm is still true."},
        {ENGINE_STILL_UNKNOWN, "Whether this alarm is over is not known: there is no fresh "
                               "reading."},
        {ENGINE_NO_SUCH_ALARM, "There is no such alarm here."},
        {COMMAND_NO_SUCH_ALERT, "There is no such alarm here; \"alert\" is written as in the "
                                "alarm's own messages."},
        {COMMAND_NO_SUCH_COMMAND, "Brink does not know this command: acknowledge, shelve, "
                                  "unshelve, reset, resend."},
    };
    struct message_answer answer = {.id = command->id, .why = command->wrong};
    char text[128];
    if (outcome != NULL && outcome->why == ENGINE_TOO_LONG) {
        const struct rules_alarm *alarm =
            RULES_AT(source->rules, struct rules_alarm, source->rules->alarms, outcome->alarm);
        struct writer writer = writer_on(text, sizeof text);
        writer_add(&writer, TEXT("This alarm may be shelved for at most "));
        writer_add_duration(&writer, alarm->shelve_most_ms);
        writer_add(&writer, TEXT("."));
        answer.why = text;
    }
    for (size_t i = 0; outcome != NULL && i < sizeof whys / sizeof *whys; i++)
        answer.why = outcome->why == whys[i].why ? whys[i].text : answer.why;
    answer.sequence = outcome != NULL ? outcome->sequence : 0;
    return message_write_answer(&answer, room, room_bytes);
}
