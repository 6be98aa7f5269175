/*
 * The API key: where it comes from, and what it may look like.  It is never
 * passed to anything that formats text.
 */
#ifndef MD_SYS_KEY_H
#define MD_SYS_KEY_H

#include "base/error.h"

#define KEY_MAX 256 /* with its NUL */

/* Can this be a key (printable, no blanks, short enough for a header)? */
bool key_check(const char *key, struct md_error *);

/*
 * The first line of a file that only its owner may read.  MD_EKEY names the
 * file and what is wrong with it, never its contents.
 */
bool key_read(const char *path, char key[KEY_MAX], struct md_error *);

/*
 * The key in that file (see key_read()) or, if its name is "", the key in the
 * environment variable POLYGON_API_KEY or MASSIVE_API_KEY.  MD_EKEY if there is
 * none.
 */
bool key_find(const char *file, char *(*env)(const char *), char key[KEY_MAX],
    struct md_error *);

/* -- the keys to flat files: a pair of their own -- */

#define TOKEN_MAX 4096 /* with its NUL */

/* The secret signs requests and is never sent; the token of keys that were lent
 * is. */
struct s3_keys {
	char id[KEY_MAX], secret[KEY_MAX];
	char token[TOKEN_MAX]; /* "": there is none */
};

/*
 * The two lines of that file, which must be as private as for key_read(): the
 * access key, then the secret; or, if its name is "", what the environment has:
 * MASSIVE_S3_ACCESS_KEY_ID and MASSIVE_S3_SECRET_ACCESS_KEY, or those of AWS,
 * with AWS_SESSION_TOKEN.  MD_EKEY if there are none.
 */
bool s3_keys_find(const char *file, char *(*env)(const char *),
    struct s3_keys *, struct md_error *);

/*
 * A key on the command line can be read by every user of the host.  True if
 * there is none, otherwise MD_EUSAGE, before any message could repeat the key.
 */
bool key_absent_from(int argc, char **argv, struct md_error *);

#endif
