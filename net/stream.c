/* Streams outwards: a name looked up, a TCP connection, and TLS over it where the target asks for
 * it. Comes in: stream_open, bytes from lwIP and from the worker's rings. Goes out: events, from
 * the loop's turn only, never from within lwIP. Called by mqtt/ through net.h.
 *
 * What arrives stays in lwIP's pbufs until the owner (plain) or the worker's ring (TLS) takes it,
 * and only then the peer may send more. */
#include "kernel/kernel.h"
#include "net/interface.h"
#include "net/tls.h"

#include <lwip/dns.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/tcp.h>
#include <stdint.h>

#define STREAMS_MAX 4  /* that owners may have at once */
#define STREAM_SLOTS 6 /* and some that still say good-bye */
/* From stream_open to TCP, and from there to the end of the handshake. */
#define CONNECT_TIMEOUT_MS 10000
#define HANDSHAKE_TIMEOUT_MS 20000
/* How long a closed stream may go on to send what was written before. */
#define LINGER_MS 3000
/* Frames of the device that one stream may hold: a whole window of full segments, or of shorter
 * ones less. */
#define HELD_PBUFS_MAX 64

enum stream_state {
    STREAM_FREE,
    STREAM_RESOLVING,
    STREAM_CONNECTING,
    STREAM_CONNECTED,
    STREAM_LOST
};

struct stream {
    const struct stream_events *events; /* NULL: no event comes any more */
    void *context;
    struct tcp_pcb *pcb;
    struct pbuf *held; /* received, not yet taken */
    size_t held_offset;
    const struct tls_settings *tls_settings;
    struct tls_session *tls;
    struct timer timer;
    enum stream_state state;
    uint32_t generation; /* tells a late answer for an earlier use of the slot */
    enum net_error error;
    uint32_t plain_seen; /* plain_in.written when `readable` was called last */
    uint16_t port;
    bool is_owned;  /* false: stream_close was called, the rest is good-bye */
    bool is_opened; /* `opened` was called */
    bool is_dirty;  /* there may be something to do */
    bool peer_has_closed;
    bool wants_room;    /* a write was cut short */
    bool is_blocked;    /* lwIP took nothing: not until something was sent, or for half a second */
    bool has_new_bytes; /* since `readable` was called */
    bool is_refusing;   /* lwIP keeps a chain that did not fit */
    char host[SITE_HOST_BYTES];
};

static struct stream streams[STREAM_SLOTS];
static struct loop_source source;

const char *net_error_text(enum net_error error)
{
    static const char *const texts[] = {
        [NET_OK] = "closed",
        [NET_ERROR_NAME] = "the host name has no address",
        [NET_ERROR_REFUSED] = "nobody listens there",
        [NET_ERROR_UNREACHABLE] = "no answer",
        [NET_ERROR_CLOSED] = "the peer closed the connection",
        [NET_ERROR_RESET] = "the peer reset the connection",
        [NET_ERROR_ENTROPY] = "no random generator, so no TLS",
        [NET_ERROR_CERTIFICATE] = "a certificate failed",
        [NET_ERROR_TLS] = "TLS failed",
        [NET_ERROR_MEMORY] = "out of memory",
    };
    return error < sizeof texts / sizeof texts[0] ? texts[error] : "unknown";
}

/* ---- taking a stream apart ----------------------------------------------------------------- */

static void let_go(struct stream *stream, bool in_order)
{
    struct tcp_pcb *pcb = stream->pcb;
    if (stream->held != NULL && pcb != NULL) /* unread bytes would make lwIP reset */
        tcp_recved(pcb, (u16_t)(stream->held->tot_len - stream->held_offset));
    if (stream->held != NULL)
        pbuf_free(stream->held);
    stream->held = NULL;
    stream->held_offset = 0;
    stream->pcb = NULL;
    if (pcb == NULL)
        return;
    if (in_order) {
        interface_end_tcp(pcb);
    } else {
        tcp_err(pcb, NULL);
        tcp_abort(pcb);
    }
}

static void free_stream(struct stream *stream, bool in_order)
{
    uint32_t generation = stream->generation;
    timer_stop(&stream->timer);
    if (stream->tls != NULL)
        tls_give_back(stream->tls);
    let_go(stream, in_order);
    *stream = (struct stream){.generation = generation + 1};
}

