/* One group's part of the pipeline: from a payload to messages of its devices.
 * Comes in: the bytes of a PUBLISH or datagram and what the topic said of the device. Goes out:
 * calls of the engine. Called by pipeline.c for each group that a topic or port leads to. */
#ifndef PIPELINE_DECODER_H
#define PIPELINE_DECODER_H

#include "pipeline/pipeline.h"
#include "pipeline/values.h"
#include "pipeline/wants.h"

struct decoder {
    const struct rules_group *rules;
    const struct values_reading *readings;
    struct wants message, element; /* the same unless the group has `each` */
    struct want_node plain_node;   /* where the value of a plain message goes (E 6) */
    struct wants plain;
    uint32_t group;
    uint32_t next_on_port; /* + 1; 0: the last */
    bool has_names_in_message;
};

struct pipeline {
    const struct ruleset *rules;
    struct engine *engine;
    struct decoder *decoders; /* one for each group */
    int64_t newest_ms;
    bool follows_readings; /* the site's clock is the newest reading's own time */
    struct pipeline_counters counters;
};

/* What is known before the payload is read. */
struct decoder_source {
    uint32_t device;          /* or ENGINE_NO_DEVICE: names[] and the message tell */
    const struct text *names; /* those of the topic */
    int64_t arrived_ms;
    bool is_retained;
    bool may_be_several; /* JSON texts one after another */
};

size_t decoder_size_bytes(const struct ruleset *rules, uint32_t group);
void decoder_make(struct decoder *decoder, const struct ruleset *rules, uint32_t group,
                  void *memory);

/* True when at least one reading reached the engine. */
bool decoder_take(struct pipeline *pipeline, const struct decoder *decoder,
                  const struct decoder_source *source, struct text payload);

/* The device when all of its names are in the topic; ENGINE_NO_DEVICE, counted, when it is refused.
 * A name must be 1 to 64 bytes of UTF-8 without control characters (appendix C). */
uint32_t decoder_device(struct pipeline *pipeline, const struct decoder *decoder,
                        const struct decoder_source *source);

#endif
