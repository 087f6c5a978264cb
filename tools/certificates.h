/* Are a site's certificates and keys what they should be? Private to tools/. */
#ifndef TOOLS_CERTIFICATES_H
#define TOOLS_CERTIFICATES_H

#include "tools/site_folder.h"

/* Looks at the files that were read; adds to the folder's errors and warnings and prints to `out`.
 * Without the openssl program only the kind of each file is looked at, by its BEGIN line. */
void certificates_check(struct site_folder *folder, FILE *out);

/* How a site's name stands in a certificate (CN): what parts the fields of a subject becomes -. */
void certificates_name(const char *site, char room[SITE_NAME_BYTES]);

#endif
