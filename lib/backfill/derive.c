/*
 * A series whose bars are made of a finer series' as far as that goes: where,
 * by what the finer series has; whether, by asking for a few windows; and then
 * piece by piece.  What cannot be made is asked for as ever.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backfill/internal.h"
#include "plan/derive.h"
#include "store/report.h"

/* Windows of the finer series that one task reads: three megabytes of bars. */
#define PIECE_WINDOWS 50000

/* A window to be compared with the API's own bar. */
struct sample {
	const struct series_job
	    *of; /* of the same symbol, whose window it is */
	struct range window;
	struct bar bar;
};

struct derivation {
	struct ranges pieces; /* to be made */
	size_t piece;
	struct ranges rest; /* to be asked for */
	struct sample *samples;
	size_t samples_len, sample;
	bool answered; /* the sample that is asked for: its bar came */
	int64_t bars;  /* made so far */
};

void
series_derivation_free(struct series_job *j)
{
	struct derivation *d = j->derivation;

	if (d == NULL)
		return;
	ranges_free(&d->pieces);
	ranges_free(&d->rest);
	free(d->samples);
	free(d);
	j->derivation = NULL;
}

static struct grid
source_grid(const struct series_job *j)
{
	return (struct grid){ j->grid.calendar, j->source->class,
		j->source->timeframe, j->source->grid };
}

/* What the finer series does not give is asked for. */
static enum job_state
ask_for_rest(struct series_job *j)
{
	struct derivation *d = j->derivation;

	ranges_free(&j->gaps);
	j->gaps = d->rest;
	d->rest = (struct ranges){ NULL, 0, 0 };
	series_derivation_free(j);
	return STATE_FETCHING;
}

static enum job_state
stop_deriving(struct series_job *j)
{
	series_derivation_free(j);
	return STATE_STORING;
}

/* Is there a reason to go no further?  Then it is the job's error. */
static bool
ends(struct series_job *j, const struct md_error *e)
{
	const struct run *r = j->job.run;

	if (e->code != MD_OK) {
		job_fail(&j->job, e);
		if (e->code != MD_ELEASE)
			run_fatal(j->job.run, e);
	}
	if (r->fatal.code != MD_OK)
		job_fail(&j->job, &r->fatal);
	return j->job.error.code != MD_OK;
}

/* -- a piece -- */

struct piece_task {
	struct task task;
	struct series_job *owner;
	struct lease lease;
	struct range range;
	int64_t now, wall;
	struct bar *bars; /* the finer series' */
	struct bar *made; /* of them */
	struct page_counts counts;
	size_t made_len;
	struct ranges absent; /* the finer series ought to have bars there */
	int64_t features_us;
	struct grid grid; /* the bars that were made may have told it */
};

static bool
read_fine(struct piece_task *p, struct store *st, size_t *len,
    struct md_error *e)
{
	const struct series_job *j = p->owner;

	if (!store_bars(st, j->source->id, p->range.from, p->bars,
		PIECE_WINDOWS, len, e))
		return false;
	while (*len > 0 && p->bars[*len - 1].t >= p->range.to)
		--*len;
	return true;
}

/*
 * Days of which the calendar expects bars and the finer series has none, though
 * it was answered: they were taken out of the store since, or nothing traded.
 * The API knows.
 */
static bool
find_absent(struct piece_task *p, size_t len)
{
	const struct series_job *j = p->owner;
	struct grid g = source_grid(j);
	int64_t from = p->range.from, to;
	size_t i = 0;

	for (; from < p->range.to; from = to) {
		bool any = false;

		to = grid_midnight(&g, grid_date(&g, from) + 1);
		if (to > p->range.to)
			to = p->range.to;
		for (; i < len && p->bars[i].t < to; i++)
			any = true;
		if (!any && grid_expects_bars(&g, from, to) &&
		    !ranges_add(&p->absent, from, to))
			return false;
	}
	return true;
}

