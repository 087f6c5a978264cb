/* Included before cJSON.c: it reads each number that it has written back with sscanf, to see
 * whether 15 digits were enough. strtod, which it uses elsewhere, gives the same value, and the
 * image is spared the C library's scanf. */
#include <stdio.h>
#include <stdlib.h>
#define sscanf(text, format, number) (*(number) = strtod((text), NULL), 1)
