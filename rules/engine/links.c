/* Rows that ask about rows: who belongs together, and whose alarms are to be judged when something
 * changes elsewhere. Comes in: rows as they are made, and changes of values, silence and alarms.
 * Goes out: the rows that a link leads to, and judgements in the order of reference. A bucket holds
 * the rows of a link that agree in the names of its pairs, whatever their case (RULES, appendix E
 * 14); the rows carry the lists. Called by devices.c, engine.c, alarm.c, condition_link.c. */
#include "rules/engine/internal.h"

/* ---- sizes --------------------------------------------------------------------------------- */

static size_t aligned(size_t bytes)
{
    return (bytes + 7) / 8 * 8;
}

/* A new row brings at most one bucket for each end of a link. */
static uint32_t buckets_for(const struct ruleset *rules, uint32_t devices)
{
    uint32_t most = 0, site = 0;
    for (uint32_t g = 0; g < rules->groups.count; g++) {
        uint32_t ends = plan_ends_of(rules, g);
        for (uint32_t s = 0; s < rules->sets.count; s++) {
            uint32_t scope = rules->groups.count + s;
            ends += plan_rules_group(rules, scope) == g ? plan_ends_of(rules, scope) : 0;
        }
        most = ends > most ? ends : most;
    }
    for (uint32_t s = 0; s < rules->sets.count; s++) {
        uint32_t scope = rules->groups.count + s;
        site += plan_rules_group(rules, scope) == RULES_NONE ? plan_ends_of(rules, scope) : 0;
    }
    return devices * most + site;
}

static uint32_t heads_for(uint32_t buckets)
{
    uint32_t heads = 1;
    while (heads < buckets)
        heads *= 2;
    return heads;
}

static bool has_links(const struct ruleset *rules)
{
    return rules->links.count > 0;
}

size_t links_size_bytes(const struct ruleset *rules, uint32_t devices)
{
    uint32_t buckets = buckets_for(rules, devices);
    return aligned(buckets * sizeof(struct link_bucket)) +
           aligned(heads_for(buckets) * sizeof(uint32_t)) +
           aligned((rules->alarms.count + 1) * sizeof(struct pending)) +
           (has_links(rules) ? devices * sizeof(double) : 0);
}

void links_make(struct engine *engine, uint32_t devices, void *memory)
{
    const struct ruleset *rules = engine->plan.rules;
    struct links *links = &engine->links;
    uint32_t buckets = buckets_for(rules, devices);
    char *next = memory;
    links->buckets = (void *)next;
    next += aligned(buckets * sizeof *links->buckets);
    links->heads = (void *)next;
    links->mask = heads_for(buckets) - 1;
    next += aligned(heads_for(buckets) * sizeof *links->heads);
    links->pending = (void *)next;
    next += aligned((rules->alarms.count + 1) * sizeof *links->pending);
    links->numbers = (void *)next;
    for (uint32_t r = 0; r < engine->plan.ranks; r++)
        links->pending[r].row = RULES_NONE;
}

/* ---- buckets ------------------------------------------------------------------------------- */

static struct link_end *ends_of(const struct engine *engine, const struct device *row)
{
    return (void *)((char *)(uintptr_t)row + device_scope(engine, row)->at_ends);
}

static const struct text *names_of(const struct engine *engine, const struct device *row)
{
    return (const void *)((const char *)row + device_scope(engine, row)->at_names);
}

/* The name of a row for pair `index` of a link, as one that asks or as one that is asked about. */
static struct text paired_name(const struct engine *engine, const struct device *row,
                               const struct plan_end *end, uint32_t index)
{
    const struct ruleset *rules = engine->plan.rules;
    const struct rules_link *link = RULES_AT(rules, struct rules_link, rules->links, end->link);
    const struct rules_pair *pair = RULES_AT(rules, struct rules_pair, link->pairs, index);
    return names_of(engine, row)[end->is_member ? pair->other : pair->own];
}

static uint32_t pairs_of(const struct engine *engine, uint32_t link)
{
    const struct ruleset *rules = engine->plan.rules;
    return RULES_AT(rules, struct rules_link, rules->links, link)->pairs.count;
}

