/* `brink keys`: a small certificate authority with certificates for trying a site out, and a
 * signing request for a real one. Comes in: a site's folder. Goes out: files in its tls/, made by
 * the openssl program. */
#include "site/site.h"
#include "tools/command.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_BYTES 1200
#define DAYS_CA "3650"
#define DAYS_LEAF "825"

struct keys {
    char folder[1024]; /* SITE/tls */
    char name[SITE_NAME_BYTES];
    char config[PATH_BYTES]; /* of openssl, removed at the end */
    char log[PATH_BYTES];
};

static const char *const file_names[] = {"ca.pem",   "ca.key",   "server.pem", "server.key",
                                         "site.pem", "site.key", "site.csr",   "server.csr"};
#define FILES (sizeof file_names / sizeof *file_names)

static const char *path_of(const struct keys *keys, const char *name, char room[PATH_BYTES])
{
    snprintf(room, PATH_BYTES, "%s/%s", keys->folder, name);
    return room;
}

/* ---- openssl ------------------------------------------------------------------------------- */

static void print_log(const struct keys *keys)
{
    char line[512];
    FILE *file = fopen(keys->log, "r");
    while (file && fgets(line, sizeof line, file))
        fprintf(stderr, "  %s", line);
    if (file)
        fclose(file);
}

static bool run_openssl(const struct keys *keys, const char *const words[])
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int log = open(keys->log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        int nothing = open("/dev/null", O_RDONLY);
        if (log >= 0 && nothing >= 0) {
            dup2(nothing, 0);
            dup2(log, 1);
            dup2(log, 2);
        }
        execvp("openssl", (char **)(uintptr_t)words);
        _exit(127);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        complain("there is no openssl program. Install it: apt-get install openssl");
    } else {
        complain("openssl %s failed:", words[1]);
        print_log(keys);
    }
    return false;
}

/* A key on P-256 and a request for a certificate of it. */
static bool make_request(const struct keys *keys, const char *key, const char *request,
                         const char *subject)
{
    char key_path[PATH_BYTES], request_path[PATH_BYTES];
    const char *const words[] = {"openssl",
                                 "req",
                                 "-new",
                                 "-newkey",
                                 "ec",
                                 "-pkeyopt",
                                 "ec_paramgen_curve:P-256",
                                 "-pkeyopt",
                                 "ec_param_enc:named_curve",
                                 "-nodes",
                                 "-sha256",
                                 "-config",
                                 keys->config,
                                 "-subj",
                                 subject,
                                 "-keyout",
                                 path_of(keys, key, key_path),
                                 "-out",
                                 path_of(keys, request, request_path),
                                 NULL};
    return run_openssl(keys, words) && chmod(key_path, 0600) == 0;
}

static bool make_authority(const struct keys *keys, const char *subject)
{
    char key_path[PATH_BYTES], path[PATH_BYTES];
    const char *const words[] = {"openssl",     "req",
                                 "-x509",       "-new",
                                 "-newkey",     "ec",
                                 "-pkeyopt",    "ec_paramgen_curve:P-256",
                                 "-pkeyopt",    "ec_param_enc:named_curve",
                                 "-nodes",      "-sha256",
                                 "-days",       DAYS_CA,
                                 "-config",     keys->config,
                                 "-extensions", "ca",
                                 "-subj",       subject,
                                 "-keyout",     path_of(keys, "ca.key", key_path),
                                 "-out",        path_of(keys, "ca.pem", path),
                                 NULL};
    return run_openssl(keys, words) && chmod(key_path, 0600) == 0;
}

static bool sign(const struct keys *keys, const char *request, const char *certificate,
                 const char *section)
{
    char request_path[PATH_BYTES], path[PATH_BYTES], ca[PATH_BYTES], ca_key[PATH_BYTES],
        serial[40] = "0x4";
    unsigned char
        random[15]; /* a serial number is at most 20 bytes and above 0 (RFC 5280, 4.1.2.2) */
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return false;
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(serial + 3 + 2 * i, sizeof serial - 3 - 2 * i, "%02x", random[i]);
    const char *const words[] = {"openssl",     "x509",
                                 "-req",        "-sha256",
                                 "-days",       DAYS_LEAF,
                                 "-set_serial", serial,
                                 "-in",         path_of(keys, request, request_path),
                                 "-CA",         path_of(keys, "ca.pem", ca),
                                 "-CAkey",      path_of(keys, "ca.key", ca_key),
                                 "-extfile",    keys->config,
                                 "-extensions", section,
                                 "-out",        path_of(keys, certificate, path),
                                 NULL};
    return run_openssl(keys, words);
}

/* ---- names --------------------------------------------------------------------------------- */

/* The site's name, from site.json where it can be read, else from the folder. */
static void find_name(struct keys *keys, const char *site)
{
    struct site_settings settings = {.version = 0};
    struct site_message messages[SITE_MESSAGES_MAX];
    char path[PATH_BYTES], resolved[4096];
    size_t errors;
    snprintf(path, sizeof path, "%s/site.json", site);
    if (access(path, R_OK) == 0) {
        struct text json = file_read(path, 256 * 1024);
        if (json.bytes)
            site_read(json, &settings, messages, &errors);
        text_free(json);
    }
    const char *name = settings.name;
    if (!name[0] && realpath(site, resolved))
        name = strrchr(resolved, '/') + 1;
    snprintf(keys->name, sizeof keys->name, "%s", name[0] ? name : "site");
    /* / and + part the fields of a subject. */
    for (char *at = keys->name; *at; at++) {
        if (strchr("/+=\\", *at))
            *at = '-';
    }
}

