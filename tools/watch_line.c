/* Words for people from JSON (see watch_line.h). What arrives is not trusted: control characters
 * never reach the terminal. */
#include "tools/watch_line.h"

#include "base/calendar.h"

#include <cJSON.h>
#include <ctype.h>
#include <stdlib.h>

/* ---- pieces -------------------------------------------------------------------------------- */

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static const char *string_of(const cJSON *object, const char *key)
{
    const cJSON *item = member(object, key);
    return cJSON_IsString(item) ? item->valuestring : "";
}

/* Without control characters, those above U+007F (C2 80 to C2 9F) included. */
static void print_clean(FILE *out, const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        bool is_c1 = at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0;
        fputc(*at < ' ' || *at == 0x7f || is_c1 ? '?' : *at, out);
        at += is_c1;
    }
}

/* "08:15" of "2026-03-14T08:15:00.000Z"; with a zone its local time, below a line with its day. */
static void print_time(FILE *out, const cJSON *root, struct watch_look *look)
{
    const char *time = string_of(root, "time"), *zone;
    char shown[6] = "     ", local[CALENDAR_TEXT_BYTES];
    int64_t ms;
    if (look->zone && calendar_read(text_of(time), &ms)) {
        time = calendar_write(ms + zone_offset_s(look->zone, ms, &zone) * INT64_C(1000), local);
        if (strncmp(look->day, time, 10) != 0)
            fprintf(out, "%.10s\n", time);
        snprintf(look->day, sizeof look->day, "%.10s", time);
    }
    if (strlen(time) >= 16)
        memcpy(shown, time + 11, 5);
    print_clean(out, shown);
}

static const struct paint {
    const char *word, *colour;
} paints[] = {
    {"critical", "1;31"}, {"warning", "33"}, {"notice", "36"},
    {"log", "2"},         {"cleared", "32"}, {"", "0"},
};

static void print_word(FILE *out, const char *word, bool has_colour)
{
    const struct paint *paint = paints;
    char upper[16] = "";
    while (paint->word[0] && strcmp(paint->word, word) != 0)
        paint++;
    for (size_t i = 0; i < sizeof upper - 1 && word[i]; i++)
        upper[i] = isprint((unsigned char)word[i]) ? (char)toupper((unsigned char)word[i]) : '?';
    if (has_colour)
        fprintf(out, "\033[%sm%-9s\033[0m", paint->colour, upper);
    else
        fprintf(out, "%-9s", upper);
}

/* ---- kinds of messages --------------------------------------------------------------------- */

static void print_site(FILE *out, const cJSON *data)
{
    print_clean(out, string_of(member(data, "site"), "id"));
    fputs("  ", out);
}

static void print_alert(FILE *out, const cJSON *root, struct watch_look *look)
{
    const cJSON *data = member(root, "data");
    const char *change = string_of(data, "change");
    print_time(out, root, look);
    fputs("  ", out);
    print_word(out, strcmp(change, "cleared") == 0 ? "cleared" : string_of(data, "severity"),
               look->has_colour);
    fputs("  ", out);
    print_site(out, data);
    print_clean(out, string_of(data, "message"));
    if (cJSON_IsTrue(member(data, "historical")))
        fputs(" (history)", out);
}

static void print_report(FILE *out, const cJSON *root, struct watch_look *look)
{
    const cJSON *data = member(root, "data");
    print_time(out, root, look);
    fputs(look->has_colour ? "  \033[2mreport     " : "  report     ", out);
    print_site(out, data);
    print_clean(out, string_of(data, "report"));
    if (strcmp(string_of(data, "device"), "site") != 0) {
        fputc(' ', out);
        print_clean(out, string_of(data, "device"));
    }
    const cJSON *readings = member(data, "readings");
    for (const cJSON *reading = readings ? readings->child : NULL; reading;
         reading = reading->next) {
        fputs("; ", out);
        print_clean(out, reading->string);
        for (const cJSON *item = reading->child; item; item = item->next) {
            if (!cJSON_IsNumber(item))
                continue;
            fputc(' ', out);
            print_clean(out, item->string);
            fprintf(out, " %.4g", item->valuedouble);
        }
        const char *unit = string_of(reading, "unit");
        fputs(unit[0] ? " " : "", out);
        print_clean(out, unit);
    }
    fputs(look->has_colour ? "\033[0m" : "", out);
}

