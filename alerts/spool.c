/* A bounded store of records, one behind another; those that were taken leave holes that are closed
 * when room is needed (see spool.h). There are a few hundred records at most, so looking through
 * them is cheap. */
#include "alerts/spool.h"

#define BIT(delivery) ((uint8_t)(1u << (delivery)))

static size_t round_up(size_t bytes)
{
    return (bytes + 7) / 8 * 8;
}

static size_t record_bytes(size_t text_bytes)
{
    return round_up(sizeof(struct spool_record) + text_bytes);
}

void spool_init(struct spool *spool, void *room, size_t room_bytes)
{
    *spool = (struct spool){.room = room, .room_bytes = room_bytes / 8 * 8, .next_number = 1};
}

static struct spool_record *record_at(const struct spool *spool, size_t offset)
{
    return offset < spool->used_bytes ? (void *)(spool->room + offset) : NULL;
}

struct spool_record *spool_next(const struct spool *spool, const struct spool_record *after)
{
    size_t offset = after ? (size_t)((const char *)after - spool->room) + after->bytes : 0;
    struct spool_record *record = record_at(spool, offset);
    while (record && record->due == 0)
        record = record_at(spool, offset += record->bytes);
    return record;
}

struct spool_record *spool_find(const struct spool *spool, uint64_t number)
{
    for (struct spool_record *record = spool_next(spool, NULL); record;
         record = spool_next(spool, record)) {
        if (record->number == number)
            return record;
    }
    return NULL;
}

/* ---- making room --------------------------------------------------------------------------- */

void spool_discard(struct spool *spool, struct spool_record *record)
{
    record->due = 0;
    spool->dead_bytes += record->bytes;
    spool->waiting--;
}

static void close_holes(struct spool *spool)
{
    size_t to = 0;
    for (struct spool_record *record = spool_next(spool, NULL); record;) {
        size_t bytes = record->bytes, from = (size_t)((char *)record - spool->room);
        struct spool_record *next = spool_next(spool, record);
        memmove(spool->room + to, spool->room + from, bytes);
        to += bytes;
        record = next;
    }
    spool->used_bytes = to;
    spool->dead_bytes = 0;
}

void spool_note_lost(struct spool *spool, enum spool_kind kind, uint64_t sequence)
{
    struct spool_gap *gap = &spool->gap;
    if (!gap->is_open || sequence < gap->from)
        gap->from = sequence;
    if (!gap->is_open || sequence > gap->to)
        gap->to = sequence;
    gap->is_open = true;
    gap->dropped[kind]++;
}

/* What is left behind the event becomes a hole. */
static bool keep_event_only(struct spool *spool, struct spool_record *record)
{
    size_t bytes = record_bytes(record->event_bytes), rest = record->bytes - bytes;
    if (record->event_bytes == 0 || !(record->due & BIT(SPOOL_TO_STATE)) ||
        rest < sizeof(struct spool_record))
        return false;
    memmove(record + 1, spool_event(record), record->event_bytes);
    record->is_untold = true;
    record->due = BIT(SPOOL_TO_STATE);
    record->sequence = 0;
    record->payload_bytes = record->state_topic_bytes = record->topic_bytes = 0;
    record->bytes = (uint32_t)bytes;
    *(struct spool_record *)(void *)((char *)record + bytes) =
        (struct spool_record){.bytes = (uint32_t)rest};
    spool->dead_bytes += rest;
    return true;
}

static void drop(struct spool *spool, struct spool_record *record)
{
    if (record->is_untold) { /* named by the gap already */
        spool_discard(spool, record);
        return;
    }
    if (record->kind == SPOOL_REPORT)
        spool->dropped_reports++;
    else
        spool->dropped_others++;
    if (record->sequence > 0)
        spool_note_lost(spool, (enum spool_kind)record->kind, record->sequence);
    if (!keep_event_only(spool, record))
        spool_discard(spool, record);
}

