/* A site as it lies on disk: site.json, *.rules and the files that it names, read, checked and
 * compiled. Comes in: a folder, or a single rule file. Goes out: settings and ruleset, and messages
 * for people. */
#ifndef TOOLS_SITE_FOLDER_H
#define TOOLS_SITE_FOLDER_H

#include "rules/language/compiler.h"
#include "rules/testing/trial.h"
#include "site/bundle.h"
#include "site/site.h"

#include <stdio.h>

#define FOLDER_RULES_MAX 32
#define FOLDER_OPENED_MAX 256 /* files that rules name: include, table … from */
#define FOLDER_FILES_MAX 6    /* certificates and keys of two brokers */

/* Certificates and keys that are not there are nothing to a trial, a warning to a check, and a
 * mistake to an image. */
enum folder_use { FOLDER_FOR_TRIAL, FOLDER_FOR_CHECK, FOLDER_FOR_IMAGE };

/* How messages are printed: for people, for editors (`file:line:column: error R162: text`), or as
 * JSON, one object each. In the last two what has no place in a file goes to standard error. */
enum folder_style { FOLDER_TEXT, FOLDER_LINES, FOLDER_JSON };

struct site_folder {
    enum folder_style style;
    const char *given;   /* the path as it was given */
    size_t messages_out; /* printed so far */
    char path[1024];     /* "" for a rule file alone */
    bool has_site;       /* false: a rule file alone, with settings by default */
    struct site_settings settings;
    struct rules_source_file rules[FOLDER_RULES_MAX];
    size_t rules_count;
    char rules_path[1024]; /* the folder in which paths of the rules begin */
    struct text opened[FOLDER_OPENED_MAX];
    size_t opened_count;
    bool has_other_text; /* a rule file that is not UTF-8: nothing is compiled */
    struct bundle_file files[FOLDER_FILES_MAX];
    size_t files_count;
    struct rules_compiled compiled; /* block is NULL when there are errors */
    size_t errors, warnings;
    enum folder_use use;
};

/* Reads, checks, compiles, and prints messages to `out`; warnings only for a check, else their
 * number. Returns an enum tool_exit: TOOL_GOOD (warnings at most), TOOL_WRONG, TOOL_FAILED. Free
 * with site_folder_free in every case. */
int site_folder_read(struct site_folder *folder, const char *path, FILE *out, enum folder_use use);
int site_folder_read_as(struct site_folder *folder, const char *path, FILE *out,
                        enum folder_use use, enum folder_style style);
/* The same site with other texts of its rule files (as many as it has), which it does not keep. */
void site_folder_recompile(struct site_folder *folder, const struct rules_source_file *files,
                           struct rules_compiled *compiled);
void site_folder_free(struct site_folder *folder);

/* The rules' site id, else the name of the settings. */
const char *site_folder_id(const struct site_folder *folder);
const char *site_folder_name(const struct site_folder *folder);

/* The site for a trial, which looks into the folder as long as it lasts. The limit on messages per
 * minute is set aside: what would be sent is seen when it happens. */
struct trial_site site_folder_trial(struct site_folder *folder);

/* Settings, ruleset and files in one block (site/bundle.h); freed by text_free. bytes == NULL: no
 * memory. */
struct text site_folder_bundle(const struct site_folder *folder);

#endif
