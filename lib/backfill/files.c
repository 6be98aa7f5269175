/*
 * The stage of flat files: of each set, the days that some series lack in whole
 * and whose files are there, in order.  What they bring is stored before the
 * run's requests are made, which are for the rest.
 */
#include "backfill/files.h"

#include <stdlib.h>
#include <string.h>

#include "backfill/ways.h"
#include "base/integer.h"
#include "store/vendor.h"

#define WAIT_MS 50

/* How often progress is shown. */
#define SHOW_MS 200

/* So many days before and after those wanted are told of as neighbours. */
#define NEAR_DAYS 15

bool
files_go_on(const struct files *f)
{
	return *f->run->stop == 0 && f->run->fatal.code == MD_OK;
}

static void
show_progress(struct run *r)
{
	int64_t now = md_monotonic_ms();
	struct backfill_progress p = {
		.elapsed_ms = now - r->files_since,
		.file_bytes = r->execution.file_bytes,
		.file_bytes_planned = r->file_bytes_planned,
	};

	if (r->o->progress == NULL || now - r->files_shown < SHOW_MS)
		return;
	r->files_shown = now;
	for (size_t i = 0; i < r->series.len; i++)
		p.bars += r->filed[i].counts.received;
	r->o->progress(r->o->progress_ctx, &p);
}

void
files_breathe(struct files *f, bool wait)
{
	struct run *r = f->run;
	struct md_error e;

	r->last_turn = md_monotonic_ms();
	if (wait && !polygon_step(r->polygon, WAIT_MS, &e))
		run_fatal(r, &e);
	(void)writer_collect(r->writer);
	run_heartbeat(r);
	show_progress(r);
}

/* While another machine is waited for.  A list is looked through before there
 * is a writer, and before anything is claimed. */
static bool
wait_for_list(void *ctx)
{
	struct files *f = ctx;

	if (f->run->writer != NULL)
		files_breathe(f, false);
	else
		run_heartbeat_alone(f->run);
	return files_go_on(f);
}

/* -- the series of a set -- */

static int
by_symbol(const void *a, const void *b)
{
	const struct file_member *x = a, *y = b;

	return strcmp(x->series->symbol, y->series->symbol);
}

static void
members_free(struct files *f)
{
	for (size_t i = 0; i < f->members_len; i++) {
		ranges_free(&f->members[i].gaps);
		ranges_free(&f->members[i].again);
	}
	free(f->members);
	f->members = NULL;
	f->members_len = 0;
}

static bool
add_member(struct files *f, size_t place)
{
	struct run *r = f->run;
	const struct stored_series *s = &r->series.v[place];
	struct file_member *m = &f->members[f->members_len];

	*m = (struct file_member){ .series = s,
		.filed = &r->filed[place],
		.grid = { r->calendar, s->class, s->timeframe, s->grid } };
	m->wanted = plan_range(r->o, s, &m->grid, run_now(r));
	f->members_len++;
	return file_member_gaps(r, m, &s->coverage, &m->gaps);
}

static bool
find_members(struct files *f)
{
	const struct run *r = f->run;
	enum flat_set set;

	f->members = calloc(r->series.len + 1, sizeof(*f->members));
	if (f->members == NULL)
		return false;
	for (size_t i = 0; i < r->series.len; i++) {
		const struct stored_series *s = &r->series.v[i];

		if (s->id != 0 && flat_set_of(s->class, s->timeframe, &set) &&
		    set == f->set && !add_member(f, i))
			return false;
	}
	qsort(f->members, f->members_len, sizeof(*f->members), by_symbol);
	return true;
}

/* The dates of all that is wanted; false: nothing is. */
static bool
find_dates(const struct files *f, md_date *first, md_date *last)
{
	enum asset_class class = flat_class(f->set);
	int64_t from = INT64_MAX, to = INT64_MIN;

	for (size_t i = 0; i < f->members_len; i++) {
		from = min64(from, f->members[i].wanted.from);
		to = max64(to, f->members[i].wanted.to);
	}
	if (from >= to)
		return false;
	*first = calendar_date(f->run->calendar, class, from);
	*last = calendar_date(f->run->calendar, class, to - 1);
	return true;
}

/* -- files that were replaced -- */

static const struct flat_file *
known_file(const struct files *f, const char *name)
{
	for (size_t i = 0; i < f->known.len; i++)
		if (strcmp(f->known.v[i].name, name) == 0)
			return &f->known.v[i];
	return NULL;
}

