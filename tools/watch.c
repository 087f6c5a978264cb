/* `brink watch`: shows what arrives upstream, for people, one calm line each.
 * Comes in: messages of a broker, by Mosquitto's library. Goes out: lines on standard output. */
#include "site/address.h"
#include "tools/command.h"
#include "tools/watch_line.h"

#include <errno.h>
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct watch {
    const char *prefix, *site;
    bool is_json, has_colour, shows_all;
    long count, shown;
    char host[SITE_HOST_BYTES];
    uint16_t port;
    bool uses_tls, has_certificate;
    bool is_connected, was_connected;
    char said[512];     /* by the library about TLS, since the last attempt */
    char problem[1024]; /* ends the watch */
};

/* ---- what is wrong, in words --------------------------------------------------------------- */

/* By what the library says: its result alone tells little about TLS. */
static const struct {
    const char *said, *meaning;
} meanings[] = {
    {"host name verification failed",
     "the broker's certificate is not for this name: write a name of the certificate in the URL"},
    {"certificate verify failed",
     "the broker's certificate is not from the authority in --ca, or has expired: name its "
     "authority's file with --ca"},
    {"wrong version number",
     "what answers there does not speak TLS: another port, or mqtt:// instead of mqtts://"},
    {"packet length too long",
     "what answers there does not speak TLS: another port, or mqtt:// instead of mqtts://"},
    {"certificate required",
     "the broker wants a client certificate: name one with --certificate and --key"},
    {"unknown ca",
     "the broker does not know the authority of the client certificate: give it that authority"},
    {"expired", "the broker says that the client certificate has expired: make a new one"},
    {"bad certificate", "the broker does not accept the client certificate"},
    {"handshake failure",
     "the broker refuses the handshake: it may want a client certificate (--certificate, --key)"},
};

static const char *meaning_of(const struct watch *watch, int result)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (strstr(watch->said, meanings[i].said))
            return meanings[i].meaning;
    }
    if (result == MOSQ_ERR_EAI)
        return "there is no such host: look at its spelling, and at this machine's DNS";
    bool breaks_off = result == MOSQ_ERR_CONN_LOST || result == MOSQ_ERR_TLS ||
                      result == MOSQ_ERR_ERRNO || result == MOSQ_ERR_PROTOCOL;
    if (result == MOSQ_ERR_ERRNO && errno != 0 && errno != EPROTO && errno != ECONNRESET)
        return strerror(errno);
    if (breaks_off && !watch->was_connected && !watch->uses_tls)
        return "the broker breaks off without an answer: when it speaks TLS on that port, write "
               "mqtts:// and --ca FILE";
    if (breaks_off && !watch->was_connected)
        return watch->has_certificate
                   ? "the broker breaks off: it may not accept the client certificate (see its "
                     "log), or does not speak TLS on that port (then write mqtt://)"
                   : "the broker breaks off: it may want a client certificate (--certificate, "
                     "--key), or does not speak TLS on that port (then write mqtt://)";
    return mosquitto_strerror(result);
}

static void logged(struct mosquitto *client, void *context, int level, const char *text)
{
    struct watch *watch = context;
    (void)client;
    size_t length = strlen(watch->said);
    if (level == MOSQ_LOG_ERR)
        snprintf(watch->said + length, sizeof watch->said - length, "%s\n", text);
}

/* ---- the library's calls ------------------------------------------------------------------- */

static void connected(struct mosquitto *client, void *context, int result)
{
    struct watch *watch = context;
    char filter[512];
    if (result != 0) {
        snprintf(watch->problem, sizeof watch->problem, "%s:%u: %s%s", watch->host, watch->port,
                 mosquitto_connack_string(result),
                 result == 4 || result == 5 ? " Look at --user and --password" : "");
        return;
    }
    complain(watch->was_connected ? "connected again" : "connected to %s:%u; waiting for messages",
             watch->host, watch->port);
    watch->is_connected = watch->was_connected = true;
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
        snprintf(watch->problem, sizeof watch->problem,
                 "the broker does not allow this user to read %sbrink/v1/%s/#", watch->prefix,
                 watch->site);
}

