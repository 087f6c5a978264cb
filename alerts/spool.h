/* Messages that wait to be taken upstream.
 * Comes in: finished messages, once, with all that is needed to send them again byte for byte. Goes
 * out: the most urgent one that is not on its way. Kept in memory of a fixed size; a disk behind it
 * has to repeat three things only: append, mark taken, drop. Views of a record live until the next
 * append. Private to alerts/.
 *
 * A message may have two deliveries: its own topic, and the state topic of its alarm (the same
 * text, retained). One whose state nobody was told is not dropped as a whole: its event stays, as
 * `untold`, to be written anew when there is room (RULES 10.7: states stay complete). */
#ifndef ALERTS_SPOOL_H
#define ALERTS_SPOOL_H

#include "base/text.h"

enum spool_kind {
    SPOOL_RAISED,
    SPOOL_CLEARED,
    SPOOL_UPDATED,
    SPOOL_LOGGED,
    SPOOL_REPORT,
    SPOOL_SITE,     /* gap, clock */
    SPOOL_STATE_END /* an empty text that removes a state topic */
};
#define SPOOL_KINDS 7

enum spool_delivery { SPOOL_TO_STATE, SPOOL_TO_TOPIC };
#define SPOOL_DELIVERIES 2

#define SPOOL_JUST_NOW INT64_MAX

struct spool_record {
    uint64_t number;   /* the spool's own, from 1 */
    uint64_t sequence; /* of the message; 0: it has none */
    int64_t kept_ms;   /* the site's clock when it was appended; SPOOL_JUST_NOW: not yet told */
    uint64_t subject;  /* alarm and device: a newer record of the same subject replaces its state */
    uint32_t bytes;    /* of the whole record */
    uint32_t payload_bytes;
    uint16_t state_topic_bytes, topic_bytes; /* each with its ending zero; 0: no such delivery */
    uint8_t kind, is_critical;
    uint8_t due;          /* bit for each delivery that has not been taken */
    uint8_t under_way;    /* bit for each that was given to the transport */
    uint8_t was_sent;     /* bit for each that was ever given to the transport */
    uint8_t is_untold;    /* nothing is left but the event; it is not given to the transport */
    uint16_t event_bytes; /* behind the payload, from the next multiple of 8 */
    uint8_t unused[4];
};

static inline const char *spool_topic(const struct spool_record *record,
                                      enum spool_delivery delivery)
{
    const char *topics = (const char *)(record + 1);
    return delivery == SPOOL_TO_STATE ? topics : topics + record->state_topic_bytes;
}
static inline const char *spool_payload(const struct spool_record *record)
{
    return (const char *)(record + 1) + record->state_topic_bytes + record->topic_bytes;
}

#define SPOOL_NO_SUBJECT UINT64_MAX

struct spool_gap { /* what was dropped and not yet told */
    bool is_open;
    uint64_t from, to; /* sequences: the lowest and the highest */
    uint32_t dropped[SPOOL_KINDS];
};

struct spool {
    char *room;
    size_t room_bytes, used_bytes, dead_bytes;
    uint64_t next_number;
    uint32_t waiting; /* records */
    struct spool_gap gap;
    uint64_t dropped_reports, dropped_others;
};

struct spool_entry {
    enum spool_kind kind;
    bool is_critical;
    uint64_t sequence, subject;
    const char *state_topic, *topic; /* NULL: no such delivery */
    const char *payload;
    size_t payload_bytes;
    const void *event; /* from which the message can be written anew, or NULL */
    size_t event_bytes;
};

/* `room` is aligned to 8. */
void spool_init(struct spool *spool, void *room, size_t room_bytes);

/* Keeps a message. When there is no room, drops the oldest reports, then updates, and raises and
 * clears (critical ones last) only when nothing else is left; what was dropped is added to
 * spool->gap. False when the message is larger than the spool. */
bool spool_append(struct spool *spool, const struct spool_entry *entry);
/* A message that could not even be appended: it is named by the gap. */
void spool_note_lost(struct spool *spool, enum spool_kind kind, uint64_t sequence);
bool spool_has_room(const struct spool *spool, size_t text_bytes); /* without dropping anything */

/* The first record of which only the event is left, critical ones first; NULL: none. */
struct spool_record *spool_untold(const struct spool *spool);
const void *spool_event(const struct spool_record *record);
/* The subject will mean something else: what waits of it is sent as it is, but neither replaced nor
 * written anew. */
void spool_end_subject(struct spool *spool, uint64_t subject);
/* It is written anew, or not needed. */
void spool_discard(struct spool *spool, struct spool_record *record);

/* In the order in which they were appended; NULL at the end. */
struct spool_record *spool_next(const struct spool *spool, const struct spool_record *after);
struct spool_record *spool_find(const struct spool *spool, uint64_t number);

/* The most urgent delivery that is due and not under way: states (critical ones first), then
 * critical messages, then the rest in order. NULL: none. */
struct spool_record *spool_most_urgent(const struct spool *spool, enum spool_delivery *delivery);
/* The broker has this delivery; the record goes when it was the last. */
void spool_mark_taken(struct spool *spool, struct spool_record *record,
                      enum spool_delivery delivery);
/* The link was lost: what was under way is due again. */
void spool_mark_lost(struct spool *spool);
/* What was appended since the last call was appended now, by the site's clock. */
void spool_tell_time(struct spool *spool, int64_t now_ms);
/* That clock was put forward by so much. */
void spool_step_clock(struct spool *spool, int64_t delta_ms);
/* Drops what was appended before that time, whatever the time of which it speaks. */
void spool_drop_older(struct spool *spool, int64_t before_ms);

#endif
