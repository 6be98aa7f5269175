/*
 * From where the bars of one market and timeframe are fetched for the least
 * time: by calls for their series, by calls for a day of the whole market, or
 * from files of a day.  Pure.
 *
 * What a series lacks is divided into rows, each as long as one call brings it
 * in one page.  A row is fetched by its own call, or left to the days; a day is
 * brought by whichever of its file and its grouped call is cheaper.  For these
 * rows the choice is exact (plan/weigh.h).  A series that lacks no more than a
 * page is one row, so for it the choice is exact altogether.  Where pages could
 * begin elsewhere, to choose the cheapest is a cover by segments of rows and
 * whole columns, for which no quick way is known; as each page then touches two
 * rows at most, what is chosen has at most twice the range calls of the best,
 * and never costs more than requests alone or files alone.
 *
 * A row that is fetched by its own call takes nothing from files: its bars are
 * then all of one kind, with their vwap.
 */
#ifndef MD_PLAN_MIX_H
#define MD_PLAN_MIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What sources cost.  Bytes are as they are transferred. */
struct mix_prices {
	int64_t call_us;          /* from one call to the next */
	double bytes_per_second;  /* of answers */
	int64_t file_us;          /* of a file, besides its bytes */
	double files_per_second;  /* bytes of files */
	int64_t grouped_bytes[3]; /* of an answer, by market */
};

/*
 * Pace: calls a minute; 0: none is known, then a call takes as long as an
 * answer.  Bandwidth of files: bytes a second; 0: none is known.  Local: they
 * are in a folder of this machine, whose reading is all they cost.
 */
struct mix_prices mix_prices(double per_minute, double files_per_second,
    bool local);

/* Bytes of so many bars in answers. */
int64_t mix_bytes(int64_t bars);

/* µs; at most some days. */
int64_t mix_calls_us(const struct mix_prices *, int64_t calls, int64_t bytes);
int64_t mix_files_us(const struct mix_prices *, int64_t files, int64_t bytes);

enum mix_by { MIX_NONE, MIX_FILE, MIX_GROUPED };

struct mix_day {
	int64_t file_bytes;    /* negative: there is no file */
	int64_t grouped_bytes; /* negative: there is no such call */
	enum mix_by by;        /* result; MIX_NONE: it is not needed */
};

/* Days [from, to) that a row lacks; each has a file or a call. */
struct mix_span {
	size_t from, to;
};

struct mix_row {
	int64_t calls; /* that it adds: 0 if one is made for it anyway */
	int64_t bytes; /* of the answer */
	size_t spans_first, spans_len;
	bool range; /* result: its own call brings it */
};

struct mix {
	struct mix_day *days;
	size_t days_len;
	struct mix_row *rows;
	size_t rows_len, rows_cap;
	struct mix_span *spans; /* of all rows, in their order */
	size_t spans_len, spans_cap;
};

/* What a day costs the cheaper way, and which that is. */
int64_t mix_day_us(const struct mix_prices *, const struct mix_day *,
    enum mix_by *);

/* One more day of the last row, which is the days' after those that it has, or
 * a later one.  False: out of memory. */
bool mix_lack(struct mix *, size_t first_span, size_t day);

/*
 * Decide: of mixes that take the least time one with the fewest days, so that
 * no file is read that saves nothing.  *us is the time of all that was to be
 * decided.  False: out of memory.
 */
bool mix_solve(struct mix *, const struct mix_prices *, int64_t *us);
void mix_free(struct mix *);

#endif
