/* What `brink test` prints: for people, for editors (--lines), for scripts (--json).
 * Private to tools/. */
#ifndef TOOLS_TEST_PRINT_H
#define TOOLS_TEST_PRINT_H

#include "rules/testing/judge.h"
#include "tools/test_files.h"

/* Mistakes in a file of tests, which are counted. `path`: as it was given. */
void test_print_messages(struct test_run *run, const struct testing_file *file, const char *path);
/* A test that was run; of one that passed only JSON speaks. */
void test_print_outcome(struct test_run *run, struct testing_play *play,
                        const struct testing_verdict *verdict, const char *path);
/* The numbers. */
void test_print_last_line(const struct test_run *run);

#endif
