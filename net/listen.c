/* Listening: TCP connections of sensors, and datagrams.
 * Comes in: lwIP's pbufs, which are buffers of the device's ring. Goes out: their pieces, in place,
 * to the owner's events; what the owner sends, copied. Called by mqtt/ and pipeline sources through
 * net.h.
 *
 * lwIP lets nobody close a connection cleanly from within its callbacks, so an end is only noted
 * there and done at the end of the turn, as is sending: one packet answers all that arrived in a
 * turn. */
#include "net/interface.h"

#include "kernel/kernel.h"

#include <lwip/priv/tcp_priv.h>
#include <lwip/udp.h>
#include <stdlib.h>

#define LISTENERS_MAX 4
#define UDP_LISTENERS_MAX 8
/* lwIP has 280 TCP connections: these, the streams outwards and what is still closing. */
#define CONNECTIONS_MAX 256
#define CONNECTIONS_DEFAULT 64
/* Half-open connections; the oldest makes room for the next one, so that those that nobody ever
 * completes keep nobody out. */
#define HALF_OPEN_MAX 192
#define RETRY_MS 10 /* what an owner refused is offered again after so long */
/* A sensor may send so much before it is answered: what 64 of them have under way can be held, so
 * that none loses anything while it is held back, and waits for TCP's slow second attempts. */
#define WINDOW_BYTES (2 * TCP_MSS)
/* What is held of all connections together, in frames and in lwIP's heap: beyond the first bound,
 * whoever holds something already takes no more; beyond the second, who would begin to is cut off.
 * The rest of the heap is for answers. */
#define HELD_BYTES_MAX (200 * 1024)
#define HELD_BYTES_MOST (232 * 1024)
#define HELD_OVERHEAD_BYTES 128 /* of each piece */
/* A sensor that has gone without a word gives its place back in about three minutes. */
#define KEEPALIVE_IDLE_MS 120000
#define KEEPALIVE_INTERVAL_MS 20000
#define KEEPALIVE_COUNT 3
#define COMPLAINT_INTERVAL_NS UINT64_C(60000000000)
/* The longest datagram that can come: lwIP reassembles at most IP_REASS_MAX_PBUFS frames. */
#define DATAGRAM_BYTES (IP_REASS_MAX_PBUFS * 1500)

struct listener {
    const struct connection_events *events;
    void *context;
};

struct connection {
    struct turn_item turn; /* first member */
    struct tcp_pcb *pcb;   /* NULL: gone */
    const struct connection_events *events;
    void *context;
    struct connection *next_free;
    struct pbuf
        *held; /* received, refused by the owner so far; the peer's window is smaller by it */
    bool has_received;    /* turn_ended is due */
    bool peer_has_closed; /* `closed` is due once nothing is held */
    bool is_closing;      /* the owner is done with it; ends with the turn */
};

struct datagram_listener {
    net_datagram_function *received;
    void *context;
    uint16_t port;
};

static struct listener listeners[LISTENERS_MAX];
static unsigned listener_count;
static struct datagram_listener datagram_listeners[UDP_LISTENERS_MAX];
static unsigned datagram_listener_count;

static struct connection *connections, *free_connections;
static unsigned connection_count;
static struct timer retry_timer;
static size_t held_bytes;      /* of all connections, with the overhead of each piece */
static unsigned offered_first; /* in turn, so that each gets what the others give back */

/* ---- the table ----------------------------------------------------------------------------- */

static void make_table(void)
{
    connection_count = interface_site()->listener.connections;
    if (connection_count == 0)
        connection_count = CONNECTIONS_DEFAULT;
    if (connection_count > CONNECTIONS_MAX) {
        log_line(LOG_WARN,
                 "listener problem=\"%u connections are more than the %u that there can be\"",
                 connection_count, CONNECTIONS_MAX);
        connection_count = CONNECTIONS_MAX;
    }
    connections = calloc(connection_count, sizeof connections[0]);
    if (connections == NULL)
        panic("no memory for %u connections", connection_count);
    for (unsigned i = connection_count; i-- > 0;) {
        connections[i].next_free = free_connections;
        free_connections = &connections[i];
    }
}

static struct connection *take_connection(void)
{
    struct connection *connection = free_connections;
    if (connection != NULL) {
        free_connections = connection->next_free;
        *connection = (struct connection){0};
        return connection;
    }
    static uint64_t complained_ns;
    uint64_t now = clock_monotonic_ns();
    net_counters.connections_refused++;
    if (complained_ns == 0 || now - complained_ns > COMPLAINT_INTERVAL_NS) {
        complained_ns = now;
        log_line(LOG_WARN,
                 "listener problem=\"all %u connections are in use\" "
                 "remedy=\"raise listener.connections in site.json\"",
                 connection_count);
    }
    return NULL;
}

static size_t held_cost(const struct pbuf *chain)
{
    return chain->tot_len + (size_t)pbuf_clen(chain) * HELD_OVERHEAD_BYTES;
}

static void drop_held(struct connection *connection)
{
    if (connection->held == NULL)
        return;
    held_bytes -= held_cost(connection->held);
    pbuf_free(connection->held);
    connection->held = NULL;
}