/* As though the API had answered with the bars that were made. */
static bool
put_made(struct piece_task *p, struct store *st, const struct range *r,
    int64_t answered, struct bar *made, size_t len, struct md_error *e)
{
	struct series_job *j = p->owner;
	struct asked a = {
		.ticker = j->record.symbol,
		.grid = p->grid,
		.from = r->from,
		.to = r->to,
		.asked_at = answered,
		.cover_to = r->to,
		.cursor = r->from,
		.complete = true,
	};
	struct page_put put = {
		.lease = &p->lease,
		.grid = p->grid,
		.now = p->now,
		.asked_at = answered,
		.wall = p->wall,
		.cursor = r->from,
		.derived_from = timeframe_name(j->source->timeframe),
		.had_derived = true,
	};
	struct page page = PAGE_INIT;
	struct verified v = VERIFIED_INIT;
	struct rejected *rejected = NULL;
	struct page_counts n;
	bool good;

	page.bars = made;
	page.len = len;
	page.ticker = j->record.symbol;
	good = (verify_page(&a, &page, true, &v) &&
		   put_verified(&v, &rejected, &put)) ||
	       md_nomem(e);
	put.grid = p->grid = a.grid;
	good = good && store_put_page(st, &put, &n, e);
	p->lease.grid = a.grid.kind;
	if (good) {
		int64_t since = md_monotonic_us();

		p->counts.inserted += n.inserted;
		p->counts.updated += n.updated;
		p->counts.unchanged += n.unchanged;
		p->made_len += len;
		if (!j->job.run->o->no_features)
			series_features_page(j, st, &put, &n);
		p->features_us += md_monotonic_us() - since;
	}
	free(rejected);
	verified_free(&v);
	return good;
}

/* Each range of what is there, with the bars in it. */
static bool
put_ranges(struct piece_task *p, struct store *st, const struct ranges *there,
    int64_t answered, size_t len, struct md_error *e)
{
	size_t first = 0, next, made;

	for (size_t i = 0; i < there->len; i++) {
		while (first < len && p->bars[first].t < there->v[i].from)
			first++;
		for (next = first;
		     next < len && p->bars[next].t < there->v[i].to; next++)
			;
		made = derive_bars(&p->owner->grid, p->bars + first,
		    next - first, p->made);
		if (!put_made(p, st, &there->v[i], answered, p->made, made, e))
			return false;
		first = next;
	}
	return true;
}

static bool
piece_run(struct task *t, struct store *st, struct md_error *e)
{
	struct piece_task *p = (struct piece_task *)t;
	struct series_job *j = p->owner;
	struct coverage fine = { NULL, 0, 0 };
	struct ranges there = { NULL, 0, 0 }, absent = { NULL, 0, 0 };
	const struct ranges all = { &p->range, 1, 1 };
	int64_t answered;
	size_t len;
	bool good;

	p->bars = calloc(PIECE_WINDOWS, sizeof(*p->bars));
	p->made = calloc(PIECE_WINDOWS, sizeof(*p->made));
	if (p->bars == NULL || p->made == NULL)
		return md_nomem(e);
	if (!store_report_coverage(st, j->source->id, &fine, e))
		return false;
	answered = derive_answered(&fine, p->range, p->now);
	coverage_free(&fine);
	if (!read_fine(p, st, &len, e))
		return false;
	good = (find_absent(p, len) && derive_divide(&j->grid, &all, &p->absent,
					   &there, &absent)) ||
	       md_nomem(e);
	ranges_free(&p->absent);
	p->absent = absent;
	good = good && put_ranges(p, st, &there, answered, len, e);
	ranges_free(&there);
	return good;
}

static enum job_state next_piece(struct series_job *);

/* What is asked for is in order, whenever it was found. */
static bool
add_to_rest(struct ranges *rest, const struct ranges *found)
{
	for (size_t i = 0; i < found->len; i++) {
		size_t k = rest->len;

		if (!ranges_add(rest, found->v[i].from, found->v[i].to))
			return false;
		for (; k > 0 && rest->v[k - 1].from > found->v[i].from; k--)
			rest->v[k] = rest->v[k - 1];
		rest->v[k] = found->v[i];
	}
	return true;
}

