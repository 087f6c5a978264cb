/* Nearest words by optimal string alignment, and the words that people say instead. See suggest.h.
 */
#include "rules/language/suggest.h"

#include "rules/language/source.h"

#define LETTERS_MAX 64

static size_t letters_of(struct text text, int32_t letters[LETTERS_MAX])
{
    size_t count = 0;
    for (size_t offset = 0; offset < text.length; count++) {
        if (count == LETTERS_MAX)
            return LETTERS_MAX + 1;
        int32_t letter = utf8_next(text, &offset);
        letters[count] = letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter;
    }
    return count;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

int suggest_distance(struct text a, struct text b)
{
    int32_t x[LETTERS_MAX], y[LETTERS_MAX];
    size_t m = letters_of(a, x), n = letters_of(b, y);
    if (m > LETTERS_MAX || n > LETTERS_MAX)
        return SUGGEST_FAR;
    int rows[3][LETTERS_MAX + 1];
    int *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= n; j++)
        above[j] = (int)j;
    for (size_t i = 1; i <= m; i++) {
        row[0] = (int)i;
        for (size_t j = 1; j <= n; j++) {
            int cost = x[i - 1] != y[j - 1];
            row[j] = least(least(above[j] + 1, row[j - 1] + 1), above[j - 1] + cost);
            if (i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        int *oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[n];
}

/* What other languages, and people, call it. */
static const struct {
    const char *said, *meant;
} synonyms[] = {
    {"between", "inside"},  {"within", "inside"},  {"over", "above"},       {"exceeds", "above"},
    {"exceed", "above"},    {"greater", "above"},  {"higher", "above"},     {"more", "above"},
    {"under", "below"},     {"less", "below"},     {"lower", "below"},      {"equals", "is"},
    {"equal", "is"},        {"drops", "falls"},    {"increases", "rises"},  {"decreases", "falls"},
    {"if", "when"},         {"info", "notice"},    {"warn", "warning"},     {"crit", "critical"},
    {"major", "critical"},  {"minor", "warning"},  {"error", "critical"},   {"rule", "alarm"},
    {"alert", "alarm"},     {"message", "say"},    {"text", "say"},         {"avg", "average"},
    {"mean", "average"},    {"min", "minimum"},    {"max", "maximum"},      {"number", "count"},
    {"topic", "from"},      {"summary", "report"}, {"device", "sensors"},   {"devices", "sensors"},
    {"interval", "expect"}, {"timestamp", "time"}, {"offline", "silent"},   {"quiet", "silent"},
    {"duration", "for"},    {"during", "for"},     {"hysteresis", "until"}, {"celsius", "°C"},
    {"fahrenheit", "°F"},   {"degrees", "°C"},     {"deg", "°C"},           {"volts", "V"},
    {"volt", "V"},          {"millivolts", "mV"},  {"amps", "A"},           {"amp", "A"},
    {"amperes", "A"},       {"milliamps", "mA"},   {"watts", "W"},          {"watt", "W"},
    {"kilowatts", "kW"},    {"hertz", "Hz"},       {"percent", "%"},        {"metres", "m"},
    {"meters", "m"},        {"feet", "ft"},        {"foot", "ft"},          {"inches", "inch"},
    {"pascal", "Pa"},       {"bars", "bar"},       {"decibel", "dB"},       {"decibels", "dB"},
    {"kelvin", "K"},        {"lx", "lux"},         {"zone", "timezone"},
};

int suggest_word(struct text written, const struct text *candidates, size_t count, int *distance)
{
    for (size_t s = 0; s < sizeof synonyms / sizeof synonyms[0]; s++) {
        if (!text_equal_ignoring_case(written, text_of(synonyms[s].said)))
            continue;
        for (size_t i = 0; i < count; i++) {
            if (!text_equal(candidates[i], text_of(synonyms[s].meant)))
                continue;
            if (distance != NULL)
                *distance = 0;
            return (int)i;
        }
    }
    int length = (int)utf8_count(written);
    int limit = length / 3 > 1 ? length / 3 : 1;
    int best = -1, best_distance = limit + 1;
    for (size_t i = 0; i < count; i++) {
        int d = suggest_distance(written, candidates[i]);
        /* A word of one letter is one slip from every other: no suggestion. */
        if (d < best_distance && d < length) {
            best = (int)i;
            best_distance = d;
        }
    }
    if (distance != NULL)
        *distance = best < 0 ? SUGGEST_FAR : best_distance;
    return best;
}
