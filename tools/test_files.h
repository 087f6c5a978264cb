/* Running `.test` files, for `brink test` and `brink image`. Private to tools/. */
#ifndef TOOLS_TEST_FILES_H
#define TOOLS_TEST_FILES_H

#include "tools/site_folder.h"

struct test_run {
    const char *only;        /* tests whose name has this in it; NULL: all */
    enum folder_style style; /* JSON: one object for each test; lines: one for each failure */
    FILE *out;
    size_t passed, failed, skipped, mistakes, files;
    double took_ms;
};

/* A file of tests, or all of a site's folder. Returns an enum tool_exit: TOOL_GOOD: no test failed
 * (there may be none), TOOL_WRONG: a test failed or a file has a mistake, TOOL_FAILED. */
int test_run_path(struct test_run *run, const char *path);

#endif