static void print_other(FILE *out, const cJSON *root, const char *kind, struct watch_look *look)
{
    const cJSON *data = member(root, "data");
    print_time(out, root, look);
    fprintf(out, "  %-9s  ", kind);
    print_site(out, data);
    if (strcmp(kind, "gap") == 0) {
        fputs("messages ", out);
        print_clean(out, string_of(data, "from"));
        fputs(" to ", out);
        print_clean(out, string_of(data, "to"));
        fputs(" were dropped", out);
    } else if (strcmp(kind, "health") == 0) {
        const cJSON *devices = member(data, "devices"), *active = member(data, "alarms_active");
        double known = cJSON_IsNumber(devices) ? devices->valuedouble : 0;
        double alarms = cJSON_IsNumber(active) ? active->valuedouble : 0;
        fprintf(out, "%.0f device%s, %.0f alarm%s active", known, known == 1 ? "" : "s", alarms,
                alarms == 1 ? "" : "s");
    } else if (strcmp(kind, "clock") == 0) {
        fputs("the clock was set", out);
    }
}

static void print_online(FILE *out, const cJSON *root, const char *topic)
{
    const char *site = topic + 9, *end = strchr(site, '/');
    char name[80];
    snprintf(name, sizeof name, "%.*s", end ? (int)(end - site) : 0, site);
    fputs("       link       ", out);
    print_clean(out, name);
    fputs(cJSON_IsTrue(member(root, "online")) ? " is connected" : " is cut off", out);
}

/* ---- the line ------------------------------------------------------------------------------ */

bool watch_line_json(FILE *out, const char *topic, struct text payload, bool retained)
{
    cJSON *name = cJSON_CreateString(topic),
          *root = cJSON_ParseWithLength(payload.bytes, payload.length);
    char *quoted = cJSON_PrintUnformatted(name);
    fprintf(out, "{\"topic\":%s,\"retained\":%s,\"payload\":", quoted ? quoted : "null",
            retained ? "true" : "false");
    if (root && !memchr(payload.bytes, '\n', payload.length))
        fwrite(payload.bytes, 1, payload.length, out); /* the bytes that came */
    else
        fputs("null", out);
    fputs("}\n", out);
    cJSON_free(quoted);
    cJSON_Delete(name);
    cJSON_Delete(root);
    return true;
}

bool watch_line_people(FILE *out, const char *topic, struct text payload, struct watch_look *look)
{
    const char *site = strncmp(topic, "brink/v1/", 9) == 0 ? topic + 9 : "";
    const char *kind = strchr(site, '/');
    if (!kind || payload.length == 0)
        return false;
    kind++;
    cJSON *root = cJSON_ParseWithLength(payload.bytes, payload.length);
    bool is_state = strncmp(kind, "state/", 6) == 0, is_health = strcmp(kind, "health") == 0;
    bool is_shown = root && (look->shows_all || !(is_state || is_health));
    if (!is_shown) {
        cJSON_Delete(root);
        return false;
    }
    if (strncmp(kind, "alert/", 6) == 0 || is_state)
        print_alert(out, root, look);
    else if (strncmp(kind, "report/", 7) == 0)
        print_report(out, root, look);
    else if (strcmp(kind, "online") == 0)
        print_online(out, root, topic);
    else
        print_other(out, root,
                    is_health                         ? "health"
                    : strcmp(kind, "site/gap") == 0   ? "gap"
                    : strcmp(kind, "site/clock") == 0 ? "clock"
                                                      : "message",
                    look);
    fputc('\n', out);
    cJSON_Delete(root);
    return true;
}