static void
piece_done(struct task *t)
{
	struct piece_task *p = (struct piece_task *)t;
	struct series_job *j = p->owner;
	struct bar_counts *n = &j->record.bars;

	job_charge(&j->job, t, STAGE_DATABASE,
	    p->features_us > 0 ? t->ended_at - p->features_us : 0);
	n->inserted += p->counts.inserted;
	n->updated += p->counts.updated;
	n->unchanged += p->counts.unchanged;
	n->derived += (int64_t)p->made_len;
	j->grid = p->grid;
	j->job.lease.grid = p->lease.grid;
	j->derivation->bars += (int64_t)p->made_len;
	if (t->error.code == MD_OK &&
	    !add_to_rest(&j->derivation->rest, &p->absent))
		(void)md_nomem(&t->error);
	ranges_free(&p->absent);
	free(p->bars);
	free(p->made);
	job_go(&j->job, ends(j, &t->error) ? stop_deriving(j) : next_piece(j));
	free(p);
}

/* As much of the range as a task takes: whole windows of it. */
static struct range
cut_off(const struct series_job *j, struct range *r)
{
	const struct grid *g = &j->grid;
	int64_t to = r->from +
		     PIECE_WINDOWS * timeframe_nominal_ms(j->source->timeframe);
	struct range cut = *r;

	if (to < r->to)
		cut.to = grid_start(g, to);
	r->from = cut.to;
	return cut;
}

static enum job_state
next_piece(struct series_job *j)
{
	struct derivation *d = j->derivation;
	struct piece_task *p;
	struct md_error e;

	while (d->piece < d->pieces.len &&
	       d->pieces.v[d->piece].from >= d->pieces.v[d->piece].to)
		d->piece++;
	if (d->piece == d->pieces.len) {
		log_write(j->job.run->o->log, LOG_INFO,
		    "%s %s: %lld bars made of %s", j->record.symbol,
		    timeframe_name(j->record.timeframe), (long long)d->bars,
		    timeframe_name(j->source->timeframe));
		return ask_for_rest(j);
	}
	p = calloc(1, sizeof(*p));
	if (p == NULL) {
		(void)md_nomem(&e);
		job_fail(&j->job, &e);
		return stop_deriving(j);
	}
	p->task.run = piece_run;
	p->task.done = piece_done;
	p->task.heavy = true;
	p->owner = j;
	p->lease = j->job.lease;
	p->grid = j->grid;
	p->range = cut_off(j, &d->pieces.v[d->piece]);
	p->now = run_now(j->job.run);
	p->wall = md_now_ms();
	writer_submit(j->job.run->writer, &p->task);
	return STATE_DERIVING;
}

/* -- samples -- */

/* The symbol's bars are not what the API makes of its own: none of them are
 * made in this run. */
static enum job_state
refuse(struct series_job *j)
{
	size_t n;
	struct series_job *v = series_of_symbol(j, &n);

	for (size_t i = 0; i < n; i++)
		v[i].refused = true;
	series_derivation_free(j);
	return STATE_FETCHING;
}

static void
warn(struct series_job *j, const struct sample *s, const char *what)
{
	char at[MD_TIME_MAX];

	md_time_format(s->window.from, at);
	log_write(j->job.run->o->log, LOG_WARNING,
	    "%s %s: %s: the API's bar of %s %s; nothing of the symbol is "
	    "derived, it is asked for",
	    j->record.symbol, timeframe_name(s->of->record.timeframe),
	    timeframe_name(s->of->source->timeframe), at, what);
}

static void
compare(struct series_job *j, const struct bar *api)
{
	const struct sample *s = &j->derivation->samples[j->derivation->sample];
	const char *field = derive_difference(&s->bar, api);
	char what[160];

	if (field == NULL)
		return;
	(void)snprintf(what, sizeof(what), "has %s %.17g, derived it is %.17g",
	    field, derive_field(api, field), derive_field(&s->bar, field));
	warn(j, s, what);
	j->refused = true;
}

static bool
on_sample(void *ctx, struct page *page, bool last, struct md_error *e)
{
	struct series_job *j = ctx;
	struct derivation *d = j->derivation;

	(void)last, (void)e;
	j->job.run->calls_done++;
	for (size_t i = 0; i < page->len; i++)
		if (page->bars[i].t == d->samples[d->sample].window.from) {
			d->answered = true;
			compare(j, &page->bars[i]);
		}
	return true;
}

static void
on_sample_unreadable(void *ctx, const char *excerpt, const char *why)
{
	(void)ctx, (void)excerpt, (void)why;
}

