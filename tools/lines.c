/* Reads lines (see lines.h). Blocks of the file become UTF-8 in a room that holds the longest line
 * and one block more; lines are found where they lie there. */
#include "tools/lines.h"

#include "rules/language/source.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define BLOCK_BYTES 131072
#define ROOM_BYTES (LINE_BYTES_MAX + 2 * BLOCK_BYTES) /* 2 bytes of UTF-16 are 3 at most */

bool lines_begin(struct lines *lines, int file)
{
    *lines = (struct lines){.file = file, .end_mark = '\n'};
    lines->block = malloc(BLOCK_BYTES);
    lines->room = malloc(ROOM_BYTES);
    return lines->block && lines->room;
}

void lines_free(struct lines *lines)
{
    free(lines->block);
    free(lines->room);
    free(lines->converted);
    free(lines->again);
    *lines = (struct lines){.file = lines->file};
}

/* ---- what kind of text it is --------------------------------------------------------------- */

/* By its byte-order mark, else by the zeros that ASCII characters have in UTF-16. */
static enum lines_encoding encoding_of(const uint8_t *bytes, size_t length)
{
    if (length < 2)
        return LINES_UTF8;
    if (bytes[0] == 0xff && bytes[1] == 0xfe)
        return LINES_UTF16_LE;
    if (bytes[0] == 0xfe && bytes[1] == 0xff)
        return LINES_UTF16_BE;
    bool is_ascii = length >= 4 && (bytes[0] == 0) == (bytes[2] == 0) &&
                    (bytes[1] == 0) == (bytes[3] == 0) && (bytes[0] == 0) != (bytes[1] == 0);
    return !is_ascii ? LINES_UTF8 : bytes[1] == 0 ? LINES_UTF16_LE : LINES_UTF16_BE;
}

/* CR ends lines where no LF does; one at the very end of a block may have its LF in the next. */
static char end_mark_of(const char *bytes, size_t length)
{
    const char *found = memchr(bytes, '\r', length);
    return found && found + 1 < bytes + length && !memchr(bytes, '\n', length) ? '\r' : '\n';
}

/* ---- from the file into the room ----------------------------------------------------------- */

static size_t read_bytes(struct lines *lines, void *bytes, size_t length)
{
    ssize_t taken;
    do
        taken = read(lines->file, bytes, length);
    while (taken < 0 && errno == EINTR);
    lines->is_at_end = taken <= 0;
    lines->has_failed = taken < 0;
    lines->bytes_in += taken > 0 ? taken : 0;
    return taken > 0 ? (size_t)taken : 0;
}

static size_t write_utf8(char *to, uint32_t point)
{
    static const uint8_t leads[] = {0, 0xc0, 0xe0, 0xf0};
    size_t more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    for (size_t i = more; i > 0; i--, point >>= 6)
        to[i] = (char)(0x80 | (point & 0x3f));
    to[0] = (char)(leads[more] | point);
    return more + 1;
}

static uint32_t unit_at(const struct lines *lines, size_t at)
{
    const uint8_t *bytes = lines->block + at;
    return lines->encoding == LINES_UTF16_LE ? bytes[0] | (uint32_t)bytes[1] << 8
                                             : bytes[1] | (uint32_t)bytes[0] << 8;
}

/* UTF-16 (RFC 2781): two units from the range of surrogates are one character. Returns how many
 * bytes of the block were used. */
static size_t convert_utf16(struct lines *lines, size_t length)
{
    size_t at = 0;
    while (at + 1 < length) {
        uint32_t point = unit_at(lines, at);
        bool is_first = point >= 0xd800 && point < 0xdc00;
        if (is_first && at + 3 >= length && !lines->is_at_end)
            break;
        uint32_t second = is_first && at + 3 < length ? unit_at(lines, at + 2) : 0;
        bool is_pair = second >= 0xdc00 && second < 0xe000;
        if (is_pair)
            point = 0x10000 + ((point - 0xd800) << 10) + (second - 0xdc00);
        else if (point >= 0xd800 && point < 0xe000)
            point = 0xfffd;
        at += is_pair ? 4 : 2;
        if (point != 0xfeff) /* the mark */
            lines->to += write_utf8(lines->room + lines->to, point);
    }
    return at;
}

static size_t copy_utf8(struct lines *lines, size_t length)
{
    memcpy(lines->room + lines->to, lines->block, length);
    lines->to += length;
    return length;
}

static void start(struct lines *lines, size_t length)
{
    lines->is_started = true;
    lines->encoding = encoding_of(lines->block, length);
}

/* Another block behind what is there. */
static void fill(struct lines *lines)
{
    bool is_first = !lines->is_started;
    memmove(lines->room, lines->room + lines->from, lines->to - lines->from);
    lines->to -= lines->from;
    lines->from = 0;
    size_t length = lines->half_bytes;
    do
        length += read_bytes(lines, lines->block + length, BLOCK_BYTES - length);
    while (is_first && length < 4 && !lines->is_at_end);
    if (is_first)
        start(lines, length);
    size_t used =
        lines->encoding == LINES_UTF8 ? copy_utf8(lines, length) : convert_utf16(lines, length);
    lines->half_bytes = length - used;
    memmove(lines->block, lines->block + used, lines->half_bytes);
    if (!is_first)
        return;
    lines->end_mark = end_mark_of(lines->room, lines->to);
    if (lines->to >= 3 && memcmp(lines->room, "\xef\xbb\xbf", 3) == 0)
        lines->from = 3;
}

