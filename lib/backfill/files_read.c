/*
 * Reading a flat file: what it has of the series that lack its day, and whether
 * it can be believed.
 */
#include <stdlib.h>
#include <string.h>

#include "answer/body.h"
#include "backfill/files.h"
#include "base/array.h"
#include "sys/gzip.h"

/* Rows that are kept aside at once. */
#define BLOCK_ROWS 8192

/* A file with more rows for us that cannot be read is no such file. */
#define REFUSED_MAX 10000

/* So often a file may be replaced while it is read. */
#define REPLACED_MAX 3

/* More than any market has in a day, and more runs of rows of one series, of
 * which there are as many as rows where those have no order: what is held has
 * a bound. */
#define ROWS_MAX 20000000
#define RUNS_MAX 4000000

void
file_day_doubt(struct files *f, struct file_day *d, const char *why)
{
	d->good = false;
	log_write(f->run->o->log, LOG_WARNING,
	    "%s: %s: nothing of it is stored", d->file.name, why);
	run_file_failed(f->run, d->file.name, why);
}

void
file_day_free(struct file_day *d)
{
	for (size_t i = 0; i < d->refused_len; i++)
		free(d->refused[i].row.raw);
	free(d->refused);
	free(d->runs);
	memset(d, 0, sizeof(*d));
}

/* -- rows -- */

/* A series by the name that it had on the file's day. */
struct taker {
	const char *name;
	size_t member;
};

struct file_reading {
	struct files *files;
	struct file_day *day;
	struct taker *takers; /* of the day, by name */
	size_t takers_len;
	struct gunzip *gz; /* null: it could not be opened */
	struct flat flat;
	struct flat_times times;
	char ticker[SYMBOL_MAX]; /* of the row before, if it fits */
	size_t ticker_len;       /* 0: none */
	size_t member;           /* its own; members_len: nobody's */
	/* Rows that are not kept yet, and the first of the day's runs that lie
	 * in them. */
	struct bar block[BLOCK_ROWS];
	size_t block_len, block_runs;
	unsigned replaced; /* so often */
	bool good;
	struct md_error error;
};

static int
compare_name(const char *text, size_t len, const char *symbol)
{
	size_t n = strlen(symbol);
	int c = memcmp(text, symbol, len < n ? len : n);

	return c != 0 ? c : (len > n) - (len < n);
}

static int
by_name(const void *a, const void *b)
{
	const struct taker *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c != 0 ? c : (x->member > y->member) - (x->member < y->member);
}

static bool
find_takers(struct file_reading *r)
{
	const struct files *f = r->files;

	r->takers = calloc(f->members_len + 1, sizeof(*r->takers));
	if (r->takers == NULL)
		return false;
	for (size_t i = 0; i < f->members_len; i++) {
		const struct stored_series *s = f->members[i].series;

		if (f->members[i].takes)
			r->takers[r->takers_len++] = (struct taker){
				names_on(&s->names, s->symbol, r->day->date), i
			};
	}
	qsort(r->takers, r->takers_len, sizeof(*r->takers), by_name);
	return true;
}

/* The first member of that name that takes the day; members_len: none. */
static size_t
find_member(const struct file_reading *r, const char *text, size_t len)
{
	size_t low = 0, high = r->takers_len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare_name(text, len, r->takers[mid].name) > 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < r->takers_len &&
	    compare_name(text, len, r->takers[low].name) == 0)
		return r->takers[low].member;
	return r->files->members_len;
}

/* Does the row continue the series of the row before? */
static bool
same_ticker(const struct file_reading *r)
{
	return r->ticker_len > 0 && r->flat.ticker_len == r->ticker_len &&
	       memcmp(r->ticker, r->flat.ticker, r->ticker_len) == 0;
}

/* A ticker begins: whose it is, and when its first row was. */
static void
begin_ticker(struct file_reading *r)
{
	const struct flat *flat = &r->flat;
	int64_t t;

	r->member = find_member(r, flat->ticker, flat->ticker_len);
	r->ticker_len =
	    flat->ticker_len < sizeof(r->ticker) ? flat->ticker_len : 0;
	memcpy(r->ticker, flat->ticker, r->ticker_len);
	if (r->member == r->files->members_len && flat_time(flat, &t))
		flat_count(&r->times, t);
}

/* -- rows that are kept -- */

