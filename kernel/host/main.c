/* The process: reads the arguments, sets clock and entropy as the boot code of a real machine does,
 * and enters the appliance. Nothing else lives here, so that test programs can have a main of their
 * own. */
#include "kernel/host/host.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

static const char usage[] =
    "usage: brink-host --site FILE.bundle --tap NAME [--disk FILE]\n"
    "  --site FILE      the sealed site, as `brink image` writes it\n"
    "  --tap NAME       the TAP device to be the network card; created when it is not there\n"
    "  --disk FILE      the data disk\n"
    "  --append TEXT    the kernel command line\n"
    "  --clock-unset    begin as a machine without an RTC\n"
    "  --entropy-weak   begin as a machine without a random generator\n"
    "  --debug          log debug lines as well\n";

static const struct option options[] = {
    {"site", required_argument, NULL, 's'},
    {"tap", required_argument, NULL, 't'},
    {"disk", required_argument, NULL, 'd'},
    {"append", required_argument, NULL, 'a'},
    {"clock-unset", no_argument, NULL, 'c'},
    {"entropy-weak", no_argument, NULL, 'e'},
    {"debug", no_argument, NULL, 'g'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void read_arguments(int count, char *arguments[])
{
    int option;
    while ((option = getopt_long(count, arguments, "", options, NULL)) != -1) {
        switch (option) {
        case 's':
            host_options.site_path = optarg;
            break;
        case 't':
            host_options.tap_name = optarg;
            break;
        case 'd':
            host_options.disk_path = optarg;
            break;
        case 'a':
            host_options.command_line = optarg;
            break;
        case 'c':
            host_options.clock_is_unset = true;
            break;
        case 'e':
            host_options.entropy_is_weak = true;
            break;
        case 'g':
            log_set_level(LOG_DEBUG);
            break;
        default:
            fputs(usage, option == 'h' ? stdout : stderr);
            exit(option == 'h' ? 0 : 2);
        }
    }
    if (optind < count) {
        fprintf(stderr, "brink-host: what is \"%s\"?\n%s", arguments[optind], usage);
        exit(2);
    }
}

static void seed_entropy(void)
{
    uint8_t seed[48];
    size_t filled = 0;
    while (filled < sizeof seed) {
        ssize_t got = getrandom(seed + filled, sizeof seed - filled, 0);
        if (got < 0 && errno != EINTR)
            panic("getrandom failed");
        filled += got > 0 ? (size_t)got : 0;
    }
    entropy_add(seed, sizeof seed, !host_options.entropy_is_weak);
}

static void set_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (!host_options.clock_is_unset)
        clock_correct((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, "host");
}

int main(int count, char *arguments[])
{
    read_arguments(count, arguments);
    host_catch_faults();
    host_catch_stops();
    seed_entropy();
    set_clock();
    appliance_main();
}
