/* Whole files, read and written (see command.h). */
#include "tools/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct text file_read(const char *path, size_t most_bytes)
{
    char *bytes = NULL;
    struct stat facts;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &facts) != 0) {
        complain("%s: %s", path, strerror(errno));
        goto fail;
    }
    if (!S_ISREG(facts.st_mode)) {
        complain("%s is not a file", path);
        goto fail;
    }
    size_t length = (size_t)facts.st_size;
    if (length > most_bytes) {
        complain("%s is larger than %zu KiB", path, most_bytes / 1024);
        goto fail;
    }
    bytes = malloc(length + 1);
    if (!bytes || fread(bytes, 1, length, file) != length) {
        complain("%s could not be read", path);
        goto fail;
    }
    fclose(file);
    bytes[length] = 0;
    return (struct text){bytes, length};
fail:
    free(bytes);
    if (file)
        fclose(file);
    return (struct text){0};
}

void text_free(struct text text)
{
    free((void *)(uintptr_t)text.bytes);
}

static bool write_all(int file, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(file, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

bool file_write(const char *path, const void *bytes, size_t length, unsigned mode)
{
    char beside[4096];
    if (snprintf(beside, sizeof beside, "%s.XXXXXX", path) >= (int)sizeof beside) {
        complain("%s: the path is too long", path);
        return false;
    }
    int file = mkstemp(beside);
    if (file < 0) {
        const char *slash = strrchr(path, '/');
        if (errno == ENOENT && slash)
            complain("%s can't be written: there is no folder %.*s", path, (int)(slash - path),
                     path);
        else
            complain("%s: %s", path, strerror(errno));
        return false;
    }
    bool is_written = write_all(file, bytes, length) && fchmod(file, (mode_t)mode) == 0;
    is_written = close(file) == 0 && is_written && rename(beside, path) == 0;
    if (!is_written) {
        complain("%s: %s", path, strerror(errno));
        unlink(beside);
    }
    return is_written;
}
