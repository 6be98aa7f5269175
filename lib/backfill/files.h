/*
 * Bars of flat files, before the run's requests: shared by the files of that
 * stage, and included by no others.
 *
 * Files of one set are read day by day, each once and whole, before anything of
 * it is stored.  The rows of as many days as memory allows are then stored
 * together, series by series.
 */
#ifndef MD_BACKFILL_FILES_H
#define MD_BACKFILL_FILES_H

#include "answer/flat.h"
#include "backfill/file_list.h"
#include "backfill/internal.h"

/* Days that are stored together, at most; … */
#define FILES_DAYS 31
/* … and rows, of 64 bytes each, after which no more days are added. */
#define FILES_ROWS ((size_t)1000000)

/* A series that may take bars from files. */
struct file_member {
	const struct stored_series *series; /* the run's */
	struct filed *filed;                /* the run's */
	struct grid grid;
	struct range wanted;
	struct ranges gaps;
	struct ranges again; /* days whose files were replaced */
	bool takes;          /* of the file that is being read */
	size_t rows;         /* of it in the days at hand */
};

/* Rows of one series that are adjacent in a file. */
struct file_run {
	size_t member, first, len;
};

struct file_refusal {
	size_t member;
	struct page_refusal row;
};

/* A file that was read. */
struct file_day {
	md_date date;
	struct range day;    /* as the class counts it */
	struct range proved; /* what it answers */
	struct flat_file file;
	bool good;
	struct bar *bars;
	size_t len, cap;
	struct file_run *runs; /* by member */
	size_t runs_len, runs_cap;
	struct file_refusal *refused; /* by member */
	size_t refused_len, refused_cap;
};

struct files {
	struct run *run;
	struct file_list *list;
	enum flat_set set;
	struct file_member *members; /* by symbol */
	size_t members_len;
	struct flat_files known; /* as they were when they were read last */
	struct file_day days[FILES_DAYS];
	size_t days_len;
	int64_t lacking; /* days that are wanted, without a file */
	md_date lacking_last;
};

/* Is the run to go on? */
bool files_go_on(const struct files *);
/* What is due meanwhile: the heartbeat, tasks that ended; wait: a little, for
 * one that ends. */
void files_breathe(struct files *, bool wait);

/* -- files_read.c -- */

/* Read the file of the day into *d for the members that take it; where it is
 * doubted, d->good is false, and that was said.  False: out of memory, or the
 * run ends. */
bool file_day_read(struct files *, struct file_day *, struct md_error *);
/* Doubt those with fewer than half of their neighbours' rows. */
void files_doubt_short(struct files *);
void file_day_free(struct file_day *);

/* -- files_store.c -- */

/* Store what the days at hand have.  False: out of memory. */
bool files_store(struct files *);

/* The gap of the member with that whole day; null: it does not lack it. */
const struct range *file_member_gap(const struct ranges *gaps,
    const struct ranges *again, struct range day);
/* What the member lacks, as the coverage has it.  False: out of memory. */
bool file_member_gaps(const struct run *, const struct file_member *,
    const struct coverage *, struct ranges *out);

#endif
