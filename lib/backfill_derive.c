/*
 * A unit whose bars are made of a finer series' as far as that goes: where, by
 * what the finer series has; whether, by asking for a few windows; and then
 * piece by piece.  What cannot be made is asked for as ever.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backfill_internal.h"
#include "derive.h"

/* Windows of the finer series that one task reads: three megabytes of bars. */
#define PIECE_WINDOWS 50000

/* A window to be compared with the API's own bar. */
struct sample {
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
unit_derivation_free(struct unit *u)
{
	struct derivation *d = u->derivation;

	if (d == NULL)
		return;
	ranges_free(&d->pieces);
	ranges_free(&d->rest);
	free(d->samples);
	free(d);
	u->derivation = NULL;
}

static struct grid
source_grid(const struct unit *u)
{
	return (struct grid){ u->grid.calendar, u->source->class,
		u->source->timeframe };
}

/* What the finer series does not give is asked for. */
static void
ask_for_rest(struct unit *u)
{
	struct derivation *d = u->derivation;

	ranges_free(&u->gaps);
	u->gaps = d->rest;
	d->rest = (struct ranges){ NULL, 0, 0 };
	unit_derivation_free(u);
	unit_ask_ranges(u);
}

static void
stop_deriving(struct unit *u)
{
	unit_derivation_free(u);
	unit_fetched(u);
}

/* Is there a reason to go no further?  Then it is the unit's error. */
static bool
ends(struct unit *u, const struct md_error *e)
{
	const struct run *r = u->run;

	if (e->code != MD_OK) {
		unit_fail(u, e);
		if (e->code != MD_ELEASE)
			run_fatal(u->run, e);
	}
	if (r->fatal.code != MD_OK)
		unit_fail(u, &r->fatal);
	return u->error.code != MD_OK;
}

/* -- a piece -- */

struct piece_task {
	struct task task;
	struct unit *unit;
	struct lease lease;
	struct range range;
	int64_t now, wall, since;
	struct verified verified;
	struct rejected *rejected;
	struct page_put put;
	struct page_counts counts;
	struct bar *bars; /* the finer series' */
	struct bar *made; /* of them */
	size_t made_len;
	int64_t features_at;
};

static bool
read_fine(struct piece_task *p, struct store *st, size_t *len,
    struct md_error *e)
{
	const struct unit *u = p->unit;