const char *lines_no_text(struct lines *lines)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *says;
    } kinds[] = {
        {"\x1f\x8b", 2, "it is compressed: zcat FILE | brink try SITE -"},
        {"\x28\xb5\x2f\xfd", 4, "it is compressed: zstdcat FILE | brink try SITE -"},
        {"\xfd"
         "7zXZ",
         5, "it is compressed: xzcat FILE | brink try SITE -"},
        {"PK\x03\x04", 4, "it is a spreadsheet's own file or a zip file: save it as CSV"},
        {"\xd0\xcf\x11\xe0", 4, "it is a spreadsheet's own file: save it as CSV"},
        {"SQLite format 3", 15, "it is a database: export a table of it as CSV"},
        {"PAR1", 4, "it is a Parquet file: export it as CSV"},
    };
    if (!lines->is_started)
        fill(lines);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (lines->to - lines->from >= kinds[i].length &&
            memcmp(lines->room + lines->from, kinds[i].bytes, kinds[i].length) == 0)
            return kinds[i].says;
    }
    return NULL;
}

/* ---- lines --------------------------------------------------------------------------------- */

static bool is_utf8(struct text text)
{
    size_t at = 0;
    while (at < text.length && (unsigned char)text.bytes[at] < 0x80)
        at++;
    while (at < text.length) {
        if (utf8_next(text, &at) < 0)
            return false;
    }
    return true;
}

/* Each byte is the character of that number (ISO 8859-1). */
static bool convert_latin(struct lines *lines, struct text *line)
{
    char *larger = realloc(lines->converted, 2 * line->length + 1);
    if (!larger)
        return false;
    lines->converted = larger;
    size_t length = 0;
    for (size_t i = 0; i < line->length; i++)
        length += write_utf8(larger + length, (unsigned char)line->bytes[i]);
    *line = (struct text){larger, length};
    lines->latin++;
    return true;
}

/* The bytes of a line as a line. */
static enum lines_result finish(struct lines *lines, struct text *line)
{
    if (line->length > LINE_BYTES_MAX)
        return LINES_TOO_LONG;
    if (line->length > 0 && line->bytes[line->length - 1] == '\r')
        line->length--;
    if (memchr(line->bytes, 0, line->length))
        return LINES_WITH_ZEROS;
    if (!is_utf8(*line) && !convert_latin(lines, line))
        return LINES_FAILED;
    return LINES_LINE;
}

/* Takes `length` bytes from the room as a line, `with_end` bytes with what ends it. */
static enum lines_result give(struct lines *lines, size_t length, size_t with_end,
                              struct text *line)
{
    *line = (struct text){lines->room + lines->from, length};
    lines->number++;
    lines->offset = lines->bytes_in - (int64_t)(lines->to - lines->from);
    lines->length = length;
    lines->from += with_end;
    return finish(lines, line);
}

enum lines_result lines_next(struct lines *lines, struct text *line)
{
    bool is_too_long = false;
    size_t seen = 0; /* bytes of the line that have no end in them */
    for (;;) {
        const char *begin = lines->room + lines->from;
        size_t length = lines->to - lines->from;
        const char *end = memchr(begin + seen, lines->end_mark, length - seen);
        if (end || (lines->is_at_end && length > 0)) {
            size_t line_length = end ? (size_t)(end - begin) : length;
            enum lines_result result = give(lines, line_length, line_length + (end != NULL), line);
            return is_too_long ? LINES_TOO_LONG : result;
        }
        if (lines->is_at_end && is_too_long) {
            lines->number++;
            return LINES_TOO_LONG;
        }
        if (lines->is_at_end)
            return lines->has_failed ? LINES_FAILED : LINES_END;
        seen = length;
        if (length > LINE_BYTES_MAX) {
            is_too_long = true;
            lines->from = lines->to;
            seen = 0;
        }
        fill(lines);
    }
}

enum lines_result lines_at(struct lines *lines, int64_t offset, size_t length, struct text *line)
{
    if (length > LINE_BYTES_MAX)
        return LINES_TOO_LONG;
    if (!lines->again && !(lines->again = malloc(LINE_BYTES_MAX)))
        return LINES_FAILED;
    if (pread(lines->file, lines->again, length, offset) != (ssize_t)length)
        return LINES_FAILED;
    *line = (struct text){lines->again, length};
    return finish(lines, line);
}

bool lines_seek(struct lines *lines, int64_t offset)
{
    if (lseek(lines->file, offset, SEEK_SET) != offset)
        return false;
    lines->from = lines->to = lines->half_bytes = 0;
    lines->is_at_end = lines->has_failed = false;
    lines->bytes_in = offset;
    lines->is_started = offset > 0;
    return true;
}
