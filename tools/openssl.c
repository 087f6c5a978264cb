/* Runs the openssl program and keeps what it says (see openssl.h). Called by `brink keys` and by
 * what checks certificates. */
#include "tools/openssl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_MISSING 127 /* as a shell has it */

static void become_openssl(const char *const words[], const int ends[2])
{
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing >= 0)
        dup2(nothing, 0);
    dup2(ends[1], 1);
    dup2(ends[1], 2);
    close(ends[0]);
    close(ends[1]);
    execvp("openssl", (char **)(uintptr_t)words);
    _exit(EXIT_MISSING);
}

/* To the end, also of what does not fit: else the program would wait for ever. */
static void read_all(int file, char *room, size_t room_bytes)
{
    char beyond[512] = "";
    size_t at = 0;
    for (;;) {
        size_t left = room_bytes - 1 - at;
        ssize_t length = read(file, left > 0 ? room + at : beyond, left > 0 ? left : sizeof beyond);
        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            break;
        at += left > 0 ? (size_t)length : 0;
    }
    room[at] = 0;
}

enum openssl_result openssl_run(const char *const words[], char *room, size_t room_bytes)
{
    int status = 0, ends[2];
    room[0] = 0;
    fflush(NULL);
    if (pipe(ends) != 0)
        return OPENSSL_REFUSED;
    pid_t child = fork();
    if (child == 0)
        become_openssl(words, ends);
    close(ends[1]);
    if (child > 0)
        read_all(ends[0], room, room_bytes);
    close(ends[0]);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (child < 0 || !WIFEXITED(status))
        return OPENSSL_REFUSED;
    if (WEXITSTATUS(status) == EXIT_MISSING)
        return OPENSSL_MISSING;
    return WEXITSTATUS(status) == 0 ? OPENSSL_GOOD : OPENSSL_REFUSED;
}
