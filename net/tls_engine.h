/* One TLS session inside mbedTLS. Private to net/; everything here runs in the worker alone and
 * takes its memory from the worker's arena. */
#ifndef NET_TLS_ENGINE_H
#define NET_TLS_ENGINE_H

#include "net/tls.h"
#include "net/tls_trouble.h"

struct tls_engine;

/* Reads the site's files and prepares the handshake. On failure returns NULL and sets
 * trouble->fault. */
struct tls_engine *tls_engine_open(struct tls_session *session, struct tls_trouble *trouble);
void tls_engine_close(struct tls_engine *engine);

enum tls_progress { TLS_WAITS, TLS_MOVED, TLS_FAILED, TLS_PEER_CLOSED };

/* Each goes as far as rings allow. TLS_FAILED sets trouble. Of tls_engine_handshake, TLS_MOVED
 * means that it is done. */
enum tls_progress tls_engine_handshake(struct tls_engine *engine, struct tls_trouble *trouble);
enum tls_progress tls_engine_read(struct tls_engine *engine, struct tls_trouble *trouble);
enum tls_progress tls_engine_write(struct tls_engine *engine, struct tls_trouble *trouble);
/* TLS's good-bye; TLS_WAITS when there is no room for it. */
enum tls_progress tls_engine_say_good_bye(struct tls_engine *engine);

bool tls_engine_was_resumed(const struct tls_engine *engine);

#endif
