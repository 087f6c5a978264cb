/* site.json: which keys there are, what they may say, and what must fit together.
 * Comes in: the text of site.json. Goes out: struct site_settings, whole, or messages with line and
 * remedy. Called by tools/ only; the appliance gets the finished structure. */
#include "site/site.h"

#include "site/address.h"
#include "site/fields.h"
#include "site/json.h"

#include <stddef.h>
#include <stdio.h>

_Static_assert(sizeof(enum site_clock) == sizeof(uint32_t), "words are stored as 32 bits");

#define ROOM(structure, member) sizeof(((structure *)0)->member)

/* ---- checks of single texts ---------------------------------------------------------------- */

static const char *check_name(const char *text, char *room)
{
    if (strpbrk(text, "+#/"))
        return "the name stands in topics, so it can't have + # or /";
    strcpy(room, text); // NOLINT: the length was checked by the reader
    return NULL;
}

static const char *check_host(const char *text, char *room)
{
    return address_read_host(text, room);
}

static const char *check_address4(const char *text, char *room)
{
    return address_read(text, 4, room);
}

static const char *check_address6(const char *text, char *room)
{
    return address_read(text, 6, room);
}

static const char *check_any_address(const char *text, char *room)
{
    return address_read(text, 0, room);
}

/* Files must lie inside the site's folder: the folder is the whole site, and can be copied as such.
 */
static const char *check_path(const char *text, char *room)
{
    if (text[0] == '/')
        return "write the path from the site's folder on, like \"tls/ca.pem\"";
    if (strchr(text, '\\'))
        return "write / between folders";
    for (const char *part = text; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == 0))
            return "the file must lie inside the site's folder";
    }
    if (strlen(text) >= 112) /* a name in the bundle */
        return "a path has at most 111 characters";
    strcpy(room, text); // NOLINT: the length was checked by the reader
    return NULL;
}

static const char *check_prefix(const char *text, char *room)
{
    if (strpbrk(text, "+#"))
        return "a topic that is published to can't have + or #";
    strcpy(room, text); // NOLINT: the length was checked by the reader
    return NULL;
}

/* ---- values of their own kind -------------------------------------------------------------- */

static void read_address(struct reader *reader, const struct field *field, const cJSON *item,
                         void *place)
{
    (void)place;
    struct site_settings *site = reader->settings;
    if (cJSON_IsString(item) && strcmp(item->valuestring, "dhcp") == 0) {
        site->network.address_kind = SITE_ADDRESS_DHCP;
        return;
    }
    const char *wrong = "write \"dhcp\", or address and length like \"10.0.2.15/24\"";
    if (cJSON_IsString(item))
        wrong = address_read_with_prefix(item->valuestring, 4, site->network.address,
                                         &site->network.prefix_length);
    site->network.address_kind = SITE_ADDRESS_STATIC;
    if (wrong)
        reader_error(reader, item->valueint, "\"%s\": %s", field->key, wrong);
}

static void read_address6(struct reader *reader, const struct field *field, const cJSON *item,
                          void *place)
{
    (void)place;
    struct site_settings *site = reader->settings;
    const char *wrong = "write address and length, like \"fd00::15/64\"";
    if (cJSON_IsString(item))
        wrong = address_read_with_prefix(item->valuestring, 6, site->network.ipv6_address,
                                         &site->network.ipv6_prefix_length);
    if (wrong)
        reader_error(reader, item->valueint, "\"%s\": %s", field->key, wrong);
}

static const struct field ipv6_fields[] = {
    {.key = "address", .read = read_address6},
    {.key = "gateway",
     .read = field_read_text,
     .offset = offsetof(struct site_settings, network.ipv6_gateway),
     .room = SITE_ADDRESS_BYTES,
     .check = check_address6},
    {0},
};

static void read_ipv6(struct reader *reader, const struct field *field, const cJSON *item,
                      void *place)
{
    (void)place;
    struct site_settings *site = reader->settings;
    if (cJSON_IsString(item) && strcmp(item->valuestring, "auto") == 0) {
        site->network.ipv6_kind = SITE_IPV6_AUTO;
    } else if (cJSON_IsString(item) && strcmp(item->valuestring, "off") == 0) {
        site->network.ipv6_kind = SITE_IPV6_OFF;
    } else if (cJSON_IsObject(item)) {
        site->network.ipv6_kind = SITE_IPV6_STATIC;
        fields_read(reader, ipv6_fields, item, site);
        if (!cJSON_GetObjectItemCaseSensitive(item, "address"))
            reader_error(reader, item->valueint, "\"%s\" lacks its \"address\"", field->key);
    } else {
        reader_error(
            reader, item->valueint,
            "\"%s\" is \"auto\", \"off\" or { \"address\": \"fd00::15/64\", \"gateway\": ... }",
            field->key);
    }
}