static bool
keep_block(struct file_reading *r, struct md_error *e)
{
	struct file_day *d = r->day;
	int64_t at;

	if (!spool_append(r->files->spool, r->block,
		r->block_len * sizeof(*r->block), &at, e))
		return false;
	for (size_t i = r->block_runs; i < d->runs_len; i++)
		d->runs[i].at += at;
	d->len += r->block_len;
	r->block_len = 0;
	r->block_runs = d->runs_len;
	return true;
}

/* The run that the block's last row is of, begun with it where need be. */
static bool
extend_run(struct file_reading *r)
{
	struct file_day *d = r->day;
	struct file_run *run = NULL;

	if (d->runs_len > r->block_runs)
		run = &d->runs[d->runs_len - 1];
	if (run == NULL || run->member != r->member) {
		run = array_next(&d->runs, &d->runs_len, &d->runs_cap,
		    sizeof(*run));
		if (run == NULL)
			return false;
		run->member = (uint32_t)r->member;
		run->at = (int64_t)((r->block_len - 1) * sizeof(*r->block));
	}
	run->len++;
	return true;
}

static bool
refuse(struct file_reading *r, const char *reason, bool has_t, int64_t t)
{
	struct file_day *d = r->day;
	struct file_refusal *x = array_next(&d->refused, &d->refused_len,
	    &d->refused_cap, sizeof(*x));

	if (x == NULL)
		return false;
	x->member = r->member;
	x->row.reason = reason;
	x->row.has_t = has_t;
	x->row.t = has_t ? t : 0;
	x->row.raw = body_raw_text(r->flat.line,
	    (size_t)(r->flat.line_end - r->flat.line));
	return x->row.raw != NULL;
}

static bool
take_row(struct file_reading *r, struct md_error *e)
{
	const char *why;
	struct bar *bar = &r->block[r->block_len];
	bool has_t;

	if (!same_ticker(r))
		begin_ticker(r);
	if (r->member == r->files->members_len)
		return true;
	why = flat_bar(&r->flat, bar, &has_t);
	if (has_t)
		flat_count(&r->times, bar->t);
	if (why != NULL)
		return refuse(r, why, has_t, bar->t) || md_nomem(e);
	r->block_len++;
	if (!extend_run(r))
		return md_nomem(e);
	return r->block_len < BLOCK_ROWS || keep_block(r, e);
}

/* All rows.  False with *e: the file is to be doubted (MD_EDATA, MD_EIO), or
 * all ends. */
static bool
read_rows(struct file_reading *r, struct md_error *e)
{
	const struct file_day *d = r->day;
	enum flat_step step;

	while ((step = flat_next(&r->flat, e)) == FLAT_ROW) {
		if (!take_row(r, e))
			return false;
		if (d->refused_len > REFUSED_MAX)
			return md_fail(e, MD_EDATA,
			    "over %d rows that cannot be read", REFUSED_MAX);
		if (r->flat.rows > ROWS_MAX)
			return md_fail(e, MD_EDATA, "over %d rows", ROWS_MAX);
		if (d->runs_len > RUNS_MAX)
			return md_fail(e, MD_EDATA,
			    "over %d rows that are in no order", RUNS_MAX);
		if (atomic_load_explicit(&r->files->cancelled,
			memory_order_relaxed))
			return md_fail(e, MD_EINTR, "interrupted");
	}
	return step == FLAT_END && keep_block(r, e);
}

/* -- by series, whatever the order of the file -- */

/* Several series may have had one name that day: the rows are each one's. */
static bool
share(struct file_day *d, size_t from, size_t to)
{
	size_t runs = d->runs_len, refused = d->refused_len;

	for (size_t i = 0; i < runs; i++) {
		struct file_run *run;

		if (d->runs[i].member != from)
			continue;
		run = array_next(&d->runs, &d->runs_len, &d->runs_cap,
		    sizeof(*run));
		if (run == NULL)
			return false;
		*run = d->runs[i];
		run->member = (uint32_t)to;
	}
	for (size_t i = 0; i < refused; i++) {
		struct file_refusal *x;

		if (d->refused[i].member != from)
			continue;
		x = array_next(&d->refused, &d->refused_len, &d->refused_cap,
		    sizeof(*x));
		if (x == NULL)
			return false;
		*x = d->refused[i];
		x->member = to;
		x->row.raw = strdup(x->row.raw);
		if (x->row.raw == NULL)
			return false;
	}
	return true;
}

