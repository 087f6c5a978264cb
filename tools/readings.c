/* Takes a recorded line apart (see readings.h). */
#include "tools/readings.h"

#include "tools/moment.h"

#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- members of the line, as they were written --------------------------------------------- */

static size_t blanks(struct text text)
{
    size_t length = 0;
    while (length < text.length && strchr(" \t\r\n", text.bytes[length]))
        length++;
    return length;
}

static void skip(struct text *text, size_t length)
{
    text->bytes += length;
    text->length -= length;
}

/* Length of the JSON value at the beginning; the line was parsed already, so brackets and quotes
 * match. */
static size_t value_length(struct text text)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.bytes[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '{' || c == '['))
            depth++;
        else if (!in_string && depth > 0 && (c == '}' || c == ']'))
            depth--;
        else if (!in_string && depth == 0 && strchr(",}] \t\r\n", c))
            return i;
    }
    return text.length;
}

/* The member called "payload" of the line's object, byte for byte. */
static struct text find_payload(struct text line)
{
    skip(&line, blanks(line) + 1); /* { */
    while (line.length > 0) {
        skip(&line, blanks(line));
        size_t key = 1; /* up to the closing quote mark */
        while (key < line.length && line.bytes[key] != '"')
            key += line.bytes[key] == '\\' ? 2 : 1;
        bool is_payload = key == 8 && memcmp(line.bytes, "\"payload\"", 9) == 0;
        const char *colon =
            key < line.length ? memchr(line.bytes + key, ':', line.length - key) : NULL;
        if (!colon)
            break;
        skip(&line, (size_t)(colon - line.bytes) + 1);
        skip(&line, blanks(line));
        size_t value = value_length(line);
        if (is_payload)
            return (struct text){line.bytes, value};
        skip(&line, value);
        skip(&line, blanks(line));
        if (line.length == 0 || line.bytes[0] != ',')
            break;
        skip(&line, 1);
    }
    return (struct text){0};
}

/* ---- parts --------------------------------------------------------------------------------- */

static const char *read_time(const cJSON *item, const struct zone *zone, int64_t *time_ms)
{
    if (!item)
        return "it has no \"time\"";
    if (cJSON_IsNumber(item) && moment_of_number(item->valuedouble, time_ms))
        return NULL;
    if (!cJSON_IsString(item))
        return "\"time\" is seconds since 1970 or a text like \"2026-03-14T08:15:00Z\"";
    struct text text = text_of(item->valuestring);
    return moment_read(text, zone, time_ms) ? NULL : moment_problem(text);
}

static const char *read_source(const cJSON *root, struct recorded *recorded)
{
    const cJSON *topic = cJSON_GetObjectItemCaseSensitive(root, "topic");
    const cJSON *udp = cJSON_GetObjectItemCaseSensitive(root, "udp");
    if (!topic == !udp)
        return "it needs either a \"topic\" or a \"udp\" port";
    if (topic) {
        if (!cJSON_IsString(topic) || !topic->valuestring[0] ||
            strlen(topic->valuestring) >= sizeof recorded->topic)
            return "\"topic\" is a text of 1 to 1023 characters";
        snprintf(recorded->topic, sizeof recorded->topic, "%s", topic->valuestring);
    } else {
        if (!cJSON_IsNumber(udp) || udp->valuedouble < 1 || udp->valuedouble > 65535)
            return "\"udp\" is a port, 1 to 65535";
        recorded->udp_port = (uint16_t)udp->valuedouble;
    }
    recorded->retained = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "retained"));
    return NULL;
}

/* Two digits a byte, as mosquitto_sub writes them for %x. */
static const char *read_hex(const char *digits, struct recorded *recorded)
{
    size_t length = strlen(digits) / 2;
    if (strlen(digits) % 2 != 0 || strspn(digits, "0123456789abcdefABCDEF") != 2 * length)
        return "\"payload_hex\" is an even number of hexadecimal digits";
    recorded->room = malloc(length + 1);
    if (!recorded->room)
        return "there is not enough memory for it";
    for (size_t i = 0; i < length; i++) {
        const char pair[3] = {digits[2 * i], digits[2 * i + 1], 0};
        recorded->room[i] = (char)strtoul(pair, NULL, 16);
    }
    recorded->payload = (struct text){recorded->room, length};
    return NULL;
}

static const char *read_payload(const cJSON *root, struct text line, struct recorded *recorded)
{
    const cJSON *payload = cJSON_GetObjectItemCaseSensitive(root, "payload");
    const cJSON *hex = cJSON_GetObjectItemCaseSensitive(root, "payload_hex");
    if (!payload && cJSON_IsString(hex))
        return read_hex(hex->valuestring, recorded);
    if (!payload)
        return "it has no \"payload\"";
    recorded->payload = find_payload(line);
    if (cJSON_IsString(payload)) { /* a message that is no JSON, or is JSON in a text */
        recorded->room = strdup(payload->valuestring);
        recorded->payload = text_of(recorded->room ? recorded->room : "");
    }
    return recorded->payload.bytes ? NULL : "its \"payload\" can't be found";
}

/* What is no object on one line, but looks like JSON that people have. */
static const char *problem_of_line(struct text line)
{
    bool is_open = line.length > 0 && line.bytes[line.length - 1] != '}';
    if (line.bytes[0] == '[')
        return "it is a list: write each object on a line of its own, as "
               "jq -c '.[]' FILE | brink try SITE - does";
    if (line.bytes[0] == '{' && is_open)
        return "it is not a JSON object on one line: jq -c . FILE | brink try SITE - puts each on "
               "one";
    return "it is not a JSON object like {\"topic\": \"...\", \"time\": ..., \"payload\": "
           "{...}}";
}

const char *recorded_read(struct text line, const struct zone *zone, struct recorded *recorded)
{
    skip(&line, blanks(line));
    *recorded = (struct recorded){0};
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithLengthOpts(line.bytes, line.length, &end, false);
    if (!cJSON_IsObject(root)) {
        cJSON_Delete(root);
        return problem_of_line(line);
    }
    struct text rest = {end, (size_t)(line.bytes + line.length - end)};
    const char *wrong = blanks(rest) < rest.length ? "something stands behind the object" : NULL;
    if (!wrong)
        wrong = read_source(root, recorded);
    if (!wrong)
        wrong = read_time(cJSON_GetObjectItemCaseSensitive(root, "time"), zone, &recorded->time_ms);
    if (!wrong)
        wrong = read_payload(root, line, recorded);
    cJSON_Delete(root);
    return wrong;
}

void recorded_free(struct recorded *recorded)
{
    free(recorded->room);
    recorded->room = NULL;
}
