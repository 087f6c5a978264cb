/* Replaces Mosquitto's own config.h: no TLS, threads, SOCKS or DNS records, which are all absent
 * unless a WITH_ name says otherwise. Included first by each of Mosquitto's sources, and by what
 * in mqtt/ includes its internal headers. */
#ifndef CONFIG_H /* the original's guard, in case both are found */
#define CONFIG_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#define UNUSED(A) (void)(A)

#define uthash_malloc(size) mosquitto_malloc(size)
#define uthash_free(pointer, size) mosquitto_free(pointer)

#endif