static bool
share_names(const struct file_reading *r)
{
	size_t first = 0;

	for (size_t i = 1; i < r->takers_len; i++)
		if (strcmp(r->takers[i].name, r->takers[first].name) != 0)
			first = i;
		else if (!share(r->day, r->takers[first].member,
			     r->takers[i].member))
			return false;
	return true;
}

static int
by_member(const void *a, const void *b)
{
	const struct file_run *x = a, *y = b;

	if (x->member != y->member)
		return x->member < y->member ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static int
refusals_by_member(const void *a, const void *b)
{
	const struct file_refusal *x = a, *y = b;

	return (x->member > y->member) - (x->member < y->member);
}

static void
sort_rows(struct file_day *d)
{
	if (d->runs_len > 0)
		qsort(d->runs, d->runs_len, sizeof(*d->runs), by_member);
	if (d->refused_len > 0)
		qsort(d->refused, d->refused_len, sizeof(*d->refused),
		    refusals_by_member);
}

/* -- a file -- */

static bool
read_gzip(void *ctx, char *to, size_t cap, size_t *len, struct md_error *e)
{
	return gunzip_read(ctx, to, cap, len, e);
}

static void
open_file(struct file_reading *r)
{
	struct files *f = r->files;
	struct file_day *d = r->day;

	r->member = f->members_len;
	flat_times_begin(&r->times, f->run->calendar, f->set, d->date);
	if (!file_list_open(f->list, f->set, d->date, &d->file, &r->gz,
		&r->error))
		r->gz = NULL;
	d->file.since_ms = run_now(f->run);
}

static void
close_file(struct file_reading *r)
{
	struct execution *x = &r->files->run->execution;

	if (r->gz == NULL)
		return;
	r->day->file.rows = r->flat.rows;
	x->files++;
	x->file_bytes += gunzip_bytes(r->gz);
	gunzip_destroy(&r->gz);
}

struct file_reading *
file_reading_begin(struct files *f, struct file_day *d)
{
	struct file_reading *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->files = f;
	r->day = d;
	if (!find_takers(r)) {
		free(r);
		return NULL;
	}
	open_file(r);
	return r;
}

bool
file_reading_again(struct file_reading *r)
{
	struct file_day *d = r->day;
	struct file_day empty = { .date = d->date, .day = d->day };

	if (r->good || r->error.code != MD_EABSENT)
		return false;
	if (atomic_load(&r->files->cancelled)) {
		r->error.code = MD_EINTR;
		return false;
	}
	if (r->replaced++ == REPLACED_MAX) {
		r->error.code = MD_EIO;
		return false;
	}
	log_write(r->files->run->o->log, LOG_INFO,
	    "%s was replaced while it was read: read anew", d->file.name);
	/* Whatever was read of it is forgotten. */
	close_file(r);
	file_day_free(d);
	*d = empty;
	r->ticker_len = r->block_len = r->block_runs = 0;
	open_file(r);
	return true;
}

void
file_reading_run(struct file_reading *r)
{
	struct flat_source source = { read_gzip, r->gz };

	if (r->gz == NULL)
		return;
	r->good = flat_open(&r->flat, &source, &r->error) &&
		  read_rows(r, &r->error) &&
		  (share_names(r) || md_nomem(&r->error));
	flat_close(&r->flat);
	sort_rows(r->day);
}

/* Is it one that cannot be had, or believed? */
static bool
is_doubted(const struct file_reading *r)
{
	return !r->good &&
	       (r->error.code == MD_EDATA || r->error.code == MD_EIO);
}

bool
file_reading_end(struct file_reading *r, struct md_error *e)
{
	struct files *f = r->files;
	struct file_day *d = r->day;
	bool good = r->good || is_doubted(r);

	d->read = true;
	d->good = r->good;
	close_file(r);
	if (!good)
		*e = r->error;
	else if (!r->good)
		file_day_doubt(f, d, r->error.text);
	else if (!flat_proved(&r->times, &d->proved))
		file_day_doubt(f, d,
		    r->times.rows == 0 ? "it has no rows"
				       : "its rows are of another day");
	if (good)
		log_write(f->run->o->log, LOG_DEBUG,
		    "%s: %lld rows, %zu of them ours", d->file.name,
		    (long long)d->file.rows, d->len);
	free(r->takers);
	free(r);
	return good;
}
