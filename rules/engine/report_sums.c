/* What the readings of one window come to: sums, how long conditions were true, sketches for
 * medians (RULES, section 11). Comes in: messages. Goes out: report items. Called by report.c. */
#include "base/kinetic.h"
#include "base/rounding.h"
#include "rules/engine/internal.h"
#include "rules/engine/sketch.h"

static struct report_while *whiles_of(const struct plan_report *plan, struct report_window *window)
{
    return (void *)((char *)window + plan->at_whiles);
}

/* NULL: the window has none of this reading. What is kept for revisions has none at all. */
static struct sketch *sketch_of(const struct plan_report *plan, struct report_window *window,
                                uint32_t reading)
{
    uint8_t at = plan->sketch_of[reading];
    if (at == PLAN_NO_SUM || (window->is_told && !plan->is_moving))
        return NULL;
    struct sketch *sketches = (void *)((char *)window + plan->at_sketches);
    return &sketches[at];
}

static struct text unit_of(const struct judging *j, const struct plan_report *plan,
                           uint32_t reading)
{
    const struct ruleset *rules = j->engine->plan.rules;
    const struct rules_group *group =
        RULES_AT(rules, struct rules_group, rules->groups, plan->group);
    return rules_text(rules, RULES_AT(rules, struct rules_reading, group->readings, reading)->unit);
}

/* ---- coming in ----------------------------------------------------------------------------- */

static void sum_begin(struct report_sum *sum, double value, int64_t at_ms)
{
    sum->least = sum->most = sum->first = sum->last = value;
    sum->first_ms = sum->last_ms = at_ms;
}

static void sum_add(struct report_sum *sum, double value, uint8_t decimals, int64_t at_ms)
{
    if (sum->count++ == 0)
        sum_begin(sum, value, at_ms);
    /* What a rounded addition loses is gathered aside (Neumaier 1974). */
    double total = sum->sum + value;
    double magnitude = sum->sum < 0 ? -sum->sum : sum->sum;
    bool is_larger = magnitude >= (value < 0 ? -value : value);
    sum->carry += is_larger ? (sum->sum - total) + value : (value - total) + sum->sum;
    sum->sum = total;
    double apart = value - sum->mean;
    sum->mean += apart / sum->count;
    sum->squares += apart * (value - sum->mean);
    sum->least = value < sum->least ? value : sum->least;
    sum->most = value > sum->most ? value : sum->most;
    sum->decimals = decimals > sum->decimals ? decimals : sum->decimals;
    if (at_ms < sum->first_ms) {
        sum->first = value;
        sum->first_ms = at_ms;
    }
    if (at_ms >= sum->last_ms) {
        sum->last = value;
        sum->last_ms = at_ms;
    }
}

static void reading_take(const struct judging *j, const struct plan_report *plan,
                         struct report_window *window, const struct engine_reading *reading,
                         int64_t taken_ms)
{
    struct report_sum *sum = &window->sums[plan->sum_of[reading->reading]];
    struct sketch *sketch = sketch_of(plan, window, reading->reading);
    sum_add(sum, reading->value, reading->decimals, taken_ms);
    if (plan->has_kinetic)
        sum->heat += kinetic_heat(reading->value, unit_of(j, plan, reading->reading));
    if (sketch != NULL)
        sketch_add(sketch, reading->value);
}

void window_take(const struct judging *judging, const struct plan_report *plan,
                 struct report_window *window, const struct report_message *message)
{
    if (message->is_duplicate) {
        window->duplicate++;
        return;
    }
    bool is_good = false, is_faulty = message->is_unreadable;
    for (size_t i = 0; i < message->count; i++) {
        const struct engine_reading *reading = &message->readings[i];
        if ((plan->readings >> reading->reading & 1) == 0)
            continue;
        is_good |= reading->quality == ENGINE_GOOD;
        is_faulty |= reading->quality == ENGINE_FAULTY;
        if (reading->quality == ENGINE_GOOD && plan->sum_of[reading->reading] != PLAN_NO_SUM)
            reading_take(judging, plan, window, reading, message->taken_ms);
    }
    window->received++;
    window->faulty += is_faulty;
    window->good += is_good && !is_faulty;
    window->late += message->is_late;
}

static int64_t least_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void window_count_whiles(const struct plan_report *plan, const struct report_state *state,
                         struct report_window *window, int64_t to_ms)
{
    int64_t from_ms = state->from_ms > window->start_ms ? state->from_ms : window->start_ms;
    int64_t until_ms = least_of(least_of(to_ms, state->until_ms), window->end_ms);
    if (!window->is_open || until_ms <= from_ms)
        return;
    struct report_while *whiles = whiles_of(plan, window);
    for (uint32_t i = 0; i < plan->whiles; i++) {
        whiles[i].true_ms += (state->is_true >> i & 1) != 0 ? until_ms - from_ms : 0;
        whiles[i].known_ms += (state->is_known >> i & 1) != 0 ? until_ms - from_ms : 0;
    }
}

/* ---- putting together ---------------------------------------------------------------------- */

