/*
 * The rest of a long gap in pieces that are asked for at once.  Their pages are
 * checked and stored in order, as though one had followed the other: an answer
 * that comes early waits for its turn where it arrives, so that no more of them
 * are in memory than of any calls.  What is covered is exact whatever comes
 * first, or fails.
 */
#include <stdlib.h>

#include "backfill/internal.h"
#include "base/integer.h"

/* As many hide a second of latency behind a page's tenth for the writer, and no
 * more are in vain when the bars end where nobody knew. */
#define AHEAD_MOST 8

struct piece {
	struct pieces *all;
	struct range range;
	bool flying;           /* its call is in progress */
	struct md_error error; /* of the call that has ended */
	int64_t rows;
};

struct pieces {
	struct series_job *j; /* null: they were given up */
	struct run *run;
	struct piece ring[AHEAD_MOST];
	size_t first, len; /* those that are asked for, and not done with */
	size_t flying;
	int64_t next, end;     /* what is not asked for yet */
	int64_t cover_to;      /* as the gap has it */
	bool stopped;          /* by a surprise: no more are asked for ahead */
	size_t ahead;          /* so many may be asked for at once */
	bool torn;             /* one before the first has failed */
	struct md_error error; /* the first of a piece */
	size_t out, left;      /* as counted in the run */
};

static struct piece *
nth(struct pieces *p, size_t i)
{
	return &p->ring[(p->first + i) % AHEAD_MOST];
}

static void
count(struct pieces *p, size_t out, size_t left)
{
	p->run->pieces_out += out - p->out;
	p->run->pieces_left += left - p->left;
	p->out = out;
	p->left = left;
}

static bool
may_ask_ahead(const struct pieces *p)
{
	return p->j != NULL && p->next < p->end && !p->stopped &&
	       p->error.code == MD_OK && p->len < p->ahead;
}

static void
recount(struct pieces *p)
{
	count(p, p->len > 0 ? p->len - 1 : 0, may_ask_ahead(p));
}

static void
pieces_free(struct pieces *p)
{
	if (p->flying == 0)
		free(p);
}

void
pieces_abandon(struct series_job *j)
{
	struct pieces *p = j->pieces;

	if (p == NULL)
		return;
	count(p, 0, 0);
	j->pieces = NULL;
	p->j = NULL;
	pieces_free(p);
}

/* How many pages the range has, if that is certain; or 0. */
static size_t
certain(const struct series_job *j, int64_t from, int64_t to)
{
	return pieces_certain(&j->seen, &j->asked.grid,
	    (struct range){ from, to },
	    grid_final_before(&j->asked.grid, run_now(j->job.run)));
}

/* Windows up to 1h are the same on every grid. */
static bool
grid_is_certain(const struct grid *g)
{
	return g->kind != GRID_UNKNOWN ||
	       timeframe_nominal_ms(g->timeframe) <= MD_HOUR;
}

bool
pieces_begin(struct series_job *j)
{
	const struct run *r = j->job.run;
	int64_t from = j->asked.cursor, to = j->asked.to;

	pieces_note(&j->seen, &j->asked.grid, j->took, j->took_rows);
	if ((!r->concurrency.found && r->concurrency.now < 2) ||
	    !grid_is_certain(&j->asked.grid) || certain(j, from, to) < 2)
		return false;
	/* Without memory for it the range stays whole. */
	j->pieces = calloc(1, sizeof(*j->pieces));
	if (j->pieces == NULL)
		return false;
	j->pieces->j = j;
	j->pieces->run = j->job.run;
	j->pieces->next = from;
	j->pieces->end = to;
	j->pieces->cover_to = j->asked.cover_to;
	j->pieces->ahead = 2;
	log_write(r->o->log, LOG_DEBUG, "%s %s: the rest in %zu pieces",
	    j->record.symbol, timeframe_name(j->record.timeframe),
	    certain(j, from, to));
	return true;
}

/* -- asking -- */

static bool piece_page(void *, struct page *, bool last, struct md_error *);
static void piece_unreadable(void *, const char *excerpt, const char *why);
static void piece_ended(void *, const struct md_error *);
static bool piece_turn(void *);

/* The next, up to there.  One that cannot even be asked for has ended so. */
static void
ask(struct pieces *p, int64_t to)
{
	static const struct aggs_handler handler = { piece_page,
		piece_unreadable, piece_ended };
	struct polygon *api = p->run->polygon;
	struct piece *piece = nth(p, p->len++);
	struct aggs_query q = { p->j->asked.ticker, p->j->record.timeframe,
		p->next, to };

	*piece = (struct piece){ .all = p, .range = { p->next, to } };
	p->next = to;
	recount(p);
	series_log_asked(p->j, &q);
	polygon_charge(api, &p->j->job.stages);
	polygon_line_up(api, piece_turn, piece);
	piece->flying = polygon_aggs(api, &q, &handler, piece, &piece->error);
	if (!piece->flying)
		polygon_line_up(api, NULL, NULL);
	p->flying += piece->flying;
}

/* False: it is not certain how many pages there are. */
static bool
ask_next_piece(struct pieces *p)
{
	struct range rest = { p->next, p->end };
	size_t n = certain(p->j, rest.from, rest.to);

	if (n == 0) {
		p->stopped = true;
		recount(p);
		return false;
	}
	ask(p, pieces_cut(&p->j->asked.grid, rest, n));
	return true;
}

