/* Resolves escapes. See escapes.h. */
#include "pipeline/escapes.h"

/* A mark before one of these characters is left out; before any other it stands for itself. */
static const struct {
    char mark;
    char before[4];
} marks[] = {
    [SCAN_ESCAPES_KEY] = {'\\', ",= "},
    [SCAN_ESCAPES_TEXT] = {'\\', "\"\\"},
    [SCAN_ESCAPES_CSV] = {'"', "\""},
};

size_t escapes_resolve(struct text text, enum scan_escapes escapes, char *room, size_t room_bytes)
{
    if (escapes == SCAN_ESCAPES_JSON)
        return scan_unescape(text, room, room_bytes);
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        bool is_marked = i + 1 < text.length && text.bytes[i] == marks[escapes].mark &&
                         strchr(marks[escapes].before, text.bytes[i + 1]) != NULL &&
                         text.bytes[i + 1] != 0;
        i += is_marked;
        if (length == room_bytes)
            return SIZE_MAX;
        room[length++] = text.bytes[i];
    }
    return length;
}
