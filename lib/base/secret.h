/*
 * Secrets in bytes that others sent: whoever was told one may send it back.
 */
#ifndef MD_BASE_SECRET_H
#define MD_BASE_SECRET_H

#include <stddef.h>

/*
 * Overwrite the secret with '*' wherever it stands in the text, whose bytes may
 * include NULs: as it is, or with any of its characters written the ways that
 * JSON (\u0041, \/) and URLs (%41) have.  The length stays, and the text stays
 * valid JSON if it was.  To be called before anything is decoded or cut: a part
 * of a secret is not found.  A secret of fewer than SECRET_LEAST characters is
 * a test's, and would be found in the middle of other words: it is left alone.
 */
void secret_mask(char *text, size_t len, const char *secret);

#define SECRET_LEAST 8

/* The same in words that another cut, so that a part of the secret may stand
 * at their end: one of four characters or more is overwritten, too. */
void secret_mask_cut(char *text, size_t len, const char *secret);

/* Overwrite a secret that is not needed any more. */
void secret_wipe(void *, size_t len);

#endif
