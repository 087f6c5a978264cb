/* How site.json is read: tables of keys (schema in site.c), one function for each kind of value
 * (fields.c). Private to site/. */
#ifndef SITE_FIELDS_H
#define SITE_FIELDS_H

#include "site/site.h"

#include <cJSON.h>

struct reader {
    struct site_settings *settings;
    struct site_message *messages;
    size_t count, errors;
};

/* Notes a message; beyond SITE_MESSAGES_MAX errors are still counted. */
void reader_error(struct reader *reader, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void reader_warn(struct reader *reader, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

struct field {
    const char *key;
    void (*read)(struct reader *reader, const struct field *field, const cJSON *item, void *place);
    size_t offset;    /* of the place in the structure that the section is about */
    size_t room;      /* TEXT: bytes; NUMBER: bytes of the integer; LIST: bytes of one entry */
    long least, most; /* NUMBER: range; LIST: most entries */
    const char *const *words;   /* WORD: what is possible, ended by NULL; the index is stored */
    const struct field *fields; /* SECTION: its keys, ended by a NULL key */
    /* TEXT, LIST: checks and stores one; NULL: any text that fits. Returns what is wrong. */
    const char *(*check)(const char *text, char *room);
};

void field_read_section(struct reader *reader, const struct field *field, const cJSON *item,
                        void *place);
void field_read_text(struct reader *reader, const struct field *field, const cJSON *item,
                     void *place);
void field_read_list(struct reader *reader, const struct field *field, const cJSON *item,
                     void *place);
void field_read_number(struct reader *reader, const struct field *field, const cJSON *item,
                       void *place);
void field_read_word(struct reader *reader, const struct field *field, const cJSON *item,
                     void *place);

/* The keys of one object, by its table; also tells of unknown and repeated ones. */
void fields_read(struct reader *reader, const struct field *fields, const cJSON *object,
                 void *place);

#endif
