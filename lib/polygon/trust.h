/*
 * Whose signature on a server's certificate is believed: the system's
 * authorities, unless others are named.
 */
#ifndef MD_POLYGON_TRUST_H
#define MD_POLYGON_TRUST_H

#include <stdbool.h>

#include "base/error.h"

#define TRUST_PATH 1024

/*
 * Certificates of authorities in PEM form.  What is given is all that is
 * believed; with neither it is what the system believes.
 */
struct trust {
	char file[TRUST_PATH];
	char dir[TRUST_PATH]; /* hashed, as by openssl rehash; several with : */
};

/*
 * The named file or, if its name is "", what these variables of the environment
 * name, as for curl: CURL_CA_BUNDLE; or SSL_CERT_FILE and SSL_CERT_DIR.
 * MD_EUSAGE: the file cannot be read, or holds no certificate; the message says
 * who named it.
 */
bool trust_find(struct trust *, const char *file, char *(*env)(const char *),
    struct md_error *);

#endif
