/*
 * The mock's bars as flat files: of each day and set, in a folder that is laid
 * out as the vendor's bucket.
 */
#ifndef MD_MOCK_FLAT_H
#define MD_MOCK_FLAT_H

#include "mock/source.h"
#include "plan/flat.h"
#include "sys/gzip.h"

struct mock_flat {
	const char *dir;  /* created */
	md_date from, to; /* inclusive */
	int64_t now_ms;   /* no bar starts after it */
	/* Write whole days, whatever the time, that are not there yet; each
	 * file as old as if it had been published when it was due. */
	bool prepare;
};

/*
 * Write the files of all listed symbols, one for each day on which the market
 * trades, raw, by ticker and time; a file without any row is not written.
 * *files is their number.  MD_EIO.
 */
bool mock_flat_write(struct market *, const struct mock_flat *, int64_t *files,
    struct md_error *);

/*
 * Write the gzip of one set's file of a day, of those symbols: no bar starts
 * after now.  *any: it has rows; without any, nothing is written.  The sink's
 * errors, MD_EIO, MD_ENOMEM.
 */
bool mock_flat_day(struct market *, const struct symbols *, enum flat_set,
    md_date, int64_t now_ms, const struct gzip_sink *, bool *any,
    struct md_error *);

/* The now at which a file is complete. */
int64_t mock_flat_complete(const struct market *, enum flat_set, md_date);

#endif
