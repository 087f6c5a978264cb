/* `brink run`: boots a site in QEMU with the devices that it needs, and says how to reach it.
 * Comes in: a site's folder, sealed on the way, or a sealed image. Goes out: this process becomes
 * QEMU. */
#define _GNU_SOURCE // NOLINT: for memfd_create
#include "tools/command.h"
#include "tools/image.h"
#include "tools/machine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define IMAGE_BYTES_MAX ((size_t)128 * 1024 * 1024)

/* A sealed image, and what of the site is needed to run it. */
struct sealed {
    char path[1100];
    struct text bytes, bundle;
    struct site_settings settings;
    uint32_t ports[OPTION_REPEATS];
    size_t ports_count;
};

/* ---- what is inside ------------------------------------------------------------------------ */

/* The bundle lies somewhere in the image, aligned; its checksum says whether it is one. */
static struct text find_bundle(struct text image)
{
    const char *at = image.bytes, *end = image.bytes + image.length;
    while ((at = memchr(at, 'B', (size_t)(end - at))) != NULL) {
        struct text rest = {at, (size_t)(end - at)};
        if (rest.length >= 8 && memcmp(at, "BRINKSIT", 8) == 0 && bundle_check(rest, NULL))
            return rest;
        at++;
    }
    return (struct text){0};
}

static bool look_inside(struct sealed *sealed)
{
    const char *why = "";
    sealed->bundle = find_bundle(sealed->bytes);
    if (!sealed->bundle.bytes) {
        complain("%s has no site in it: make an image with brink image SITE -o FILE.elf",
                 sealed->path);
        return false;
    }
    struct text settings = bundle_find(sealed->bundle, "settings");
    struct text block = bundle_find(sealed->bundle, "ruleset");
    if (settings.length != sizeof sealed->settings) {
        complain("the site in %s is of another version: make the image again", sealed->path);
        return false;
    }
    memcpy(&sealed->settings, settings.bytes, settings.length);
    struct ruleset *rules = aligned_alloc(64, (block.length + 63) / 64 * 64);
    if (rules)
        memcpy(rules, block.bytes, block.length);
    if (!rules || !ruleset_check(rules, block.length, &why)) {
        complain("the rules in %s are of another version: make the image again %s", sealed->path,
                 why);
        free(rules);
        return false;
    }
    for (uint32_t i = 0; i < rules->ports.count && i < OPTION_REPEATS; i++)
        sealed->ports[sealed->ports_count++] = *RULES_AT(rules, uint32_t, rules->ports, i);
    free(rules);
    return true;
}

/* An image that holds keys never touches the disk: QEMU reads it through this process. */
static bool keep_in_memory(struct sealed *sealed)
{
    int file = memfd_create("brink-image", 0);
    if (file < 0 ||
        write(file, sealed->bytes.bytes, sealed->bytes.length) != (ssize_t)sealed->bytes.length) {
        complain("the image could not be kept in memory: %s", strerror(errno));
        return false;
    }
    snprintf(sealed->path, sizeof sealed->path, "/proc/self/fd/%d", file);
    return true;
}

static int open_site(struct sealed *sealed, const char *path, const char *kernel)
{
    struct site_folder folder;
    int status = site_folder_read(&folder, path, stderr, FOLDER_FOR_IMAGE);
    if (status == TOOL_GOOD) {
        sealed->bytes = image_make(&folder, kernel);
        status = sealed->bytes.bytes && keep_in_memory(sealed) ? TOOL_GOOD : TOOL_FAILED;
    }
    site_folder_free(&folder);
    return status;
}

static int open_sealed(struct sealed *sealed, const char *path, const char *kernel)
{
    struct stat facts;
    int status = TOOL_GOOD;
    snprintf(sealed->path, sizeof sealed->path, "%s", path);
    if (stat(path, &facts) == 0 && S_ISDIR(facts.st_mode)) {
        status = open_site(sealed, path, kernel);
    } else {
        sealed->bytes = file_read(path, IMAGE_BYTES_MAX);
        status = sealed->bytes.bytes ? TOOL_GOOD : TOOL_FAILED;
    }
    if (status != TOOL_GOOD)
        return status;
    return look_inside(sealed) ? TOOL_GOOD : TOOL_WRONG;
}

/* ---- ports --------------------------------------------------------------------------------- */

static bool read_pair(const char *text, long *inside, long *outside)
{
    char left[16];
    const char *colon = strchr(text, ':');
    if (!colon || (size_t)(colon - text) >= sizeof left) {
        complain("--udp is PORT_IN_RULES:PORT_HERE, like 5005:5005, not \"%s\"", text);
        return false;
    }
    snprintf(left, sizeof left, "%.*s", (int)(colon - text), text);
    return option_number("--udp", left, 1, 65535, inside) &&
           option_number("--udp", colon + 1, 1, 65535, outside);
}

static bool add_port(struct machine *machine, bool is_udp, long inside, long outside)
{
    if (outside == 0)
        outside = machine_free_port(is_udp, (uint16_t)inside);
    if (outside == 0) {
        complain("port %ld is taken here, and so is %ld: name another with %s", inside,
                 inside + 10000, is_udp ? "--udp" : "--listen");
        return false;
    }
    machine->ports[machine->ports_count++] =
        (struct machine_port){is_udp, (uint16_t)inside, (uint16_t)outside};
    return true;
}

