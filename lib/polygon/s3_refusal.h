/*
 * Why a store of objects refused a request, in words.
 */
#ifndef MD_POLYGON_S3_REFUSAL_H
#define MD_POLYGON_S3_REFUSAL_H

#include "polygon/http.h"

/* It may be another answer in a while: 408, 429, or the server's trouble. */
bool s3_refusal_passes(const struct http_answer *);

/* An answer whose status is not good.  *for_all: any other request would be
 * answered the same. */
void s3_refusal_tell(const struct http_answer *, bool *for_all,
    struct md_error *);

#endif
