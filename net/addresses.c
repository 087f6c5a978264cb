/* Addresses of the interface: static or DHCP for IPv4; router advertisements, static or none for
 * IPv6; the servers for names and time. Comes in: the site's settings, what DHCP says. Goes out:
 * `up`, once, and log lines for the installer. Called by interface.c. */
#include "net/addresses.h"

#include "kernel/kernel.h"
#include "net/interface.h"

#include <hooks.h>
#include <lwip/apps/sntp.h>
#include <lwip/dhcp.h>
#include <lwip/dns.h>
#include <lwip/ip6_addr.h>

/* A DHCP server answers within a second or two; later than this somebody should look. */
#define DHCP_PATIENCE_MS 10000
#define HOSTNAME_BYTES 64 /* RFC 1035, section 2.3.4: a label has at most 63 */
#define YEAR_2020_S 1577836800u

static struct addresses {
    struct netif *netif;
    const struct site_settings *site;
    void (*up)(void *context);
    void *up_context;
    bool is_up, hears_time;
    ip4_addr_t address; /* as it was last told */
    ip6_addr_t gateway6;
    char hostname[HOSTNAME_BYTES];
    struct turn_item up_item;
    struct timer patience;
} addresses;

const char *net_address_text(char text[NET_ADDRESS_BYTES])
{
    text[0] = '\0';
    if (addresses.netif != NULL && !ip4_addr_isany(netif_ip4_addr(addresses.netif)))
        ip4addr_ntoa_r(netif_ip4_addr(addresses.netif), text, NET_ADDRESS_BYTES);
    return text;
}

/* ---- names and time ------------------------------------------------------------------------ */

/* Again after each DHCP answer, whose servers lwIP takes; the site's word counts. */
static void set_dns_servers(void)
{
    for (uint8_t i = 0; i < SITE_SERVERS_MAX; i++) {
        ip_addr_t server;
        const char *text = addresses.site->network.dns[i];
        if (text[0] != '\0' && ipaddr_aton(text, &server))
            dns_setserver(i, &server);
    }
}

static void start_time(void)
{
    const struct site_settings *site = addresses.site;
    bool is_named = false;
    for (uint8_t i = 0; i < SITE_SERVERS_MAX; i++) {
        if (site->time_servers[i][0] == '\0')
            continue;
        sntp_setservername(i, site->time_servers[i]);
        is_named = true;
    }
    /* Where the site names no time server, one that DHCP names is better than none. */
    bool may_come_by_dhcp = site->network.address_kind == SITE_ADDRESS_DHCP;
    if (!is_named && !may_come_by_dhcp)
        return;
    sntp_servermode_dhcp(!is_named);
    sntp_setoperatingmode(SNTP_OPMODE_POLL);
    sntp_init();
}

void net_sntp_received(uint32_t seconds, uint32_t microseconds)
{
    if (seconds < YEAR_2020_S) { /* a server that has no time itself */
        log_line(LOG_WARN, "sntp problem=\"the time server's clock is not set\"");
        return;
    }
    clock_correct((int64_t)seconds * 1000 + microseconds / 1000, "sntp");
    if (!addresses.hears_time)
        log_line(LOG_INFO, "sntp clock=set");
    addresses.hears_time = true;
}

/* ---- IPv4 ---------------------------------------------------------------------------------- */

static void call_up(struct turn_item *item)
{
    (void)item;
    if (addresses.is_up)
        return;
    addresses.is_up = true;
    start_time();
    if (addresses.up != NULL)
        addresses.up(addresses.up_context);
}

static void log_address(void)
{
    char address[NET_ADDRESS_BYTES], gateway[NET_ADDRESS_BYTES];
    ip4addr_ntoa_r(netif_ip4_addr(addresses.netif), address, sizeof address);
    ip4addr_ntoa_r(netif_ip4_gw(addresses.netif), gateway, sizeof gateway);
    log_line(LOG_INFO, "net address=%s gateway=%s by=%s", address, gateway,
             addresses.site->network.address_kind == SITE_ADDRESS_DHCP ? "dhcp" : "static");
}

static void status_changed(struct netif *netif)
{
    if (ip4_addr_eq(netif_ip4_addr(netif), &addresses.address))
        return; /* something about IPv6 */
    addresses.address = *netif_ip4_addr(netif);
    if (ip4_addr_isany_val(addresses.address)) {
        log_line(LOG_WARN, "net problem=\"the DHCP lease has ended\"");
        return;
    }
    timer_stop(&addresses.patience);
    log_address();
    set_dns_servers();
    /* From within DHCP: what stands above comes when lwIP is done with the answer. */
    interface_at_turn_end(&addresses.up_item, call_up);
}

static void warn_no_dhcp(void *context)
{
    (void)context;
    log_line(LOG_WARN,
             "net problem=\"no DHCP server has answered in %d s\" remedy=\"connect the "
             "network, or set network.address in site.json\"",
             DHCP_PATIENCE_MS / 1000);
}

