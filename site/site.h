/* A site's settings, as `site.json` says them, in one flat structure without pointers, so that
 * `brink image` checks and seals it and the appliance uses it as it is, with nothing to parse at
 * boot. Comes in: the text of site.json. Goes out: struct site_settings, or messages that say what
 * to do. */
#ifndef SITE_SITE_H
#define SITE_SITE_H

#include "base/text.h"

#define SITE_MEMORY_LEAST_MIB 4
#define SITE_SETTINGS_VERSION 1
#define SITE_NAME_BYTES 65
#define SITE_HOST_BYTES 254
#define SITE_ADDRESS_BYTES 48
#define SITE_PATH_BYTES 128
#define SITE_USERS_MAX 8
#define SITE_SERVERS_MAX 3
#define SITE_FILTERS_MAX 8

enum site_clock { SITE_CLOCK_UTC, SITE_CLOCK_READINGS };
enum site_address { SITE_ADDRESS_DHCP, SITE_ADDRESS_STATIC };
enum site_ipv6 { SITE_IPV6_AUTO, SITE_IPV6_OFF, SITE_IPV6_STATIC };

struct site_broker { /* an MQTT broker that the appliance connects to */
    bool is_used, uses_tls;
    char host[SITE_HOST_BYTES];
    uint16_t port;
    uint16_t keepalive_s;
    char client_id[SITE_NAME_BYTES];
    char user[SITE_NAME_BYTES], password[SITE_NAME_BYTES];
    char server_name[SITE_HOST_BYTES]; /* "" = host */
    char ca[SITE_PATH_BYTES], certificate[SITE_PATH_BYTES],
        key[SITE_PATH_BYTES];     /* in the bundle */
    char prefix[SITE_PATH_BYTES]; /* before every topic; upstream only */
};

struct site_user {
    char name[SITE_NAME_BYTES], password[SITE_NAME_BYTES];
};

struct site_settings {
    uint32_t version; /* SITE_SETTINGS_VERSION */
    char name[SITE_NAME_BYTES];
    char
        timezone[SITE_NAME_BYTES]; /* of the rules, as POSIX writes it; "": UTC. By `brink image` */
    enum site_clock clock;
    struct {
        enum site_address address_kind;
        char address[SITE_ADDRESS_BYTES]; /* "10.0.2.15" */
        uint8_t prefix_length;
        char gateway[SITE_ADDRESS_BYTES];
        char dns[SITE_SERVERS_MAX][SITE_ADDRESS_BYTES];
        enum site_ipv6 ipv6_kind;
        char ipv6_address[SITE_ADDRESS_BYTES], ipv6_gateway[SITE_ADDRESS_BYTES];
        uint8_t ipv6_prefix_length;
    } network;
    char time_servers[SITE_SERVERS_MAX][SITE_HOST_BYTES];
    struct {
        uint16_t port; /* 0: nothing listens */
        uint16_t connections;
        uint8_t users; /* how many of user[]; 0: anybody may connect */
        struct site_user user[SITE_USERS_MAX];
    } listener;
    struct site_broker broker;      /* the site's own */
    struct site_broker upstream;    /* headquarters' */
    uint32_t devices;               /* the most devices (sensors) that the site may have */
    uint32_t memory_mib;            /* for `brink run` and its advice */
    bool needs_disk, needs_entropy; /* declared devices: missing ones stop the boot */
};

/* ---- reading site.json (tools only; uses cJSON) -------------------------------------------- */

struct site_message {
    int line; /* 1.. ; 0 when it is about the whole file */
    bool is_warning;
    char text[240];
};
#define SITE_MESSAGES_MAX 20

/* Reads and checks; comments (// and slash-star) are allowed. Fills *settings with defaults first.
 * Returns the number of messages (errors and warnings) written to messages[]; *errors counts the
 * errors alone. An unknown key is an error that suggests the nearest one. */
size_t site_read(struct text json, struct site_settings *settings,
                 struct site_message messages[SITE_MESSAGES_MAX], size_t *errors);

#endif
