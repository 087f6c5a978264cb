/* What a group wants of its messages: paths, laid out so that each key of a message is looked up
 * once. Comes in: the paths of a group (readings, names, time, sequence, list). Goes out: a tree
 * whose nodes have small hash tables of keys. A key that nobody wants costs one look, however many
 * readings the group has. Made by pipeline_create; walked by json_scan.c. */
#ifndef PIPELINE_WANTS_H
#define PIPELINE_WANTS_H

#include "rules/ruleset.h"

/* A slot is one thing that is wanted of a message. */
#define WANT_NAMES RULES_READINGS_MAX /* slots below are readings */
#define WANT_TIME (WANT_NAMES + RULES_NAMES_MAX)
#define WANT_SEQUENCE (WANT_TIME + 1)
#define WANT_LIST (WANT_TIME + 2)
#define WANT_SLOTS (WANT_TIME + 3)
#define WANT_OWN_TIME WANT_SLOTS /* not wanted by a path: what the format says by itself */
#define WANT_NOTHING UINT8_MAX

#define WANT_INDEX UINT32_MAX /* as the length of a key: the place in a list */

struct want_node;
struct want_key {
    uint64_t head;     /* its first 8 bytes, the first one lowest, or the index */
    const char *bytes; /* NULL: a free place */
    const struct want_node *node;
    uint32_t length;
};

/* Devices of a group run the same program and write their keys in the same order. So each node
 * remembers how its n-th member began the last time - comma, key, colon and blanks, up to 16 bytes
 * - and where it led. If the same bytes stand there again nothing has to be looked for. A wrong
 * guess costs a comparison and changes no result. */
#define WANT_HINTS 16 /* keys of an object */
struct want_hint {
    uint64_t first, first_mask, second, second_mask;
    const struct want_node *node; /* NULL: nobody wants that key */
    uint8_t bytes;
    uint8_t words; /* 1: all in `first` */
};

struct want_node {
    struct want_hint *hints;     /* WANT_HINTS; NULL when there are no keys */
    const struct want_key *keys; /* a table of mask + 1 places; NULL: no keys */
    uint32_t mask;
    uint8_t shift;
    bool has_indices;
    uint8_t slot; /* WANT_NOTHING, or what stands here … */
};

struct wants {
    const struct want_node *root;
    uint8_t also[WANT_SLOTS]; /* … and the next slot with the same path */
};

/* Where in a node's table a key stands, or the next free place after. */
static inline uint32_t want_place(const struct want_node *node, uint64_t head, uint32_t length)
{
    return (uint32_t)(((head ^ length) * UINT64_C(0x9e3779b97f4a7c15)) >> node->shift);
}

/* The first 8 bytes of a key as a number; shorter keys end in zeros. */
uint64_t want_head(const char *bytes, size_t length);

/* Where the key made of these two leads (of a flat format; either may be empty); NULL: nobody wants
 * it. */
const struct want_node *want_find(const struct want_node *node, struct text first,
                                  struct text second);

/* Room that the wants of a group need, in bytes (a multiple of 8). */
size_t wants_size_bytes(const struct ruleset *rules, const struct rules_group *group);
/* Writes them into `memory`. `of_element`: for an element of the group's list (`each`), else for
 * the message. */
void wants_make(struct wants *wants, const struct ruleset *rules, const struct rules_group *group,
                bool of_element, void *memory);

#endif
