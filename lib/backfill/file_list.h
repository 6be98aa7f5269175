/*
 * The flat files of the vendor's bucket, or of a folder that is laid out as it
 * is: which are there.  Each is looked for once.
 */
#ifndef MD_BACKFILL_FILE_LIST_H
#define MD_BACKFILL_FILE_LIST_H

#include "base/error.h"
#include "plan/flat.h"
#include "store/records.h"

struct file_list;

struct backfill_options;
struct gunzip;

/* Days since 1970 that there may be files of. */
#define FILE_DATES 54000

/* As --flat-files has it; the options are borrowed.  MD_EUSAGE: there is no
 * such folder, or it is no such URL. */
bool file_list_create(struct file_list **, const struct backfill_options *,
    struct md_error *);
void file_list_destroy(struct file_list **);

/* Called on the thread that made the list, several times a second while it
 * waits for another machine's answer; false is file_list_stop(). */
void file_list_on_wait(struct file_list *, bool (*wait)(void *ctx), void *ctx);

/* From any thread: whoever waits for another machine's answer waits no more
 * (MD_EINTR), until file_list_on_wait(). */
void file_list_stop(struct file_list *);

/* All days from one to another are going to be looked for: a bucket is asked
 * for their months at once, which is quicker than one after the other. */
void file_list_want(struct file_list *, enum flat_set, md_date from,
    md_date to);

/* The size of the set's file of that day, as it is; -1: there is none, or it
 * cannot be had. */
int64_t file_list_size(struct file_list *, enum flat_set, md_date);

/* Open it, and say which it is.  MD_EIO, MD_EINTR, MD_ENOMEM.  It may be read
 * on another thread; gunzip_read() then fails with these, too, or with
 * MD_EABSENT: it was replaced meanwhile, and may be opened anew. */
bool file_list_open(struct file_list *, enum flat_set, md_date,
    struct flat_file *, struct gunzip **, struct md_error *);

/* Which it is, without opening it. */
bool file_list_look(struct file_list *, enum flat_set, md_date,
    struct flat_file *, struct md_error *);

/* Requests that were made for them; and of those that tell which files there
 * are, how many failed, and why the first did. */
struct file_list_counts {
	int64_t requests, failed;
	struct md_error first;
};
struct file_list_counts file_list_counts(const struct file_list *);

#endif