/* Lower goes first. What is on its way may already have arrived: it is spared as long as possible.
 */
static int worth(const struct spool_record *record)
{
    static const int by_kind[] = {
        [SPOOL_REPORT] = 0,    [SPOOL_LOGGED] = 4,  [SPOOL_UPDATED] = 4, [SPOOL_SITE] = 4,
        [SPOOL_STATE_END] = 4, [SPOOL_CLEARED] = 8, [SPOOL_RAISED] = 8};
    /* An update whose state is still to be told is worth more than one that was overtaken. */
    bool has_state = record->due & BIT(SPOOL_TO_STATE);
    return by_kind[record->kind] + (record->kind != SPOOL_REPORT && has_state) +
           (record->is_critical ? 2 : 0) + (record->under_way ? 16 : 0) +
           (record->is_untold ? 32 : 0);
}

static void drop_least(struct spool *spool)
{
    struct spool_record *least = NULL;
    for (struct spool_record *record = spool_next(spool, NULL); record;
         record = spool_next(spool, record)) {
        if (!least || worth(record) < worth(least))
            least = record;
    }
    if (least)
        drop(spool, least);
}

bool spool_has_room(const struct spool *spool, size_t text_bytes)
{
    return spool->used_bytes - spool->dead_bytes + record_bytes(text_bytes) <= spool->room_bytes;
}

/* ---- keeping ------------------------------------------------------------------------------- */

/* The newest message tells the whole state, so an older one of the same alarm need not tell it any
 * more. */
static void replace_state(struct spool *spool, uint64_t subject)
{
    for (struct spool_record *record = spool_next(spool, NULL); record;
         record = spool_next(spool, record)) {
        if (record->subject == subject && (record->due & BIT(SPOOL_TO_STATE)))
            spool_mark_taken(spool, record, SPOOL_TO_STATE);
    }
}

static size_t bytes_of(const char *topic)
{
    return topic ? strlen(topic) + 1 : 0;
}

bool spool_append(struct spool *spool, const struct spool_entry *entry)
{
    size_t state_bytes = bytes_of(entry->state_topic), topic_bytes = bytes_of(entry->topic);
    size_t text_bytes = state_bytes + topic_bytes + entry->payload_bytes;
    if (entry->event)
        text_bytes = round_up(text_bytes) + entry->event_bytes;
    size_t bytes = record_bytes(text_bytes);
    if (bytes > spool->room_bytes || state_bytes > UINT16_MAX || topic_bytes > UINT16_MAX)
        return false;
    if (entry->state_topic)
        replace_state(spool, entry->subject);
    while (!spool_has_room(spool, text_bytes))
        drop_least(spool);
    if (spool->used_bytes + bytes > spool->room_bytes)
        close_holes(spool);

    struct spool_record *record = (void *)(spool->room + spool->used_bytes);
    *record = (struct spool_record){
        .number = spool->next_number++,
        .sequence = entry->sequence,
        .kept_ms = SPOOL_JUST_NOW,
        .subject = entry->subject,
        .bytes = (uint32_t)bytes,
        .payload_bytes = (uint32_t)entry->payload_bytes,
        .state_topic_bytes = (uint16_t)state_bytes,
        .topic_bytes = (uint16_t)topic_bytes,
        .kind = (uint8_t)entry->kind,
        .is_critical = entry->is_critical,
        .due = (uint8_t)((state_bytes ? BIT(SPOOL_TO_STATE) : 0) |
                         (topic_bytes ? BIT(SPOOL_TO_TOPIC) : 0)),
    };
    char *text = (char *)(record + 1);
    if (state_bytes > 0)
        memcpy(text, entry->state_topic, state_bytes);
    if (topic_bytes > 0)
        memcpy(text + state_bytes, entry->topic, topic_bytes);
    if (entry->payload_bytes > 0)
        memcpy(text + state_bytes + topic_bytes, entry->payload, entry->payload_bytes);
    if (entry->event) {
        record->event_bytes = (uint16_t)entry->event_bytes;
        memcpy(text + round_up(state_bytes + topic_bytes + entry->payload_bytes), entry->event,
               entry->event_bytes);
    }
    spool->used_bytes += bytes;
    spool->waiting++;
    return true;
}

