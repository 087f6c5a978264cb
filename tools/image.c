/* `brink image`: checks a site, and seals it into the kernel: one file that boots.
 * Comes in: a site's folder and the appliance's kernel. Goes out: an ELF file, or only the bundle.
 */
#include "tools/image.h"

#include "tools/command.h"
#include "tools/image_seal.h"
#include "tools/test_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define KERNEL_BYTES_MAX ((size_t)64 * 1024 * 1024)

bool image_find_kernel(char *room, size_t room_bytes)
{
    char self[1024];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0)
        return false;
    self[length] = 0;
    char *slash = strrchr(self, '/');
    if (!slash)
        return false;
    *slash = 0;
    snprintf(room, room_bytes, "%s/brink-x86_64.elf", self);
    return access(room, R_OK) == 0;
}

struct text image_make(const struct site_folder *folder, const char *kernel)
{
    struct text bundle = {0}, elf = {0}, image = {0};
    char found[1100], *room = NULL;
    size_t size = 0;
    if (!kernel && !image_find_kernel(found, sizeof found)) {
        complain("there is no kernel at %s: build it with make, or name it with --kernel FILE",
                 found);
        return image;
    }
    elf = file_read(kernel ? kernel : found, KERNEL_BYTES_MAX);
    bundle = site_folder_bundle(folder);
    if (!elf.bytes || !bundle.bytes)
        goto done;
    enum seal_error error =
        image_seal(elf.bytes, elf.length, bundle.bytes, bundle.length, NULL, 0, &size);
    if (error == SEAL_NO_ROOM) {
        room = malloc(size);
        if (room)
            error =
                image_seal(elf.bytes, elf.length, bundle.bytes, bundle.length, room, size, &size);
    }
    if (error != SEAL_OK) {
        complain("%s: %s", kernel ? kernel : found, image_seal_error_text(error));
        free(room);
        goto done;
    }
    image = (struct text){room, size};
done:
    text_free(elf);
    text_free(bundle);
    return image;
}

static void print_contents(const struct site_folder *folder, const char *path, size_t size)
{
    printf("%s: %.1f KiB\n", path, (double)size / 1024);
    printf("  site       %s\n", site_folder_id(folder));
    printf("  settings   %zu bytes\n", sizeof folder->settings);
    printf("  ruleset    %zu bytes, from", folder->compiled.size_bytes);
    for (size_t i = 0; i < folder->rules_count; i++)
        printf(" %s", folder->rules[i].name);
    printf("\n");
    for (size_t i = 0; i < folder->files_count; i++)
        printf("  %-10s %zu bytes\n", folder->files[i].name, folder->files[i].contents.length);
    if (folder->settings.upstream.key[0] || folder->settings.broker.key[0])
        printf("The file holds the site's key: keep it as safe as the key.\n");
}

static int write_wanted(const struct site_folder *folder, const char *output,
                        const char *bundle_path, const char *kernel)
{
    if (bundle_path) {
        struct text bundle = site_folder_bundle(folder);
        bool is_written =
            bundle.bytes && file_write(bundle_path, bundle.bytes, bundle.length, 0600);
        if (is_written)
            print_contents(folder, bundle_path, bundle.length);
        text_free(bundle);
        if (!is_written)
            return TOOL_FAILED;
    }
    if (output) {
        struct text image = image_make(folder, kernel);
        bool is_written = image.bytes && file_write(output, image.bytes, image.length, 0600);
        if (is_written)
            print_contents(folder, output, image.length);
        text_free(image);
        if (!is_written)
            return TOOL_FAILED;
    }
    return TOOL_GOOD;
}

/* A site whose tests fail is not sealed (RULES, section 15: checks, tests, then puts into force).
 */
static int run_tests(const char *path)
{
    struct test_run tests = {.out = stderr};
    int status = test_run_path(&tests, path);
    if (status == TOOL_GOOD && tests.files > 0)
        printf("%zu test%s of the rules passed\n", tests.passed, tests.passed == 1 ? "" : "s");
    else if (status == TOOL_WRONG && tests.failed > 0)
        complain("no image was made: %zu test%s of the rules failed", tests.failed,
                 tests.failed == 1 ? "" : "s");
    else if (status == TOOL_WRONG)
        complain("no image was made: %zu mistake%s in the tests of the rules", tests.mistakes,
                 tests.mistakes == 1 ? "" : "s");
    return status;
}

static int run(const struct command *command, int count, char *words[])
{
    const char *names[1], *output = NULL, *kernel = NULL, *bundle = NULL;
    const struct option options[] = {
        {.name = "-o",
         .argument = "FILE.elf",
         .help = "the bootable file to write",
         .value = &output},
        {.name = "--kernel",
         .argument = "FILE",
         .help = "the appliance; else brink-x86_64.elf beside this program",
         .value = &kernel},
        {.name = "--bundle",
         .argument = "FILE",
         .help = "writes the sealed site alone, for the host platform",
         .value = &bundle},
        {0},
    };
    enum options_result result = options_read(command, options, count, words, names);
    if (result != OPTIONS_READ)
        return result == OPTIONS_HELP ? TOOL_GOOD : TOOL_USAGE;
    if (!output && !bundle) {
        complain("where to? brink image %s -o FILE.elf", names[0]);
        return TOOL_USAGE;
    }
    struct site_folder folder;
    int status = site_folder_read(&folder, names[0], stderr, FOLDER_FOR_IMAGE);
    if (status == TOOL_GOOD && !folder.has_site) {
        complain("%s is not a site: name a folder with site.json and rules", names[0]);
        status = TOOL_USAGE;
    } else if (status == TOOL_GOOD) {
        status = run_tests(names[0]);
        if (status == TOOL_GOOD)
            status = write_wanted(&folder, output, bundle, kernel);
    } else if (status == TOOL_WRONG) {
        complain("no image was made: %zu mistake%s", folder.errors, folder.errors == 1 ? "" : "s");
    }
    site_folder_free(&folder);
    return status;
}

const struct command command_image = {
    .name = "image",
    .arguments = "SITE -o FILE.elf",
    .summary = "checks, tests, and seals kernel and site into one bootable file",
    .details =
        "  The file holds settings, rules, certificates and key; it needs nothing else to run.\n",
    .least = 1,
    .most = 1,
    .run = run,
};
