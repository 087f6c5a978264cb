/* What the parts of `brink try` share: one or two sites judged over the same recording.
 * Private to tools/try*.c. */
#ifndef TOOLS_TRY_H
#define TOOLS_TRY_H

#include "rules/testing/trial.h"
#include "tools/journal.h"
#include "tools/progress.h"
#include "tools/recording.h"
#include "tools/site_folder.h"

/* How often each device reports; all zero at the beginning. */
struct try_paces {
    struct pace *of; /* by the devices' numbers */
    size_t room;
};
void try_paces_heard(struct try_paces *paces, uint32_t device, int64_t taken_ms);
void try_paces_forget(struct try_paces *paces, uint32_t device);
void try_paces_free(struct try_paces *paces);

struct request; /* what the command line asks for: private to try.c */

/* A site and what its rules did. */
struct try_side {
    struct site_folder folder;
    struct trial trial;
    struct journal journal;
    struct csv_plan *plan;
    struct try_paces paces;
    struct request *request;
    struct trial_observer observer;
    bool is_read;
    char unrouted[256]; /* the first topic that no sensors line asks for */
};

struct try_run {
    struct recording recording;
    struct progress progress;
    struct try_side sides[2]; /* the rules; those to compare with */
    size_t sides_count;
    const char *group;         /* of a table's rows; NULL: as the heading says */
    const char *reading;       /* of a table's columns that name a device only; NULL */
    int64_t from_ms, to_ms;    /* readings outside are left out */
    int64_t first_ms, last_ms; /* of the readings that were judged; first > last: none */
    uint64_t lines, wrong_lines, older, left_out;
    int64_t newest_ms;
    void (*after_message)(void *context); /* NULL: nobody asks */
    void *after_context;
    bool is_second; /* what is wrong with lines was told already */
};

/* Reads the whole recording through all sides. False when it could not be read (told). */
bool try_judge(struct try_run *run);
/* The zone in which people read times. */
struct zone try_zone(const struct try_run *run);

/* To standard error: what was read, what came of it, and what was not used and why. */
void try_print_summary(const struct try_run *run);
/* … its part on what rules and recording have that does not fit the other. */
void try_print_fit(const struct try_side *side);
/* Each prints to standard output what the run showed. */
void try_print_table(const struct try_run *run);
void try_print_comparison(const struct try_run *run);

/* A second run over the same recording, for the readings of one device. `device`, `reading`: NULL:
 * the device with the most alarms, its readings with alarms. Returns an enum tool_exit. */
int try_plot(struct try_run *run, const char *path, const char *device, const char *reading);

#endif
