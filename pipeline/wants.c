/* Makes the tree of wanted paths: first as a list of nodes with their parents, then a table of keys
 * for each. See wants.h. */
#include "pipeline/wants.h"

struct making {
    const struct ruleset *rules;
    struct wants *wants;
    struct want_node *nodes;
    struct want_key *keys; /* the tables, from the front */
    struct want_key
        *strands; /* the tree while it grows: strand i leads to node i; node 0 has none */
    uint32_t *parents;
    struct want_hint *hints; /* of all nodes */
    uint32_t count;
};

uint64_t want_head(const char *bytes, size_t length)
{
    uint64_t head = 0;
    for (size_t i = 0; i < length && i < 8; i++)
        head |= (uint64_t)(unsigned char)bytes[i] << (8 * i);
    return head;
}

static char byte_of(struct text first, struct text second, size_t at)
{
    return at < first.length ? first.bytes[at] : second.bytes[at - first.length];
}

const struct want_node *want_find(const struct want_node *node, struct text first,
                                  struct text second)
{
    size_t length = first.length + second.length;
    char start[8];
    if (node->keys == NULL || length == 0)
        return NULL;
    for (size_t i = 0; i < length && i < sizeof start; i++)
        start[i] = byte_of(first, second, i);
    uint64_t head = want_head(start, length);
    for (uint32_t at = want_place(node, head, (uint32_t)length); node->keys[at].bytes != NULL;
         at = (at + 1) & node->mask) {
        const struct want_key *wanted = &node->keys[at];
        if (wanted->head == head && wanted->length == length &&
            memcmp(wanted->bytes, first.bytes, first.length) == 0 &&
            memcmp(wanted->bytes + first.length, second.bytes, second.length) == 0)
            return wanted->node;
    }
    return NULL;
}

/* ---- every path of a group ------------------------------------------------------------------- */

typedef void visit(struct making *making, const struct rules_path *path, uint8_t slot);

static void visit_shared(struct making *making, const struct rules_group *group, visit *each)
{
    for (uint32_t n = 0; n < group->names.count; n++) {
        const struct rules_name *name = RULES_AT(making->rules, struct rules_name, group->names, n);
        if (name->is_in_message)
            each(making, &name->path, (uint8_t)(WANT_NAMES + n));
    }
    if (rules_time_has_path(group->time))
        each(making, &group->time_path, WANT_TIME);
    if (group->has_sequence)
        each(making, &group->sequence, WANT_SEQUENCE);
}

static void visit_readings(struct making *making, const struct rules_group *group, visit *each)
{
    for (uint32_t r = 0; r < group->readings.count; r++) {
        const struct rules_reading *reading =
            RULES_AT(making->rules, struct rules_reading, group->readings, r);
        each(making, &reading->path, (uint8_t)r);
    }
}

/* Beside a list may stand what holds for all of it: names, time, sequence. */
static void visit_all(struct making *making, const struct rules_group *group, bool of_element,
                      visit *each)
{
    visit_shared(making, group, each);
    if (group->has_each && !of_element)
        each(making, &group->each, WANT_LIST);
    else
        visit_readings(making, group, each);
}

static void count_steps(struct making *making, const struct rules_path *path, uint8_t slot)
{
    (void)slot;
    making->count += path->steps.count;
}

/* Tables are powers of two, at most half full: fewer than 4 places for each key. */
#define PLACES_FOR_KEY 4

static size_t bytes_for(uint32_t steps)
{
    size_t nodes = steps + 1;
    return (nodes * sizeof(struct want_node) + 7) / 8 * 8 +
           nodes * PLACES_FOR_KEY * sizeof(struct want_key) + nodes * sizeof(struct want_key) +
           (nodes * sizeof(uint32_t) + 7) / 8 * 8 + nodes * WANT_HINTS * sizeof(struct want_hint);
}

size_t wants_size_bytes(const struct ruleset *rules, const struct rules_group *group)
{
    size_t bytes = 0;
    for (int of_element = 0; of_element <= 1; of_element++) {
        struct making making = {.rules = rules};
        visit_all(&making, group, of_element != 0, count_steps);
        if (bytes_for(making.count) > bytes)
            bytes = bytes_for(making.count);
    }
    return bytes;
}

