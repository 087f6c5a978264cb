/* JSON with comments and line numbers (see json.h). cJSON knows no positions, so the text is walked
 * a second time beside the finished tree: children stand in the order in which they were written.
 */
#include "site/json.h"

#include <stdlib.h>

/* Comments become blanks, so that every other byte keeps its place. Returns false at a comment
 * without end. */
static bool blank_comments(char *text, size_t length, size_t *where)
{
    bool in_string = false;
    for (size_t i = 0; i < length; i++) {
        if (in_string && text[i] == '\\') {
            i++;
        } else if (text[i] == '"') {
            in_string = !in_string;
        } else if (!in_string && text[i] == '/' && i + 1 < length && text[i + 1] == '/') {
            for (; i < length && text[i] != '\n'; i++)
                text[i] = ' ';
        } else if (!in_string && text[i] == '/' && i + 1 < length && text[i + 1] == '*') {
            *where = i;
            text[i] = text[i + 1] = ' ';
            for (i += 2; i + 1 < length && !(text[i] == '*' && text[i + 1] == '/'); i++) {
                if (text[i] != '\n')
                    text[i] = ' ';
            }
            if (i + 1 >= length)
                return false;
            text[i] = text[i + 1] = ' ';
            i++;
        }
    }
    return true;
}

static int line_at(const char *text, size_t offset)
{
    int line = 1;
    for (size_t i = 0; i < offset && text[i]; i++)
        line += text[i] == '\n';
    return line;
}

/* ---- the second walk ----------------------------------------------------------------------- */

struct walk {
    const char *at;
    int line;
};

static void pass_blanks(struct walk *walk, const char *also)
{
    for (; *walk->at && (strchr(" \t\r\n", *walk->at) || strchr(also, *walk->at)); walk->at++)
        walk->line += *walk->at == '\n';
}

static void pass_string(struct walk *walk)
{
    for (walk->at++; *walk->at && *walk->at != '"'; walk->at++) {
        if (*walk->at == '\\' && walk->at[1])
            walk->at++;
    }
    if (*walk->at)
        walk->at++;
}

static void note_lines(struct walk *walk,
                       cJSON *item) // NOLINT(misc-no-recursion): cJSON bounds the depth
{
    pass_blanks(walk, "");
    item->valueint = walk->line;
    if (item->string) {
        pass_string(walk);
        pass_blanks(walk, ":");
    }
    if (cJSON_IsString(item)) {
        pass_string(walk);
    } else if (cJSON_IsObject(item) || cJSON_IsArray(item)) {
        walk->at++;
        for (cJSON *child = item->child; child; child = child->next) {
            note_lines(walk, child);
            pass_blanks(walk, ",");
        }
        pass_blanks(walk, "");
        walk->at++;
    } else {
        walk->at += strcspn(walk->at, ",]} \t\r\n");
    }
}

/* ---- the whole ----------------------------------------------------------------------------- */

static const char *guess_at(const char *text, size_t offset)
{
    size_t before = offset;
    while (before > 0 && strchr(" \t\r\n", text[before - 1]))
        before--;
    char here = text[offset], last = before > 0 ? text[before - 1] : 0;
    if (!here)
        return "the text ends too early: is a closing } or ] or quote mark missing?";
    if ((here == '}' || here == ']') && last == ',')
        return "there is a comma too many before the closing bracket";
    if (here == '"' && strchr("\"}]0123456789el", last))
        return "a comma is missing before this";
    if (here == '\'')
        return "write \" instead of '";
    return "this can't be read: look for a missing quote mark, comma, colon or bracket";
}

cJSON *json_parse_with_lines(struct text text, int *line, const char **why)
{
    if (text.length > 1024 * 1024 || (text.length > 0 && memchr(text.bytes, 0, text.length))) {
        *line = 0;
        *why = "this is not a text file of settings";
        return NULL;
    }
    char *copy = calloc(1, text.length + 1);
    if (!copy) {
        *line = 0;
        *why = "there is not enough memory";
        return NULL;
    }
    if (text.length > 0)
        memcpy(copy, text.bytes, text.length);
    cJSON *tree = NULL;
    size_t where = 0;
    const char *end = copy;
    if (!blank_comments(copy, text.length, &where)) {
        *line = line_at(copy, where);
        *why = "this comment has no end: write */";
        goto done;
    }
    tree = cJSON_ParseWithOpts(copy, &end, true);
    if (!tree) {
        size_t offset = end && end >= copy && end <= copy + text.length ? (size_t)(end - copy) : 0;
        /* Where a key should stand and doesn't, cJSON points one byte behind. */
        if (offset > 0 && copy[offset - 1] && strchr("}]'", copy[offset - 1]))
            offset--;
        offset += strspn(copy + offset, " \t\r\n");
        *line = line_at(copy, offset);
        *why = guess_at(copy, offset);
        goto done;
    }
    struct walk walk = {.at = copy, .line = 1};
    if (strncmp(walk.at, "\xEF\xBB\xBF", 3) == 0)
        walk.at += 3;
    note_lines(&walk, tree);
done:
    free(copy);
    return tree;
}
