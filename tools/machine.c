/* Puts QEMU's command line together (see machine.h). */
#include "tools/machine.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Firmware of a PC takes some memory of its own. */
#define PC_MEMORY_LEAST_MIB 16

static const struct machine_type {
    const char *name, *machine;
    const char *network, *entropy, *disk; /* devices on its bus */
    uint32_t memory_least_mib;
} types[] = {
    {"microvm", "microvm,acpi=off", "virtio-net-device", "virtio-rng-device", "virtio-blk-device",
     0},
    {"q35", "q35", "virtio-net-pci", "virtio-rng-pci", "virtio-blk-pci", PC_MEMORY_LEAST_MIB},
    {"pc", "pc", "virtio-net-pci", "virtio-rng-pci", "virtio-blk-pci", PC_MEMORY_LEAST_MIB},
};

static const struct machine_type *find_type(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    }
    return NULL;
}

bool machine_type_is_known(const char *type)
{
    return find_type(type) != NULL;
}

/* ---- accelerator --------------------------------------------------------------------------- */

static bool has_virtualization(void)
{
    char line[8192];
    bool found = false;
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && !found && fgets(line, sizeof line, file)) {
        if (strncmp(line, "flags", 5) == 0)
            found = strstr(line, " vmx") || strstr(line, " svm");
    }
    if (file)
        fclose(file);
    return found && access("/dev/kvm", R_OK | W_OK) == 0;
}

static const char *accelerator(void)
{
    const char *wanted = getenv("BRINK_ACCEL");
    if (wanted && wanted[0])
        return wanted;
    return has_virtualization() ? "kvm" : "tcg";
}

/* ---- network ------------------------------------------------------------------------------- */

static bool is_free(bool is_udp, uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1, file = socket(AF_INET, is_udp ? SOCK_DGRAM : SOCK_STREAM, 0);
    if (file < 0)
        return false;
    if (!is_udp) /* as QEMU does: connections that are just closing are no hindrance */
        setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    bool is_bound = bind(file, (const struct sockaddr *)&address, sizeof address) == 0;
    close(file);
    return is_bound;
}

uint16_t machine_free_port(bool is_udp, uint16_t port)
{
    if (is_free(is_udp, port))
        return port;
    uint32_t other = (uint32_t)port + 10000;
    return other <= 65535 && is_free(is_udp, (uint16_t)other) ? (uint16_t)other : 0;
}

static const char *address_text(uint32_t address, char text[INET_ADDRSTRLEN])
{
    struct in_addr raw = {.s_addr = htonl(address)};
    return inet_ntop(AF_INET, &raw, text, INET_ADDRSTRLEN);
}

/* QEMU's own little network around the address that the site has: its gateway is this machine. */
static int add_fixed_network(const struct site_settings *settings, char *room, size_t room_bytes)
{
    struct in_addr own, gateway, dns;
    char net[INET_ADDRSTRLEN], host[INET_ADDRSTRLEN], names[INET_ADDRSTRLEN];
    uint8_t length = settings->network.prefix_length;
    inet_pton(AF_INET, settings->network.address, &own);
    uint32_t address = ntohl(own.s_addr), mask = UINT32_MAX << (32 - length), base = address & mask;
    uint32_t host_address = base + 2 == address ? base + 4 : base + 2;
    if (inet_pton(AF_INET, settings->network.gateway, &gateway) == 1)
        host_address = ntohl(gateway.s_addr);
    /* Its name server needs an address of its own there. */
    uint32_t dns_address = base + 3;
    while (dns_address == host_address || dns_address == address)
        dns_address++;
    if (inet_pton(AF_INET, settings->network.dns[0], &dns) == 1 &&
        (ntohl(dns.s_addr) & mask) == base && ntohl(dns.s_addr) != host_address)
        dns_address = ntohl(dns.s_addr);
    return snprintf(room, room_bytes, ",net=%s/%u,host=%s,dns=%s", address_text(base, net), length,
                    address_text(host_address, host), address_text(dns_address, names));
}

static void write_network(struct machine *machine)
{
    const struct site_settings *settings = machine->settings;
    bool is_fixed = settings->network.address_kind == SITE_ADDRESS_STATIC;
    char *room = machine->network;
    size_t most = sizeof machine->network;
    size_t at = (size_t)snprintf(room, most, "user,id=net0");
    if (is_fixed)
        at += (size_t)add_fixed_network(settings, room + at, most - at);
    for (size_t i = 0; i < machine->ports_count && at < most; i++)
        at += (size_t)snprintf(room + at, most - at, ",hostfwd=%s:127.0.0.1:%u-%s:%u",
                               machine->ports[i].is_udp ? "udp" : "tcp", machine->ports[i].outside,
                               is_fixed ? settings->network.address : "", machine->ports[i].inside);
}

/* ---- the whole ----------------------------------------------------------------------------- */

void machine_command(struct machine *machine, char *words[MACHINE_WORDS_MAX])
{
    static char network[64], disk[64];
    const struct machine_type *type = find_type(machine->type);
    const char *accel = accelerator(), *qemu = getenv("BRINK_QEMU");
    uint32_t mib = machine->memory_mib > 0 ? machine->memory_mib : machine->settings->memory_mib;
    if (machine->memory_mib == 0 && mib < type->memory_least_mib)
        mib = type->memory_least_mib;
    snprintf(machine->memory, sizeof machine->memory, "%u", mib);
    snprintf(network, sizeof network, "%s,netdev=net0", type->network);
    write_network(machine);

    const char *const fixed[] = {
        qemu && qemu[0] ? qemu : "qemu-system-x86_64",
        "-M",
        type->machine,
        "-accel",
        accel,
        "-cpu",
        strcmp(accel, "kvm") == 0 ? "host" : "max",
        "-m",
        machine->memory,
        "-nodefaults",
        "-no-user-config",
        "-no-reboot",
        "-display",
        "none",
        "-serial",
        "stdio",
        "-device",
        type->entropy,
        "-netdev",
        machine->network,
        "-device",
        network,
        "-device",
        "isa-debug-exit,iobase=0xf4,iosize=4",
        "-kernel",
        machine->image,
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        words[count++] = (char *)(uintptr_t)fixed[i];
    if (machine->disk) {
        snprintf(machine->drive, sizeof machine->drive, "if=none,id=disk0,format=raw,file=%s",
                 machine->disk);
        snprintf(disk, sizeof disk, "%s,drive=disk0", type->disk);
        const char *const more[] = {"-drive", machine->drive, "-device", disk};
        for (size_t i = 0; i < sizeof more / sizeof *more; i++)
            words[count++] = (char *)(uintptr_t)more[i];
    }
    words[count] = NULL;
}

void machine_print(char *const words[])
{
    for (size_t i = 0; words[i]; i++) {
        bool is_plain =
            strspn(words[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "-_=+:,./") == strlen(words[i]);
        const char *before = i == 0 ? "" : words[i][0] == '-' ? " \\\n  " : " ";
        printf(is_plain ? "%s%s" : "%s'%s'", before, words[i]);
    }
    printf("\n");
}