static void arrived(struct mosquitto *client, void *context,
                    const struct mosquitto_message *message)
{
    struct watch *watch = context;
    struct text payload = {message->payload, (size_t)message->payloadlen};
    (void)client;
    if (watch->count > 0 && watch->shown >= watch->count)
        return;
    struct watch_look look = {.has_colour = watch->has_colour, .shows_all = watch->shows_all};
    bool is_shown =
        watch->is_json
            ? watch_line_json(stdout, message->topic, payload, message->retain)
            : watch_line_people(stdout, message->topic + strlen(watch->prefix), payload, &look);
    watch->shown += is_shown;
    fflush(stdout);
}

/* Before the first connection it ends the watch; later it is told once, and tried again. */
static void link_broke(struct watch *watch, struct mosquitto *client, int result)
{
    const char *meaning = meaning_of(watch, result);
    if (!watch->was_connected) {
        snprintf(watch->problem, sizeof watch->problem, "%s:%u: %s", watch->host, watch->port,
                 meaning);
        return;
    }
    if (watch->is_connected)
        complain("the link broke: %s; trying again", meaning);
    watch->is_connected = false;
    watch->said[0] = 0;
    sleep(1);
    mosquitto_reconnect(client);
}

/* Until the count, the time or the link ends it. */
static int watch_loop(struct watch *watch, struct mosquitto *client, long seconds)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double end = (double)now.tv_sec + (double)now.tv_nsec / 1e9 + (double)seconds;
    while (!watch->problem[0] && (watch->count == 0 || watch->shown < watch->count)) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        double left = end - ((double)now.tv_sec + (double)now.tv_nsec / 1e9);
        if (seconds > 0 && left <= 0 && watch->was_connected)
            return TOOL_GOOD;
        if (seconds > 0 && left <= 0) {
            complain("%s:%u: no answer in %ld second%s", watch->host, watch->port, seconds,
                     seconds == 1 ? "" : "s");
            return TOOL_FAILED;
        }
        int wait_ms = seconds > 0 && left < 1 ? (int)(left * 1000) + 1 : 1000;
        errno = 0;
        int result = mosquitto_loop(client, wait_ms, 1);
        if (result != MOSQ_ERR_SUCCESS && !watch->problem[0])
            link_broke(watch, client, result);
    }
    if (watch->problem[0])
        complain("%s", watch->problem);
    return watch->problem[0] ? TOOL_FAILED : TOOL_GOOD;
}

struct access {
    const char *url, *ca, *certificate, *key, *user, *password, *server_name;
};

static const char *open_link(struct mosquitto *client, const struct access *access,
                             struct watch *watch)
{
    const char *wrong = address_read_url(access->url, &watch->uses_tls, watch->host, &watch->port);
    bool uses_tls = watch->uses_tls;
    watch->has_certificate = access->certificate != NULL;
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
    errno = 0;
    int result = mosquitto_connect(client, watch->host, watch->port, 30);
    return result == MOSQ_ERR_SUCCESS ? NULL : meaning_of(watch, result);
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
        mosquitto_log_callback_set(client, logged);
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
         .help = "upstream.prefix of site.json as it is, with its /, like retail/",
         .value = &watch.prefix},
        {.name = "--json", .help = "each message whole, one line of JSON", .flag = &watch.is_json},
        {.name = "--all", .help = "states and health, too", .flag = &watch.shows_all},
        {.name = "--count", .argument = "N", .help = "ends after so many lines", .value = &most},
        {.name = "--seconds",
         .argument = "N",
         .help = "ends after so many seconds; with status 3 when it never was connected",
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
    .details =
        "  URL is mqtt://host:port or mqtts://host:port, headquarters' broker. With TLS:\n"
        "    brink watch mqtts://mqtt.example.com:8883 --ca store-14/tls/ca.pem \\\n"
        "      --certificate store-14/tls/desk.pem --key store-14/tls/desk.key --site store-14\n"
        "  brink keys store-14 --client desk makes such a certificate for trying out.\n"
        "  Standard error says when it is connected, and what is wrong when it can't be: then it\n"
        "  ends with status 3. A link that breaks later is told once and made again.\n",
    .least = 1,
    .most = 1,
    .run = run,
};
