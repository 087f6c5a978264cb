/* The worker and the loop use the heap at the same time, the worker interrupted at any instruction:
 * no block may change under its owner. */
#include "kernel/kernel.h"

#include <stdlib.h>

#define BLOCKS 32
#define TICKS 300

struct user {
    unsigned char *blocks[BLOCKS];
    size_t lengths[BLOCKS];
    uint64_t random;
    unsigned steps;
};
static struct user loop_user = {.random = 11}, worker_user = {.random = 77};
static struct timer tick;

static void use_heap(struct user *user, unsigned steps)
{
    while (steps-- > 0) {
        user->random = user->random * UINT64_C(6364136223846793005) + 1442695040888963407;
        size_t which = user->random >> 59, length = 1 + (user->random >> 40) % 3000;
        unsigned char mark = (unsigned char)((uintptr_t)user->blocks[which] >> 4);
        for (size_t i = 0; i < user->lengths[which]; i += 7)
            if (user->blocks[which][i] != mark)
                panic("block %zu of %s changed", which, user == &loop_user ? "loop" : "worker");
        free(user->blocks[which]);
        user->blocks[which] = malloc(length);
        must(user->blocks[which]);
        user->lengths[which] = length;
        memset(user->blocks[which], (unsigned char)((uintptr_t)user->blocks[which] >> 4), length);
        user->steps++;
    }
}

static void work(void *context)
{
    (void)context;
    for (;;)
        use_heap(&worker_user, 1);
}

static void on_tick(void *context)
{
    static unsigned ticks;
    (void)context;
    use_heap(&loop_user, 20);
    if (++ticks == TICKS) {
        log_line(LOG_INFO, "heap loop_steps=%u worker_steps=%u preemptions=%llu", loop_user.steps,
                 worker_user.steps, (unsigned long long)loop_counters()->preemptions);
        platform_exit(worker_user.steps < 1000);
    }
    timer_start(&tick, 1, on_tick, NULL);
}

void appliance_main(void)
{
    worker_start(work, NULL);
    timer_start(&tick, 1, on_tick, NULL);
    loop_run();
}
