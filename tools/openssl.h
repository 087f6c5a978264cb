/* Runs the openssl program. Private to tools/. */
#ifndef TOOLS_OPENSSL_H
#define TOOLS_OPENSSL_H

#include <stddef.h>

enum openssl_result { OPENSSL_GOOD, OPENSSL_REFUSED, OPENSSL_MISSING };

/* `words` begins with "openssl" and ends with NULL. What the program says, errors included, is put
 * into `room`, ended by a zero byte and cut where it does not fit. */
enum openssl_result openssl_run(const char *const words[], char *room, size_t room_bytes);

#endif
