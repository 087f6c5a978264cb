/* `brink watch`: shows what arrives upstream, for people, one calm line each.
 * Comes in: messages of a broker, by Mosquitto's library. Goes out: lines on standard output. */
#include "site/address.h"
#include "tools/command.h"
#include "tools/watch_line.h"

#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct watch {
    const char *prefix, *site;
    bool is_json, has_colour, shows_all;
    long count, shown;
    const char *problem; /* ends the watch */
};

static void connected(struct mosquitto *client, void *context, int result)
{
    struct watch *watch = context;
    char filter[512];
    if (result != 0) {
        watch->problem = mosquitto_connack_string(result);
        return;
    }
    snprintf(filter, sizeof filter, "%sbrink/v1/%s/#", watch->prefix, watch->site);
    mosquitto_subscribe(client, NULL, filter, 1);
}

static void subscribed(struct mosquitto *client, void *context, int id, int count,
                       const int *granted)
{
    struct watch *watch = context;
    (void)client;
    (void)id;
    if (count > 0 && granted[0] > 2)
        watch->problem = "the broker does not allow reading brink/v1/#";
}

static void arrived(struct mosquitto *client, void *context,
                    const struct mosquitto_message *message)
{
    struct watch *watch = context;
    struct text payload = {message->payload, (size_t)message->payloadlen};
    (void)client;
    if (watch->count > 0 && watch->shown >= watch->count)
        return;
    bool is_shown = watch->is_json
                        ? watch_line_json(stdout, message->topic, payload, message->retain)
                        : watch_line_people(stdout, message->topic + strlen(watch->prefix), payload,
                                            watch->has_colour, watch->shows_all);
    watch->shown += is_shown;
    fflush(stdout);
}

/* Until the count, the time or the link ends it. */
static int watch_loop(struct watch *watch, struct mosquitto *client, long seconds)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double end = (double)now.tv_sec + (double)now.tv_nsec / 1e9 + (double)seconds;
    while (!watch->problem && (watch->count == 0 || watch->shown < watch->count)) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        double left = end - ((double)now.tv_sec + (double)now.tv_nsec / 1e9);
        if (seconds > 0 && left <= 0)
            return TOOL_GOOD;
        int wait_ms = seconds > 0 && left < 1 ? (int)(left * 1000) + 1 : 1000;
        int result = mosquitto_loop(client, wait_ms, 1);
        if (result != MOSQ_ERR_SUCCESS && !watch->problem) {
            complain("the link broke: %s; trying again", mosquitto_strerror(result));
            sleep(1);
            mosquitto_reconnect(client);
        }
    }
    if (watch->problem)
        complain("%s", watch->problem);
    return watch->problem ? TOOL_FAILED : TOOL_GOOD;
}

struct access {
    const char *url, *ca, *certificate, *key, *user, *password, *server_name;
};

static const char *open_link(struct mosquitto *client, const struct access *access,
                             struct watch *watch)
{
    bool uses_tls = false;
    char host[SITE_HOST_BYTES];
    uint16_t port = 0;
    (void)watch;
    const char *wrong = address_read_url(access->url, &uses_tls, host, &port);
    if (wrong)
        return wrong;
    if (uses_tls && !access->ca)
        return "mqtts:// needs --ca FILE, like SITE/tls/ca.pem";
    if (uses_tls && mosquitto_tls_set(client, access->ca, NULL, access->certificate, access->key,
                                      NULL) != MOSQ_ERR_SUCCESS)
        return "--ca, --certificate and --key: a file is missing or can't be read";
    if (access->user &&
        mosquitto_username_pw_set(client, access->user, access->password) != MOSQ_ERR_SUCCESS)
        return "--user and --password could not be used";
    int result = mosquitto_connect(client, host, port, 30);
    return result == MOSQ_ERR_SUCCESS ? NULL : mosquitto_strerror(result);
}

static int watch_url(struct watch *watch, const struct access *access, long seconds)
{
    int status = TOOL_FAILED;
    mosquitto_lib_init();
    struct mosquitto *client = mosquitto_new(NULL, true, watch);
    if (client) {
        mosquitto_connect_callback_set(client, connected);
        mosquitto_subscribe_callback_set(client, subscribed);
        mosquitto_message_callback_set(client, arrived);
        const char *wrong = open_link(client, access, watch);
        if (wrong)
            complain("%s: %s", access->url, wrong);
        else
            status = watch_loop(watch, client, seconds);
        mosquitto_disconnect(client);
        mosquitto_destroy(client);
    }
    mosquitto_lib_cleanup();
    return status;
}

static int run(const struct command *command, int count, char *words[])
{
    struct access access = {0};
    struct watch watch = {.prefix = "", .site = "+"};
    const char *names[1], *most = NULL, *time_limit = NULL;
    long seconds = 0;
    const struct option options[] = {
        {.name = "--ca",
         .argument = "FILE",
         .help = "with mqtts://: the authority of the broker's certificate",
         .value = &access.ca},
        {.name = "--certificate",
         .argument = "FILE",
         .help = "a client certificate, with its --key",
         .value = &access.certificate},
        {.name = "--key",
         .argument = "FILE",
         .help = "the key of the client certificate",
         .value = &access.key},
        {.name = "--user", .argument = "NAME", .help = "MQTT user", .value = &access.user},
        {.name = "--password",
         .argument = "TEXT",
         .help = "MQTT password",
         .value = &access.password},
        {.name = "--site",
         .argument = "ID",
         .help = "only this site; else all of them",
         .value = &watch.site},
        {.name = "--prefix",
         .argument = "TEXT",
         .help = "what stands before brink/v1 in topics",
         .value = &watch.prefix},
        {.name = "--json", .help = "each message whole, one line of JSON", .flag = &watch.is_json},
        {.name = "--all", .help = "states and health, too", .flag = &watch.shows_all},
        {.name = "--count", .argument = "N", .help = "ends after so many lines", .value = &most},
        {.name = "--seconds",
         .argument = "N",
         .help = "ends after so many seconds",
         .value = &time_limit},
        {0},
    };
    enum options_result result = options_read(command, options, count, words, names);
    if (result != OPTIONS_READ)
        return result == OPTIONS_HELP ? TOOL_GOOD : TOOL_USAGE;
    if ((most && !option_number("--count", most, 1, 1000000000, &watch.count)) ||
        (time_limit && !option_number("--seconds", time_limit, 1, 1000000000, &seconds)))
        return TOOL_USAGE;
    if (!access.certificate != !access.key) {
        complain("--certificate and --key belong together");
        return TOOL_USAGE;
    }
    access.url = names[0];
    watch.has_colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
    return watch_url(&watch, &access, seconds);
}

const struct command command_watch = {
    .name = "watch",
    .arguments = "URL",
    .summary = "shows what arrives upstream",
    .details = "  URL is mqtt://host:port or mqtts://host:port, headquarters' broker.\n",
    .least = 1,
    .most = 1,
    .run = run,
};