static enum job_state next_sample(struct series_job *);

/* What follows from the sample's answer, or from there being none. */
static enum job_state
judge_sample(struct series_job *j, const struct md_error *e)
{
	struct derivation *d = j->derivation;

	/* A plan without such bars has none to compare with. */
	if (e->code == MD_EDENIED)
		return refuse(j);
	if (e->code != MD_OK) {
		job_fail(&j->job, e);
		return stop_deriving(j);
	}
	if (!d->answered) {
		warn(j, &d->samples[d->sample], "is not there");
		j->refused = true;
	}
	d->sample++;
	return j->refused ? refuse(j) : next_sample(j);
}

static void
on_sample_ended(void *ctx, const struct md_error *e)
{
	struct series_job *j = ctx;

	run_works_for(j->job.run, &j->job);
	job_go(&j->job, judge_sample(j, e));
}

/* The name that the API has the window by; *several: not by one alone. */
static const char *
name_of(const struct series_job *j, const struct sample *s, bool *several)
{
	const struct former_names *names = &j->series->names;
	struct names_part part =
	    names_last_part(names, &s->of->grid, s->window);

	if (several != NULL)
		*several = part.first < part.last;
	return names_nth(names, j->record.symbol, part.last);
}

static enum job_state
next_sample(struct series_job *j)
{
	static const struct aggs_handler handler = { on_sample,
		on_sample_unreadable, on_sample_ended };
	struct derivation *d = j->derivation;
	struct aggs_query q;
	struct md_error none = { .code = MD_OK, .text = "" };
	struct series_job *v;
	size_t n;

	if (d->sample == d->samples_len) {
		v = series_of_symbol(j, &n);
		for (size_t i = 0; i < n; i++)
			v[i].compared = true;
		return next_piece(j);
	}
	if (ends(j, &none))
		return stop_deriving(j);
	d->answered = false;
	q.ticker = name_of(j, &d->samples[d->sample], NULL);
	q.timeframe = d->samples[d->sample].of->record.timeframe;
	q.from = d->samples[d->sample].window.from;
	q.to = d->samples[d->sample].window.to;
	polygon_charge(j->job.run->polygon, &j->job.stages);
	if (!polygon_aggs(j->job.run->polygon, &q, &handler, j, &none)) {
		job_fail(&j->job, &none);
		return stop_deriving(j);
	}
	return STATE_DERIVING;
}

/* The window, of that series, of the first bar at or after t, if it lies in the
 * piece and is another than the series' last. */
static bool
take_sample(struct series_job *j, const struct series_job *of, struct store *st,
    const struct range *piece, int64_t t, struct md_error *e)
{
	struct derivation *d = j->derivation;
	const struct grid *g = &of->grid;
	struct sample *s = &d->samples[d->samples_len];
	struct bar fine[240], made[240]; /* 1m in 4h */
	bool several;
	size_t n;

	if (!store_bars(st, of->source->id, t, fine, 1, &n, e))
		return false;
	if (n == 0 || fine[0].t >= piece->to)
		return true;
	s->of = of;
	s->window.from = grid_start(g, fine[0].t);
	s->window.to = grid_end(g, s->window.from);
	(void)name_of(j, s, &several);
	if (several || s->window.from < piece->from ||
	    s->window.to > piece->to ||
	    (d->samples_len > 0 && s[-1].of == of &&
		s[-1].window.from >= s->window.from))
		return true;
	if (!store_bars(st, of->source->id, s->window.from, fine, 240, &n, e))
		return false;
	while (n > 0 && fine[n - 1].t >= s->window.to)
		n--;
	if (derive_bars(g, fine, n, made) != 1)
		return true;
	s->bar = made[0];
	d->samples_len++;
	return true;
}

/* Where there are no bars from there on, what follows the last sample. */
static bool
take_next_sample(struct series_job *j, const struct series_job *of,
    struct store *st, const struct range *piece, struct md_error *e)
{
	const struct derivation *d = j->derivation;
	const struct sample *last =
	    d->samples_len > 0 ? &d->samples[d->samples_len - 1] : NULL;
	int64_t after = piece->from;