/* Squares as Chan, Golub and LeVeque (1979). */
static void sum_join(struct report_sum *sum, const struct report_sum *other)
{
    if (other->count == 0)
        return;
    if (sum->count == 0) {
        *sum = *other;
        return;
    }
    double own = sum->count, others = other->count, apart = other->mean - sum->mean;
    sum->squares += other->squares + apart * apart * (own * others / (own + others));
    sum->mean += apart * (others / (own + others));
    sum->sum += other->sum;
    sum->carry += other->carry;
    sum->heat += other->heat;
    sum->least = other->least < sum->least ? other->least : sum->least;
    sum->most = other->most > sum->most ? other->most : sum->most;
    sum->first = other->first_ms < sum->first_ms ? other->first : sum->first;
    sum->first_ms = least_of(sum->first_ms, other->first_ms);
    sum->last = other->last_ms > sum->last_ms ? other->last : sum->last;
    sum->last_ms = other->last_ms > sum->last_ms ? other->last_ms : sum->last_ms;
    sum->decimals = other->decimals > sum->decimals ? other->decimals : sum->decimals;
    sum->count += other->count;
}

void window_join(const struct plan_report *plan, struct report_window *window,
                 const struct report_window *earlier)
{
    window->received += earlier->received;
    window->good += earlier->good;
    window->faulty += earlier->faulty;
    window->late += earlier->late;
    window->duplicate += earlier->duplicate;
    window->excluded += earlier->excluded;
    window->is_cut |= earlier->is_cut;
    for (uint32_t i = 0; i < plan->sums; i++)
        sum_join(&window->sums[i], &earlier->sums[i]);
    struct report_while *whiles = whiles_of(plan, window);
    const struct report_while *before = (const void *)((const char *)earlier + plan->at_whiles);
    for (uint32_t i = 0; i < plan->whiles; i++) {
        whiles[i].true_ms += before[i].true_ms;
        whiles[i].known_ms += before[i].known_ms;
    }
    struct sketch *sketches = (void *)((char *)window + plan->at_sketches);
    const struct sketch *others = (const void *)((const char *)earlier + plan->at_sketches);
    for (uint32_t i = 0; i < plan->sketches; i++)
        sketch_merge(&sketches[i], &others[i]);
}

/* ---- going out ----------------------------------------------------------------------------- */

/* The sum of many may be small where they are large, and large where they are small. */
static double total_of(const struct report_sum *sum)
{
    double total = sum->sum + sum->carry, size = rounding_size(sum->least, sum->most);
    return rounding_to_decimal(total, 4 * rounding_size(total, size));
}

static double summary_of(const struct report_sum *sum, uint32_t summary, struct text unit)
{
    double total = total_of(sum), size = rounding_size(sum->least, sum->most);
    switch (summary) {
    case RULES_AVERAGE:
        return total / sum->count;
    case RULES_MINIMUM:
        return sum->least;
    case RULES_MAXIMUM:
        return sum->most;
    case RULES_TOTAL:
        return total;
    case RULES_SPREAD:
        return rounding_difference(sum->most, sum->least);
    case RULES_DEVIATION:
        return rounding_to_decimal(__builtin_sqrt(sum->squares / sum->count), size);
    case RULES_FIRST:
        return sum->first;
    case RULES_LAST:
        return sum->last;
    case RULES_CHANGE:
        return rounding_difference(sum->last, sum->first);
    case RULES_KINETIC_MEAN:
        return rounding_to_decimal(kinetic_temperature(sum->heat / sum->count, unit), KINETIC_SIZE);
    default:
        return sum->count;
    }
}

static struct engine_item percentile_of(struct sketch *sketch, const struct rules_item *item,
                                        uint8_t decimals)
{
    struct engine_item told = {.decimals = decimals};
    double percent = item->summary == RULES_MEDIAN ? 50 : item->percentile;
    told.is_known = sketch != NULL && sketch_percentile(sketch, percent, &told.value);
    return told;
}

static struct engine_item item_of(const struct judging *j, const struct plan_report *plan,
                                  struct report_window *window, const struct rules_item *item)
{
    const struct report_sum *sum = &window->sums[plan->sum_of[item->reading]];
    bool is_count = item->summary == RULES_COUNT;
    if (item->summary == RULES_MEDIAN || item->summary == RULES_PERCENTILE)
        return percentile_of(sketch_of(plan, window, item->reading), item, sum->decimals);
    if (sum->count == 0)
        return (struct engine_item){.is_known = is_count};
    return (struct engine_item){
        .value = summary_of(sum, item->summary, unit_of(j, plan, item->reading)),
        .decimals = is_count ? 0 : sum->decimals,
        .is_known = true,
    };
}

void window_items(const struct judging *judging, const struct plan_report *plan,
                  struct report_window *window, struct engine_item *items)
{
    const struct ruleset *rules = judging->engine->plan.rules;
    const struct rules_report *report =
        RULES_AT(rules, struct rules_report, rules->reports, plan->report);
    const struct report_while *whiles = whiles_of(plan, window);
    for (uint32_t i = 0; i < report->items.count; i++) {
        const struct rules_item *item = RULES_AT(rules, struct rules_item, report->items, i);
        items[i] = (struct engine_item){0};
        if (item->kind == RULES_ITEM_SUMMARY) {
            items[i] = item_of(judging, plan, window, item);
        } else if (item->kind == RULES_ITEM_TIME_WHILE) {
            items[i].value = (double)whiles->true_ms / 1000; /* seconds */
            items[i].is_known = whiles->known_ms > 0;
            whiles++;
        }
    }
}
