/* `brink try --plot` (see try.h). */
#include "tools/command.h"
#include "tools/try.h"
int try_plot(struct try_run *run, const char *path, const char *device, const char *reading)
{
    (void)run, (void)path, (void)device, (void)reading;
    return TOOL_GOOD;
}
