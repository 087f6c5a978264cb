/* `brink score`: how unusual is each reading of a recording? Comes in: lines `timestamp,value` (CSV
 * with a heading) on standard input or from a file. Goes out: the same lines with `anomaly_score`
 * and `alarm` behind them, and a picture on wish. It is the detector of `is unusual` alone, as the
 * engine runs it, without any rule. */
#include "base/number.h"
#include "rules/engine/unusual.h"
#include "tools/command.h"
#include "tools/moment.h"
#include "tools/score_plot.h"

#include <stdio.h>
#include <stdlib.h>

#define LINE_BYTES 4096

struct scoring {
    struct unusual unusual;
    struct unusual_episode episode;
    struct unusual_settings settings;
    double threshold;
    unsigned long line, wrong;
    struct score_plot plot;
    bool is_plotted;
};

struct verdict {
    double score;
    bool alarm;
    struct unusual_answer answer;
};

static bool plot_reading(struct scoring *s, int64_t at_ms, double value,
                         const struct verdict *verdict)
{
    const struct unusual_answer *answer = &verdict->answer;
    struct score_point point = {.at_ms = at_ms,
                                .value = value,
                                .low = answer->low,
                                .high = answer->high,
                                .surprise = answer->surprise,
                                .is_known = s->unusual.readings > UNUSUAL_LEAST_READINGS,
                                .is_alarm = verdict->alarm};
    return score_plot_add(&s->plot, &point);
}

/* Speaks once per episode. A surprise that is not told shows no score above the threshold: whoever
 * sets another threshold must not find it again. */
static struct verdict judge(struct scoring *s, int64_t at_ms, double value)
{
    bool was_on = s->episode.is_on;
    struct verdict verdict = {.answer =
                                  unusual_take(&s->unusual, &s->settings, at_ms, value, was_on)};
    double surprise = verdict.answer.surprise;
    verdict.alarm = unusual_episode_take(&s->episode, s->threshold, 0, &verdict.answer);
    verdict.score = verdict.alarm || (!was_on && surprise < s->threshold) ? surprise : 0;
    return verdict;
}

/* A cell without what stands around it. */
static struct text trimmed(struct text cell)
{
    struct text inside = text_trimmed(cell);
    bool is_quoted =
        inside.length >= 2 && inside.bytes[0] == '"' && inside.bytes[inside.length - 1] == '"';
    return is_quoted ? (struct text){inside.bytes + 1, inside.length - 2} : inside;
}

static bool read_line(struct text line, int64_t *at_ms, double *value)
{
    const char *comma = memchr(line.bytes, ',', line.length);
    if (comma == NULL)
        return false;
    struct text time = trimmed((struct text){line.bytes, (size_t)(comma - line.bytes)});
    struct text rest = {comma + 1, line.length - (size_t)(comma + 1 - line.bytes)};
    const char *second = memchr(rest.bytes, ',', rest.length);
    if (second != NULL)
        rest.length = (size_t)(second - rest.bytes);
    rest = trimmed(rest);
    uint8_t decimals;
    return moment_read(time, &(struct zone){0}, at_ms) && rest.length > 0 &&
           number_parse(rest, value, &decimals) == rest.length && *value >= -1e15 && *value <= 1e15;
}

static int score_file(struct scoring *s, FILE *in)
{
    char line[LINE_BYTES];
    printf("timestamp,value,anomaly_score,alarm\n");
    while (fgets(line, sizeof line, in) != NULL) {
        struct text text = text_trimmed(text_of(line));
        int64_t at_ms;
        double value;
        s->line++;
        if (text.length == 0)
            continue;
        if (!read_line(text, &at_ms, &value)) {
            if (s->line > 1 && ++s->wrong <= 3)
                complain("line %lu is no time and number, such as 2026-03-14T08:15:00Z,6.0: it is "
                         "left out",
                         s->line);
            continue; /* the first line may be the heading */
        }
        struct verdict verdict = judge(s, at_ms, value);
        if (s->is_plotted && !plot_reading(s, at_ms, value, &verdict)) {
            complain(
                "there is no memory for a picture of so many readings: the rest is left out of it");
            s->is_plotted = false;
        }
        const char *comma = memchr(text.bytes, ',', text.length);
        const char *second = memchr(comma + 1, ',', text.length - (size_t)(comma + 1 - text.bytes));
        int shown = (int)(second != NULL ? second - text.bytes : (ptrdiff_t)text.length);
        printf("%.*s,%.4f,%d\n", shown, text.bytes, verdict.score, verdict.alarm);
    }
    if (s->wrong > 0)
        complain("%lu lines could not be read", s->wrong);
    return s->wrong > 0 ? TOOL_WRONG : TOOL_GOOD;
}

/* A threshold; 0, after a complaint: no such sensitivity. */
static double threshold_of(const char *sensitivity)
{
    static const struct {
        const char *name;
        enum unusual_sensitivity value;
    } levels[] = {{"low", UNUSUAL_LOW}, {"normal", UNUSUAL_NORMAL}, {"high", UNUSUAL_HIGH}};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (strcmp(sensitivity, levels[i].name) == 0)
            return unusual_threshold(levels[i].value);
    }
    complain("--sensitivity is low, normal or high, not \"%s\"", sensitivity);
    return 0;
}

static int draw(struct scoring *s, const char *readings, const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        complain("%s can't be written", path);
        return TOOL_FAILED;
    }
    score_plot_draw(&s->plot, s->threshold, readings, file);
    bool is_whole = fclose(file) == 0;
    if (!is_whole)
        complain("%s could not be written whole", path);
    return is_whole ? TOOL_GOOD : TOOL_FAILED;
}

static int score(const struct command *command, int count, char *words[])
{
    const char *sensitivity = "normal", *names[1], *learn = "7", *plot = NULL;
    const struct option options[] = {
        {"--sensitivity", "LEVEL", "low, normal or high: how much it takes to speak",
         .value = &sensitivity},
        {"--learn-over", "DAYS", "how fast old behaviour is forgotten (7)", .value = &learn},
        {"--plot", "FILE.svg", "draws readings, what was usual, and where it spoke",
         .value = &plot},
        {0}};
    enum options_result result = options_read(command, options, count, words, names);
    if (result != OPTIONS_READ)
        return result == OPTIONS_HELP ? TOOL_GOOD : TOOL_USAGE;
    struct scoring scoring = {.threshold = threshold_of(sensitivity), .is_plotted = plot != NULL};
    long days;
    if (scoring.threshold == 0 || !option_number("--learn-over", learn, 1, 365, &days))
        return TOOL_USAGE;
    scoring.settings.learn_over_ms = days * INT64_C(86400000);
    const char *readings =
        names[0] == NULL || strcmp(names[0], "-") == 0 ? "standard input" : names[0];
    FILE *in = readings != names[0] ? stdin : fopen(names[0], "r");
    if (in == NULL) {
        complain("%s can't be read", names[0]);
        return TOOL_FAILED;
    }
    int status = score_file(&scoring, in);
    int drawn = plot != NULL ? draw(&scoring, readings, plot) : TOOL_GOOD;
    score_plot_free(&scoring.plot);
    if (in != stdin)
        fclose(in);
    return drawn != TOOL_GOOD ? drawn : status;
}

const struct command command_score = {
    .name = "score",
    .arguments = "[READINGS]",
    .summary = "how unusual each reading of a recording is (CSV: timestamp,value)",
    .details = "  Reads lines \"timestamp,value\" from a file or standard input and writes\n"
               "  timestamp,value,anomaly_score,alarm: what \"is unusual\" makes of them.\n",
    .least = 0,
    .most = 1,
    .run = score,
};