void spool_drop_older(struct spool *spool, int64_t before_ms)
{
    for (struct spool_record *record = spool_next(spool, NULL); record;
         record = spool_next(spool, record)) {
        if (record->kept_ms < before_ms && !record->is_untold) /* a state does not get old */
            drop(spool, record);
    }
}

void spool_tell_time(struct spool *spool, int64_t now_ms)
{
    for (struct spool_record *record = spool_next(spool, NULL); record;
         record = spool_next(spool, record)) {
        if (record->kept_ms == SPOOL_JUST_NOW)
            record->kept_ms = now_ms;
    }
}

void spool_step_clock(struct spool *spool, int64_t delta_ms)
{
    for (struct spool_record *record = spool_next(spool, NULL); record;
         record = spool_next(spool, record)) {
        if (record->kept_ms != SPOOL_JUST_NOW)
            record->kept_ms += delta_ms;
    }
}

/* ---- giving -------------------------------------------------------------------------------- */

static int urgency(const struct spool_record *record, enum spool_delivery delivery)
{
    return (delivery == SPOOL_TO_STATE ? 4 : 0) + (record->is_critical ? 2 : 0) + 1;
}

struct spool_record *spool_most_urgent(const struct spool *spool, enum spool_delivery *delivery)
{
    struct spool_record *most = NULL;
    int most_urgent = 0;
    for (struct spool_record *record = spool_next(spool, NULL); record;
         record = spool_next(spool, record)) {
        for (int i = 0; i < SPOOL_DELIVERIES; i++) {
            bool is_waiting =
                !record->is_untold && (record->due & ~record->under_way & BIT(i)) != 0;
            if (is_waiting && urgency(record, (enum spool_delivery)i) > most_urgent) {
                most_urgent = urgency(record, (enum spool_delivery)i);
                most = record;
                *delivery = (enum spool_delivery)i;
            }
        }
    }
    return most;
}

struct spool_record *spool_untold(const struct spool *spool)
{
    struct spool_record *first = NULL;
    for (struct spool_record *record = spool_next(spool, NULL); record;
         record = spool_next(spool, record)) {
        if (record->is_untold && (!first || record->is_critical > first->is_critical))
            first = record;
    }
    return first;
}

const void *spool_event(const struct spool_record *record)
{
    size_t text_bytes =
        (size_t)record->state_topic_bytes + record->topic_bytes + record->payload_bytes;
    return (const char *)(record + 1) + round_up(text_bytes);
}

void spool_end_subject(struct spool *spool, uint64_t subject)
{
    for (struct spool_record *record = spool_next(spool, NULL); record;
         record = spool_next(spool, record)) {
        if (record->subject != subject || (record->topic_bytes | record->state_topic_bytes) == 0)
            continue;
        record->subject = SPOOL_NO_SUBJECT;
        record->event_bytes = 0;
    }
    for (struct spool_record *record = spool_next(spool, NULL), *next; record; record = next) {
        next = spool_next(spool, record);
        if (record->is_untold && record->subject == subject)
            spool_discard(spool, record);
    }
}

void spool_mark_taken(struct spool *spool, struct spool_record *record,
                      enum spool_delivery delivery)
{
    if (!(record->due & BIT(delivery)))
        return;
    record->under_way &= (uint8_t)~BIT(delivery);
    if (record->due == BIT(delivery))
        spool_discard(spool, record);
    else
        record->due &= (uint8_t)~BIT(delivery);
}

void spool_mark_lost(struct spool *spool)
{
    for (struct spool_record *record = spool_next(spool, NULL); record;
         record = spool_next(spool, record))
        record->under_way = 0;
}