	if (!st->ops->bars(st, u->source->id, p->range.from, p->bars,
		PIECE_WINDOWS, len, e))
		return false;
	while (*len > 0 && p->bars[*len - 1].t >= p->range.to)
		--*len;
	return true;
}

/* As though the API had answered with the bars that were made. */
static bool
verify(struct piece_task *p, int64_t answered, struct md_error *e)
{
	struct unit *u = p->unit;
	struct asked a = {
		.ticker = u->record.symbol,
		.grid = u->grid,
		.from = p->range.from,
		.to = p->range.to,
		.asked_at = answered,
		.cover_to = p->range.to,
		.cursor = p->range.from,
	};
	struct page page = PAGE_INIT;

	page.bars = p->made;
	page.len = p->made_len;
	page.ticker = u->record.symbol;
	p->put.lease = &p->lease;
	p->put.grid = u->grid;
	p->put.now = p->now;
	p->put.asked_at = answered;
	p->put.wall = p->wall;
	p->put.cursor = p->range.from;
	p->put.derived_from = timeframe_name(u->source->timeframe);
	p->put.had_derived = true;
	return (verify_page(&a, &page, true, &p->verified) &&
		   put_verified(&p->verified, &p->rejected, &p->put)) ||
	       md_nomem(e);
}

static bool
piece_run(struct task *t, struct store *st, struct md_error *e)
{
	struct piece_task *p = (struct piece_task *)t;
	struct unit *u = p->unit;
	struct coverage fine = { NULL, 0, 0 };
	int64_t answered;
	size_t len;

	p->bars = calloc(PIECE_WINDOWS, sizeof(*p->bars));
	p->made = calloc(PIECE_WINDOWS, sizeof(*p->made));
	if (p->bars == NULL || p->made == NULL)
		return md_nomem(e);
	if (!st->ops->report_coverage(st, u->source->id, &fine, e))
		return false;
	answered = derive_answered(&fine, p->range, p->now);
	coverage_free(&fine);
	if (!read_fine(p, st, &len, e))
		return false;
	p->made_len = derive_bars(&u->grid, p->bars, len, p->made);
	if (!verify(p, answered, e) ||
	    !st->ops->put_page(st, &p->put, &p->counts, e))
		return false;
	if (u->run->o->no_features)
		return true;
	p->features_at = md_monotonic_us();
	unit_features_page(u, st, &p->put, &p->counts);
	return true;
}

static void next_piece(struct unit *);

static void
piece_done(struct task *t)
{
	struct piece_task *p = (struct piece_task *)t;
	struct unit *u = p->unit;
	struct bar_counts *n = &u->record.bars;

	unit_charge(u, t, STAGE_DATABASE, p->features_at);
	if (t->error.code == MD_OK) {
		n->inserted += p->counts.inserted;
		n->updated += p->counts.updated;
		n->unchanged += p->counts.unchanged;
		u->derivation->bars += (int64_t)p->made_len;
		n->derived += (int64_t)p->made_len;
	}
	free(p->rejected);
	free(p->bars);
	free(p->made);
	verified_free(&p->verified);
	if (ends(u, &t->error))
		stop_deriving(u);
	else
		next_piece(u);
	free(p);
}

/* As much of the range as a task takes: whole windows of it. */
static struct range
cut_off(const struct unit *u, struct range *r)
{
	const struct grid *g = &u->grid;
	int64_t to = r->from +
		     PIECE_WINDOWS * timeframe_nominal_ms(u->source->timeframe);
	struct range cut = *r;

	if (to < r->to)
		cut.to = calendar_window_start(g->calendar, g->class,
		    g->timeframe, to);
	r->from = cut.to;
	return cut;
}

static void
next_piece(struct unit *u)
{
	struct derivation *d = u->derivation;
	struct piece_task *p;
	struct md_error e;

	while (d->piece < d->pieces.len &&
	       d->pieces.v[d->piece].from >= d->pieces.v[d->piece].to)
		d->piece++;
	if (d->piece == d->pieces.len) {
		log_write(u->run->o->log, LOG_INFO,
		    "%s %s: %lld bars made of %s", u->record.symbol,
		    timeframe_name(u->record.timeframe), (long long)d->bars,
		    timeframe_name(u->source->timeframe));
		ask_for_rest(u);
		return;
	}
	p = calloc(1, sizeof(*p));
	if (p == NULL) {
		(void)md_nomem(&e);
		unit_fail(u, &e);
		stop_deriving(u);
		return;
	}
	p->task.run = piece_run;
	p->task.done = piece_done;
	p->task.heavy = true;
	p->unit = u;
	p->lease = u->lease;
	p->range = cut_off(u, &d->pieces.v[d->piece]);
	p->now = run_now(u->run);
	p->wall = md_now_ms();
	p->verified = (struct verified)VERIFIED_INIT;
	writer_submit(u->run->writer, &p->task);
}

/* -- samples -- */

/* The symbol's bars are not what the API makes of its own: none of them are
 * made in this run. */
static void
refuse(struct unit *u)
{
	struct run *r = u->run;

	for (size_t i = 0; i < r->units_len; i++)
		if (!r->units[i].is_splits &&
		    strcmp(r->units[i].record.symbol, u->record.symbol) == 0)
			r->units[i].refused = true;
	unit_derivation_free(u);
	unit_ask_ranges(u);
}

static void
warn(struct unit *u, const struct sample *s, const char *what)
{
	char at[MD_TIME_MAX];

	md_time_format(s->window.from, at);
	log_write(u->run->o->log, LOG_WARNING,
	    "%s %s: %s: the API's bar of %s %s; nothing of the symbol is "
	    "derived, it is asked for",
	    u->record.symbol, timeframe_name(u->record.timeframe),
	    timeframe_name(u->source->timeframe), at, what);
}

static void
compare(struct unit *u, const struct bar *api)
{
	const struct sample *s = &u->derivation->samples[u->derivation->sample];
	const char *field = derive_difference(&s->bar, api);
	char what[160];

	if (field == NULL)
		return;
	(void)snprintf(what, sizeof(what), "has %s %.17g, derived it is %.17g",
	    field, derive_field(api, field), derive_field(&s->bar, field));
	warn(u, s, what);
	u->refused = true;
}

static bool
on_sample(void *ctx, struct page *page, bool last, struct md_error *e)
{
	struct unit *u = ctx;
	struct derivation *d = u->derivation;

	(void)last, (void)e;
	u->run->calls_done++;
	for (size_t i = 0; i < page->len; i++)
		if (page->bars[i].t == d->samples[d->sample].window.from) {
			d->answered = true;
			compare(u, &page->bars[i]);
		}
	return true;
}

static void
on_sample_unreadable(void *ctx, const char *excerpt, const char *why)
{
	(void)ctx, (void)excerpt, (void)why;
}

static void next_sample(struct unit *);

static void
on_sample_ended(void *ctx, const struct md_error *e)
{
	struct unit *u = ctx;
	struct derivation *d = u->derivation;

	/* A plan without such bars has none to compare with. */
	if (e->code == MD_EDENIED) {
		refuse(u);
		return;
	}
	if (e->code != MD_OK) {
		unit_fail(u, e);
		stop_deriving(u);
		return;
	}
	if (!d->answered) {
		warn(u, &d->samples[d->sample], "is not there");
		u->refused = true;
	}
	d->sample++;
	if (u->refused)
		refuse(u);
	else
		next_sample(u);
}

static void
next_sample(struct unit *u)
{
	static const struct aggs_handler handler = { on_sample,
		on_sample_unreadable, on_sample_ended };
	struct derivation *d = u->derivation;
	struct aggs_query q = { .ticker = u->record.symbol,
		.timeframe = u->record.timeframe };
	struct md_error none = { .code = MD_OK, .text = "" };

	if (d->sample == d->samples_len) {
		next_piece(u);
		return;
	}
	if (ends(u, &none)) {
		stop_deriving(u);
		return;
	}
	d->answered = false;
	q.from = d->samples[d->sample].window.from;
	q.to = d->samples[d->sample].window.to;
	polygon_charge(u->run->polygon, &u->stages);
	if (!polygon_aggs(u->run->polygon, &q, &handler, u, &none)) {
		unit_fail(u, &none);
		stop_deriving(u);
	}
}

/* The window of the first bar at or after t, if it lies in the piece. */
static bool
take_sample(struct unit *u, struct store *st, const struct range *piece,
    int64_t t, struct md_error *e)
{
	struct derivation *d = u->derivation;
	const struct grid *g = &u->grid;
	struct sample *s = &d->samples[d->samples_len];
	struct bar fine[240], made[240]; /* 1m in 4h */
	size_t n;

	if (!st->ops->bars(st, u->source->id, t, fine, 1, &n, e))
		return false;
	if (n == 0 || fine[0].t >= piece->to)
		return true;
	s->window.from = calendar_window_start(g->calendar, g->class,
	    g->timeframe, fine[0].t);
	s->window.to = calendar_window_end(g->calendar, g->class, g->timeframe,
	    s->window.from);
	if (s->window.from < piece->from ||
	    (d->samples_len > 0 && s[-1].window.from == s->window.from))
		return true;
	if (!st->ops->bars(st, u->source->id, s->window.from, fine, 240, &n, e))
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
take_next_sample(struct unit *u, struct store *st, const struct range *piece,
    struct md_error *e)
{
	const struct derivation *d = u->derivation;
	int64_t after = piece->from;

	if (d->samples_len > 0 &&
	    d->samples[d->samples_len - 1].window.to > after)
		after = d->samples[d->samples_len - 1].window.to;
	return take_sample(u, st, piece, after, e);
}

/* The moment so far into all that is to be made, and the piece it lies in. */
static const struct range *
moment(const struct ranges *pieces, double share, int64_t *t)
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

/* Spread over all that is to be made. */
static bool
take_samples(struct unit *u, struct store *st, struct md_error *e)
{
	struct derivation *d = u->derivation;
	int64_t wanted = u->run->o->verify_derived, t;

	d->samples = calloc((size_t)wanted + 1, sizeof(*d->samples));
	if (d->samples == NULL)
		return md_nomem(e);
	for (int64_t k = 0; k < wanted && d->pieces.len > 0; k++) {
		const struct range *piece =
		    moment(&d->pieces, ((double)k + 0.5) / (double)wanted, &t);
		size_t had = d->samples_len;

		if (!take_sample(u, st, piece, t, e) ||
		    (d->samples_len == had &&
			!take_next_sample(u, st, piece, e)))
			return false;
	}
	return true;
}

/* -- where -- */

struct divide_task {
	struct task task;
	struct unit *unit;
	int64_t now, since;
};

static bool
divide_run(struct task *t, struct store *st, struct md_error *e)
{
	struct divide_task *v = (struct divide_task *)t;
	struct unit *u = v->unit;
	struct derivation *d = u->derivation;
	struct grid fine = source_grid(u);
	struct coverage c = { NULL, 0, 0 };
	struct ranges lacking = { NULL, 0, 0 };
	bool good = st->ops->report_coverage(st, u->source->id, &c, e);

	for (size_t i = 0; good && i < u->gaps.len; i++)
		good = derive_lacking(&fine, &c, u->gaps.v[i], v->now, v->since,
			   &lacking) ||
		       md_nomem(e);
	good = good && (derive_divide(&u->grid, &u->gaps, &lacking, &d->pieces,
			    &d->rest) ||
			   md_nomem(e));
	ranges_free(&lacking);
	coverage_free(&c);
	return good &&
	       (u->run->o->verify_derived == 0 || take_samples(u, st, e));
}

static void
divide_done(struct task *t)
{
	struct divide_task *v = (struct divide_task *)t;
	struct unit *u = v->unit;

	unit_charge(u, t, STAGE_DATABASE, 0);
	if (ends(u, &t->error))
		stop_deriving(u);
	else
		next_sample(u);
	free(v);
}

void
unit_derive(struct unit *u)
{
	struct divide_task *v = calloc(1, sizeof(*v));
	struct md_error e;

	u->state = UNIT_FETCHING;
	u->derivation = calloc(1, sizeof(*u->derivation));
	if (v == NULL || u->derivation == NULL) {
		(void)md_nomem(&e);
		unit_fail(u, &e);
		free(v);
		stop_deriving(u);
		return;
	}
	v->task.run = divide_run;
	v->task.done = divide_done;
	v->unit = u;
	v->now = run_now(u->run);
	v->since = u->run->execution.started_ms;
	writer_submit(u->run->writer, &v->task);
}
