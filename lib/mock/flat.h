/*
 * The mock's bars as flat files: of each day and set, in a folder that is laid
 * out as the vendor's bucket.
 */
#ifndef MD_MOCK_FLAT_H
#define MD_MOCK_FLAT_H

#include "mock/source.h"

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

#endif