/* The series has bars of the file as it was before. */
static bool
read_again(struct files *f, struct file_member *m, const struct flat_file *k,
    bool replaced, struct range day, struct md_error *e)
{
	const struct span *s = coverage_at(&m->series->coverage, day.from);
	struct source_spans sources = { NULL, 0, 0 };
	bool good = true;

	if (s == NULL || (!replaced && s->fetched_at >= k->since_ms) ||
	    day.from < m->wanted.from || day.to > m->wanted.to)
		return true;
	good = store_sources(f->run->store, m->series->id, &sources, e);
	if (good && source_spans_any(&sources, day, SOURCE_FILE))
		good = ranges_add(&m->again, day.from, day.to) || md_nomem(e);
	source_spans_free(&sources);
	return good;
}

static bool
find_replaced(struct files *f, md_date first, md_date last, struct md_error *e)
{
	for (md_date d = first; d <= last; d++) {
		struct flat_file now;
		const struct flat_file *k;
		struct md_error none;
		bool replaced;

		flat_name(f->set, d, now.name);
		k = known_file(f, now.name);
		if (k == NULL ||
		    !file_list_look(f->list, f->set, d, &now, &none))
			continue;
		replaced = strcmp(k->etag, now.etag) != 0;
		if (replaced)
			log_write(f->run->o->log, LOG_INFO,
			    "%s was replaced: read again", now.name);
		for (size_t i = 0; i < f->members_len; i++)
			if (!read_again(f, &f->members[i], k, replaced,
				flat_day(f->run->calendar, f->set, d), e))
				return false;
	}
	return true;
}

/* -- days -- */

/* Mark the series that take the day's file; false: none does. */
static bool
mark_takers(struct files *f, md_date date)
{
	struct range day = flat_day(f->run->calendar, f->set, date);
	bool any = false;

	for (size_t i = 0; i < f->members_len; i++) {
		struct file_member *m = &f->members[i];

		m->takes = file_member_gap(&m->gaps, &m->again, day) != NULL;
		any = any || m->takes;
	}
	return any;
}

struct note_task {
	struct task task;
	struct run *run;
	struct flat_file file;
};

static bool
note_run(struct task *t, struct store *st, struct md_error *e)
{
	return store_flat_file_put(st, &((struct note_task *)t)->file, e);
}

static void
note_done(struct task *t)
{
	struct note_task *n = (struct note_task *)t;

	if (t->error.code != MD_OK)
		run_fatal(n->run, &t->error);
	free(n);
}

static void
note_file(struct files *f, const struct file_day *d)
{
	struct note_task *n = d->good ? calloc(1, sizeof(*n)) : NULL;

	if (n == NULL)
		return;
	n->task.run = note_run;
	n->task.done = note_done;
	n->run = f->run;
	n->file = d->file;
	writer_submit(f->run->writer, &n->task);
}

/* It is a neighbour of files that are read later.  False: out of memory. */
static bool
know_file(struct files *f, const struct file_day *d)
{
	struct flat_file *k;

	for (size_t i = 0; i < f->known.len; i++)
		if (strcmp(f->known.v[i].name, d->file.name) == 0) {
			f->known.v[i] = d->file;
			return true;
		}
	k = flat_files_append(&f->known);
	if (k != NULL)
		*k = d->file;
	return k != NULL;
}

/* Store the days at hand; what was not is read again by the next run. */
static bool
flush(struct files *f, struct md_error *e)
{
	bool good = files_read_all(f, e);

	if (good && f->days_len > 0) {
		files_doubt_short(f);
		good = files_store(f, e) && spool_clear(f->spool, e);
	}
	for (size_t i = 0; i < f->days_len; i++) {
		if (good && files_go_on(f))
			note_file(f, &f->days[i]);
		if (good && f->days[i].good && !know_file(f, &f->days[i]))
			good = md_nomem(e);
		file_day_free(&f->days[i]);
	}
	f->days_len = 0;
	return good;
}

/* Is there room for one more file, if it and those that are being read are as
 * large as the largest so far? */
static bool
has_room(const struct files *f)
{
	size_t rows = 0, most = 0, runs = 0, refused = 0, coming = 1;

	for (size_t i = 0; i < f->days_len; i++) {
		const struct file_day *d = &f->days[i];

		if (!d->read) {
			coming++;
			continue;
		}
		rows += d->len;
		runs += d->runs_len;
		refused += d->refused_len;
		most = d->len > most ? d->len : most;
	}
	if (f->days_len == 0)
		return true;
	return f->days_len < FILES_DAYS && rows + coming * most <= FILES_ROWS &&
	       runs <= FILES_RUNS && refused <= FILES_REFUSED &&
	       (int64_t)(coming * most * sizeof(struct bar)) <=
		   spool_room(f->spool) / 2;
}

static void
note_lacking(struct files *f, md_date date)
{
	f->lacking++;
	f->lacking_last = date;
}