/* What can be said about it is said by the turn that follows. */
static void lose(struct stream *stream, enum net_error error)
{
    if (stream->state == STREAM_LOST)
        return;
    timer_stop(&stream->timer);
    stream->state = STREAM_LOST;
    stream->error = error;
    stream->is_dirty = true;
}

static void timed_out(void *context)
{
    struct stream *stream = context;
    if (!stream->is_owned) {
        free_stream(stream, false);
        return;
    }
    if (stream->tls != NULL)
        log_line(LOG_ERROR, "tls problem=\"no answer to the handshake in %d s\" host=%s",
                 HANDSHAKE_TIMEOUT_MS / 1000, stream->host);
    lose(stream, NET_ERROR_UNREACHABLE);
}

/* ---- what lwIP tells ----------------------------------------------------------------------- */

static err_t pcb_received(void *context, struct tcp_pcb *pcb, struct pbuf *chain, err_t error)
{
    struct stream *stream = context;
    (void)pcb;
    (void)error;
    stream->is_dirty = true;
    if (chain == NULL) {
        stream->peer_has_closed = true;
        return ERR_OK;
    }
    if (stream->held != NULL && pbuf_clen(stream->held) + pbuf_clen(chain) > HELD_PBUFS_MAX) {
        stream->is_refusing = true;
        return ERR_MEM;
    }
    stream->is_refusing = false;
    stream->has_new_bytes = true;
    if (stream->held == NULL)
        stream->held = chain;
    else
        pbuf_cat(stream->held, chain);
    return ERR_OK;
}

static err_t pcb_sent(void *context, struct tcp_pcb *pcb, u16_t length)
{
    struct stream *stream = context;
    (void)pcb;
    (void)length;
    stream->is_dirty = true;
    stream->is_blocked = false;
    return ERR_OK;
}

/* What was short may have been the memory of all connections, with nothing of ours to be sent. */
static err_t pcb_polled(void *context, struct tcp_pcb *pcb)
{
    struct stream *stream = context;
    (void)pcb;
    if (stream != NULL && stream->is_blocked) {
        stream->is_blocked = false;
        stream->is_dirty = true;
    }
    return ERR_OK;
}

static void pcb_failed(void *context, err_t error)
{
    struct stream *stream = context;
    bool was_connecting = stream->state == STREAM_CONNECTING;
    stream->pcb = NULL; /* lwIP has freed it */
    stream->error = NET_ERROR_UNREACHABLE;
    if (error == ERR_RST)
        stream->error = was_connecting ? NET_ERROR_REFUSED : NET_ERROR_RESET;
    stream->is_dirty = true;
    if (stream->tls != NULL) /* an alert that says why may have come just before */
        stream->peer_has_closed = true;
    else
        lose(stream, stream->error);
}

static err_t pcb_connected(void *context, struct tcp_pcb *pcb, err_t error)
{
    struct stream *stream = context;
    (void)pcb;
    (void)error; /* always ERR_OK */
    stream->state = STREAM_CONNECTED;
    stream->is_dirty = true;
    timer_stop(&stream->timer);
    if (stream->tls_settings == NULL)
        return ERR_OK;
    stream->tls = tls_open(stream->tls_settings, stream->host, stream->port);
    if (stream->tls == NULL)
        lose(stream, NET_ERROR_MEMORY);
    else
        timer_start(&stream->timer, HANDSHAKE_TIMEOUT_MS, timed_out, stream);
    return ERR_OK;
}

static void connect_to(struct stream *stream, const ip_addr_t *address)
{
    stream->state = STREAM_CONNECTING;
    stream->pcb = tcp_new_ip_type(IP_GET_TYPE(address));
    if (stream->pcb == NULL) {
        net_counters.allocation_failures++;
        lose(stream, NET_ERROR_MEMORY);
        return;
    }
    tcp_setprio(stream->pcb, PRIORITY_STREAM);
    tcp_arg(stream->pcb, stream);
    tcp_recv(stream->pcb, pcb_received);
    tcp_sent(stream->pcb, pcb_sent);
    tcp_err(stream->pcb, pcb_failed);
    tcp_poll(stream->pcb, pcb_polled, 1);
    tcp_nagle_disable(stream->pcb);
    err_t result = tcp_connect(stream->pcb, address, stream->port, pcb_connected);
    if (result != ERR_OK)
        lose(stream, result == ERR_RTE ? NET_ERROR_UNREACHABLE : NET_ERROR_MEMORY);
}

