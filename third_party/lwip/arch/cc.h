/* lwIP's view of the compiler and of the functions that net/ gives it. Included by every lwIP
 * header. */
#ifndef THIRD_PARTY_LWIP_ARCH_CC_H
#define THIRD_PARTY_LWIP_ARCH_CC_H

#include <stdint.h>
#include <sys/types.h> /* ssize_t and BYTE_ORDER, as the C library has them */

/* --- given by net/ -------------------------------------------------------------------------- */

/* 32 bits that nobody on the network can guess: ports, transaction ids, sequence numbers. */
uint32_t net_random(void);

/* The Internet checksum's sum of `length` bytes, folded to 16 bits and not complemented, in the
 * byte order in which the data lies (what RFC 1071 calls byte-order independent). `data` may have
 * any alignment; an odd last byte counts as if a zero followed. */
uint16_t net_checksum(const void *data, int length);

/* An assertion of lwIP failed: its state can't be trusted. Does not return. */
_Noreturn void net_assert_failed(const char *message, const char *file, int line);

/* A time server answered: seconds since 1970 and microseconds, the answer's way back not counted.
 */
void net_sntp_received(uint32_t seconds, uint32_t microseconds);

/* --- used by lwIP --------------------------------------------------------------------------- */

#define LWIP_RAND() net_random()
#define LWIP_CHKSUM(data, length) net_checksum((data), (length))
/* File and line say which one; its text would cost the image some kilobytes. */
#define LWIP_PLATFORM_ASSERT(message) net_assert_failed("in lwIP", __FILE__, __LINE__)
/* lwIP prints nothing: its counters tell. */
#define LWIP_PLATFORM_DIAG(arguments) ((void)0)

/* No htons and friends from lwIP, so that a file may include both lwIP's and the C library's
 * network headers; lwIP itself uses these. Both architectures are little-endian. */
#define LWIP_DONT_PROVIDE_BYTEORDER_FUNCTIONS
#define lwip_htons(x) ((uint16_t)__builtin_bswap16(x))
#define lwip_htonl(x) ((uint32_t)__builtin_bswap32(x))

#endif