/* A file may be late, or its set not reach back that far. */
static void
tell_lacking(const struct files *f)
{
	char last[11];

	if (f->lacking == 0)
		return;
	md_date_format(f->lacking_last, last);
	log_write(f->run->o->log, LOG_INFO,
	    "%s: no file of %lld day%s that %s wanted%s%s: requested instead",
	    flat_folder(f->set), (long long)f->lacking,
	    f->lacking == 1 ? "" : "s", f->lacking == 1 ? "is" : "are",
	    f->lacking == 1 ? ", " : ", the last of ", last);
}

static bool
read_days(struct files *f, md_date first, md_date last, struct md_error *e)
{
	const struct calendar *cal = f->run->calendar;
	int64_t now = run_now(f->run);

	for (md_date date = first; date <= last && files_go_on(f); date++) {
		struct file_day *d;

		if (!flat_trades(cal, f->set, date) ||
		    !flat_due(cal, f->set, date, now) || !mark_takers(f, date))
			continue;
		if (file_list_size(f->list, f->set, date) < 0) {
			note_lacking(f, date);
			continue;
		}
		if (!has_room(f)) {
			if (!flush(f, e))
				return false;
			if (!mark_takers(f, date))
				continue;
		}
		d = &f->days[f->days_len++];
		d->date = date;
		d->day = flat_day(cal, f->set, date);
		if (!files_read_start(f, d, e))
			return false;
	}
	tell_lacking(f);
	return flush(f, e);
}

/* -- a set -- */

static bool
known_files(struct files *f, md_date first, md_date last, struct md_error *e)
{
	char from[FLAT_NAME_MAX], to[FLAT_NAME_MAX];

	flat_name(f->set, first - NEAR_DAYS, from);
	flat_name(f->set, last + NEAR_DAYS, to);
	return store_flat_files(f->run->store, from, to, &f->known, e);
}

static bool
read_set(struct files *f, md_date first, md_date last, struct md_error *e)
{
	struct run *r = f->run;
	bool good;

	if (!known_files(f, first, last, e) ||
	    !find_replaced(f, first, last, e))
		return false;
	store_expect_many(r->store, true);
	if (!writer_create(&r->writer, r->store, r->stop, run_wake, r->polygon,
		e))
		return false;
	good = files_threads_begin(f, e) && read_days(f, first, last, e);
	files_threads_end(f);
	/* What was not stored then, the next run brings. */
	good = good || e->code == MD_EINTR;
	writer_drain(r->writer);
	r->files_db_seconds += writer_seconds(r->writer);
	writer_destroy(&r->writer);
	store_expect_many(r->store, false);
	return good;
}

static bool
run_set(struct run *r, struct file_list *list, enum flat_set set,
    struct md_error *e)
{
	struct files *f = calloc(1, sizeof(*f));
	md_date first, last;
	bool good = true;

	if (f == NULL)
		return md_nomem(e);
	f->run = r;
	f->list = list;
	f->set = set;
	file_list_on_wait(list, wait_for_list, f);
	if (!find_members(f))
		good = md_nomem(e);
	else if (find_dates(f, &first, &last))
		good = read_set(f, first, last, e);
	file_list_on_wait(list, NULL, NULL);
	for (size_t i = 0; i < f->days_len; i++)
		file_day_free(&f->days[i]);
	members_free(f);
	flat_files_free(&f->known);
	free(f);
	return good;
}

/* -- the stage -- */

void
run_file_failed(struct run *r, const char *name, const char *why)
{
	if (r->files_failed++ == 0)
		(void)md_fail(&r->files_error, MD_EIO, "%.120s: %.300s", name,
		    why);
}

/* What the list of them could not find out. */
static void
count_failures(struct run *r, const struct file_list *l)
{
	struct file_list_counts c = file_list_counts(l);

	if (c.failed > 0 && r->files_failed == 0)
		r->files_error = c.first;
	r->files_failed += c.failed;
	if (c.requests > 0)
		log_write(r->o->log, LOG_DEBUG,
		    "flat files: %lld requests for them",
		    (long long)c.requests);
}

static void
tell(const struct run *r)
{
	int64_t rows = 0;

	for (size_t i = 0; i < r->series.len; i++)
		rows += r->filed[i].counts.received;
	log_write(r->o->log, LOG_INFO,
	    "flat files: %lld read, %.1f MB, %lld rows of these series",
	    (long long)r->execution.files,
	    (double)r->execution.file_bytes / 1e6, (long long)rows);
}

