/* Panics while panicking, in the recorder: must end at once all the same. */
#include "kernel/platform.h"

static void record(const char *text, size_t length)
{
    (void)text;
    panic("recorder length=%zu", length);
}

void appliance_main(void)
{
    panic_set_recorder(record);
    panic("first \"quoted\" %5u|%-4d|%04x|%s|%.2s|%lld", 7u, -3, 0xabu, "text", "cut", -5LL);
}