static const struct field user_fields[] = {
    {.key = "name",
     .read = field_read_text,
     .offset = offsetof(struct site_user, name),
     .room = ROOM(struct site_user, name)},
    {.key = "password",
     .read = field_read_text,
     .offset = offsetof(struct site_user, password),
     .room = ROOM(struct site_user, password)},
    {0},
};

static void read_users(struct reader *reader, const struct field *field, const cJSON *item,
                       void *place)
{
    (void)place;
    struct site_settings *site = reader->settings;
    if (!cJSON_IsArray(item) || (item->child && !cJSON_IsObject(item->child))) {
        reader_error(reader, item->valueint,
                     "\"%s\" is a list: [{ \"name\": \"...\", \"password\": \"...\" }]",
                     field->key);
        return;
    }
    for (const cJSON *entry = item->child; entry; entry = entry->next) {
        if (site->listener.users == SITE_USERS_MAX) {
            reader_error(reader, entry->valueint, "there are at most %d users", SITE_USERS_MAX);
            return;
        }
        struct site_user *user = &site->listener.user[site->listener.users];
        if (!cJSON_IsObject(entry)) {
            reader_error(reader, entry->valueint,
                         "a user is { \"name\": \"...\", \"password\": \"...\" }");
            continue;
        }
        fields_read(reader, user_fields, entry, user);
        for (size_t i = 0; user_fields[i].key; i++) {
            if (!cJSON_GetObjectItemCaseSensitive(entry, user_fields[i].key))
                reader_error(reader, entry->valueint, "this user has no \"%s\"",
                             user_fields[i].key);
        }
        for (uint8_t i = 0; i < site->listener.users; i++) {
            if (user->name[0] && strcmp(site->listener.user[i].name, user->name) == 0)
                reader_error(reader, entry->valueint, "there is a user \"%s\" already", user->name);
        }
        site->listener.users++;
    }
}

static void read_url(struct reader *reader, const struct field *field, const cJSON *item,
                     void *place)
{
    struct site_broker *broker = place;
    const char *wrong = "write \"mqtt://host:port\", or \"mqtts://host:port\" for TLS";
    if (cJSON_IsString(item))
        wrong = address_read_url(item->valuestring, &broker->uses_tls, broker->host, &broker->port);
    if (wrong)
        reader_error(reader, item->valueint, "\"%s\": %s", field->key, wrong);
}

/* ---- what must fit together ---------------------------------------------------------------- */

static int line_of(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return item ? item->valueint : object->valueint;
}

static void check_tls(struct reader *reader, const char *section, const cJSON *item,
                      const struct site_broker *broker)
{
    static const char *const tls_keys[] = {"ca", "certificate", "key", "server_name"};
    if (broker->uses_tls) {
        if (!broker->ca[0])
            reader_error(
                reader, line_of(item, "url"),
                "%s: mqtts:// needs \"ca\", the certificate that the broker's is checked with, "
                "like \"tls/ca.pem\"",
                section);
        if (broker->certificate[0] && !broker->key[0])
            reader_error(reader, line_of(item, "certificate"),
                         "%s: a \"certificate\" needs its \"key\", like \"tls/site.key\"", section);
        if (broker->key[0] && !broker->certificate[0])
            reader_error(reader, line_of(item, "key"),
                         "%s: a \"key\" needs its \"certificate\", like \"tls/site.pem\"", section);
        return;
    }
    /* Somebody who names certificates believes that the line is safe. */
    for (size_t i = 0; i < sizeof tls_keys / sizeof *tls_keys; i++) {
        if (cJSON_GetObjectItemCaseSensitive(item, tls_keys[i])) {
            reader_error(
                reader, line_of(item, tls_keys[i]),
                "%s: \"%s\" is for TLS, but the url begins with mqtt://: write mqtts://, or leave "
                "\"%s\" out",
                section, tls_keys[i], tls_keys[i]);
            return;
        }
    }
}

static void read_broker(struct reader *reader, const struct field *field, const cJSON *item,
                        void *place)
{
    struct site_broker *broker = place;
    size_t errors = reader->errors;
    broker->is_used = true;
    field_read_section(reader, field, item, broker);
    if (!cJSON_IsObject(item))
        return;
    if (!cJSON_GetObjectItemCaseSensitive(item, "url"))
        reader_error(reader, item->valueint, "\"%s\" lacks its \"url\", like \"mqtts://host:8883\"",
                     field->key);
    else if (reader->errors == errors)
        check_tls(reader, field->key, item, broker);
    if (broker->password[0] && !broker->user[0])
        reader_error(reader, line_of(item, "password"), "%s: a \"password\" needs its \"user\"",
                     field->key);
    size_t prefix = strlen(broker->prefix);
    if (prefix > 0 && broker->prefix[prefix - 1] != '/')
        reader_warn(reader, line_of(item, "prefix"),
                    "the prefix stands before the topic as it is; most end in / : write \"%s/\"",
                    broker->prefix);
}

