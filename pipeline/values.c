/* Numbers, states, texts and times out of tokens. See values.h. */
#include "pipeline/values.h"
#include "base/calendar.h"
#include "base/rounding.h"
#include "pipeline/escapes.h"

#define NUMBER_MOST 1e15 /* beyond it a number is faulty (section 8.2) */

/* ---- decimals -------------------------------------------------------------------------------- */

#define DECIMALS_MOST 9

/* How many digits after the point a constant of the rules has: 0.1 -> 1. */
static uint8_t decimals_of(double constant)
{
    double factor = 1;
    for (uint8_t decimals = 0; decimals < DECIMALS_MOST; decimals++, factor *= 10) {
        double shifted = constant * factor;
        if (shifted > 1e17 || shifted < -1e17)
            return decimals;
        double rest = shifted - (double)(int64_t)shifted;
        double tiny = 1e-9 * (shifted < 0 ? -shifted : shifted);
        rest = rest < 0 ? -rest : rest;
        if (rest <= tiny || 1 - rest <= tiny)
            return decimals;
    }
    return DECIMALS_MOST;
}

void values_reading_make(struct values_reading *reading, const struct rules_reading *rules)
{
    *reading = (struct values_reading){.rules = rules};
    reading->scale_decimals = (int8_t)decimals_of(rules->scale);
    if (rules->scale < 1e15 && rules->scale > -1e15) {
        for (int64_t scale = (int64_t)rules->scale;
             reading->scale_decimals <= 0 && scale != 0 && scale % 10 == 0; scale /= 10)
            reading->scale_decimals--;
    }
    reading->offset_decimals = decimals_of(rules->offset);
}

