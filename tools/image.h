/* Making an image, for `brink image` and `brink run`. Private to tools/. */
#ifndef TOOLS_IMAGE_H
#define TOOLS_IMAGE_H

#include "tools/site_folder.h"

/* The kernel beside this program; false when it is not there (room then says where it was looked
 * for). */
bool image_find_kernel(char *room, size_t room_bytes);

/* Kernel and site as one ELF file; `kernel` NULL: the one beside this program. bytes == NULL, and a
 * complaint, when it can't be made. Freed by text_free. */
struct text image_make(const struct site_folder *folder, const char *kernel);

#endif
