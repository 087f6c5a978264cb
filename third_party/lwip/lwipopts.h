/* Options of lwIP: only what differs from lwip/opt.h. Why each differs stands here; README.md, in
 * the folder above, gives the sum. Included by every lwIP header, in the image and on the host. */
#ifndef THIRD_PARTY_LWIP_LWIPOPTS_H
#define THIRD_PARTY_LWIP_LWIPOPTS_H

/* --- one loop, raw API ---------------------------------------------------------------------- */

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0 /* lwIP is called by the loop and by nothing else */
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_ALTCP 0 /* TLS has its own transport in net/, over raw TCP */
#define LWIP_RAW 0
#define MEM_ALIGNMENT 8

/* --- links and addresses -------------------------------------------------------------------- */

#define LWIP_IPV4 1
#define LWIP_IPV6 1
#define LWIP_NETIF_HOSTNAME 1
#define LWIP_NETIF_STATUS_CALLBACK 1
#define LWIP_NETIF_LINK_CALLBACK 1
#define LWIP_HAVE_LOOPIF 0
#define LWIP_NETIF_LOOPBACK 0

#define LWIP_DHCP 1
/* The checks that an address is free take a second, before which no sensor is heard. */
#define LWIP_DHCP_DOES_ACD_CHECK 0
#define LWIP_ACD 0
#define LWIP_AUTOIP 0
#define LWIP_IGMP 0
#define LWIP_IPV6_MLD 1 /* neighbour discovery needs it */
#define LWIP_IPV6_AUTOCONFIG 1
#define LWIP_IPV6_DHCP6 0
#define LWIP_ND6_RDNSS_MAX_DNS_SERVERS 2
/* The default stores a pointer in the bytes of the packet, where only 32 bits are free. */
#define IPV6_FRAG_COPYHEADER 1
/* lwIP knows only routers that advertise themselves; a static address names its own. */
#define LWIP_HOOK_FILENAME "hooks.h"
#define LWIP_HOOK_ND6_GET_GW(netif, destination) net_ip6_gateway((netif), (destination))
/* Reassembly holds buffers of the receive ring: bounded, so that fragments can't starve it. */
#define IP_REASS_MAX_PBUFS 16
#define IP_REASS_MAXAGE 5

#define LWIP_DNS 1
#define DNS_TABLE_SIZE 4
#define DNS_MAX_SERVERS 3

/* --- time ----------------------------------------------------------------------------------- */

#define LWIP_DHCP_GET_NTP_SRV 1
#define LWIP_DHCP_MAX_NTP_SERVERS 2
#define SNTP_MAX_SERVERS 3
#define SNTP_SERVER_DNS 1
#define SNTP_STARTUP_DELAY 0
#define SNTP_RETRY_TIMEOUT 5000
#define SNTP_RETRY_TIMEOUT_MAX 160000
/* Certificates are judged by this clock, so an answer counts only if it comes from the server asked
 * and repeats the time that was sent. What is sent is random, which nobody off the path can guess,
 * and tells nothing about this machine. Lost by it: the correction by half of the round trip. */
#define SNTP_CHECK_RESPONSE 2
#define SNTP_COMP_ROUNDTRIP 0
#define SNTP_GET_SYSTEM_TIME_NTP(seconds, fraction)                                                \
    do {                                                                                           \
        (seconds) = (s32_t)net_random();                                                           \
        (fraction) = net_random();                                                                 \
    } while (0)
#define SNTP_SET_SYSTEM_TIME_US(seconds, microseconds) net_sntp_received((seconds), (microseconds))

/* --- TCP ------------------------------------------------------------------------------------ */

#define TCP_MSS 1460
#define LWIP_TCP_RTO_TIME                                                                          \
    1000 /* RFC 6298, section 2: the first retransmission after one second                         \
          */
/* Of streams outwards; net/listen.c gives sensors a smaller one. Fits 16 bits: no window scaling.
 */
#define TCP_WND (16 * TCP_MSS)
#define LWIP_WND_SCALE 0
#define TCP_SND_BUF (16 * TCP_MSS) /* more than one TLS record of 4 KB */
#define TCP_SND_QUEUELEN 64
/* Sensors are answered in packets of four bytes: a whole segment reserved for each would fill the
 * heap with nothing. */
#define TCP_OVERSIZE 256
#define TCP_QUEUE_OOSEQ 1
#define TCP_OOSEQ_MAX_PBUFS 4 /* these, too, are buffers of the receive ring */
#define TCP_LISTEN_BACKLOG 0  /* net/listen.c bounds half-open connections */
/* About a minute and a half of silence: a peer that is gone must not keep what was sent to it. */
#define TCP_MAXRTX 6
#define LWIP_TCP_PCB_NUM_EXT_ARGS 1 /* net/listen.c is asked before a SYN is answered */
/* What can't be held is dropped before lwIP acknowledges it. */
#define LWIP_HOOK_TCP_INPACKET_PCB(pcb, header, option_bytes, first_bytes, second, segment)        \
    net_segment_arrived((pcb), (segment))
#define LWIP_TCP_KEEPALIVE 1
#define SO_REUSE 1
/* Random, not a clock, so that nobody off the path can guess into a connection (RFC 6528). */
#define LWIP_HOOK_TCP_ISN(local, local_port, remote, remote_port) net_random()
/* The checks compare the window with lwIP's own pool, but what arrives lies in buffers of the ring.
 */
#define LWIP_DISABLE_TCP_SANITY_CHECKS 1

/* --- memory: all of it static, each size a bound -------------------------------------------- */

#define LWIP_SUPPORT_CUSTOM_PBUF 1
#define MEM_SIZE (256 * 1024) /* what waits to be sent or acknowledged */
#define MEMP_NUM_TCP_PCB 280  /* 256 sensors, the streams outwards, some that are still closing */
#define MEMP_NUM_TCP_PCB_LISTEN 8
#define MEMP_NUM_TCP_SEG 768
#define MEMP_NUM_UDP_PCB 20
#define MEMP_NUM_PBUF 128 /* headers of data that is sent from where it lies */
#define MEMP_NUM_FRAG_PBUF 32
#define MEMP_NUM_REASSDATA 8
#define MEMP_NUM_SYS_TIMEOUT (LWIP_NUM_SYS_TIMEOUT_INTERNAL + 8)
#define PBUF_POOL_SIZE 8 /* receiving does not use it */
#define ARP_TABLE_SIZE 64
#define LWIP_ND6_NUM_NEIGHBORS 32
#define LWIP_ND6_NUM_DESTINATIONS 32

/* --- checksums and counters ----------------------------------------------------------------- */

/* net/interface.c sets the netif's flags for each packet: a device may have checked it already. */
#define LWIP_CHECKSUM_CTRL_PER_NETIF 1
#define LWIP_STATS 1
#define LWIP_STATS_LARGE 1 /* 32 bits: they do not wrap within a day */
#define LWIP_STATS_DISPLAY 0
#define MEM_STATS 1
#define MEMP_STATS 1
#define IP_STATS 1
#define IP6_STATS 1
#define UDP_STATS 1
#define TCP_STATS 1
#define LINK_STATS 0
#define ETHARP_STATS 0
#define IPFRAG_STATS 0
#define IP6_FRAG_STATS 0
#define ICMP_STATS 0
#define ICMP6_STATS 0
#define ND6_STATS 0
#define MLD6_STATS 0
#define SYS_STATS 0

#endif
