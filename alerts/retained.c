/* A list in order of time (see retained.h). */
#include "alerts/retained.h"

#include <string.h>

static void remove_at(struct retained *retained, uint32_t index)
{
    retained->count--;
    memmove(&retained->states[index], &retained->states[index + 1],
            (retained->count - index) * sizeof *retained->states);
}

bool retained_forget(struct retained *retained, uint32_t alarm, uint32_t device)
{
    for (uint32_t i = 0; i < retained->count; i++) {
        if (retained->states[i].alarm == alarm && retained->states[i].device == device) {
            remove_at(retained, i);
            return true;
        }
    }
    return false;
}

void retained_raised(struct retained *retained, uint32_t alarm, uint32_t device)
{
    retained_forget(retained, alarm, device);
}

void retained_cleared(struct retained *retained, uint32_t alarm, uint32_t device)
{
    retained_raised(retained, alarm, device);
    if (retained->count < RETAINED_MOST)
        retained->states[retained->count++] = (struct retained_state){INT64_MAX, alarm, device};
}

void retained_tell_time(struct retained *retained, int64_t now_ms)
{
    for (uint32_t i = retained->count; i > 0 && retained->states[i - 1].remove_ms == INT64_MAX; i--)
        retained->states[i - 1].remove_ms = now_ms + RETAINED_MS;
}

void retained_step_clock(struct retained *retained, int64_t delta_ms)
{
    for (uint32_t i = 0; i < retained->count; i++) {
        if (retained->states[i].remove_ms != INT64_MAX)
            retained->states[i].remove_ms += delta_ms;
    }
}

int64_t retained_next_ms(const struct retained *retained)
{
    return retained->count > 0 ? retained->states[0].remove_ms : INT64_MAX;
}

bool retained_take(struct retained *retained, int64_t now_ms, struct retained_state *state)
{
    bool must_give_way = retained->count == RETAINED_MOST;
    if (!must_give_way && retained_next_ms(retained) > now_ms)
        return false;
    if (retained->count == 0)
        return false;
    *state = retained->states[0];
    remove_at(retained, 0);
    return true;
}
