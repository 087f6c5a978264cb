/* Instructions that a bench needs, as callgrind counts them: the same on every machine, however
 * busy. Comes in: the bench's own name and the arguments with which it only does the work, in its
 * function judge_many. */
#ifndef BENCH_INSTRUCTIONS_H
#define BENCH_INSTRUCTIONS_H

/* Of all calls of judge_many. Ends the bench with a message when nothing was counted: there is no
 * valgrind. */
double instructions_of(const char *self, const char *arguments);

#endif
