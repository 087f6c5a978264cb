/* `brink explain CODE`: the page of a message. Comes in: "R102". Goes out: the page. */
#include "rules/language/explain.h"
#include "base/text.h"
#include "tools/command.h"

#include <ctype.h>
#include <stdio.h>

#define PAGE_WIDTH 78

/* Filled up to PAGE_WIDTH characters a line. */
static void print_text(const char *text)
{
    size_t column = 0;
    while (*text) {
        size_t length = strcspn(text, " ");
        if (column > 0 && column + 1 + length > PAGE_WIDTH) {
            printf("\n");
            column = 0;
        }
        printf("%s%.*s", column > 0 ? " " : "", (int)length, text);
        column += length + (column > 0);
        text += length + strspn(text + length, " ");
    }
    printf("\n");
}

static void print_example(const char *title, const char *lines)
{
    if (!lines || !lines[0])
        return;
    printf("\n%s\n", title);
    while (*lines) {
        size_t length = strcspn(lines, "\n");
        printf("  %.*s\n", (int)length, lines);
        lines += length + (lines[length] == '\n');
    }
}

static void list_all(void)
{
    size_t count;
    const struct explanation *pages = explanations(&count);
    for (size_t i = 0; i < count; i++)
        printf("%s  %s\n", pages[i].code, pages[i].title);
}

static int explain(const char *code)
{
    size_t count;
    const struct explanation *pages = explanations(&count);
    struct text wanted = text_of(code);
    if (wanted.length > 2 && wanted.bytes[0] == '[' && wanted.bytes[wanted.length - 1] == ']')
        wanted = (struct text){wanted.bytes + 1, wanted.length - 2}; /* as messages show it */
    for (size_t i = 0; i < count; i++) {
        const struct explanation *page = &pages[i];
        if (!text_equal_ignoring_case(wanted, text_of(page->code)))
            continue;
        printf("%s  %s\n\n", page->code, page->title);
        print_text(page->text);
        print_example("Wrong:", page->wrong);
        print_example("Right:", page->right);
        return TOOL_GOOD;
    }
    complain("there is no page for \"%s\": a page has the number of a message, such as R153, and "
             "brink explain alone lists all. Words of the language: brink words",
             code);
    return TOOL_USAGE;
}

static int run(const struct command *command, int count, char *words[])
{
    const char *names[1] = {0};
    const struct option options[] = {{0}};
    enum options_result result = options_read(command, options, count, words, names);
    if (result != OPTIONS_READ)
        return result == OPTIONS_HELP ? TOOL_GOOD : TOOL_USAGE;
    if (names[0])
        return explain(names[0]);
    list_all();
    return TOOL_GOOD;
}

const struct command command_explain = {
    .name = "explain",
    .arguments = "[CODE]",
    .summary = "what a message such as R153 means, with examples",
    .details = "  Without a code: a list of all pages.\n",
    .least = 0,
    .most = 1,
    .run = run,
};