static bool choose_ports(struct machine *machine, const struct sealed *sealed, const char *listen,
                         const struct option_list *udp)
{
    long outside = 0, inside;
    if (listen && !option_number("--listen", listen, 1, 65535, &outside))
        return false;
    if (listen && sealed->settings.listener.port == 0) {
        complain("the site has no listener, so --listen means nothing");
        return false;
    }
    if (sealed->settings.listener.port > 0 &&
        !add_port(machine, false, sealed->settings.listener.port, outside))
        return false;
    for (size_t i = 0; i < sealed->ports_count; i++) {
        long here = 0;
        for (size_t j = 0; j < udp->count; j++) {
            long there;
            if (!read_pair(udp->values[j], &inside, &there))
                return false;
            if (inside == (long)sealed->ports[i])
                here = there;
        }
        if (!add_port(machine, true, (long)sealed->ports[i], here))
            return false;
    }
    return true;
}

/* ---- the command --------------------------------------------------------------------------- */

static void print_hints(const struct machine *machine, const struct site_settings *settings)
{
    for (size_t i = 0; i < machine->ports_count; i++) {
        const struct machine_port *port = &machine->ports[i];
        if (port->is_udp)
            fprintf(stderr, "UDP port %u:  echo '{...}' | nc -u -w1 127.0.0.1 %u\n", port->inside,
                    port->outside);
        else
            fprintf(stderr, "MQTT:  mosquitto_pub -h 127.0.0.1 -p %u%s%s%s -t TOPIC -m '{...}'\n",
                    port->outside, settings->listener.users ? " -u " : "",
                    settings->listener.users ? settings->listener.user[0].name : "",
                    settings->listener.users ? " -P PASSWORD" : "");
    }
    fprintf(stderr, "Stop it with Ctrl-C.\n\n");
}

static int start(struct machine *machine, const struct sealed *sealed, bool is_dry_run)
{
    char *words[MACHINE_WORDS_MAX];
    machine_command(machine, words);
    if (is_dry_run) {
        machine_print(words);
        return TOOL_GOOD;
    }
    print_hints(machine, &sealed->settings);
    fflush(stderr);
    execvp(words[0], words);
    complain("%s: %s. Install it: apt-get install qemu-system-x86", words[0], strerror(errno));
    return TOOL_FAILED;
}

static int run(const struct command *command, int count, char *words[])
{
    const char *names[1], *listen = NULL, *kernel = NULL, *memory = NULL, *disk = NULL,
                          *type = "microvm";
    struct option_list udp = {.count = 0};
    bool is_dry_run = false;
    const struct option options[] = {
        {.name = "--listen",
         .argument = "PORT",
         .help = "the MQTT listener's port on this machine",
         .value = &listen},
        {.name = "--udp",
         .argument = "INSIDE:HERE",
         .help = "a UDP port of the rules, and its port on this machine",
         .list = &udp},
        {.name = "--machine",
         .argument = "TYPE",
         .help = "microvm (default), q35 or pc",
         .value = &type},
        {.name = "--memory",
         .argument = "MIB",
         .help = "instead of machine.memory_mib of site.json",
         .value = &memory},
        {.name = "--disk", .argument = "FILE", .help = "a virtio disk", .value = &disk},
        {.name = "--kernel",
         .argument = "FILE",
         .help = "for a SITE: the appliance to seal it into",
         .value = &kernel},
        {.name = "--dry-run",
         .help = "prints QEMU's command line and does not run it",
         .flag = &is_dry_run},
        {0},
    };
    enum options_result result = options_read(command, options, count, words, names);
    if (result != OPTIONS_READ)
        return result == OPTIONS_HELP ? TOOL_GOOD : TOOL_USAGE;
    if (!machine_type_is_known(type)) {
        complain("--machine is microvm, q35 or pc, not \"%s\"", type);
        return TOOL_USAGE;
    }
    struct sealed sealed = {.path = ""};
    struct machine machine = {.type = type, .disk = disk};
    long mib = 0;
    int status = open_sealed(&sealed, names[0], kernel);
    if (status == TOOL_GOOD) {
        machine.image = sealed.path;
        machine.settings = &sealed.settings;
        if ((memory && !option_number("--memory", memory, SITE_MEMORY_LEAST_MIB, 65536, &mib)) ||
            !choose_ports(&machine, &sealed, listen, &udp))
            status = TOOL_USAGE;
    }
    if (status == TOOL_GOOD && sealed.settings.needs_disk && !disk) {
        complain("this site needs a disk: make one with truncate -s 64M FILE and name it with "
                 "--disk FILE");
        status = TOOL_USAGE;
    }
    machine.memory_mib = mib > 0 ? (uint32_t)mib : 0;
    if (status == TOOL_GOOD)
        status = start(&machine, &sealed, is_dry_run);
    text_free(sealed.bytes);
    return status;
}

const struct command command_run = {
    .name = "run",
    .arguments = "SITE_OR_IMAGE",
    .summary = "boots it in QEMU and says how to reach it",
    .details =
        "  Sensors reach it on 127.0.0.1; from inside, this machine is the site's gateway "
        "(10.0.2.2 with DHCP).\n"
        "  A port that is taken or privileged here becomes the same plus 10000. The console is "
        "standard output.\n"
        "  KVM is used where the processor has it; BRINK_ACCEL=tcg or kvm overrides. BRINK_QEMU "
        "names another QEMU.\n"
        "  Once it runs the exit status is QEMU's: 1 the appliance ended in order, 7 a panic.\n",
    .least = 1,
    .most = 1,
    .run = run,
};