	if (last != NULL && last->of == of && last->window.to > after)
		after = last->window.to;
	return take_sample(j, of, st, piece, after, e);
}

/* The moment so far into all that is to be made, and the piece it lies in. */
static const struct range *
time_at_share(const struct ranges *pieces, double share, int64_t *t)
{
	int64_t all = 0, at;
	size_t i = 0;

	for (size_t k = 0; k < pieces->len; k++)
		all += pieces->v[k].to - pieces->v[k].from;
	at = (int64_t)((double)all * share);
	while (i + 1 < pieces->len &&
	       at >= pieces->v[i].to - pieces->v[i].from) {
		at -= pieces->v[i].to - pieces->v[i].from;
		i++;
	}
	*t = pieces->v[i].from + at;
	return &pieces->v[i];
}

/* Of one series of the symbol, spread over all that is to be made. */
static bool
take_samples_of(struct series_job *j, const struct series_job *of,
    struct store *st, struct md_error *e)
{
	struct derivation *d = j->derivation;
	int64_t wanted = j->job.run->o->verify_derived, t;

	for (int64_t k = 0; k < wanted && d->pieces.len > 0; k++) {
		const struct range *piece = time_at_share(&d->pieces,
		    ((double)k + 0.5) / (double)wanted, &t);
		size_t had = d->samples_len;

		if (!take_sample(j, of, st, piece, t, e) ||
		    (d->samples_len == had &&
			!take_next_sample(j, of, st, piece, e)))
			return false;
	}
	return true;
}

/* Of all that is to be made of the symbol, before anything is. */
static bool
take_samples(struct series_job *j, struct store *st, struct md_error *e)
{
	struct derivation *d = j->derivation;
	size_t n;
	const struct series_job *v = series_of_symbol(j, &n);
	bool good = true;

	d->samples =
	    calloc((size_t)j->job.run->o->verify_derived * TF_COUNT + 1,
		sizeof(*d->samples));
	if (d->samples == NULL)
		return md_nomem(e);
	for (size_t i = 0; good && i < n; i++)
		if (v[i].source != NULL)
			good = take_samples_of(j, &v[i], st, e);
	return good;
}

/* -- where -- */

struct divide_task {
	struct task task;
	struct series_job *owner;
	int64_t now, since;
};

static bool
divide_run(struct task *t, struct store *st, struct md_error *e)
{
	struct divide_task *v = (struct divide_task *)t;
	struct series_job *j = v->owner;
	struct derivation *d = j->derivation;
	struct grid fine = source_grid(j);
	struct coverage c = { NULL, 0, 0 };
	struct ranges lacking = { NULL, 0, 0 };
	bool good = store_report_coverage(st, j->source->id, &c, e);

	for (size_t i = 0; good && i < j->gaps.len; i++)
		good = derive_lacking(&fine, &j->job.run->o->finality, &c,
			   j->gaps.v[i], v->now, v->since, &lacking) ||
		       md_nomem(e);
	good = good && (derive_divide(&j->grid, &j->gaps, &lacking, &d->pieces,
			    &d->rest) ||
			   md_nomem(e));
	ranges_free(&lacking);
	coverage_free(&c);
	return good && (j->job.run->o->verify_derived == 0 || j->compared ||
			   take_samples(j, st, e));
}

static void
divide_done(struct task *t)
{
	struct divide_task *v = (struct divide_task *)t;
	struct series_job *j = v->owner;

	job_charge(&j->job, t, STAGE_DATABASE, 0);
	job_go(&j->job, ends(j, &t->error) ? stop_deriving(j) : next_sample(j));
	free(v);
}

enum job_state
series_derive(struct job *job)
{
	struct series_job *j = (struct series_job *)job;
	struct divide_task *v = calloc(1, sizeof(*v));
	struct md_error e;

	j->derivation = calloc(1, sizeof(*j->derivation));
	if (v == NULL || j->derivation == NULL) {
		(void)md_nomem(&e);
		job_fail(job, &e);
		free(v);
		return stop_deriving(j);
	}
	v->task.run = divide_run;
	v->task.done = divide_done;
	v->owner = j;
	v->now = run_now(job->run);
	v->since = job->run->execution.started_ms;
	writer_submit(job->run->writer, &v->task);
	return STATE_DERIVING;
}
