/* Looks at certificates and keys before they are sealed into an image: on the appliance the same
 * mistakes would show only when it can't reach its broker. Comes in: the files that site.json
 * names. Goes out: messages. Called when a site's folder is read. */
#include "tools/certificates.h"

#include "tools/openssl.h"

#define PATH_BYTES (1024 + 320)
#define OUTPUT_BYTES 8192

void certificates_name(const char *site, char room[SITE_NAME_BYTES])
{
    snprintf(room, SITE_NAME_BYTES, "%s", site);
    for (char *at = room; *at; at++) {
        if (strchr("/+=\\", *at))
            *at = '-';
    }
}

/* NULL: it is not there, which was told before. */
static const char *contents_of(const struct site_folder *folder, const char *name)
{
    for (size_t i = 0; i < folder->files_count && name[0]; i++) {
        if (strcmp(folder->files[i].name, name) == 0)
            return folder->files[i].contents.bytes;
    }
    return NULL;
}

static enum openssl_result ask(const struct site_folder *folder, const char *const words[],
                               const char *name, char output[OUTPUT_BYTES])
{
    char path[PATH_BYTES];
    const char *all[16] = {"openssl"};
    size_t count = 1;
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    for (size_t i = 0; words[i] && count < 13; i++)
        all[count++] = words[i];
    all[count++] = "-in";
    all[count] = path;
    return openssl_run(all, output, OUTPUT_BYTES);
}

static bool refuse(struct site_folder *folder, FILE *out, const char *name, const char *what)
{
    folder->errors++;
    fprintf(out, "%s %s\n", name, what);
    return false;
}

/* `output` then holds the public key, unless there is no openssl program. */
static bool check_certificate(struct site_folder *folder, const char *name, FILE *out,
                              char output[OUTPUT_BYTES])
{
    static const char *const words[] = {"x509", "-noout", "-pubkey", NULL};
    const char *contents = contents_of(folder, name);
    output[0] = 0;
    if (!contents)
        return false;
    if (!strstr(contents, "-----BEGIN CERTIFICATE-----"))
        return refuse(folder, out, name,
                      "is not a certificate in PEM: it should have a line -----BEGIN "
                      "CERTIFICATE-----");
    if (ask(folder, words, name, output) == OPENSSL_REFUSED)
        return refuse(folder, out, name, "is not a certificate in PEM: it is cut off or damaged");
    return true;
}

static bool check_key(struct site_folder *folder, const char *name, FILE *out,
                      char output[OUTPUT_BYTES])
{
    static const char *const words[] = {"pkey", "-pubout", "-passin", "pass:", NULL};
    const char *contents = contents_of(folder, name);
    output[0] = 0;
    if (!contents)
        return false;
    if (strstr(contents, "ENCRYPTED"))
        return refuse(folder, out, name,
                      "has a password, and nobody types it in at the site: take it off with "
                      "openssl pkey -in FILE -out NEW");
    if (!strstr(contents, "-----BEGIN PRIVATE KEY-----") &&
        !strstr(contents, "-----BEGIN EC PRIVATE KEY-----") &&
        !strstr(contents, "-----BEGIN RSA PRIVATE KEY-----"))
        return refuse(folder, out, name,
                      "is not a key in PEM: it should have a line -----BEGIN PRIVATE KEY-----");
    if (ask(folder, words, name, output) == OPENSSL_REFUSED)
        return refuse(folder, out, name, "is not a key in PEM: it is cut off or damaged");
    return true;
}

static void check_pair(struct site_folder *folder, const struct site_broker *broker, FILE *out)
{
    static const char begin[] = "-----BEGIN PUBLIC KEY-----";
    char certificate[OUTPUT_BYTES], key[OUTPUT_BYTES];
    bool has_certificate = check_certificate(folder, broker->certificate, out, certificate);
    bool has_key = check_key(folder, broker->key, out, key);
    const char *one = strstr(certificate, begin), *other = strstr(key, begin);
    if (!has_certificate || !has_key || !one || !other || strcmp(one, other) == 0)
        return;
    folder->errors++;
    fprintf(out,
            "%s is not the key of %s: they are of two pairs. Put both from one request there\n",
            broker->key, broker->certificate);
}

/* Many brokers take the certificate's name as the user, and the user as the {site} in topics. */
static void check_name(struct site_folder *folder, const char *certificate, FILE *out)
{
    static const char *const words[] = {
        "x509", "-noout", "-subject", "-nameopt", "utf8,sep_multiline,lname", NULL};
    static const char begin[] = "commonName=";
    char output[OUTPUT_BYTES], name[SITE_NAME_BYTES];
    if (!contents_of(folder, certificate) ||
        ask(folder, words, certificate, output) != OPENSSL_GOOD)
        return;
    char *found = strstr(output, begin);
    char *common_name = found ? found + strlen(begin) : output + strlen(output);
    common_name[strcspn(common_name, "\n")] = 0;
    certificates_name(site_folder_id(folder), name);
    if (strcmp(common_name, name) == 0)
        return;
    folder->warnings++;
    fprintf(out,
            "warning: %s is for CN=%s, but the site's name in topics is %s: a broker that takes "
            "the CN as the user drops everything. Make new ones: brink keys %s --force\n",
            certificate, common_name, name, folder->path);
}

void certificates_check(struct site_folder *folder, FILE *out)
{
    const struct site_broker *broker = &folder->settings.broker,
                             *upstream = &folder->settings.upstream;
    char unused[OUTPUT_BYTES];
    size_t errors = folder->errors;
    check_certificate(folder, broker->ca, out, unused);
    if (strcmp(upstream->ca, broker->ca) != 0)
        check_certificate(folder, upstream->ca, out, unused);
    check_pair(folder, broker, out);
    if (strcmp(upstream->certificate, broker->certificate) != 0 ||
        strcmp(upstream->key, broker->key) != 0)
        check_pair(folder, upstream, out);
    if (folder->errors == errors && folder->compiled.block)
        check_name(folder, upstream->certificate, out);
}