void
run_filed_free(struct run *r)
{
	for (size_t i = 0; r->filed != NULL && i < r->series.len; i++) {
		ranges_free(&r->filed[i].done);
		ranges_free(&r->filed[i].unfiled);
	}
	free(r->filed);
	r->filed = NULL;
}

/* The series as the store has them now, in the same order. */
static bool
plan_again(struct run *r, struct md_error *e)
{
	struct stored_series_list now = { NULL, 0, 0 };

	if (!plan_series(r->o, r->store, &now, e)) {
		stored_series_list_free(&now);
		return false;
	}
	for (size_t i = 0; i < now.len; i++)
		if (i >= r->series.len ||
		    now.v[i].timeframe != r->series.v[i].timeframe ||
		    strcmp(now.v[i].symbol, r->series.v[i].symbol) != 0) {
			/* Another run has added some: nobody is told whose
			 * the bars were. */
			run_filed_free(r);
			r->filed = calloc(now.len + 1, sizeof(*r->filed));
			break;
		}
	stored_series_list_free(&r->series);
	r->series = now;
	return r->filed != NULL || md_nomem(e);
}

/* What of it requests bring for less is not read. */
static bool
weigh_files(struct run *r, struct file_list *list, struct md_error *e)
{
	static const struct stored_series_list no_sources;
	struct grouped_denials denials = { NULL, 0, 0 };
	struct file_plan files = { .list = list };
	struct backfill_options o = *r->o;
	struct needs needs = { .v = NULL };
	struct rights rights;
	int64_t now = run_now(r);
	struct files *f = calloc(1, sizeof(*f));
	bool good;

	if (f == NULL)
		return md_nomem(e);
	f->run = r;
	file_list_on_wait(list, wait_for_list, f);
	good = store_grouped_denied(r->store, now - WANTED_DENIED_MS, &denials,
		   e) &&
	       plan_rights(r->o, r->store, now, &rights, e) &&
	       plan_prices(r->o, r->store, &files.prices, e);
	o.derive = false; /* of what files bring: later */
	if (good)
		good = plan_needs(&o, r->calendar, &r->series, &no_sources,
			   &denials, &rights, &files, now, &needs) ||
		       md_nomem(e);
	for (size_t i = 0; good && i < needs.len; i++) {
		r->filed[i].unfiled = needs.v[i].unfiled;
		needs.v[i].unfiled = (struct ranges){ NULL, 0, 0 };
	}
	r->file_bytes_planned = files.bytes;
	r->files_since = md_monotonic_ms();
	file_list_on_wait(list, NULL, NULL);
	free(f);
	needs_free(&needs);
	files.list = NULL; /* borrowed */
	file_plan_free(&files);
	grouped_denials_free(&denials);
	return good;
}

bool
run_files(struct run *r, struct md_error *e)
{
	struct file_list *list;
	bool good = true;

	if (r->o->flat_files == NULL || r->o->features_only)
		return true;
	if (!file_list_create(&list, r->o, e))
		return false;
	r->filed = calloc(r->series.len + 1, sizeof(*r->filed));
	if (r->filed == NULL)
		good = md_nomem(e);
	good = good && weigh_files(r, list, e);
	if (good)
		run_log_execution(r);
	for (int i = 0;
	     good && i < FLAT_SETS && *r->stop == 0 && r->fatal.code == MD_OK;
	     i++)
		good = run_set(r, list, (enum flat_set)i, e);
	count_failures(r, list);
	file_list_destroy(&list);
	if (!good)
		return false;
	tell(r);
	if (r->fatal.code != MD_OK) {
		*e = r->fatal;
		return false;
	}
	return plan_again(r, e);
}

void
run_count_files(struct run *r)
{
	for (size_t i = 0; r->filed != NULL && i < r->series_jobs_len; i++)
		r->series_jobs[i].record.bars = r->filed[i].counts;
}

bool
run_cut_filed(const struct run *r, const struct series_job *j,
    struct ranges *gaps)
{
	return r->filed == NULL ||
	       ranges_cut(gaps, &r->filed[j->series - r->series.v].done);
}

/* -- the plan -- */

bool
file_plan_count(struct file_plan *p, enum flat_set set, md_date date)
{
	int64_t size = file_list_size(p->list, set, date);

	if (size < 0)
		return true;
	if (p->counted[set] == NULL)
		p->counted[set] = calloc(FILE_DATES, sizeof(bool));
	if (p->counted[set] == NULL)
		return false;
	if (!p->counted[set][date]) {
		p->files++;
		p->bytes += size;
	}
	p->counted[set][date] = true;
	return true;
}

void
file_plan_free(struct file_plan *p)
{
	for (int i = 0; i < FLAT_SETS; i++)
		free(p->counted[i]);
	file_list_destroy(&p->list);
}
