/* The Internet checksum (RFC 1071), the way lwIP wants it; LWIP_CHKSUM in lwipopts.h names it.
 * Includes nothing of ours, so that lwipopts.h can include it. */
#ifndef NET_CHECKSUM_H
#define NET_CHECKSUM_H

#include <stdint.h>

/* The ones' complement sum of the bytes read as 16-bit words in the machine's byte order, folded to
 * 16 bits and not inverted; an odd last byte counts as if a zero followed it. Any alignment; length
 * >= 0. */
uint16_t net_checksum(const void *bytes, int length);

#endif