static uint32_t hash_of(const struct engine *engine, const struct device *row,
                        const struct plan_end *end)
{
    uint64_t hash = hash_bytes(HASH_START, &end->link, sizeof end->link);
    for (uint32_t i = 0; i < pairs_of(engine, end->link); i++) {
        hash = hash_ignoring_case(hash, paired_name(engine, row, end, i));
        hash = hash_bytes(hash, "", 1);
    }
    return (uint32_t)(hash ^ hash >> 32);
}

static bool is_bucket_of(const struct engine *engine, const struct link_bucket *bucket,
                         const struct device *row, const struct plan_end *end)
{
    bool by_member = bucket->members != 0;
    const struct device *other =
        engine_row(engine, (by_member ? bucket->members : bucket->watchers) - 1);
    const struct plan_end as = {end->link, by_member};
    for (uint32_t i = 0; i < pairs_of(engine, end->link); i++) {
        if (!text_equal_ignoring_case(paired_name(engine, row, end, i),
                                      paired_name(engine, other, &as, i)))
            return false;
    }
    return true;
}

static uint32_t bucket_make(struct links *links)
{
    if (links->free == 0)
        return ++links->used;
    uint32_t bucket = links->free;
    links->free = links->buckets[bucket - 1].next;
    return bucket;
}

/* + 1 */
static uint32_t bucket_for(struct engine *engine, const struct device *row,
                           const struct plan_end *end)
{
    struct links *links = &engine->links;
    uint32_t hash = hash_of(engine, row, end), *head = &links->heads[hash & links->mask];
    for (uint32_t at = *head; at != 0; at = links->buckets[at - 1].next) {
        const struct link_bucket *bucket = &links->buckets[at - 1];
        if (bucket->hash == hash && bucket->link == end->link &&
            is_bucket_of(engine, bucket, row, end))
            return at;
    }
    uint32_t made = bucket_make(links);
    links->buckets[made - 1] = (struct link_bucket){.hash = hash, .link = end->link, .next = *head};
    *head = made;
    return made;
}

static void bucket_drop(struct links *links, uint32_t bucket)
{
    struct link_bucket *dropped = &links->buckets[bucket - 1];
    uint32_t *at = &links->heads[dropped->hash & links->mask];
    while (*at != bucket)
        at = &links->buckets[*at - 1].next;
    *at = dropped->next;
    dropped->next = links->free;
    links->free = bucket;
}

/* ---- rows come and go ---------------------------------------------------------------------- */

bool rules_allow(const struct ruleset *rules, struct rules_span where, const struct text *names)
{
    for (uint32_t i = 0; i < where.count; i++) {
        const struct rules_allowed *allowed = RULES_AT(rules, struct rules_allowed, where, i);
        bool is_one = false;
        for (uint32_t w = 0; w < allowed->words.count && !is_one; w++) {
            struct rules_text word = *RULES_AT(rules, struct rules_text, allowed->words, w);
            is_one = text_equal_ignoring_case(names[allowed->name], rules_text(rules, word));
        }
        if (is_one == (allowed->is_not != 0))
            return false;
    }
    return true;
}

static bool is_allowed(const struct engine *engine, const struct device *row,
                       const struct plan_end *end)
{
    const struct ruleset *rules = engine->plan.rules;
    return !end->is_member ||
           rules_allow(rules, RULES_AT(rules, struct rules_link, rules->links, end->link)->where,
                       names_of(engine, row));
}

void links_join(struct engine *engine, struct device *row)
{
    const struct plan_scope *scope = device_scope(engine, row);
    struct link_end *ends = ends_of(engine, row);
    for (uint32_t e = 0; e < scope->ends; e++) {
        const struct plan_end *end = &engine->plan.ends[scope->first_end + e];
        if (!is_allowed(engine, row, end))
            continue;
        ends[e].bucket = bucket_for(engine, row, end);
        struct link_bucket *bucket = &engine->links.buckets[ends[e].bucket - 1];
        uint32_t *first = end->is_member ? &bucket->members : &bucket->watchers;
        /* In the order of numbers, whatever the order in which they came: so they are found in the
         * same order after a restart. */
        while (*first > row->index + 1)
            first = &ends_of(engine, engine_row(engine, *first - 1))[e].next;
        ends[e].next = *first;
        *first = row->index + 1;
        bucket->count += end->is_member;
    }
}