static void give_connection(struct connection *connection)
{
    interface_forget_turn_end(&connection->turn);
    drop_held(connection);
    connection->pcb = NULL;
    connection->next_free = free_connections;
    free_connections = connection;
}

/* ---- the end of a turn --------------------------------------------------------------------- */

static void end_connection(struct connection *connection)
{
    struct tcp_pcb *pcb = connection->pcb;
    pcb->rcv_wnd = TCP_WND; /* else lwIP thinks that there are unread bytes, and resets */
    give_connection(connection);
    interface_end_tcp(pcb);
}

static void retry_held(void *context);

/* Offers a chain piece by piece, and lets the peer send as much again as the owner took. Returns
 * the rest. */
static struct pbuf *offer(struct connection *connection, struct pbuf *chain)
{
    size_t taken = 0;
    while (chain != NULL && !connection->is_closing) {
        uint16_t length = chain->len;
        if (length > 0 &&
            !connection->events->received(connection->context, chain->payload, length)) {
            net_counters.refused_pieces += !connection->is_closing;
            break;
        }
        chain = pbuf_free_header(chain, length);
        connection->has_received = true;
        taken += length;
    }
    if (taken > 0)
        tcp_recved(connection->pcb, (u16_t)taken);
    return chain;
}

static void offer_held(struct connection *connection)
{
    size_t before = held_cost(connection->held);
    uint16_t length = connection->held->tot_len;
    connection->held = offer(connection, connection->held);
    held_bytes -= before - (connection->held != NULL ? held_cost(connection->held) : 0);
    if (connection->held != NULL && connection->held->tot_len == length)
        return;
    offered_first = (unsigned)(connection - connections) + 1;
    tcp_ack_now(connection->pcb); /* the peer waits to hear that there is room again */
}

/* What could not be taken now is offered at the end of the turn, when the owner has sent what it
 * had, and then every few milliseconds. */
static void offer_again_later(void)
{
    if (!wheel_timer_is_running(&retry_timer.wheel))
        timer_start(&retry_timer, RETRY_MS, retry_held, NULL);
}

static void tell_turn_ended(struct connection *connection)
{
    if (!connection->has_received || connection->is_closing)
        return;
    connection->has_received = false;
    if (connection->events->turn_ended != NULL)
        connection->events->turn_ended(connection->context);
}

static void end_turn(struct turn_item *item)
{
    struct connection *connection = (struct connection *)item;
    tell_turn_ended(connection);
    if (connection->held != NULL) {
        offer_held(connection);
        tell_turn_ended(connection);
    }
    if (connection->held != NULL && !connection->is_closing)
        offer_again_later();
    else if (connection->peer_has_closed && !connection->is_closing) {
        connection->is_closing = true;
        connection->events->closed(connection->context);
    }
    if (connection->is_closing)
        end_connection(connection);
    else
        tcp_output(connection->pcb);
}

static void await_turn_end(struct connection *connection)
{
    interface_at_turn_end(&connection->turn, end_turn);
}

static void retry_held(void *context)
{
    (void)context;
    for (unsigned i = 0; i < connection_count; i++) {
        struct connection *connection = &connections[(offered_first + i) % connection_count];
        if (connection->pcb != NULL && connection->held != NULL)
            await_turn_end(connection);
    }
}

/* ---- what lwIP tells ----------------------------------------------------------------------- */

static err_t pcb_received(void *context, struct tcp_pcb *pcb, struct pbuf *chain, err_t error)
{
    struct connection *connection = context;
    (void)error;
    await_turn_end(connection);
    if (chain == NULL) {
        connection->peer_has_closed = true;
        return ERR_OK;
    }
    if (connection->held == NULL)
        chain = offer(connection, chain);
    if (chain == NULL)
        return ERR_OK;
    chain = interface_keep(chain);
    held_bytes += held_cost(chain);
    if (connection->held == NULL)
        connection->held = chain;
    else
        pbuf_cat(connection->held, chain);
    if (held_bytes <= HELD_BYTES_MOST)
        return ERR_OK;
    net_counters.connections_refused++;
    tcp_abort(pcb);
    return ERR_ABRT;
}

err_t net_segment_arrived(struct tcp_pcb *pcb, const struct pbuf *segment)
{
    if (pcb->state == LISTEN || pcb->recv != pcb_received || segment->tot_len == 0)
        return ERR_OK;
    const struct connection *connection = pcb->callback_arg;
    return connection->held != NULL && held_bytes > HELD_BYTES_MAX ? ERR_MEM : ERR_OK;
}

/* A SYN is about to be answered: the first window announced is the sensor's already. */
static err_t pcb_opening(u8_t id, struct tcp_pcb_listen *listening, struct tcp_pcb *pcb)
{
    (void)id;
    (void)listening;
    pcb->rcv_wnd = pcb->rcv_ann_wnd = WINDOW_BYTES;
    tcp_setprio(pcb, PRIORITY_LEAVING);
    if (interface_make_room(pcb, HALF_OPEN_MAX))
        net_counters.half_open_dropped++;
    return ERR_OK;
}

