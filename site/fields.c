/* Reads values by table and says what is wrong with them, in words (see fields.h). */
#include "site/fields.h"

#include "rules/language/suggest.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static void note(struct reader *reader, int line, bool is_warning, const char *format,
                 va_list values)
{
    reader->errors += !is_warning;
    if (reader->count == SITE_MESSAGES_MAX)
        return;
    struct site_message *message = &reader->messages[reader->count++];
    message->line = line;
    message->is_warning = is_warning;
    vsnprintf(message->text, sizeof message->text, format, values);
}

void reader_error(struct reader *reader, int line, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    note(reader, line, false, format, values);
    va_end(values);
}

void reader_warn(struct reader *reader, int line, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    note(reader, line, true, format, values);
    va_end(values);
}

/* ---- objects ------------------------------------------------------------------------------- */

static void list_keys(const struct field *fields, char *room, size_t room_bytes)
{
    size_t at = 0;
    room[0] = 0;
    for (size_t i = 0; fields[i].key && at < room_bytes; i++)
        at += (size_t)snprintf(room + at, room_bytes - at, "%s%s",
                               i == 0 ? "" : (fields[i + 1].key ? ", " : " and "), fields[i].key);
}

static void unknown_key(struct reader *reader, const struct field *fields, const cJSON *item)
{
    struct text keys[24];
    size_t count = 0;
    while (count < sizeof keys / sizeof *keys && fields[count].key) {
        keys[count] = text_of(fields[count].key);
        count++;
    }
    int nearest = suggest_word(text_of(item->string), keys, count, NULL);
    if (nearest >= 0) {
        reader_error(reader, item->valueint,
                     "\"%.40s\" is not a setting here: did you mean \"%s\"?", item->string,
                     fields[nearest].key);
        return;
    }
    char possible[160];
    list_keys(fields, possible, sizeof possible);
    reader_error(reader, item->valueint, "\"%.40s\" is not a setting here. Possible are %s.",
                 item->string, possible);
}

void fields_read(struct reader *reader, const struct field *fields, const cJSON *object,
                 void *place)
{
    for (const cJSON *item = object->child; item; item = item->next) {
        const struct field *field = fields;
        while (field->key && strcmp(field->key, item->string) != 0)
            field++;
        const cJSON *first = object->child;
        while (strcmp(first->string, item->string) != 0)
            first = first->next;
        if (!field->key)
            unknown_key(reader, fields, item);
        else if (first != item)
            reader_error(reader, item->valueint,
                         "\"%s\" stands here a second time; the first is in line %d", item->string,
                         first->valueint);
        else
            field->read(reader, field, item, (char *)place + field->offset);
    }
}

void field_read_section(struct reader *reader, const struct field *field, const cJSON *item,
                        void *place)
{
    if (!cJSON_IsObject(item))
        reader_error(reader, item->valueint, "\"%s\" is a group of settings: write { ... }",
                     field->key);
    else
        fields_read(reader, field->fields, item, place);
}

/* ---- single values ------------------------------------------------------------------------- */

static bool has_control_characters(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    }
    return false;
}

static void store_text(struct reader *reader, const struct field *field, const cJSON *item,
                       char *place)
{
    const char *wrong = NULL;
    if (!cJSON_IsString(item)) {
        reader_error(reader, item->valueint, "\"%s\" is a text: write it in quote marks",
                     field->key);
        return;
    }
    if (item->valuestring[0] == 0)
        wrong = "it is empty: write a text, or leave the line out";
    else if (strlen(item->valuestring) >= field->room)
        reader_error(reader, item->valueint, "\"%s\" is too long: at most %zu characters",
                     field->key, field->room - 1);
    else if (has_control_characters(item->valuestring))
        wrong = "it has control characters";
    else if (field->check)
        wrong = field->check(item->valuestring, place);
    else
        snprintf(place, field->room, "%s", item->valuestring);
    if (wrong)
        reader_error(reader, item->valueint, "\"%s\": \"%.60s\": %s", field->key, item->valuestring,
                     wrong);
}

void field_read_text(struct reader *reader, const struct field *field, const cJSON *item,
                     void *place)
{
    store_text(reader, field, item, place);
}

void field_read_list(struct reader *reader, const struct field *field, const cJSON *item,
                     void *place)
{
    if (!cJSON_IsArray(item)) {
        reader_error(reader, item->valueint, "\"%s\" is a list: write [\"...\"]", field->key);
        return;
    }
    long count = 0;
    for (const cJSON *entry = item->child; entry; entry = entry->next, count++) {
        if (count == field->most) {
            reader_error(reader, entry->valueint, "\"%s\" has at most %ld entries", field->key,
                         field->most);
            return;
        }
        store_text(reader, field, entry, (char *)place + (size_t)count * field->room);
    }
}

void field_read_number(struct reader *reader, const struct field *field, const cJSON *item,
                       void *place)
{
    if (!cJSON_IsNumber(item)) {
        reader_error(reader, item->valueint, "\"%s\" is a number, without quote marks", field->key);
        return;
    }
    double number = item->valuedouble;
    if (number < (double)field->least || number > (double)field->most || number != floor(number)) {
        reader_error(reader, item->valueint, "\"%s\" is a whole number from %ld to %ld", field->key,
                     field->least, field->most);
        return;
    }
    if (field->room == sizeof(uint16_t))
        *(uint16_t *)place = (uint16_t)number;
    else
        *(uint32_t *)place = (uint32_t)number;
}

void field_read_word(struct reader *reader, const struct field *field, const cJSON *item,
                     void *place)
{
    size_t count = 0, length = 0;
    char possible[80] = "";
    for (; field->words[count]; count++) {
        if (cJSON_IsString(item) && strcmp(item->valuestring, field->words[count]) == 0) {
            if (field->room == sizeof(bool))
                *(bool *)place = count == 1;
            else
                *(uint32_t *)place = (uint32_t)count;
            return;
        }
        if (length < sizeof possible)
            length += (size_t)snprintf(possible + length, sizeof possible - length, "%s\"%s\"",
                                       count == 0 ? "" : " or ", field->words[count]);
    }
    reader_error(reader, item->valueint, "\"%s\" is %s", field->key, possible);
}