void links_join_all(struct engine *engine)
{
    struct links *links = &engine->links;
    memset(links->heads, 0, (links->mask + 1) * sizeof *links->heads);
    links->used = links->free = 0;
    for (uint32_t row = RULES_NONE; (row = engine_next_row(engine, row)) != RULES_NONE;) {
        struct device *device = engine_row(engine, row);
        memset(ends_of(engine, device), 0,
               device_scope(engine, device)->ends * sizeof(struct link_end));
    }
    for (uint32_t row = RULES_NONE; (row = engine_next_row(engine, row)) != RULES_NONE;)
        links_join(engine, engine_row(engine, row));
}

void links_leave(struct engine *engine, struct device *row)
{
    const struct plan_scope *scope = device_scope(engine, row);
    struct link_end *ends = ends_of(engine, row);
    for (uint32_t e = 0; e < scope->ends; e++) {
        if (ends[e].bucket == 0)
            continue;
        const struct plan_end *end = &engine->plan.ends[scope->first_end + e];
        struct link_bucket *bucket = &engine->links.buckets[ends[e].bucket - 1];
        uint32_t *at = end->is_member ? &bucket->members : &bucket->watchers;
        while (*at != row->index + 1)
            at = &ends_of(engine, engine_row(engine, *at - 1))[e].next;
        *at = ends[e].next;
        bucket->count -= end->is_member;
        if (bucket->members == 0 && bucket->watchers == 0)
            bucket_drop(&engine->links, ends[e].bucket);
        ends[e] = (struct link_end){0};
    }
}

/* ---- where a link leads -------------------------------------------------------------------- */

static struct device *member_from(const struct judging *j, const struct plan_link *link,
                                  uint32_t next)
{
    while (next != 0) {
        struct device *row = engine_row(j->engine, next - 1);
        if (!link->without_itself || row != j->device)
            return row;
        next = ends_of(j->engine, row)[link->to_end].next;
    }
    return NULL;
}

struct device *links_first(const struct judging *judging, uint32_t link)
{
    const struct plan_link *plan = &judging->engine->plan.links[link];
    if (plan->from != judging->device->scope)
        return NULL;
    uint32_t bucket = ends_of(judging->engine, judging->device)[plan->from_end].bucket;
    if (bucket == 0)
        return NULL;
    return member_from(judging, plan, judging->engine->links.buckets[bucket - 1].members);
}

struct device *links_next(const struct judging *judging, uint32_t link, const struct device *row)
{
    const struct plan_link *plan = &judging->engine->plan.links[link];
    return member_from(judging, plan, ends_of(judging->engine, row)[plan->to_end].next);
}

/* ---- what is to be judged ------------------------------------------------------------------ */

void links_ask(struct engine *engine, struct device *row, uint32_t alarm)
{
    struct alarm_record *record = row_alarm(engine, row, alarm);
    if (record->is_pending || record->is_elsewhere || row->is_going)
        return;
    uint16_t rank = engine->plan.alarms[device_scope(engine, row)->first_alarm + alarm].rank;
    struct pending *list = &engine->links.pending[rank];
    record->is_pending = true;
    record->pending_row = RULES_NONE;
    if (list->row == RULES_NONE) {
        list->row = row->index;
        list->alarm = alarm;
    } else {
        struct alarm_record *last =
            row_alarm(engine, engine_row(engine, list->last_row), list->last_alarm);
        last->pending_row = row->index;
        last->pending_alarm = alarm;
    }
    list->last_row = row->index;
    list->last_alarm = alarm;
    engine->links.pending_count++;
}

static bool take_pending(struct engine *engine, struct device **row, uint32_t *alarm)
{
    for (uint32_t rank = 0; engine->links.pending_count > 0 && rank < engine->plan.ranks; rank++) {
        struct pending *list = &engine->links.pending[rank];
        if (list->row == RULES_NONE)
            continue;
        *row = engine_row(engine, list->row);
        *alarm = list->alarm;
        struct alarm_record *record = row_alarm(engine, *row, *alarm);
        list->row = record->pending_row;
        list->alarm = record->pending_alarm;
        record->is_pending = false;
        engine->links.pending_count--;
        return true;
    }
    return false;
}