bool
pieces_ask_more(struct run *r)
{
	/* What would only wait for the pace is not asked for: it may be in
	 * vain. */
	if (r->pieces_left == 0 || !jobs_have_room(r) ||
	    polygon_calls(r->polygon, false) > 0)
		return false;
	for (size_t i = r->queue_first; i < r->queue_len; i++) {
		struct series_job *j = (struct series_job *)r->queue[i];

		if (j->job.kind == KIND_SERIES && j->pieces != NULL &&
		    j->pieces->len > 0 && may_ask_ahead(j->pieces) &&
		    !job_lease_uncertain(&j->job) && ask_next_piece(j->pieces))
			return true;
	}
	return false;
}

/* -- in order -- */

/* A piece could not be had: those that were asked for are taken, no more. */
static void
note_failed(struct pieces *p, const struct piece *piece)
{
	if (p->error.code == MD_OK)
		p->error = piece->error;
	if (piece->error.code == MD_EDENIED) {
		if (p->torn)
			p->j->asked.cursor = piece->range.from;
		series_deny(p->j, &piece->error, piece->range.to);
	}
	p->torn = true;
}

/* All that was asked for is done with. */
static enum job_state
conclude(struct pieces *p)
{
	struct series_job *j = p->j;
	struct md_error e = p->error;
	bool whole;

	if (e.code == MD_EDENIED) {
		if (!ranges_add(&j->gaps, p->next, p->end)) {
			(void)md_nomem(&e);
			job_fail(&j->job, &e);
		}
	} else if (e.code != MD_OK)
		job_fail(&j->job, &e);
	else if (p->next < p->end && p->run->fatal.code != MD_OK)
		job_fail(&j->job, &p->run->fatal);
	whole = p->next >= p->end || e.code != MD_OK;
	pieces_abandon(j);
	/* Asking for what is left tells that the lease may be over. */
	return whole ? series_end_gap(j) : series_ask_next(j);
}

static bool
must_end(struct pieces *p)
{
	return p->error.code != MD_OK || p->next >= p->end ||
	       p->run->fatal.code != MD_OK || p->j->job.error.code != MD_OK ||
	       job_lease_uncertain(&p->j->job);
}

/* As far as pieces have come; then the rest, in pieces if that is certain. */
static enum job_state
advance(struct pieces *p)
{
	for (;;) {
		while (p->len > 0) {
			struct piece *first = nth(p, 0);

			if (first->flying)
				return STATE_FETCHING;
			if (first->error.code != MD_OK)
				note_failed(p, first);
			p->first = (p->first + 1) % AHEAD_MOST;
			p->len--;
			recount(p);
		}
		if (must_end(p))
			return conclude(p);
		p->stopped = false;
		if (!ask_next_piece(p))
			ask(p, p->end);
	}
}

enum job_state
pieces_go(struct series_job *j)
{
	return advance(j->pieces);
}

/* -- answers -- */

/* On hold nothing more is asked, so that what failed before it never comes. */
static bool
piece_turn(void *ctx)
{
	const struct piece *piece = ctx;
	struct pieces *p = piece->all;

	return p->j == NULL || p->run->held || piece == nth(p, 0);
}

/* There are more rows in it than fit a page, or far fewer than there were: the
 * next are asked for one by one.  The more came as expected, the more may be in
 * vain. */
static void
mind_surprise(struct pieces *p, const struct piece *piece, bool last)
{
	if (last && (piece->range.to >= p->end ||
			!pieces_sparse(&p->j->seen, &p->j->asked.grid,
			    piece->range, piece->rows))) {
		p->ahead =
		    p->ahead * 2 < AHEAD_MOST ? p->ahead * 2 : AHEAD_MOST;
		recount(p);
		return;
	}
	p->ahead = 1;
	if (!last)
		pieces_note(&p->j->seen, &p->j->asked.grid, p->j->took,
		    p->j->took_rows);
	else
		p->j->seen.len = 0;
	p->stopped = true;
	recount(p);
}

/* Of the rest, which was asked for page by page. */
static bool
may_cut(const struct pieces *p, const struct piece *piece)
{
	return piece->range.to >= p->end && p->len == 1 &&
	       certain(p->j, p->j->asked.cursor, p->end) > 1;
}

static bool
piece_page(void *ctx, struct page *page, bool last, struct md_error *e)
{
	struct piece *piece = ctx;
	struct pieces *p = piece->all;
	struct series_job *j = p->j;
	bool in_order = j != NULL && piece == nth(p, 0);

	e->code = MD_OK;
	if (j != NULL)
		*e = j->job.error;
	if (j == NULL || e->code != MD_OK)
		return false;
	if (piece->rows == 0 && (p->torn || !in_order)) {
		j->asked.cursor = piece->range.from;
		p->torn = false;
	}
	if (!in_order)
		p->torn = true;
	j->asked.from = piece->range.from;
	j->asked.to = piece->range.to;
	j->asked.cover_to = p->cover_to;
	if (!series_take_page(j, page, last && piece->range.to >= p->end, e))
		return false;
	piece->rows += j->took_rows;
	mind_surprise(p, piece, last);
	if (last || !may_cut(p, piece))
		return true;
	p->next = j->asked.cursor;
	return false;
}

static void
piece_unreadable(void *ctx, const char *excerpt, const char *why)
{
	struct piece *piece = ctx;

	if (piece->all->j != NULL)
		series_take_unreadable(piece->all->j, excerpt, why);
}

static void
piece_ended(void *ctx, const struct md_error *e)
{
	struct piece *piece = ctx;
	struct pieces *p = piece->all;
	struct series_job *j = p->j;

	p->flying--;
	piece->flying = false;
	piece->error = *e;
	if (j == NULL) {
		pieces_free(p);
		return;
	}
	run_works_for(p->run, &j->job);
	if (piece == nth(p, 0))
		job_go(&j->job, advance(p));
}
