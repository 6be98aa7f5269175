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

/* So many rows are read between looks at what else is due. */
#define ROWS_AT_ONCE 65536

/* A file with more rows for us that cannot be read is no such file. */
#define REFUSED_MAX 10000

/* So often a file may be replaced while it is read. */
#define REPLACED_MAX 3

/* More than any market has in a day: what is held in memory has a bound. */
#define ROWS_MAX 4000000

/* Files so many days before and after one are its neighbours. */
#define NEAR_DAYS 15

static void
doubt(struct files *f, struct file_day *d, const char *why)
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
	free(d->bars);
	memset(d, 0, sizeof(*d));
}

/* -- rows -- */

/* A series by the name that it had on the file's day. */
struct taker {
	const char *name;
	size_t member;
};

/* A file while it is read. */
struct reading {
	struct files *files;
	struct taker *takers; /* of the day, by name */
	size_t takers_len;
	struct file_day *day;
	struct flat *flat;
	struct flat_times times;
	char ticker[SYMBOL_MAX]; /* of the row before, if it fits */
	size_t ticker_len;       /* 0: none */
	size_t member;           /* its own; members_len: nobody's */
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
find_takers(struct reading *r)
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
find_member(const struct reading *r, const char *text, size_t len)
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
same_ticker(const struct reading *r)
{
	return r->ticker_len > 0 && r->flat->ticker_len == r->ticker_len &&
	       memcmp(r->ticker, r->flat->ticker, r->ticker_len) == 0;
}

/* A ticker begins: whose it is, and when its first row was. */
static bool
begin_ticker(struct reading *r)
{
	const struct flat *flat = r->flat;
	struct file_day *d = r->day;
	struct file_run *run;
	int64_t t;

	r->member = find_member(r, flat->ticker, flat->ticker_len);
	r->ticker_len =
	    flat->ticker_len < sizeof(r->ticker) ? flat->ticker_len : 0;
	memcpy(r->ticker, flat->ticker, r->ticker_len);
	if (r->member == r->files->members_len) {
		if (flat_time(flat, &t))
			flat_count(&r->times, t);
		return true;
	}
	run = array_next(&d->runs, &d->runs_len, &d->runs_cap, sizeof(*run));
	if (run == NULL)
		return false;
	*run = (struct file_run){ r->member, d->len, 0 };
	return true;
}

static bool
refuse(struct reading *r, const char *reason, bool has_t, int64_t t)
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
	x->row.raw = body_raw_text(r->flat->line,
	    (size_t)(r->flat->line_end - r->flat->line));
	return x->row.raw != NULL;
}

/* False: out of memory. */
static bool
take_row(struct reading *r)
{
	struct file_day *d = r->day;
	const char *why;
	struct bar *bar;
	bool has_t;

	if (!same_ticker(r) && !begin_ticker(r))
		return false;
	if (r->member == r->files->members_len)
		return true;
	bar = array_room(d->bars, d->len, &d->cap, sizeof(*bar));
	if (bar == NULL)
		return false;
	d->bars = bar;
	bar = &d->bars[d->len];
	why = flat_bar(r->flat, bar, &has_t);
	if (has_t)
		flat_count(&r->times, bar->t);
	if (why != NULL)
		return refuse(r, why, has_t, bar->t);
	d->runs[d->runs_len - 1].len++;
	d->len++;
	return true;
}

/* All rows.  False with *e: the file is to be doubted (MD_EDATA, MD_EIO), or
 * all ends. */
static bool
read_rows(struct reading *r, struct md_error *e)
{
	enum flat_step step;

	while ((step = flat_next(r->flat, e)) == FLAT_ROW) {
		if (!take_row(r))
			return md_nomem(e);
		if (r->day->refused_len > REFUSED_MAX)
			return md_fail(e, MD_EDATA,
			    "over %d rows that cannot be read", REFUSED_MAX);
		if (r->day->len > ROWS_MAX)
			return md_fail(e, MD_EDATA, "over %d rows", ROWS_MAX);
		if (r->flat->rows % ROWS_AT_ONCE == 0)
			files_breathe(r->files, false);
		if (!files_go_on(r->files))
			return md_fail(e, MD_EINTR, "interrupted");
	}
	return step == FLAT_END;
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
		run->member = to;
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
share_names(const struct reading *r)
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
	return (x->first > y->first) - (x->first < y->first);
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

static bool
read_file(struct reading *r, struct md_error *e)
{
	struct files *f = r->files;
	struct file_day *d = r->day;
	struct gunzip *gz = NULL;
	struct flat_source source = { read_gzip, NULL };
	int64_t now = run_now(f->run);
	bool good = file_list_open(f->list, f->set, d->date, &d->file, &gz, e);

	source.ctx = gz;
	if (good) {
		good = flat_open(r->flat, &source, e) && read_rows(r, e);
		d->file.rows = r->flat->rows;
		f->run->execution.files++;
		f->run->execution.file_bytes += gunzip_bytes(gz);
		flat_close(r->flat);
	}
	d->file.since_ms = now;
	gunzip_destroy(&gz);
	return good;
}

/* Whatever was read of it is forgotten. */
static void
start_over(struct reading *r)
{
	struct file_day *d = r->day;
	struct file_day empty = { .date = d->date, .day = d->day };

	log_write(r->files->run->o->log, LOG_INFO,
	    "%s was replaced while it was read: read anew", d->file.name);
	file_day_free(d);
	*d = empty;
	r->ticker_len = 0;
	r->member = r->files->members_len;
}

/* As it is; one that is replaced meanwhile is read from its beginning. */
static bool
read_whole(struct reading *r, struct md_error *e)
{
	const struct files *f = r->files;

	for (int i = 0;; i++) {
		flat_times_begin(&r->times, f->run->calendar, f->set,
		    r->day->date);
		if (read_file(r, e))
			return true;
		if (e->code != MD_EABSENT)
			return false;
		if (i == REPLACED_MAX) {
			e->code = MD_EIO;
			return false;
		}
		start_over(r);
	}
}

bool
file_day_read(struct files *f, struct file_day *d, struct md_error *e)
{
	struct reading r = { .files = f,
		.day = d,
		.flat = malloc(sizeof(*r.flat)),
		.member = f->members_len };
	bool good;

	if (r.flat == NULL || !find_takers(&r)) {
		free(r.flat);
		return md_nomem(e);
	}
	good = read_whole(&r, e) && (share_names(&r) || md_nomem(e));
	free(r.flat);
	free(r.takers);
	d->good = good;
	if (!good && e->code != MD_EDATA && e->code != MD_EIO)
		return false;
	if (!good)
		doubt(f, d, e->text);
	else if (!flat_proved(&r.times, &d->proved))
		doubt(f, d,
		    r.times.rows == 0 ? "it has no rows"
				      : "its rows are of another day");
	sort_rows(d);
	log_write(f->run->o->log, LOG_DEBUG, "%s: %lld rows, %zu of them ours",
	    d->file.name, (long long)d->file.rows, d->len);
	return true;
}

/* -- fewer rows than its neighbours -- */

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
			doubt(f, &f->days[i],
			    "it has fewer than half as many rows as its "
			    "neighbours");
}
