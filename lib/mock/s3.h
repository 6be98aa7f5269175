/*
 * The mock as a server of objects: flat files of a folder over the protocol of
 * S3, in the bucket that the vendor has.
 */
#ifndef MD_MOCK_S3_H
#define MD_MOCK_S3_H

#include "mock/call.h"
#include "mock/objects.h"
#include "mock/s3_error.h"

#define S3_BUCKET "flatfiles"

/* Is the request for S3: to the bucket, or signed as only S3's are? */
bool mock_s3_is(const struct call *);

/* May it be answered, and which endpoint is it?  S3_DONE: yes. */
enum s3_code mock_s3_admit(struct call *);

/* The answer to what was admitted, with the damage of the fault that it meets.
 */
void mock_s3_answer(struct call *, struct httpd_response *);
void mock_s3_refuse(const struct call *, enum s3_code, struct httpd_response *);

/* -- between s3.c and s3_list.c -- */

/* All keys that begin so, by key, each of which is to be found.  MD_EIO,
 * MD_ENOMEM. */
bool mock_s3_all(const struct call *, const char *prefix, struct objects *out,
    struct md_error *);

/* An object that is out.  MD_EABSENT: there is none, or it is not yet. */
bool mock_s3_find(const struct call *, const char *key, struct object *,
    struct md_error *);

/*
 * An object that was found as it is seen now: as the fault has it.  If that
 * changes its bytes, they are in *bytes and *whole is set.  MD_EABSENT.
 */
bool mock_s3_view(const struct call *, const struct fault *, struct object *,
    struct buf *bytes, bool *whole, struct md_error *);

/* The answer to ListObjectsV2. */
enum s3_code mock_s3_list(const struct call *, struct buf *);

#endif
