/* Strings that say some characters by two: JSON, line protocol, CSV. Comes in: a string that a
 * decoder found, with its kind of escapes. Goes out: the characters meant, in room of the caller.
 * Called by values.c, and by decoders for keys that are written so. */
#ifndef PIPELINE_ESCAPES_H
#define PIPELINE_ESCAPES_H

#include "pipeline/json_scan.h"

/* Returns the length, or SIZE_MAX when it does not fit or is no text. */
size_t escapes_resolve(struct text text, enum scan_escapes escapes, char *room, size_t room_bytes);

#endif
