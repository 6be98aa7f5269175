/*
 * Files that are too short to be believed: with fewer than half of the rows of
 * their neighbours; where one has none, with fewer than half of the bars that
 * the store has of the same series on the nearest day.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backfill/files.h"
#include "store/vendor.h"

/* Files so many days before and after one are its neighbours. */
#define NEAR_DAYS 15

/* Bars that tell how many are expected, at least; of so many series at most, on
 * a day that is no further away. */
#define BARS_LEAST  3
#define SERIES_MOST 500
#define STORED_DAYS 10

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

/* Files that were read earlier, but for others that are at hand: the file
 * itself, as it was before it was replaced, is one. */
static void
add_known(const struct files *f, const struct file_day *day, struct near *near)
{
	for (size_t i = 0; i < f->known.len; i++) {
		const struct flat_file *k = &f->known.v[i];
		bool at_hand = false;

		for (size_t n = 0; n < f->days_len; n++)
			at_hand =
			    at_hand ||
			    (&f->days[n] != day &&
				strcmp(k->name, f->days[n].file.name) == 0);
		for (md_date d = day->date - NEAR_DAYS;
		     !at_hand && d <= day->date + NEAR_DAYS; d++) {
			char name[FLAT_NAME_MAX];

			flat_name(f->set, d, name);
			if (strcmp(name, k->name) == 0)
				near->v[near->len++] =
				    rows_expected(f, d, k->rows);
		}
	}
}

/* -- what the store has -- */

struct count_task {
	struct task task;
	const struct files *files;
	const struct file_day *day;
	md_date date;         /* of what it is compared with */
	int64_t rows, stored; /* of the same series */
	bool failed;
};

/* Rows of the file for the member, which cannot be read among them; *at: of the
 * runs, which are by member, from where on it is looked. */
static int64_t
rows_of(const struct file_day *d, size_t member, size_t *at)
{
	int64_t n = 0;

	for (; *at < d->runs_len && d->runs[*at].member <= member; ++*at)
		if (d->runs[*at].member == member)
			n += d->runs[*at].len;
	for (size_t i = 0; i < d->refused_len; i++)
		if (d->refused[i].member == member)
			n++;
	return n;
}

static bool
takes(const struct file_member *m, const struct file_day *d)
{
	return file_member_gap(&m->gaps, &m->again, d->day) != NULL;
}

/* Is all of the day known of the series? */
static bool
knows(const struct file_member *m, struct range day)
{
	const struct span *s = coverage_at(&m->series->coverage, day.from);

	return s != NULL && s->to >= day.to;
}

/* The nearest day, an earlier one where there is any, that is known of any
 * series that takes the file. */
static bool
find_stored(const struct files *f, const struct file_day *d, md_date *out)
{
	for (int i = 0; i < 2 * STORED_DAYS; i++) {
		md_date date = i < STORED_DAYS ? d->date - i - 1
					       : d->date + i - STORED_DAYS + 1;
		struct range day = flat_day(f->run->calendar, f->set, date);

		if (!flat_trades(f->run->calendar, f->set, date))
			continue;
		for (size_t k = 0; k < f->members_len; k++)
			if (takes(&f->members[k], d) &&
			    knows(&f->members[k], day)) {
				*out = date;
				return true;
			}
	}
	return false;
}

static bool
count_run(struct task *t, struct store *st, struct md_error *e)
{
	struct count_task *c = (struct count_task *)t;
	const struct files *f = c->files;
	struct range day = flat_day(f->run->calendar, f->set, c->date);
	size_t step = 1 + f->members_len / SERIES_MOST, at = 0;

	for (size_t i = 0; i < f->members_len; i += step) {
		const struct file_member *m = &f->members[i];
		int64_t n;

		if (!takes(m, c->day) || !knows(m, day))
			continue;
		if (!store_bars_in(st, m->series->id, day, &n, e))
			return false;
		c->stored += n;
		c->rows += n > 0 ? rows_of(c->day, i, &at) : 0;
	}
	return true;
}

static void
count_done(struct task *t)
{
	struct count_task *c = (struct count_task *)t;

	c->failed = t->error.code != MD_OK;
	if (c->failed)
		run_fatal(c->files->run, &t->error);
}

static void
doubt_by_store(struct files *f, struct file_day *d)
{
	struct count_task c = { .task.run = count_run,
		.task.done = count_done,
		.files = f,
		.day = d };
	char why[96], date[11];

	if (!d->good || !find_stored(f, d, &c.date))
		return;
	writer_submit(f->run->writer, &c.task);
	writer_drain(f->run->writer);
	if (c.failed || c.stored < BARS_LEAST ||
	    2 * rows_expected(f, d->date, c.rows) >=
		rows_expected(f, c.date, c.stored))
		return;
	md_date_format(c.date, date);
	(void)snprintf(why, sizeof(why),
	    "it has fewer than half as many rows as the store has bars of %s",
	    date);
	file_day_doubt(f, d, why);
}

/* -- all of them -- */

void
files_doubt_short(struct files *f)
{
	bool is_short[FILES_DAYS] = { false }, alone[FILES_DAYS] = { false };

	for (size_t i = 0; i < f->days_len; i++) {
		const struct file_day *d = &f->days[i];
		struct near near = { .len = 0 };

		for (size_t n = 0; n < f->days_len; n++)
			if (n != i && f->days[n].good)
				near.v[near.len++] = rows_expected(f,
				    f->days[n].date, f->days[n].file.rows);
		add_known(f, d, &near);
		qsort(near.v, near.len, sizeof(*near.v), by_size);
		alone[i] = near.len == 0;
		is_short[i] = d->good && near.len > 0 &&
			      2 * rows_expected(f, d->date, d->file.rows) <
				  near.v[near.len / 2];
	}
	for (size_t i = 0; i < f->days_len; i++)
		if (is_short[i])
			file_day_doubt(f, &f->days[i],
			    "it has fewer than half as many rows as its "
			    "neighbours");
		else if (alone[i])
			doubt_by_store(f, &f->days[i]);
}
