/* `brink check`: mistakes, warnings, and what memory the site needs.
 * Comes in: a site's folder or a rule file. Goes out: messages and a summary on standard output. */
#include "alerts/alerts.h"
#include "pipeline/pipeline.h"
#include "tools/command.h"
#include "tools/site_folder.h"

#include <stdio.h>

/* Image, buffers of the network, TLS: what the machine needs beside the tables that are worked out
 * here. */
#define REST_BYTES ((size_t)3 * 1024 * 1024)

static void print_bytes(const char *what, size_t bytes, const char *note)
{
    printf("  %-22s %8.1f KiB%s%s\n", what, (double)bytes / 1024, note[0] ? "  " : "", note);
}

static void print_counts(const struct site_folder *folder)
{
    static const char *const words[] = {"normal", "log", "notice", "warning", "critical"};
    const struct ruleset *rules = folder->compiled.block;
    size_t counts[5] = {0};
    for (uint32_t i = 0; i < rules->alarms.count; i++) {
        const struct rules_alarm *alarm = RULES_AT(rules, struct rules_alarm, rules->alarms, i);
        /* The most severe trigger stands first. */
        counts[RULES_AT(rules, struct rules_trigger, alarm->triggers, 0)->severity]++;
    }
    printf("%s: %u group%s of sensors, %u alarm%s",
           folder->has_site ? site_folder_id(folder) : folder->rules[0].name, rules->groups.count,
           rules->groups.count == 1 ? "" : "s", rules->alarms.count,
           rules->alarms.count == 1 ? "" : "s");
    for (int severity = RULES_CRITICAL; severity >= RULES_LOG; severity--) {
        if (counts[severity] > 0)
            printf(", %zu %% up to %s",
                   (counts[severity] * 100 + rules->alarms.count / 2) / rules->alarms.count,
                   words[severity]);
    }
    printf("; %u report%s.\n", rules->reports.count, rules->reports.count == 1 ? "" : "s");
}

/* Every device gets as much room as the longest of its kind; this is by how much less it would be
 * without what is learned. */
static size_t learned_bytes(const struct ruleset *rules, uint32_t devices)
{
    size_t with = 0, without = 0;
    for (uint32_t i = 0; i < rules->groups.count; i++) {
        size_t bytes = engine_device_bytes(rules, i),
               rest = bytes - engine_device_learned_bytes(rules, i);
        with = bytes > with ? bytes : with;
        without = rest > without ? rest : without;
    }
    return (with - without) * devices;
}

static void print_groups(const struct ruleset *rules)
{
    for (uint32_t i = 0; i < rules->groups.count; i++) {
        const struct rules_group *group = RULES_AT(rules, struct rules_group, rules->groups, i);
        size_t learned = engine_device_learned_bytes(rules, i);
        printf("    each of %-13s %8zu bytes", rules_text(rules, group->name).bytes,
               engine_device_bytes(rules, i));
        if (learned > 0)
            printf(", %zu of them to learn what is usual", learned);
        printf("\n");
    }
}

static void print_memory(struct site_folder *folder)
{
    const struct ruleset *rules = folder->compiled.block;
    uint32_t devices = folder->settings.devices;
    struct alerts_settings settings = {.spool_bytes = ALERTS_SPOOL_BYTES};
    size_t engine = engine_size_bytes(rules, devices),
           pipeline = pipeline_size_bytes(rules, devices), learned = learned_bytes(rules, devices);
    size_t alerts = alerts_size_bytes(rules, &settings) - settings.spool_bytes;
    size_t total = folder->compiled.size_bytes + engine + pipeline + alerts + settings.spool_bytes;
    char note[64];
    printf("Memory for %u devices:\n", devices);
    print_bytes("rules", folder->compiled.size_bytes, "");
    snprintf(note, sizeof note, "whichever groups the %u devices are of", devices);
    print_bytes("engine", engine - learned, note);
    print_groups(rules);
    if (learned > 0)
        print_bytes("is unusual", learned, "about 1 KiB for each device, alarm and reading");
    print_bytes("pipeline", pipeline, "");
    print_bytes("alerts", alerts, "");
    print_bytes("messages that wait", settings.spool_bytes, "");
    print_bytes("total", total, "");
    if (total + REST_BYTES > (size_t)folder->settings.memory_mib * 1024 * 1024) {
        printf(
            "warning: site.json: %u MiB of memory are too little: set machine.memory_mib to %zu\n",
            folder->settings.memory_mib, (total + REST_BYTES + 1024 * 1024 - 1) / (1024 * 1024));
        folder->warnings++;
    }
}

static void print_verdict(const struct site_folder *folder)
{
    if (folder->errors > 0)
        printf("%zu mistake%s", folder->errors, folder->errors == 1 ? "" : "s");
    else
        printf("No mistakes");
    if (folder->warnings > 0)
        printf(", %zu warning%s", folder->warnings, folder->warnings == 1 ? "" : "s");
    printf(".\n");
    if (folder->compiled.errors >= RULES_MESSAGES_MAX)
        printf("The rules are read no further after %d mistakes: there may be more below.\n",
               RULES_MESSAGES_MAX);
}

static int run(const struct command *command, int count, char *words[])
{
    const char *names[1];
    bool is_json = false, is_lines = false;
    const struct option options[] = {
        {.name = "--json",
         .help = "one JSON object a line for each mistake and warning",
         .flag = &is_json},
        {.name = "--lines",
         .help = "file:line:column: error R162: text, for editors",
         .flag = &is_lines},
        {0},
    };
    enum options_result result = options_read(command, options, count, words, names);
    if (result != OPTIONS_READ)
        return result == OPTIONS_HELP ? TOOL_GOOD : TOOL_USAGE;
    struct site_folder folder;
    enum folder_style style = is_json ? FOLDER_JSON : is_lines ? FOLDER_LINES : FOLDER_TEXT;
    int status = site_folder_read_as(&folder, names[0], stdout, FOLDER_FOR_CHECK, style);
    if (style != FOLDER_TEXT) {
        site_folder_free(&folder);
        return status;
    }
    if (status == TOOL_GOOD) {
        print_counts(&folder);
        if (folder.has_site)
            print_memory(&folder);
    }
    if (status != TOOL_FAILED)
        print_verdict(&folder);
    site_folder_free(&folder);
    return status;
}

const struct command command_check = {
    .name = "check",
    .arguments = "SITE_OR_RULES",
    .summary = "mistakes, warnings, memory needed",
    .details =
        "  SITE is a folder with site.json and *.rules; a single rule file is checked alone.\n"
        "  Warnings do not make it wrong; mistakes do.\n",
    .least = 1,
    .most = 1,
    .run = run,
};
