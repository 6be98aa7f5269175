/*
 * The flat files of a folder that is laid out as the vendor's bucket: which are
 * there.  Each is looked for once.
 */
#ifndef MD_BACKFILL_FILE_LIST_H
#define MD_BACKFILL_FILE_LIST_H

#include <stdio.h>

#include "plan/flat.h"
#include "store/records.h"

struct file_list;

/* Days since 1970 that there may be files of. */
#define FILE_DATES 54000

/* The folder is borrowed.  Null: out of memory. */
struct file_list *file_list_create(const char *dir);
void file_list_destroy(struct file_list **);

/* The size of the set's file of that day, as it is; -1: there is none. */
int64_t file_list_size(struct file_list *, enum flat_set, md_date);

/* Open it, and say which it is; *f null with *e where that fails. */
FILE *file_list_open(struct file_list *, enum flat_set, md_date,
    struct flat_file *, struct md_error *);
/* The same, without opening it. */
bool file_list_look(const struct file_list *, enum flat_set, md_date,
    struct flat_file *, struct md_error *);

#endif
