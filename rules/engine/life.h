/* The life of an alarm once it was raised: what is kept beside its severity, in a row's record.
 * Comes in: the severity that an alarm's triggers come to, people's commands, and time. Goes out:
 * events, through alarm.c. Private to rules/engine; implemented by life.c and command.c. */
#ifndef RULES_ENGINE_LIFE_H
#define RULES_ENGINE_LIFE_H

#include "rules/engine/internal.h"

/* Bits of alarm_record.life. */
enum life_mark {
    LIFE_ACKNOWLEDGED = 1,
    LIFE_SHELVED = 2,
    LIFE_LATCHED = 4, /* the condition is over, nobody has reset it */
    LIFE_CHATTERING = 8,
    LIFE_STALE = 16,
    LIFE_OUT_OF_SERVICE = 32, /* raised while it was */
    LIFE_ANNOUNCED = 64,      /* since the raise, by a message of its own */
    LIFE_UNSEEN = 128,        /* cleared, and still to be acknowledged */
    LIFE_SUPPRESSED = 256     /* while active (section 7) */
};

/* The rule, as it was written. */
const struct rules_alarm *life_rules(const struct judging *judging, const struct alarm *alarm);

/* The triggers of the alarm now come to this severity, decided by trigger `index`; something about
 * them has changed. */
void life_settle(struct judging *judging, const struct alarm *alarm, enum rules_severity severity,
                 uint32_t index);
/* Clears an active alarm. */
void life_clear(struct judging *judging, const struct alarm *alarm, enum engine_reason reason);
/* Ends a shelf, before its time or at it. */
void life_end_shelf(struct judging *judging, const struct alarm *alarm);
/* A suppression of the alarm began or ended: true when it is active, and this is new. */
bool life_suppress(const struct alarm *alarm, bool is_suppressed);
/* … and says so, when nothing else of it was told at that instant. */
void life_tell_suppressed(struct judging *judging, const struct alarm *alarm);

/* Fills in the marks of an event that is about to be told, and whether it is announced; the first
 * announced change of an alarm is RAISED (E 34). */
void life_mark_event(const struct judging *judging, const struct alarm *alarm,
                     struct engine_alarm_event *event);
struct engine_marks life_marks(const struct judging *judging, const struct alarm *alarm);
/* The row's earliest moment is worked out anew after one of its alarms changed. */
void life_arm(const struct judging *judging);
/* A change of the marks alone: the severity stays. */
void life_tell(struct judging *judging, const struct alarm *alarm, enum engine_change change);

#endif
