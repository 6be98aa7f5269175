/*
 * The flat files of the vendor's bucket: which there are, a listing a month of
 * a set, and each as a stream.  What cannot be had is told once and not asked
 * for again and again: its days are requested.
 */
#ifndef MD_BACKFILL_FILE_BUCKET_H
#define MD_BACKFILL_FILE_BUCKET_H

#include "backfill/backfill.h"
#include "backfill/file_list.h"

struct file_bucket;

/* As file_list.h has them. */
bool file_bucket_create(struct file_bucket **, const struct backfill_options *,
    struct md_error *);
void file_bucket_destroy(struct file_bucket **);
void file_bucket_on_wait(struct file_bucket *, bool (*wait)(void *ctx),
    void *ctx);
void file_bucket_stop(struct file_bucket *);
void file_bucket_want(struct file_bucket *, enum flat_set, md_date from,
    md_date to);
bool file_bucket_look(struct file_bucket *, enum flat_set, md_date,
    struct flat_file *, struct md_error *);
bool file_bucket_open(struct file_bucket *, enum flat_set, md_date,
    struct flat_file *, struct gunzip **, struct md_error *);
struct file_list_counts file_bucket_counts(const struct file_bucket *);

#endif
