/*
 * Files that are too short to be believed: with fewer than half of the rows of
 * their neighbours.
 */
#include <stdlib.h>
#include <string.h>

#include "backfill/files.h"

/* Files so many days before and after one are its neighbours. */
#define NEAR_DAYS 15

/* Per minute in which rows are expected, or per file. */
static double
rows_expected(const struct files *f, md_date date, int64_t rows)
{
	int64_t minutes = flat_timeframe(f->set) == TF_1D
			      ? 1
			      : flat_minutes(f->run->calendar, f->set, date);

	return minutes > 0 ? (double)rows / (double)minutes : 0;
}

static int
by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

struct near {
	double v[FILES_DAYS + 2 * NEAR_DAYS + 2];
	size_t len;
};

/* Files that were read earlier, but for those that are at hand. */
static void
add_known(const struct files *f, md_date date, struct near *near)
{
	for (size_t i = 0; i < f->known.len; i++) {
		const struct flat_file *k = &f->known.v[i];
		bool at_hand = false;

		for (size_t n = 0; n < f->days_len; n++)
			at_hand = at_hand ||
				  strcmp(k->name, f->days[n].file.name) == 0;
		for (md_date d = date - NEAR_DAYS;
		     !at_hand && d <= date + NEAR_DAYS; d++) {
			char name[FLAT_NAME_MAX];

			flat_name(f->set, d, name);
			if (strcmp(name, k->name) == 0)
				near->v[near->len++] =
				    rows_expected(f, d, k->rows);
		}
	}
}

void
files_doubt_short(struct files *f)
{
	bool is_short[FILES_DAYS] = { false };

	for (size_t i = 0; i < f->days_len; i++) {
		const struct file_day *d = &f->days[i];
		struct near near = { .len = 0 };

		for (size_t n = 0; n < f->days_len; n++)
			if (n != i && f->days[n].good)
				near.v[near.len++] = rows_expected(f,
				    f->days[n].date, f->days[n].file.rows);
		add_known(f, d->date, &near);
		qsort(near.v, near.len, sizeof(*near.v), by_size);
		is_short[i] = d->good && near.len > 0 &&
			      2 * rows_expected(f, d->date, d->file.rows) <
				  near.v[near.len / 2];
	}
	for (size_t i = 0; i < f->days_len; i++)
		if (is_short[i])
			file_day_doubt(f, &f->days[i],
			    "it has fewer than half as many rows as its "
			    "neighbours");
}