static bool write_config(const struct keys *keys, const char *servers)
{
    char names[1024] = "", room[1024];
    size_t at = 0;
    snprintf(room, sizeof room, "%s", servers);
    for (char *rest = room, *name; (name = strsep(&rest, ",")) != NULL;) {
        unsigned char address[16];
        bool is_address =
            inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
        if (!name[0] ||
            strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:*") !=
                strlen(name)) {
            complain("--server: \"%s\" is not a host name or address", name);
            return false;
        }
        at += (size_t)snprintf(names + at, sizeof names - at, "%s%s:%s", at ? "," : "",
                               is_address ? "IP" : "DNS", name);
        if (at >= sizeof names) {
            complain("--server has too many names");
            return false;
        }
    }
    FILE *file = fopen(keys->config, "w");
    if (!file) {
        complain("%s: %s", keys->config, strerror(errno));
        return false;
    }
    fprintf(
        file,
        "[req]\ndistinguished_name=dn\nprompt=no\nstring_mask=utf8only\nutf8=yes\n[dn]\n"
        "[ca]\nbasicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n"
        "subjectKeyIdentifier=hash\n"
        "[server]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
        "extendedKeyUsage=serverAuth\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
        "subjectAltName=%s\n"
        "[client]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
        "extendedKeyUsage=clientAuth\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n",
        names);
    return fclose(file) == 0;
}

/* ---- the command --------------------------------------------------------------------------- */

static bool make_all(struct keys *keys, const char *servers)
{
    char authority[160], server[160], site[160], unused[PATH_BYTES];
    snprintf(authority, sizeof authority, "/O=Brink, for trying out/CN=Authority of %s",
             keys->name);
    snprintf(server, sizeof server, "/O=Brink, for trying out/CN=Headquarters of %s", keys->name);
    snprintf(site, sizeof site, "/O=Brink, for trying out/CN=%s", keys->name);
    bool is_made = write_config(keys, servers) && make_authority(keys, authority) &&
                   make_request(keys, "server.key", "server.csr", server) &&
                   sign(keys, "server.csr", "server.pem", "server") &&
                   make_request(keys, "site.key", "site.csr", site) &&
                   sign(keys, "site.csr", "site.pem", "client");
    unlink(path_of(keys, "server.csr", unused));
    unlink(keys->config);
    unlink(keys->log);
    return is_made;
}

static int make_keys(const char *site, const char *servers, bool is_forced)
{
    struct keys keys;
    char room[PATH_BYTES];
    struct stat facts;
    if (stat(site, &facts) != 0 || !S_ISDIR(facts.st_mode)) {
        complain("%s is not a site's folder", site);
        return TOOL_FAILED;
    }
    if (snprintf(keys.folder, sizeof keys.folder, "%s/tls", site) >= (int)sizeof keys.folder) {
        complain("the path is too long");
        return TOOL_FAILED;
    }
    for (size_t i = 0; i < FILES && !is_forced; i++) {
        if (access(path_of(&keys, file_names[i], room), F_OK) == 0) {
            complain("%s is there already and is not overwritten. To make everything anew: --force",
                     room);
            return TOOL_WRONG;
        }
    }
    umask(022);
    if (mkdir(keys.folder, 0700) != 0 && errno != EEXIST) {
        complain("%s: %s", keys.folder, strerror(errno));
        return TOOL_FAILED;
    }
    find_name(&keys, site);
    path_of(&keys, ".openssl.cnf", keys.config);
    path_of(&keys, ".openssl.log", keys.log);
    if (!make_all(&keys, servers))
        return TOOL_FAILED;
    printf(
        "%s\n"
        "  ca.pem      authority for trying out; everybody who knows ca.key can sign\n"
        "  server.pem  headquarters' certificate, with server.key, for %s\n"
        "  site.pem    the site's certificate, with site.key, for CN=%s\n"
        "  site.csr    signing request for a real authority: put its answer in place of site.pem,\n"
        "              and its own certificate in place of ca.pem\n",
        keys.folder, servers, keys.name);
    return TOOL_GOOD;
}

static int run(const struct command *command, int count, char *words[])
{
    const char *names[1], *servers = "localhost,127.0.0.1,10.0.2.2";
    bool is_forced = false;
    const struct option options[] = {
        {.name = "--server",
         .argument = "NAMES",
         .help = "headquarters' names and addresses, with commas; localhost,127.0.0.1,10.0.2.2",
         .value = &servers},
        {.name = "--force", .help = "overwrites what is there", .flag = &is_forced},
        {0},
    };
    enum options_result result = options_read(command, options, count, words, names);
    if (result != OPTIONS_READ)
        return result == OPTIONS_HELP ? TOOL_GOOD : TOOL_USAGE;
    return make_keys(names[0], servers, is_forced);
}

const struct command command_keys = {
    .name = "keys",
    .arguments = "SITE",
    .summary = "certificates for trying out, and a signing request",
    .details = "  Writes into SITE/tls; ECDSA on P-256, keys readable by you alone. For a real "
               "site have tls/site.csr\n"
               "  signed by your own authority instead.\n",
    .least = 1,
    .most = 1,
    .run = run,
};