/* lwIP can't be told to forget a question, so the answer says which use of which slot it is for. */
#define ANSWER_SLOT_BITS 4

static void name_found(const char *name, const ip_addr_t *address, void *context)
{
    uintptr_t ticket = (uintptr_t)context;
    struct stream *stream = &streams[ticket & ((1u << ANSWER_SLOT_BITS) - 1)];
    (void)name;
    if (stream->state != STREAM_RESOLVING ||
        (uint32_t)(ticket >> ANSWER_SLOT_BITS) != stream->generation)
        return;
    if (address != NULL)
        connect_to(stream, address);
    else
        lose(stream, NET_ERROR_NAME);
}

static void look_up(struct stream *stream)
{
    ip_addr_t address;
    uintptr_t ticket =
        (uintptr_t)stream->generation << ANSWER_SLOT_BITS | (uintptr_t)(stream - streams);
    uint8_t kinds = interface_site()->network.ipv6_kind == SITE_IPV6_OFF
                        ? LWIP_DNS_ADDRTYPE_IPV4
                        : LWIP_DNS_ADDRTYPE_IPV4_IPV6;
    err_t result =
        dns_gethostbyname_addrtype(stream->host, &address, name_found, (void *)ticket, kinds);
    if (result == ERR_OK)
        connect_to(stream, &address);
    else if (result != ERR_INPROGRESS)
        lose(stream, NET_ERROR_NAME);
}

/* ---- moving bytes -------------------------------------------------------------------------- */

/* Copies received bytes out; the peer may send as many again. */
static size_t take_held(struct stream *stream, void *bytes, size_t length)
{
    if (stream->held == NULL)
        return 0;
    uint16_t wanted = length > UINT16_MAX ? UINT16_MAX : (uint16_t)length;
    uint16_t taken = pbuf_copy_partial(stream->held, bytes, wanted, (u16_t)stream->held_offset);
    stream->held_offset += taken;
    while (stream->held != NULL && stream->held_offset >= stream->held->len) {
        struct pbuf *first = stream->held;
        stream->held_offset -= first->len;
        stream->held = first->next;
        if (stream->held != NULL)
            pbuf_ref(stream->held);
        pbuf_free(first);
    }
    if (stream->pcb != NULL) {
        tcp_recved(stream->pcb, taken);
        if (stream->is_refusing && stream->pcb->refused_data != NULL)
            tcp_process_refused_data(stream->pcb);
    }
    return taken;
}

static size_t send_plain(struct stream *stream, const void *bytes, size_t length)
{
    if (stream->pcb == NULL)
        return 0;
    if (length > tcp_sndbuf(stream->pcb))
        length = tcp_sndbuf(stream->pcb);
    if (length == 0 || stream->is_blocked)
        return 0;
    stream->is_blocked =
        tcp_write(stream->pcb, bytes, (u16_t)length, TCP_WRITE_FLAG_COPY) != ERR_OK;
    return stream->is_blocked ? 0 : length;
}

/* Ciphertext towards the worker and from it. True when something moved. */
static bool move_ciphertext(struct stream *stream)
{
    struct tls_session *tls = stream->tls;
    bool moved = false, was_full = ring_free(&tls->cipher_out) == 0;
    size_t length;
    const uint8_t *bytes;
    while (stream->held != NULL && ring_free(&tls->cipher_in) > 0) {
        const struct pbuf *first = stream->held;
        size_t rest = first->len - stream->held_offset;
        uint8_t *room = ring_room(&tls->cipher_in, &length);
        length = take_held(stream, room, rest < length ? rest : length);
        ring_produce(&tls->cipher_in, length);
        moved = true;
    }
    if (moved)
        tls_wake();
    if (stream->peer_has_closed && stream->held == NULL && !tls->input_has_ended) {
        tls->input_has_ended = true;
        tls_wake();
    }
    while ((bytes = ring_peek(&tls->cipher_out, &length)), length > 0) {
        size_t sent = stream->pcb != NULL ? send_plain(stream, bytes, length) : length;
        if (sent == 0)
            break;
        ring_consume(&tls->cipher_out, sent);
        moved = true;
        if (was_full)
            tls_wake();
    }
    return moved;
}