static void check_network(struct reader *reader, const cJSON *network)
{
    const struct site_settings *site = reader->settings;
    if (site->network.address_kind == SITE_ADDRESS_DHCP) {
        if (site->network.gateway[0])
            reader_error(reader, line_of(network, "gateway"),
                         "DHCP gives the gateway: leave \"gateway\" out, or give an \"address\"");
        return;
    }
    if (!site->network.gateway[0])
        reader_warn(reader, line_of(network, "address"),
                    "without a \"gateway\" only machines of the same network can be reached");
    else if (!address_same_network(site->network.address, site->network.gateway,
                                   site->network.prefix_length))
        reader_error(reader, line_of(network, "gateway"),
                     "the gateway %s is not in the network of %s/%u", site->network.gateway,
                     site->network.address, site->network.prefix_length);
    else if (strcmp(site->network.address, site->network.gateway) == 0)
        reader_error(reader, line_of(network, "gateway"),
                     "the gateway can't be the appliance itself");
}

/* A host that is a name has to be looked up somewhere. */
static void check_names_can_be_found(struct reader *reader, const cJSON *root)
{
    const struct site_settings *site = reader->settings;
    char room[SITE_ADDRESS_BYTES];
    const struct {
        const char *host, *section;
    } hosts[] = {{site->broker.host, "broker"},
                 {site->upstream.host, "upstream"},
                 {site->time_servers[0], "time"}};
    if (site->network.address_kind == SITE_ADDRESS_DHCP || site->network.dns[0][0])
        return;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        if (hosts[i].host[0] && address_read(hosts[i].host, 0, room))
            reader_error(reader, line_of(root, hosts[i].section),
                         "\"%s\" is a name: give \"network\" a \"dns\" server to look it up, like "
                         "\"dns\": [\"10.0.2.3\"]",
                         hosts[i].host);
    }
}

/* ---- the tables ---------------------------------------------------------------------------- */

#define AT(member) .offset = offsetof(struct site_settings, member)
#define IN(member)                                                                                 \
    .offset = offsetof(struct site_broker, member), .room = ROOM(struct site_broker, member)

static const struct field network_fields[] = {
    {.key = "address", .read = read_address},
    {.key = "gateway",
     .read = field_read_text,
     AT(network.gateway),
     .room = SITE_ADDRESS_BYTES,
     .check = check_address4},
    {.key = "dns",
     .read = field_read_list,
     AT(network.dns),
     .room = SITE_ADDRESS_BYTES,
     .most = SITE_SERVERS_MAX,
     .check = check_any_address},
    {.key = "ipv6", .read = read_ipv6},
    {0},
};
static const struct field time_fields[] = {
    {.key = "servers",
     .read = field_read_list,
     AT(time_servers),
     .room = SITE_HOST_BYTES,
     .most = SITE_SERVERS_MAX,
     .check = check_host},
    {0},
};
static const struct field listener_fields[] = {
    {.key = "port",
     .read = field_read_number,
     AT(listener.port),
     .room = 2,
     .least = 1,
     .most = 65535},
    {.key = "connections",
     .read = field_read_number,
     AT(listener.connections),
     .room = 2,
     .least = 1,
     .most = 256}, /* as many as net/listen.c has */
    {.key = "users", .read = read_users},
    {0},
};
#define BROKER_FIELDS                                                                              \
    {.key = "url", .read = read_url}, {.key = "user", .read = field_read_text, IN(user)},          \
        {.key = "password", .read = field_read_text, IN(password)},                                \
        {.key = "client_id", .read = field_read_text, IN(client_id)},                              \
        {.key = "keepalive_s",                                                                     \
         .read = field_read_number,                                                                \
         IN(keepalive_s),                                                                          \
         .least = 5,                                                                               \
         .most = 3600},                                                                            \
        {.key = "ca", .read = field_read_text, IN(ca), .check = check_path},                       \
        {.key = "certificate", .read = field_read_text, IN(certificate), .check = check_path},     \
        {.key = "key", .read = field_read_text, IN(key), .check = check_path},                     \
    {                                                                                              \
        .key = "server_name", .read = field_read_text, IN(server_name), .check = check_host        \
    }
