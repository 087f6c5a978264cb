/* QEMU's command line for an image. Comes in: what the site needs. Goes out: words for execvp.
 * Called by `brink run`. */
#ifndef TOOLS_MACHINE_H
#define TOOLS_MACHINE_H

#include "site/site.h"

#define MACHINE_PORTS_MAX 20
#define MACHINE_WORDS_MAX 64

struct machine_port {
    bool is_udp;
    uint16_t inside, outside;
};

struct machine {
    const char *type, *image, *disk; /* disk: NULL for none */
    const struct site_settings *settings;
    uint32_t memory_mib; /* 0: as the settings say */
    struct machine_port ports[MACHINE_PORTS_MAX];
    size_t ports_count;
    /* room for the words that are put together */
    char memory[16], network[2048], kernel[1200], drive[1200];
};

bool machine_type_is_known(const char *type);
/* The port itself, or the same plus 10000 when it is privileged or taken; 0: both are. */
uint16_t machine_free_port(bool is_udp, uint16_t port);
/* Fills `words`, ended by NULL; they live as long as the machine. */
void machine_command(struct machine *machine, char *words[MACHINE_WORDS_MAX]);
/* The command line as it can be typed into a shell. */
void machine_print(char *const words[]);

#endif