size_t stream_read(struct stream *stream, void *bytes, size_t length)
{
    size_t taken;
    if (stream->tls != NULL) {
        bool was_full = ring_free(&stream->tls->plain_in) == 0;
        taken = ring_read(&stream->tls->plain_in, bytes, length);
        if (was_full && taken > 0)
            tls_wake();
    } else {
        taken = take_held(stream, bytes, length);
    }
    stream->is_dirty = true; /* an end that waited for the last byte */
    return taken;
}

size_t stream_write(struct stream *stream, const void *bytes, size_t length)
{
    size_t taken = 0;
    if (!stream->is_opened || stream->state != STREAM_CONNECTED)
        return 0;
    if (stream->tls != NULL) {
        taken = ring_write(&stream->tls->plain_out, bytes, length);
        if (taken > 0)
            tls_wake();
    } else {
        taken = send_plain(stream, bytes, length);
        stream->is_dirty = true;
    }
    stream->wants_room = stream->wants_room || taken < length;
    return taken;
}

/* ---- the turn ------------------------------------------------------------------------------ */

static bool has_room(const struct stream *stream)
{
    if (stream->tls != NULL)
        return ring_free(&stream->tls->plain_out) >= stream->tls->plain_out.size / 2;
    return stream->pcb != NULL && !stream->is_blocked &&
           tcp_sndbuf(stream->pcb) >= TCP_SND_BUF / 2 &&
           tcp_sndqueuelen(stream->pcb) <= TCP_SND_QUEUELEN / 2;
}

static bool has_unread(const struct stream *stream)
{
    return stream->tls != NULL ? ring_used(&stream->tls->plain_in) > 0 : stream->held != NULL;
}

static bool has_new_bytes(struct stream *stream)
{
    bool is_new = stream->has_new_bytes;
    stream->has_new_bytes = false;
    if (stream->tls == NULL)
        return is_new;
    is_new = stream->plain_seen != stream->tls->plain_in.written;
    stream->plain_seen = stream->tls->plain_in.written;
    return is_new;
}

/* One line for each end that somebody must do something about. */
static void tell_verdict(const struct stream *stream)
{
    const struct tls_session *tls = stream->tls;
    if (tls != NULL && tls->state == TLS_ENDED && tls->verdict[0] != '\0')
        log_line(LOG_ERROR, "tls %s", tls->verdict);
}

/* TLS or TCP has come to its end; unread plaintext stays to be read first. */
static void notice_end(struct stream *stream)
{
    if (stream->state != STREAM_CONNECTED)
        return;
    if (stream->tls != NULL && stream->tls->state == TLS_ENDED)
        lose(stream, stream->tls->error == NET_ERROR_CLOSED && stream->error != NET_OK
                         ? stream->error
                         : stream->tls->error);
    else if (stream->tls == NULL && stream->peer_has_closed)
        lose(stream, NET_ERROR_CLOSED);
}

/* The owner has gone; the worker encrypts what is left and TLS's own good-bye, and nobody reads any
 * more. */
static void say_good_bye(struct stream *stream)
{
    must(stream->tls != NULL);
    ring_consume(&stream->tls->plain_in, ring_used(&stream->tls->plain_in));
    stream->plain_seen = stream->tls->plain_in.written;
    tls_wake();
    if (stream->tls->state == TLS_ENDED && ring_used(&stream->tls->cipher_out) == 0)
        free_stream(stream, true);
}

/* An owner may close the stream in any of these; then the slot is not what it was. */
static bool is_same(const struct stream *stream, uint32_t generation)
{
    return stream->is_owned && stream->generation == generation;
}

static void tell_owner(struct stream *stream)
{
    uint32_t generation = stream->generation;
    bool is_through = stream->state == STREAM_CONNECTED &&
                      (stream->tls == NULL || stream->tls->state == TLS_OPEN);
    /* A server may say its word and close within one turn. */
    if (!stream->is_opened && (is_through || has_unread(stream))) {
        stream->is_opened = true;
        timer_stop(&stream->timer);
        stream->events->opened(stream->context);
    }
    if (is_same(stream, generation) && stream->is_opened && has_new_bytes(stream) &&
        has_unread(stream))
        stream->events->readable(stream->context);
    if (is_same(stream, generation) && stream->wants_room && has_room(stream)) {
        stream->wants_room = false;
        if (stream->events->writable != NULL)
            stream->events->writable(stream->context);
    }
    if (is_same(stream, generation) && stream->state == STREAM_LOST && !has_unread(stream) &&
        stream->events != NULL) {
        const struct stream_events *events = stream->events;
        stream->events = NULL; /* the last one */
        tell_verdict(stream);
        let_go(stream, stream->error != NET_ERROR_UNREACHABLE);
        events->closed(stream->context, stream->error);
    }
}

