/* What stands above an example, and a page by its code. See explain.h; the pages themselves are in
 * explain_errors.c, explain_tests.c and explain_warnings.c. */
#include "rules/language/explain.h"

#define COOLERS                                                                                    \
    "sensors coolers\n"                                                                            \
    "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"                                        \
    "  expect every 1 minute\n"                                                                    \
    "  read temperature from temp in °C\n"                                                        \
    "  read door as open or closed\n"

const char *explain_above(enum explain_below below)
{
    static const char *const above[] = {
        [EXPLAIN_FILE] = "",
        [EXPLAIN_SENSORS] = COOLERS,
        [EXPLAIN_ALARM] = COOLERS "alarm too-warm on coolers\n",
        [EXPLAIN_REPORT] = COOLERS "report summary on coolers\n",
        [EXPLAIN_TESTS] = "",
        [EXPLAIN_TEST] = "rules \"store.rules\"\n"
                         "test \"a door\"\n"
                         "  sensor coolers store 14 cooler a\n",
    };
    return above[below];
}

#define PAGES_MAX 256

const struct explanation *explanations(size_t *count)
{
    static const struct explanations *const parts[] = {&explain_errors, &explain_tests,
                                                       &explain_warnings};
    static struct explanation pages[PAGES_MAX];
    static size_t pages_count;
    if (pages_count == 0) {
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
            for (size_t j = 0; j < parts[i]->count && pages_count < PAGES_MAX; j++)
                pages[pages_count++] = parts[i]->pages[j];
        }
    }
    *count = pages_count;
    return pages;
}

const struct explanation *explain_find(struct text code)
{
    size_t count;
    const struct explanation *pages = explanations(&count);
    for (size_t i = 0; i < count; i++) {
        if (text_equal_ignoring_case(code, text_of(pages[i].code)))
            return &pages[i];
    }
    return NULL;
}

const char *explain_tested_rules(void)
{
    return COOLERS "alarm left-open on coolers\n"
                   "  warning when door is open for 10 minutes\n";
}