static const struct field broker_fields[] = {BROKER_FIELDS, {0}};
static const struct field upstream_fields[] = {
    BROKER_FIELDS,
    {.key = "prefix", .read = field_read_text, IN(prefix), .check = check_prefix},
    {0},
};
static const struct field limits_fields[] = {
    {.key = "devices",
     .read = field_read_number,
     AT(devices),
     .room = 4,
     .least = 1,
     .most = 10000},
    {0},
};
static const char *const clock_words[] = {"utc", "readings", NULL};
static const char *const disk_words[] = {"none", "required", NULL};
static const char *const entropy_words[] = {"optional", "required", NULL};
static const struct field machine_fields[] = {
    {.key = "memory_mib",
     .read = field_read_number,
     AT(memory_mib),
     .room = 4,
     .least = SITE_MEMORY_LEAST_MIB,
     .most = 65536},
    {.key = "disk",
     .read = field_read_word,
     AT(needs_disk),
     .room = sizeof(bool),
     .words = disk_words},
    {.key = "entropy",
     .read = field_read_word,
     AT(needs_entropy),
     .room = sizeof(bool),
     .words = entropy_words},
    {0},
};

static void read_listener(struct reader *reader, const struct field *field, const cJSON *item,
                          void *place)
{
    reader->settings->listener.port = 1883;
    reader->settings->listener.connections = 64;
    field_read_section(reader, field, item, place);
}

static const struct field site_fields[] = {
    {.key = "name",
     .read = field_read_text,
     AT(name),
     .room = SITE_NAME_BYTES,
     .check = check_name},
    {.key = "network", .read = field_read_section, .fields = network_fields},
    {.key = "time", .read = field_read_section, .fields = time_fields},
    {.key = "clock", .read = field_read_word, AT(clock), .room = 4, .words = clock_words},
    {.key = "listener", .read = read_listener, .fields = listener_fields},
    {.key = "broker", .read = read_broker, AT(broker), .fields = broker_fields},
    {.key = "upstream", .read = read_broker, AT(upstream), .fields = upstream_fields},
    {.key = "limits", .read = field_read_section, .fields = limits_fields},
    {.key = "machine", .read = field_read_section, .fields = machine_fields},
    {0},
};

/* ---- the whole ----------------------------------------------------------------------------- */

static void set_defaults(struct site_settings *settings)
{
    memset(settings, 0,
           sizeof *settings); /* the unused bytes too: the structure is sealed as it is */
    settings->version = SITE_SETTINGS_VERSION;
    settings->network.address_kind = SITE_ADDRESS_DHCP;
    settings->network.ipv6_kind = SITE_IPV6_AUTO;
    settings->devices = 64;
    settings->memory_mib = 8;
    settings->broker.keepalive_s = settings->upstream.keepalive_s = 60;
}

/* What follows from other settings when it was not said. */
static void derive(struct site_settings *settings, const cJSON *root)
{
    const cJSON *machine = cJSON_GetObjectItemCaseSensitive(root, "machine");
    if (!cJSON_GetObjectItemCaseSensitive(machine, "entropy"))
        settings->needs_entropy = settings->broker.uses_tls || settings->upstream.uses_tls;
    struct site_broker *brokers[] = {&settings->broker, &settings->upstream};
    for (size_t i = 0; i < 2; i++) {
        if (brokers[i]->is_used && !brokers[i]->client_id[0])
            memcpy(brokers[i]->client_id, settings->name, sizeof settings->name);
    }
}

static void check_whole(struct reader *reader, const cJSON *root)
{
    const struct site_settings *site = reader->settings;
    const cJSON *network = cJSON_GetObjectItemCaseSensitive(root, "network");
    if (!cJSON_GetObjectItemCaseSensitive(root, "name"))
        reader_error(reader, 0, "the site lacks its \"name\", like \"name\": \"store-14\"");
    if (reader->errors > 0)
        return; /* what is missing may be what could not be read */
    check_network(reader, network ? network : root);
    check_names_can_be_found(reader, root);
    if (site->clock == SITE_CLOCK_READINGS)
        reader_warn(reader, line_of(root, "clock"),
                    "the site's clock follows the newest reading: for replays and demos only");
    if (!site->upstream.is_used)
        reader_warn(reader, 0, "there is no \"upstream\": alerts stay in the appliance");
    if (site->upstream.uses_tls && site->clock == SITE_CLOCK_UTC && !site->time_servers[0][0])
        reader_warn(
            reader, 0,
            "there is no \"time\" server: certificates are checked by the machine's own clock");
}

size_t site_read(struct text json, struct site_settings *settings,
                 struct site_message messages[SITE_MESSAGES_MAX], size_t *errors)
{
    struct reader reader = {.settings = settings, .messages = messages};
    set_defaults(settings);
    int line = 0;
    const char *why = "";
    cJSON *root = json_parse_with_lines(json, &line, &why);
    if (!root) {
        reader_error(&reader, line, "%s", why);
    } else if (!cJSON_IsObject(root)) {
        reader_error(&reader, root->valueint, "the settings stand in braces: { \"name\": ... }");
    } else {
        fields_read(&reader, site_fields, root, settings);
        check_whole(&reader, root);
        derive(settings, root);
    }
    cJSON_Delete(root);
    *errors = reader.errors;
    return reader.count;
}