static uint8_t decimals_after(const struct values_reading *reading, uint8_t sent)
{
    int decimals = sent + reading->scale_decimals;
    decimals = decimals > reading->offset_decimals ? decimals : reading->offset_decimals;
    return (uint8_t)(decimals < 255 ? decimals : 255);
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* A number, quoted or not. */
static bool number_of(const struct scan_token *token, double *number, uint8_t *decimals)
{
    if (token->kind == SCAN_NUMBER) {
        *number = token->number;
        *decimals = token->decimals;
        return true;
    }
    return token->kind == SCAN_STRING &&
           scan_quoted_number((struct text){token->bytes, token->length}, number, decimals);
}

static bool is_ignored(const struct ruleset *rules, const struct rules_reading *reading,
                       double number)
{
    for (uint32_t i = 0; i < reading->ignored.count; i++) {
        if (*RULES_AT(rules, double, reading->ignored, i) == number)
            return true;
    }
    return false;
}

static void read_number(const struct ruleset *rules, const struct values_reading *reading,
                        const struct scan_token *token, struct engine_reading *value)
{
    double raw;
    uint8_t sent;
    value->quality = ENGINE_FAULTY;
    if (!number_of(token, &raw, &sent) || !(raw <= NUMBER_MOST && raw >= -NUMBER_MOST))
        return;
    double scaled = raw * reading->rules->scale, offset = reading->rules->offset;
    double number = scaled + offset;
    if (number != raw) /* 2776.5 tenths offset by -273.15 are 4.5 */
        number = rounding_to_decimal(number, rounding_size(scaled, offset));
    if (!(number >= reading->rules->valid_least && number <= reading->rules->valid_most) ||
        is_ignored(rules, reading->rules, number))
        return;
    value->quality = ENGINE_GOOD;
    value->value = number;
    value->decimals = decimals_after(reading, sent);
}

/* ---- states ---------------------------------------------------------------------------------- */

static struct text without_blanks(struct text text)
{
    const char *end = text.bytes + text.length;
    const char *start = scan_blanks(text.bytes, end);
    while (end > start && scan_blanks(end - 1, end) == end)
        end--;
    return (struct text){start, (size_t)(end - start)};
}

/* What stands for the first and the second word of a pair when it is not one of the words
 * themselves. */
static const struct {
    struct text text;
    uint32_t word;
} synonyms[] = {
    {{"true", 4}, 0},  {{"1", 1}, 0}, {{"on", 2}, 0},  {{"yes", 3}, 0}, {{"open", 4}, 0},
    {{"false", 5}, 1}, {{"0", 1}, 1}, {{"off", 3}, 1}, {{"no", 2}, 1},  {{"closed", 6}, 1},
};

static bool word_of(const struct ruleset *rules, const struct rules_reading *reading,
                    struct text text, uint32_t *word)
{
    for (uint32_t i = 0; i < reading->words.count; i++) {
        const struct rules_text *listed = RULES_AT(rules, struct rules_text, reading->words, i);
        if (listed->length == text.length &&
            text_equal_ignoring_case(rules_text(rules, *listed), text)) {
            *word = i;
            return true;
        }
    }
    if (reading->words.count != 2)
        return false;
    for (size_t i = 0; i < sizeof synonyms / sizeof synonyms[0]; i++) {
        if (text_equal_ignoring_case(synonyms[i].text, text)) {
            *word = synonyms[i].word;
            return true;
        }
    }
    return false;
}

static void read_state(const struct ruleset *rules, const struct rules_reading *reading,
                       const struct scan_token *token, struct values_scratch *scratch,
                       struct engine_reading *value)
{
    struct text text = {token->bytes, token->length};
    bool is_word;
    switch (token->kind) {
    case SCAN_STRING:
        is_word = values_text(token, scratch, &text) &&
                  word_of(rules, reading, without_blanks(text), &value->word);
        break;
    case SCAN_TRUE:
    case SCAN_FALSE: /* a pair only: with more words, texts only (section 4.4) */
        is_word = reading->words.count == 2 && word_of(rules, reading, text, &value->word);
        break;
    case SCAN_NUMBER: /* 1, 0, and 1.0 too */
        is_word = reading->words.count == 2 && (token->number == 0 || token->number == 1);
        value->word = token->number == 0;
        break;
    default:
        is_word = false;
        break;
    }
    value->quality = is_word ? ENGINE_GOOD : ENGINE_FAULTY;
}

/* ---- texts ----------------------------------------------------------------------------------- */

bool values_text(const struct scan_token *token, struct values_scratch *scratch, struct text *text)
{
    bool is_text = token->kind == SCAN_STRING || token->kind == SCAN_NUMBER;
    if (!is_text || token->bytes == NULL)
        return false;
    *text = (struct text){token->bytes, token->length};
    if (token->escapes == SCAN_ESCAPES_NONE)
        return true;
    char *room = scratch->bytes + scratch->used;
    size_t length = escapes_resolve(*text, (enum scan_escapes)token->escapes, room,
                                    sizeof scratch->bytes - scratch->used);
    if (length == SIZE_MAX)
        return false;
    scratch->used += length;
    scratch->copied_bytes += length;
    *text = (struct text){room, length};
    return true;
}

static void read_text(const struct scan_token *token, struct values_scratch *scratch,
                      struct engine_reading *value)
{
    bool is_word = token->kind == SCAN_TRUE || token->kind == SCAN_FALSE;
    if (is_word)
        value->text = (struct text){token->bytes, token->length};
    value->quality =
        is_word || values_text(token, scratch, &value->text) ? ENGINE_GOOD : ENGINE_FAULTY;
}

/* ---- a reading ------------------------------------------------------------------------------- */

void values_read(const struct ruleset *rules, const struct values_reading *reading,
                 const struct scan_token *token, struct values_scratch *scratch,
                 struct engine_reading *value)
{
    value->word = 0;
    value->decimals = 0;
    value->value = 0;
    value->text = (struct text){"", 0};
    if (token->kind == SCAN_NULL) {
        value->quality = ENGINE_MISSING;
        return;
    }
    switch (reading->rules->kind) {
    case RULES_NUMBER:
        read_number(rules, reading, token, value);
        break;
    case RULES_STATE:
        read_state(rules, reading->rules, token, scratch, value);
        break;
    default:
        read_text(token, scratch, value);
        break;
    }
}

/* ---- times and sequence numbers -------------------------------------------------------------- */

#define YEAR_0_MS (-62167219200000.0)
#define YEAR_10000_MS 253402300800000.0

bool values_time_is_sane(double utc_ms)
{
    return utc_ms >= YEAR_0_MS && utc_ms < YEAR_10000_MS;
}

bool values_time(enum rules_time kind, const struct scan_token *token, int64_t *utc_ms)
{
    if (kind == RULES_TIME_TEXT) {
        return token->kind == SCAN_STRING && token->escapes == SCAN_ESCAPES_NONE &&
               calendar_read(without_blanks((struct text){token->bytes, token->length}), utc_ms);
    }
    double time_ms;
    uint8_t decimals;
    if (!number_of(token, &time_ms, &decimals))
        return false;
    if (kind == RULES_TIME_SECONDS)
        time_ms *= 1000;
    if (!values_time_is_sane(time_ms))
        return false;
    *utc_ms = (int64_t)(time_ms + (time_ms < 0 ? -0.5 : 0.5));
    return true;
}

bool values_sequence(const struct scan_token *token, uint64_t *sequence)
{
    double number;
    uint8_t decimals;
    if (!number_of(token, &number, &decimals) || !(number >= 0 && number < 9007199254740992.0))
        return false;
    *sequence = (uint64_t)number;
    return (double)*sequence == number;
}