/* The moment of another row for what happened at judging->at_ms in the time of its own row. */
static int64_t moment_of(const struct judging *cause, const struct device *row)
{
    int64_t at_ms = cause->at_ms;
    if (cause->device->clock_is_wrong)
        at_ms += cause->device->lag_ms;
    at_ms = row_now(row, at_ms);
    return at_ms > row->newest_ms ? at_ms : row->newest_ms;
}

void links_settle(const struct judging *judging)
{
    struct engine *engine = judging->engine;
    struct device *row;
    uint32_t alarm;
    while (take_pending(engine, &row, &alarm)) {
        if (row == judging->device) {
            struct judging same = *judging;
            alarms_judge_one(&same, alarm);
        } else {
            struct judging other = judging_of(engine, row);
            other.site_ms = judging->site_ms;
            other.at_ms = moment_of(judging, row);
            other.lag_ms = other.site_ms - other.at_ms;
            if (other.scope->set != RULES_NONE) { /* its time is that of who speaks to it */
                row->newest_ms = other.at_ms;
                row->lag_ms = other.lag_ms;
            }
            alarms_judge_one(&other, alarm);
            device_arm(&other);
        }
    }
}

/* ---- what concerns others ------------------------------------------------------------------ */

/* Can this value not make any trigger true? Nearly always. */
static bool stays_off(const struct judging *j, const struct device *row, uint32_t alarm,
                      uint32_t link)
{
    const struct plan *plan = &j->engine->plan;
    const struct plan_scope *scope = device_scope(j->engine, row);
    const struct plan_alarm *of = &plan->alarms[scope->first_alarm + alarm];
    const struct plan_trigger *trigger = &plan->triggers[of->first_trigger];
    const uint8_t *states = (const uint8_t *)row + scope->at_states + of->slot;
    if (of->suppressed != RULES_NONE || of->has_learned)
        return false;
    for (uint32_t i = 0; i < of->count; i++, trigger++) {
        if (trigger->is_silent)
            continue;
        j->engine->counters.triggers_judged++;
        if (states[i] != TRIGGER_OFF || trigger->quick < PLAN_QUICK_LINK_NUMBER ||
            trigger->quick_link != link)
            return false;
        const struct engine_value *value = &j->values[trigger->quick_reading];
        bool may_be_true = trigger->quick == PLAN_QUICK_LINK_NUMBER
                               ? trigger->quick_sign * value->number > trigger->quick_limit
                               : value->word == trigger->quick_word;
        if (may_be_true || (j->good >> trigger->quick_reading & 1) == 0)
            return false;
    }
    return true;
}

/* Was this row counted as silent, and is it missed in the count now? */
static bool ends_silence(const struct judging *j, const struct device *row, uint32_t alarm,
                         int64_t gap_ms)
{
    const struct plan *plan = &j->engine->plan;
    const struct plan_scope *scope = device_scope(j->engine, row);
    const struct plan_alarm *of = &plan->alarms[scope->first_alarm + alarm];
    const struct plan_trigger *triggers = &plan->triggers[of->first_trigger];
    const uint8_t *states = (const uint8_t *)row + scope->at_states + of->slot;
    for (uint32_t i = 0; i < of->count; i++) {
        if (triggers[i].is_silent && states[i] >= TRIGGER_ON && gap_ms >= triggers[i].hold_ms)
            return true;
    }
    return false;
}

/* Of all that watch this row over a link, the alarms of one list. gap_ms: 0, or the silence that
 * has ended. */
static void ask_watchers(const struct judging *j, uint32_t link_index, uint32_t list_index,
                         int64_t gap_ms)
{
    const struct plan *plan = &j->engine->plan;
    const struct plan_link *link = &plan->links[link_index];
    const struct plan_list *list = &plan->lists[link->lists + list_index];
    uint32_t bucket = ends_of(j->engine, j->device)[link->to_end].bucket;
    uint32_t next = bucket != 0 ? j->engine->links.buckets[bucket - 1].watchers : 0;
    while (next != 0) {
        struct device *row = engine_row(j->engine, next - 1);
        next = ends_of(j->engine, row)[link->from_end].next;
        if (link->without_itself && row == j->device)
            continue;
        for (uint32_t i = 0; i < list->count; i++) {
            uint32_t alarm = plan->touched[list->first + i];
            bool is_asked = gap_ms > 0 ? ends_silence(j, row, alarm, gap_ms)
                                       : !stays_off(j, row, alarm, link_index);
            if (is_asked)
                links_ask(j->engine, row, alarm);
        }
    }
}

