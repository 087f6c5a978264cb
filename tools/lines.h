/* Lines of text files as they come from loggers, spreadsheets and other machines: UTF-8, UTF-16 or
 * Latin-1, ended by LF, CRLF or CR, however many. Comes in: a file. Goes out: one line after the
 * other as UTF-8 without its end, in constant memory. Called by recording.c. */
#ifndef TOOLS_LINES_H
#define TOOLS_LINES_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define LINE_BYTES_MAX 1048576

enum lines_encoding { LINES_UTF8, LINES_UTF16_LE, LINES_UTF16_BE };

struct lines {
    int file;
    enum lines_encoding encoding;
    char end_mark;    /* '\n', or '\r' in files that have no other */
    uint64_t number;  /* of the newest line, from 1 */
    int64_t offset;   /* in the file, of the newest line; not with UTF-16 */
    size_t length;    /* there, without its end */
    int64_t bytes_in; /* taken from the file so far */
    uint64_t latin;   /* lines that were no UTF-8, and were read as Latin-1 */
    uint8_t *block; /* as the file has it; its first half_bytes wait for the rest of a character */
    size_t half_bytes;
    char *room; /* as UTF-8, read and not yet given out: from..to */
    size_t from, to;
    bool is_started, is_at_end, has_failed;
    char *converted; /* the newest line, when it was Latin-1 */
    char *again;     /* that of lines_at */
};

enum lines_result {
    LINES_LINE,
    LINES_TOO_LONG,   /* longer than LINE_BYTES_MAX; left out */
    LINES_WITH_ZEROS, /* bytes of zero, as power failures leave them; left out */
    LINES_END,
    LINES_FAILED, /* the file could not be read */
};

/* `file` is lent. False when there is not enough memory. Free with lines_free in every case. */
bool lines_begin(struct lines *lines, int file);
void lines_free(struct lines *lines);

/* What kind of file it is that is no text ("it is compressed ..."), by its first bytes; NULL: it
 * may be text. Reads the first block. */
const char *lines_no_text(struct lines *lines);

/* The next line; it may be written into and lives until the next call. */
enum lines_result lines_next(struct lines *lines, struct text *line);

/* A line again, by its `offset` and `length`; the next line stays what it was. Not with UTF-16. */
enum lines_result lines_at(struct lines *lines, int64_t offset, size_t length, struct text *line);

/* Goes on from there, which is the beginning of a line (or the middle of one, whose rest comes
 * first). False when the file can't be sought. */
bool lines_seek(struct lines *lines, int64_t offset);

#endif