static bool work_on(struct stream *stream)
{
    bool did_something = stream->is_dirty;
    stream->is_dirty = false;
    if (stream->tls != NULL)
        did_something |= move_ciphertext(stream);
    if (!stream->is_owned) {
        say_good_bye(stream);
    } else if (stream->events != NULL) {
        notice_end(stream);
        tell_owner(stream);
    }
    if (did_something && stream->pcb != NULL)
        tcp_output(stream->pcb);
    return did_something;
}

/* What the worker did shows in its rings and its state. */
static bool worker_has_news(const struct stream *stream)
{
    const struct tls_session *tls = stream->tls;
    if (tls == NULL)
        return false;
    return (ring_used(&tls->cipher_out) > 0 && stream->pcb != NULL && !stream->is_blocked &&
            tcp_sndbuf(stream->pcb) > 0) ||
           stream->plain_seen != tls->plain_in.written ||
           (stream->wants_room && has_room(stream)) ||
           (tls->state == TLS_OPEN && !stream->is_opened) ||
           (tls->state == TLS_ENDED && stream->state == STREAM_CONNECTED &&
            (stream->is_owned || ring_used(&tls->cipher_out) == 0)) ||
           (stream->held != NULL && ring_free(&tls->cipher_in) > 0);
}

static bool streams_poll(void *context)
{
    bool did_something = false;
    (void)context;
    for (unsigned i = 0; i < STREAM_SLOTS; i++)
        if (streams[i].state != STREAM_FREE &&
            (streams[i].is_dirty || worker_has_news(&streams[i])))
            did_something |= work_on(&streams[i]);
    return did_something;
}

static bool streams_arm(void *context)
{
    (void)context;
    for (unsigned i = 0; i < STREAM_SLOTS; i++)
        if (streams[i].state != STREAM_FREE &&
            (streams[i].is_dirty || worker_has_news(&streams[i])))
            return true;
    return false;
}

/* ---- net.h --------------------------------------------------------------------------------- */

static struct stream *take_slot(void)
{
    struct stream *slot = NULL;
    unsigned owned = 0;
    for (unsigned i = 0; i < STREAM_SLOTS; i++) {
        owned += streams[i].is_owned;
        if (streams[i].state == STREAM_FREE)
            slot = &streams[i];
    }
    return owned < STREAMS_MAX ? slot : NULL;
}

struct stream *stream_open(const struct stream_target *target, const struct stream_events *events,
                           void *context)
{
    struct stream *stream = take_slot();
    if (stream == NULL)
        return NULL;
    if (source.poll == NULL) {
        source = (struct loop_source){.poll = streams_poll, .arm = streams_arm};
        loop_add(&source);
    }
    stream->state = STREAM_RESOLVING;
    stream->is_owned = true;
    stream->events = events;
    stream->context = context;
    stream->port = target->port;
    stream->tls_settings = target->tls;
    size_t length = strnlen(target->host, sizeof stream->host - 1);
    memcpy(stream->host, target->host, length);
    stream->host[length] = '\0';
    if (target->tls != NULL && !entropy_is_strong()) {
        log_line(LOG_ERROR,
                 "tls problem=\"there is no random generator\" host=%s remedy=\"give the "
                 "machine a virtio-rng device or a processor with RDRAND or RNDR\"",
                 stream->host);
        lose(stream, NET_ERROR_ENTROPY);
        return stream;
    }
    timer_start(&stream->timer, CONNECT_TIMEOUT_MS, timed_out, stream);
    look_up(stream);
    return stream;
}

void stream_close(struct stream *stream)
{
    stream->is_owned = false;
    stream->events = NULL;
    bool has_more_to_say =
        stream->tls != NULL && stream->is_opened && stream->state == STREAM_CONNECTED;
    if (!has_more_to_say) {
        free_stream(stream, stream->state == STREAM_CONNECTED);
        return;
    }
    stream->wants_room = false;
    stream->is_dirty = true;
    stream->tls->wish = TLS_CLOSE;
    tls_wake();
    timer_start(&stream->timer, LINGER_MS, timed_out, stream);
}
