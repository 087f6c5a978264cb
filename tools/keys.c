/* `brink keys`: a small certificate authority with certificates for trying a site out, and a
 * signing request for a real one. Comes in: a site's folder. Goes out: files in its tls/, made by
 * the openssl program. */
#include "tools/certificates.h"
#include "tools/command.h"
#include "tools/openssl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 1200
#define DAYS_CA "3650"
#define DAYS_LEAF "825"

struct keys {
    char folder[1024]; /* SITE/tls */
    char name[SITE_NAME_BYTES];
    char config[PATH_BYTES]; /* of openssl, removed at the end */
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

static bool run_openssl(const char *const words[])
{
    char said[4096];
    enum openssl_result result = openssl_run(words, said, sizeof said);
    if (result == OPENSSL_MISSING) {
        complain("there is no openssl program. Install it: apt-get install openssl");
    } else if (result == OPENSSL_REFUSED) {
        complain("openssl %s failed:", words[1]);
        for (char *rest = said, *line; (line = strsep(&rest, "\n")) != NULL;)
            fprintf(stderr, line[0] ? "  %s\n" : "", line);
    }
    return result == OPENSSL_GOOD;
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
    return run_openssl(words) && chmod(key_path, 0600) == 0;
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
    return run_openssl(words) && chmod(key_path, 0600) == 0;
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
    return run_openssl(words);
}

/* ---- names --------------------------------------------------------------------------------- */

/* The site's name in topics, as far as it can be read; else the folder's. */
static void find_name(struct keys *keys, const char *site)
{
    struct site_folder folder = {.path = ""};
    char path[PATH_BYTES], resolved[4096];
    const char *name = "";
    FILE *nowhere = fopen("/dev/null", "w");
    snprintf(path, sizeof path, "%s/site.json", site);
    if (nowhere && access(path, R_OK) == 0) {
        site_folder_read(&folder, site, nowhere, FOLDER_FOR_TRIAL);
        name = folder.compiled.block ? site_folder_id(&folder) : folder.settings.name;
    }
    if (!name[0] && realpath(site, resolved))
        name = strrchr(resolved, '/') + 1;
    certificates_name(name[0] ? name : "site", keys->name);
    site_folder_free(&folder);
    if (nowhere)
        fclose(nowhere);
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
    return is_made;
}

/* One for people at headquarters, of the authority that is there. */
static bool make_client(struct keys *keys, const char *client)
{
    char subject[160], key[80], request[80], certificate[80], unused[PATH_BYTES];
    snprintf(subject, sizeof subject, "/O=Brink, for trying out/CN=%s", client);
    snprintf(key, sizeof key, "%s.key", client);
    snprintf(request, sizeof request, "%s.csr", client);
    snprintf(certificate, sizeof certificate, "%s.pem", client);
    bool is_made = write_config(keys, "localhost") && make_request(keys, key, request, subject) &&
                   sign(keys, request, certificate, "client");
    unlink(path_of(keys, request, unused));
    unlink(keys->config);
    return is_made;
}

static bool open_folder(struct keys *keys, const char *site)
{
    struct stat facts;
    if (stat(site, &facts) != 0) {
        complain("there is no folder %s; make it: mkdir %s", site, site);
        return false;
    }
    if (!S_ISDIR(facts.st_mode)) {
        complain("%s is not a site's folder", site);
        return false;
    }
    if (snprintf(keys->folder, sizeof keys->folder, "%s/tls", site) >= (int)sizeof keys->folder) {
        complain("the path is too long");
        return false;
    }
    umask(022);
    path_of(keys, ".openssl.cnf", keys->config);
    return true;
}

static bool is_free(const struct keys *keys, const char *name, const char *what)
{
    char room[PATH_BYTES];
    if (access(path_of(keys, name, room), F_OK) != 0)
        return true;
    complain("%s is there already and is not overwritten. To make %s anew: --force", room, what);
    return false;
}

static int make_keys(const char *site, const char *servers, bool is_forced)
{
    struct keys keys;
    char room[PATH_BYTES];
    if (!open_folder(&keys, site))
        return TOOL_FAILED;
    for (size_t i = 0; i < FILES && !is_forced; i++) {
        if (!is_free(&keys, file_names[i], "everything"))
            return TOOL_WRONG;
    }
    if (mkdir(keys.folder, 0700) != 0 && errno != EEXIST) {
        complain("%s: %s", keys.folder, strerror(errno));
        return TOOL_FAILED;
    }
    bool had_authority = access(path_of(&keys, "ca.pem", room), F_OK) == 0;
    find_name(&keys, site);
    if (!make_all(&keys, servers))
        return TOOL_FAILED;
    printf(
        "%s\n"
        "  ca.pem      authority for trying out; everybody who knows ca.key can sign\n"
        "  server.pem  headquarters' certificate, with server.key, for %s\n"
        "  site.pem    the site's certificate, with site.key, for CN=%s\n"
        "  site.csr    signing request for a real authority: put its answer in place of site.pem;\n"
        "              in place of ca.pem, the authority of headquarters' broker\n",
        keys.folder, servers, keys.name);
    if (had_authority)
        printf("ca.pem is another one now: what the old one signed is refused from here on. Give\n"
               "ca.pem, server.pem and server.key to headquarters' broker, make certificates of\n"
               "--client and the image again.\n");
    return TOOL_GOOD;
}

static int make_client_keys(const char *site, const char *client, bool is_forced)
{
    struct keys keys = {.name = ""};
    char key[80], certificate[80], room[PATH_BYTES];
    bool is_taken =
        strcmp(client, "ca") == 0 || strcmp(client, "server") == 0 || strcmp(client, "site") == 0;
    if (is_taken || strlen(client) > 64 || client[0] == '.' || client[0] == '-' ||
        strspn(client, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") !=
            strlen(client)) {
        complain("--client is a name of letters and digits, like desk, not \"%s\"", client);
        return TOOL_USAGE;
    }
    if (!open_folder(&keys, site))
        return TOOL_FAILED;
    if (access(path_of(&keys, "ca.key", room), R_OK) != 0) {
        complain("there is no %s to sign with; make it: brink keys %s", room, site);
        return TOOL_FAILED;
    }
    snprintf(certificate, sizeof certificate, "%s.pem", client);
    snprintf(key, sizeof key, "%s.key", client);
    if (!is_forced && (!is_free(&keys, certificate, "it") || !is_free(&keys, key, "it")))
        return TOOL_WRONG;
    if (!make_client(&keys, client))
        return TOOL_FAILED;
    printf("%s\n  %s.pem  a client's certificate, with %s.key, for CN=%s\n", keys.folder, client,
           client, client);
    return TOOL_GOOD;
}

static int run(const struct command *command, int count, char *words[])
{
    const char *names[1], *servers = "localhost,127.0.0.1,10.0.2.2", *client = NULL;
    bool is_forced = false;
    const struct option options[] = {
        {.name = "--server",
         .argument = "NAMES",
         .help = "headquarters' names and addresses, with commas; localhost,127.0.0.1,10.0.2.2",
         .value = &servers},
        {.name = "--client",
         .argument = "NAME",
         .help = "makes only NAME.pem and NAME.key, signed by ca.pem: for a desk at headquarters",
         .value = &client},
        {.name = "--force",
         .help = "overwrites what is there; without --client ca.pem becomes another one, too",
         .flag = &is_forced},
        {0},
    };
    enum options_result result = options_read(command, options, count, words, names);
    if (result != OPTIONS_READ)
        return result == OPTIONS_HELP ? TOOL_GOOD : TOOL_USAGE;
    if (client)
        return make_client_keys(names[0], client, is_forced);
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
