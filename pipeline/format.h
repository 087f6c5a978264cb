/* What the formats of messages have in common (RULES, section 4.4: `format`). Comes in: a payload
 * where it lies, and its group's decoder. Goes out: messages for the engine. Each format is one
 * file and one function; decoder.c has the table of them. Nothing here copies or allocates. */
#ifndef PIPELINE_FORMAT_H
#define PIPELINE_FORMAT_H

#include "pipeline/decoder.h"

/* Takes a payload that is not larger than SCAN_BYTES_MOST, and not blank. True when at least one
 * reading reached the engine. What can't be read is counted; it takes nothing of what could be with
 * it. */
typedef bool format_take(struct pipeline *pipeline, const struct decoder *decoder,
                         const struct decoder_source *source, struct text payload);

format_take format_json;      /* objects, lists; a bare number or word is plain */
format_take format_plain;     /* one value */
format_take format_lines;     /* InfluxDB line protocol: each line a message */
format_take format_csv;       /* each line a message */
format_take format_senml;     /* RFC 8428, JSON */
format_take format_sparkplug; /* Sparkplug B, protobuf */

/* ---- what decoder.c does for them ------------------------------------------------------------ */

/* One message, all of it: device, time, readings, to the engine. True when it has readings. */
bool format_deliver(struct pipeline *pipeline, const struct decoder *decoder,
                    const struct decoder_source *source, const struct scan_found *found);
/* Counts a message that can't be read; its device, if known, was heard from. */
void format_refuse(struct pipeline *pipeline, const struct decoder_source *source);

/* ---- flat formats: no nesting, each key one step --------------------------------------------- */

enum format_note {
    NOTE_ALWAYS,     /* what comes later counts */
    NOTE_IF_MISSING, /* what is there stays */
    NOTE_FIELD       /* line protocol: a name is rather that of a tag, all else that of a field */
};

/* Values of a payload that belong together: the same device, the same time. Once a value comes a
 * second time, or one of another time, what was gathered goes to the engine. */
struct gathering {
    struct pipeline *pipeline;
    const struct decoder *decoder;
    const struct decoder_source *source;
    bool has_sent, has_readings;
    struct scan_found found;
};

void gather_begin(struct gathering *gathering, struct pipeline *pipeline,
                  const struct decoder *decoder, const struct decoder_source *source);
/* Forgets what was gathered. */
void gather_clear(struct gathering *gathering);
/* The node of the key that is made of these two (the second may be empty); NULL: not wanted. */
static inline const struct want_node *gather_find(const struct gathering *gathering,
                                                  struct text first, struct text second)
{
    return want_find(gathering->decoder->message.root, first, second);
}
/* Puts a token where `node` says; does nothing for NULL. */
void gather_note(struct gathering *gathering, const struct want_node *node, struct scan_token token,
                 enum format_note how);
/* The same for a reading that may come more than once. */
void gather_value(struct gathering *gathering, const struct want_node *node,
                  struct scan_token token);
/* The time of what was gathered, by the format itself; `is_relative`: counted from the arrival.
 * Passed over when the rules want another. */
void gather_time(struct gathering *gathering, double time_ms, bool is_relative);
/* The time of what follows. */
void gather_next_time(struct gathering *gathering, double time_ms, bool is_relative);
/* Sends what is there. Without readings it is a sign of life of the topic's device; when only the
 * message could name the device, it is of another kind and nobody's. */
void gather_send(struct gathering *gathering);

/* A value as it stands in a table or alone: a number where it is one, a text, or nothing. */
struct scan_token format_cell(struct text cell);

/* The next line of *rest, without its end, and *rest behind it; false when there is none. */
bool format_line(struct text *rest, struct text *line);

#endif