/* RFC 952 and 1123: letters, digits and hyphens; what else stands in a site's name becomes a
 * hyphen. */
static void set_hostname(const char *name)
{
    size_t length = 0;
    for (; length < sizeof addresses.hostname - 1 && name[length] != '\0'; length++) {
        char c = name[length];
        bool is_allowed =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        addresses.hostname[length] = is_allowed ? c : '-';
    }
    addresses.hostname[length] = '\0';
    netif_set_hostname(addresses.netif, length > 0 ? addresses.hostname : "brink");
}

static void must_read_ip4(const char *text, const char *what, ip4_addr_t *address)
{
    if (!ip4addr_aton(text, address))
        panic("site: network.%s is not an IPv4 address: \"%s\"", what, text);
}

static void start_ip4(void)
{
    const struct site_settings *site = addresses.site;
    if (site->network.address_kind == SITE_ADDRESS_DHCP) {
        netif_set_status_callback(addresses.netif, status_changed);
        if (dhcp_start(addresses.netif) != ERR_OK)
            panic("no memory for DHCP");
        timer_start(&addresses.patience, DHCP_PATIENCE_MS, warn_no_dhcp, NULL);
        return;
    }
    ip4_addr_t address, gateway = {0};
    must_read_ip4(site->network.address, "address", &address);
    if (site->network.gateway[0] != '\0')
        must_read_ip4(site->network.gateway, "gateway", &gateway);
    must(site->network.prefix_length <= 32);
    uint32_t mask =
        site->network.prefix_length == 0 ? 0 : ~0u << (32 - site->network.prefix_length);
    ip4_addr_t netmask = {lwip_htonl(mask)};
    netif_set_addr(addresses.netif, &address, &netmask, &gateway);
    addresses.address = address;
    netif_set_status_callback(addresses.netif, status_changed);
    log_address();
    set_dns_servers();
    call_up(NULL);
}

/* ---- IPv6 ---------------------------------------------------------------------------------- */

static void must_read_ip6(const char *text, const char *what, ip6_addr_t *address)
{
    if (!ip6addr_aton(text, address))
        panic("site: network.%s is not an IPv6 address: \"%s\"", what, text);
    ip6_addr_assign_zone(address, IP6_UNICAST, addresses.netif);
}

static void start_ip6(void)
{
    const struct site_settings *site = addresses.site;
    struct netif *netif = addresses.netif;
    if (site->network.ipv6_kind == SITE_IPV6_OFF)
        return;
    netif_create_ip6_linklocal_address(netif, 1);
    netif_set_ip6_autoconfig_enabled(netif, site->network.ipv6_kind == SITE_IPV6_AUTO);
    if (site->network.ipv6_kind != SITE_IPV6_STATIC)
        return;
    ip6_addr_t address;
    s8_t index;
    must_read_ip6(site->network.ipv6_address, "ipv6_address", &address);
    if (netif_add_ip6_address(netif, &address, &index) != ERR_OK || index < 0)
        panic("no room for the IPv6 address");
    netif_ip6_addr_set_state(netif, index, IP6_ADDR_PREFERRED);
    if (site->network.ipv6_gateway[0] != '\0')
        must_read_ip6(site->network.ipv6_gateway, "ipv6_gateway", &addresses.gateway6);
}

/* lwIP learns routers from advertisements alone and takes every prefix but its own to be far away.
 * These two answer first: for a static IPv6 address, who is near and who is the router. */
const ip6_addr_t *net_ip6_gateway(struct netif *netif, const ip6_addr_t *destination)
{
    const struct site_settings *site = addresses.site;
    (void)netif;
    if (site->network.ipv6_kind != SITE_IPV6_STATIC)
        return NULL; /* as advertised */
    ip6_addr_t own;
    unsigned bits = site->network.ipv6_prefix_length;
    bool is_near = ip6addr_aton(site->network.ipv6_address, &own) != 0;
    for (unsigned word = 0; word < 4 && bits > 0; word++) {
        uint32_t mask = bits >= 32 ? ~0u : ~0u << (32 - bits);
        is_near = is_near && ((own.addr[word] ^ destination->addr[word]) & lwip_htonl(mask)) == 0;
        bits -= bits >= 32 ? 32 : bits;
    }
    if (is_near || ip6_addr_isany(&addresses.gateway6))
        return destination; /* neighbour discovery finds it or not */
    return &addresses.gateway6;
}

void addresses_start(struct netif *netif, const struct site_settings *site, void (*up)(void *),
                     void *context)
{
    addresses.netif = netif;
    addresses.site = site;
    addresses.up = up;
    addresses.up_context = context;
    set_hostname(site->name);
    netif_set_up(netif);
    start_ip6();
    start_ip4();
}