/* ---- growing --------------------------------------------------------------------------------- */

static uint32_t step_into(struct making *m, uint32_t parent, const struct rules_step *step)
{
    struct text key = rules_text(m->rules, step->key);
    bool is_index = key.length == 0;
    struct want_key strand = {
        .head = is_index ? step->index : want_head(key.bytes, key.length),
        .bytes = key.bytes,
        .length = is_index ? WANT_INDEX : (uint32_t)key.length,
    };
    for (uint32_t i = 1; i < m->count; i++) {
        const struct want_key *other = &m->strands[i];
        if (m->parents[i] == parent && other->length == strand.length &&
            other->head == strand.head &&
            (is_index || memcmp(other->bytes, key.bytes, key.length) == 0))
            return i;
    }
    m->parents[m->count] = parent;
    m->strands[m->count] = strand;
    m->nodes[m->count] = (struct want_node){.slot = WANT_NOTHING};
    return m->count++;
}

static void grow(struct making *making, const struct rules_path *path, uint8_t slot)
{
    uint32_t node = 0;
    for (uint32_t i = 0; i < path->steps.count; i++)
        node = step_into(making, node, RULES_AT(making->rules, struct rules_step, path->steps, i));
    making->wants->also[slot] = making->nodes[node].slot;
    making->nodes[node].slot = slot;
}

/* ---- tables ---------------------------------------------------------------------------------- */

/* Fills the table of one node from `table` on; returns the place after it. */
static struct want_key *table_fill(struct making *m, uint32_t node, struct want_key *table)
{
    uint32_t children = 0;
    for (uint32_t i = 1; i < m->count; i++)
        children += m->parents[i] == node;
    if (children == 0)
        return table;
    uint8_t bits = 1;
    while ((UINT32_C(1) << bits) < 2 * children)
        bits++;
    struct want_node *made = &m->nodes[node];
    made->keys = table;
    made->mask = (UINT32_C(1) << bits) - 1;
    made->shift = (uint8_t)(64 - bits);
    made->hints = m->hints + (size_t)node * WANT_HINTS;
    for (int i = 0; i < WANT_HINTS; i++)
        made->hints[i] =
            (struct want_hint){.first = 1, .words = 1}; /* under a mask of 0: fits nothing */
    memset(table, 0, sizeof *table << bits);
    for (uint32_t i = 1; i < m->count; i++) {
        if (m->parents[i] != node)
            continue;
        uint32_t at = want_place(made, m->strands[i].head, m->strands[i].length);
        while (table[at].bytes != NULL)
            at = (at + 1) & made->mask;
        table[at] = m->strands[i];
        table[at].node = &m->nodes[i];
        made->has_indices |= m->strands[i].length == WANT_INDEX;
    }
    return table + made->mask + 1;
}

void wants_make(struct wants *wants, const struct ruleset *rules, const struct rules_group *group,
                bool of_element, void *memory)
{
    struct making making = {.rules = rules, .wants = wants};
    visit_all(&making, group, of_element, count_steps);
    size_t nodes = making.count + 1;
    char *next = memory;
    making.nodes = (void *)next;
    next += (nodes * sizeof *making.nodes + 7) / 8 * 8;
    making.keys = (void *)next;
    next += nodes * PLACES_FOR_KEY * sizeof *making.keys;
    making.strands = (void *)next;
    next += nodes * sizeof *making.strands;
    making.parents = (void *)next;
    next += (nodes * sizeof *making.parents + 7) / 8 * 8;
    making.hints = (void *)next;

    memset(wants->also, WANT_NOTHING, sizeof wants->also);
    making.nodes[0] = (struct want_node){.slot = WANT_NOTHING};
    making.count = 1;
    visit_all(&making, group, of_element, grow);
    struct want_key *table = making.keys;
    for (uint32_t node = 0; node < making.count; node++)
        table = table_fill(&making, node, table);
    wants->root = making.nodes;
}