struct device *links_watcher(const struct judging *judging, uint32_t link_index,
                             const struct device *after)
{
    const struct engine *engine = judging->engine;
    const struct plan_link *link = &engine->plan.links[link_index];
    uint32_t next;
    if (after == NULL) {
        uint32_t bucket = ends_of(engine, judging->device)[link->to_end].bucket;
        next = bucket != 0 ? engine->links.buckets[bucket - 1].watchers : 0;
    } else {
        next = ends_of(engine, after)[link->from_end].next;
    }
    while (next != 0) {
        struct device *row = engine_row(engine, next - 1);
        if (!link->without_itself || row != judging->device)
            return row;
        next = ends_of(engine, row)[link->from_end].next;
    }
    return NULL;
}

static void ask_over_links(const struct judging *j, uint32_t list_index, int64_t gap_ms)
{
    const struct plan *plan = &j->engine->plan;
    const struct plan_list *list = &plan->lists[j->scope->link_lists + list_index];
    for (uint32_t i = 0; i < list->count; i++)
        ask_watchers(j, plan->touched[list->first + i], list_index, gap_ms);
}

void links_touch(const struct judging *judging)
{
    uint64_t readings = (judging->good & judging->scope->linked) |
                        (judging->faulty & judging->scope->linked_faulty);
    for (; readings != 0; readings &= readings - 1)
        ask_over_links(judging, (uint32_t)__builtin_ctzll(readings), 0);
}

void links_heard(const struct judging *judging, int64_t gap_ms)
{
    if (gap_ms > 0)
        ask_over_links(judging, judging->scope->readings, gap_ms);
}

void links_alarm_changed(const struct judging *judging, const struct plan_alarm *alarm)
{
    const struct plan *plan = &judging->engine->plan;
    for (uint32_t i = 0; i < alarm->askers; i++) {
        const struct plan_asker *asker = &plan->askers[alarm->first_asker + i];
        if (asker->link == RULES_NONE) {
            links_ask(judging->engine, judging->device, asker->alarm);
            continue;
        }
        const struct plan_link *link = &plan->links[asker->link];
        uint32_t bucket = ends_of(judging->engine, judging->device)[link->to_end].bucket;
        uint32_t next = bucket != 0 ? judging->engine->links.buckets[bucket - 1].watchers : 0;
        while (next != 0) {
            struct device *row = engine_row(judging->engine, next - 1);
            next = ends_of(judging->engine, row)[link->from_end].next;
            links_ask(judging->engine, row, asker->alarm);
        }
    }
}

static void ask_lists(struct engine *engine, struct device *row, uint32_t first, uint32_t count)
{
    const struct plan *plan = &engine->plan;
    for (uint32_t l = first; l < first + count; l++) {
        for (uint32_t i = 0; i < plan->lists[l].count; i++)
            links_ask(engine, row, plan->touched[plan->lists[l].first + i]);
    }
}

void links_ask_all(struct engine *engine, const struct device *row)
{
    const struct plan_scope *scope = device_scope(engine, row);
    struct judging judging = judging_of(engine, (struct device *)(uintptr_t)row);
    for (uint32_t e = 0; e < scope->ends; e++) {
        const struct plan_end *end = &engine->plan.ends[scope->first_end + e];
        struct device *watcher = NULL;
        while (end->is_member && (watcher = links_watcher(&judging, end->link, watcher)) != NULL)
            ask_lists(engine, watcher, engine->plan.links[end->link].lists, scope->readings + 1);
    }
    for (uint32_t a = 0; a < scope->alarms; a++)
        links_alarm_changed(&judging, &engine->plan.alarms[scope->first_alarm + a]);
}
