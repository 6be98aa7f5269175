/*
 * Bars of flat files, before the run's requests: shared by the files of that
 * stage, and included by no others.
 *
 * Files of one set are read in the days' order, a few at once, each once and
 * whole, before anything of it is stored.  Their rows are kept aside, and where
 * those of each series lie.  The rows of up to a month are then stored
 * together, series by series, in the order in which the store keeps them.
 */
#ifndef MD_BACKFILL_FILES_H
#define MD_BACKFILL_FILES_H

#include <pthread.h>

#include "answer/flat.h"
#include "backfill/file_list.h"
#include "backfill/internal.h"
#include "sys/spool.h"

/* Days that are stored together, at most; … */
#define FILES_DAYS 31
/* … and rows, of 64 bytes each, and runs and refused rows in memory, after
 * which no more days are added. */
#define FILES_ROWS    ((size_t)60000000)
#define FILES_RUNS    ((size_t)1000000)
#define FILES_REFUSED ((size_t)10000)

/* Files that are read at once, at most. */
#define FILES_READERS 4

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

/* Rows of one series that are adjacent in a file, and where they are kept. */
struct file_run {
	uint32_t member, len;
	int64_t at;
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
	bool read, good;
	size_t len;            /* rows that are kept */
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
	struct spool *spool;                        /* of the days at hand */
	struct file_thread *threads[FILES_READERS]; /* at work, or null */
	size_t readers;                             /* at most that many */
	pthread_mutex_t mutex;
	pthread_cond_t ended; /* a reading has */
	atomic_bool cancelled;
	int64_t lacking; /* days that are wanted, without a file */
	md_date lacking_last;
};

/* Is the run to go on? */
bool files_go_on(const struct files *);
/* What is due meanwhile: the heartbeat, tasks that ended; wait: a little, for
 * one that ends. */
void files_breathe(struct files *, bool wait);

/* -- files_read.c -- */

/* A file that is being read, and the thread that reads it. */
struct file_reading;
struct file_thread;

/* Open the file of the day for the members that take it.  Null: out of memory.
 */
struct file_reading *file_reading_begin(struct files *, struct file_day *);
/* Read it; on any thread. */
void file_reading_run(struct file_reading *);
/* It was replaced meanwhile and is open anew: run it again. */
bool file_reading_again(struct file_reading *);
/* What came of it is the day's; where it is doubted, d->good is false, and that
 * was said.  False: out of memory or room, or the run ends. */
bool file_reading_end(struct file_reading *, struct md_error *);
/* Say why nothing of it is stored. */
void file_day_doubt(struct files *, struct file_day *, const char *why);
void file_day_free(struct file_day *);

/* -- files_threads.c -- */

bool files_threads_begin(struct files *, struct md_error *);
/* What is still being read is given up. */
void files_threads_end(struct files *);
/* Read the file of the day for the members that take it, at the latest until
 * files_read_all().  False, as file_reading_end() of it or of one before. */
bool files_read_start(struct files *, struct file_day *, struct md_error *);
bool files_read_all(struct files *, struct md_error *);

/* -- files_doubt.c -- */

/* Doubt those with fewer than half of their neighbours' rows. */
void files_doubt_short(struct files *);

/* -- files_store.c -- */

/* Store what the days at hand have.  False: out of memory, or what is kept
 * aside cannot be read. */
bool files_store(struct files *, struct md_error *);

/* The gap of the member with that whole day; null: it does not lack it. */
const struct range *file_member_gap(const struct ranges *gaps,
    const struct ranges *again, struct range day);
/* What the member lacks, as the coverage has it.  False: out of memory. */
bool file_member_gaps(const struct run *, const struct file_member *,
    const struct coverage *, struct ranges *out);

#endif