static err_t pcb_sent(void *context, struct tcp_pcb *pcb, u16_t length)
{
    struct connection *connection = context;
    (void)pcb;
    (void)length;
    if (connection->held != NULL)
        await_turn_end(connection);
    return ERR_OK;
}

/* The pcb is gone already. */
static void pcb_failed(void *context, err_t error)
{
    struct connection *connection = context;
    (void)error;
    if (!connection->is_closing)
        connection->events->closed(connection->context);
    give_connection(connection);
}

static err_t pcb_accepted(void *context, struct tcp_pcb *pcb, err_t error)
{
    struct listener *listener = context;
    if (error != ERR_OK || pcb == NULL) {
        net_counters.connections_refused++; /* no connection of lwIP's is left */
        return ERR_VAL;
    }
    struct connection *connection = take_connection();
    if (connection == NULL)
        return ERR_MEM; /* lwIP resets it */
    char peer[NET_ADDRESS_BYTES];
    ipaddr_ntoa_r(&pcb->remote_ip, peer, sizeof peer);
    for (char *c = peer; *c != '\0'; c++) /* RFC 5952, section 4.3: small letters */
        *c = *c >= 'A' && *c <= 'F' ? (char)(*c - 'A' + 'a') : *c;
    connection->pcb = pcb;
    connection->events = listener->events;
    connection->context = listener->events->accepted(listener->context, connection, peer);
    if (connection->context == NULL) {
        give_connection(connection);
        return ERR_MEM;
    }
    tcp_setprio(pcb, PRIORITY_SENSOR);
    tcp_arg(pcb, connection);
    tcp_recv(pcb, pcb_received);
    tcp_sent(pcb, pcb_sent);
    tcp_err(pcb, pcb_failed);
    tcp_nagle_disable(pcb); /* a turn's answers go out together as it is */
    ip_set_option(pcb, SOF_KEEPALIVE);
    pcb->keep_idle = KEEPALIVE_IDLE_MS;
    pcb->keep_intvl = KEEPALIVE_INTERVAL_MS;
    pcb->keep_cnt = KEEPALIVE_COUNT;
    return ERR_OK;
}

/* ---- net.h --------------------------------------------------------------------------------- */

bool net_listen_tcp(uint16_t port, const struct connection_events *events, void *context)
{
    static const struct tcp_ext_arg_callbacks opening = {.passive_open = pcb_opening};
    if (connections == NULL) {
        make_table();
        must(tcp_ext_arg_alloc_id() == 0);
    }
    must(listener_count < LISTENERS_MAX);
    struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_ANY);
    if (pcb == NULL)
        return false;
    if (tcp_bind(pcb, IP_ANY_TYPE, port) != ERR_OK) {
        tcp_close(pcb);
        return false;
    }
    tcp_ext_arg_set_callbacks(pcb, 0, &opening);
    tcp_setprio(pcb, PRIORITY_SENSOR);
    struct tcp_pcb *listening = tcp_listen(pcb);
    if (listening == NULL) {
        tcp_close(pcb);
        return false;
    }
    struct listener *listener = &listeners[listener_count++];
    *listener = (struct listener){events, context};
    tcp_arg(listening, listener);
    tcp_accept(listening, pcb_accepted);
    return true;
}

bool connection_send(struct connection *connection, const void *bytes, size_t length)
{
    if (connection->is_closing || length > tcp_sndbuf(connection->pcb))
        return false;
    if (tcp_write(connection->pcb, bytes, (u16_t)length, TCP_WRITE_FLAG_COPY) != ERR_OK)
        return false;
    await_turn_end(connection);
    return true;
}

void connection_close(struct connection *connection)
{
    connection->is_closing = true;
    await_turn_end(connection);
}

/* The view ends with the call; a datagram in several frames is put together in one room for all. */
static void pcb_received_datagram(void *context, struct udp_pcb *pcb, struct pbuf *chain,
                                  const ip_addr_t *address, u16_t peer_port)
{
    static uint8_t room[DATAGRAM_BYTES];
    struct datagram_listener *listener = context;
    (void)pcb;
    (void)address;
    (void)peer_port;
    const uint8_t *bytes = chain->payload;
    size_t length = chain->tot_len;
    if (chain->next != NULL) {
        length = pbuf_copy_partial(chain, room, sizeof room, 0);
        net_counters.copied_bytes += length;
        bytes = room;
    }
    listener->received(listener->context, listener->port, bytes, length);
    pbuf_free(chain);
}

bool net_listen_udp(uint16_t port, net_datagram_function *received, void *context)
{
    must(datagram_listener_count < UDP_LISTENERS_MAX);
    struct udp_pcb *pcb = udp_new_ip_type(IPADDR_TYPE_ANY);
    if (pcb == NULL)
        return false;
    if (udp_bind(pcb, IP_ANY_TYPE, port) != ERR_OK) {
        udp_remove(pcb);
        return false;
    }
    struct datagram_listener *listener = &datagram_listeners[datagram_listener_count++];
    *listener = (struct datagram_listener){received, context, port};
    udp_recv(pcb, pcb_received_datagram, listener);
    return true;
}
