/*
 * The jobs of days, each a call for one day of all symbols: the leases of the
 * series that lack it, the request, and what becomes of it.  What such a call
 * does not bring, its series ask for by calls of their own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backfill/internal.h"
#include "plan/plan.h"
#include "store/vendor.h"

/* Where so many calls of a market failed and none did well, no more are made:
 * their series find out by their own whether the API is down. */
#define FAILED_ENOUGH 2

/* -- members -- */

static int
by_symbol(const void *a, const void *b)
{
	const struct series_job *const *x = a, *const *y = b;

	return strcmp((*x)->record.symbol, (*y)->record.symbol);
}

bool
days_create(struct run *r, const struct daily_calls *days)
{
	if (days->len == 0)
		return true;
	r->days = calloc(days->len, sizeof(*r->days));
	r->members = calloc(r->series_jobs_len + 1, sizeof(*r->members));
	if (r->days == NULL || r->members == NULL)
		return false;
	r->days_len = days->len;
	for (size_t i = 0; i < days->len; i++) {
		job_init(&r->days[i].job, r, KIND_DAY, STATE_WAITING);
		r->days[i].what = days->v[i];
	}
	for (size_t i = 0; i < r->series_jobs_len; i++)
		if (r->series_jobs[i].by_days)
			r->members[r->members_len++] = &r->series_jobs[i];
	qsort((void *)r->members, r->members_len, sizeof(*r->members),
	    by_symbol);
	r->calls_planned += (int64_t)days->len;
	return true;
}

void
days_free(struct run *r)
{
	free(r->days);
	free((void *)r->members);
}

struct range
day_range(const struct day_job *c, enum grid_kind kind)
{
	return grouped_day(c->job.run->calendar, c->what.market, kind,
	    c->what.date);
}

const struct range *
day_gap(const struct series_job *j, const struct day_job *c)
{
	enum grouped_market market;
	struct range day = day_range(c, j->days_kind);

	if (!grouped_market_of(j->grid.class, &market) ||
	    market != c->what.market)
		return NULL;
	for (size_t i = 0; i < j->gaps.len; i++)
		if (j->gaps.v[i].from <= day.from && day.to <= j->gaps.v[i].to)
			return &j->gaps.v[i];
	return NULL;
}

/* Calls still to come that bring something of it. */
static size_t
days_to_come(const struct series_job *j)
{
	const struct run *r = j->job.run;
	size_t n = 0;

	for (size_t i = r->days_first; i < r->days_len; i++)
		n += r->days[i].job.state != STATE_ENDED &&
		     day_gap(j, &r->days[i]) != NULL;
	return n;
}

/* What is left that days' calls did not bring is for its own calls. */
static enum job_state
end_days(struct series_job *j)
{
	const struct grid *g = &j->grid;
	size_t n = 0;

	/* UTC's next day may remain of a gap that ends with New York's. */
	for (size_t i = 0; i < j->gaps.len; i++)
		if (j->gaps.v[i].from < run_now(j->job.run) &&
		    grid_may_trade(g, j->gaps.v[i].from, j->gaps.v[i].to))
			j->gaps.v[n++] = j->gaps.v[i];
	j->gaps.len = n;
	if (n == 0 || j->job.error.code != MD_OK)
		return STATE_STORING;
	j->by_days = false;
	return STATE_READY;
}

enum job_state
day_joined(struct series_job *j)
{
	j->days = days_to_come(j);
	return j->days == 0 ? end_days(j) : STATE_JOINED;
}

enum job_state
day_ended_for(struct series_job *j)
{
	return --j->days == 0 ? end_days(j) : STATE_JOINED;
}

/* The call has ended, and brings nothing to those who still wait for it. */
static void
give_up(struct day_job *c)
{
	const struct run *r = c->job.run;

	job_go(&c->job, STATE_ENDED);
	for (size_t i = 0; i < r->members_len; i++) {
		struct series_job *j = r->members[i];

		if (!j->by_days || day_gap(j, c) == NULL)
			continue;
		if (j->job.state == STATE_JOINED)
			job_go(&j->job, day_ended_for(j));
		else if (j->job.state == STATE_WAITING && days_to_come(j) == 0)
			j->by_days = false;
	}
}

/* -- an answer -- */

/* Refused rows that do not say whose they are: no series keeps them. */
static void
tell_nameless(const struct day_job *c, const struct page *page)
{
	const struct page_refusal *first = NULL;
	char date[11];
	size_t n = 0;

	for (size_t i = page->refused_len; i-- > 0;)
		if (*page->refused[i].name.text == '\0') {
			first = &page->refused[i];
			n++;
		}
	if (n == 0)
		return;
	md_date_format(c->what.date, date);
	log_write(c->job.run->o->log, LOG_WARNING,
	    "all %s of %s: %zu row%s of no known symbol refused (%s): %.80s",
	    grouped_market_name(c->what.market), date, n, n == 1 ? "" : "s",
	    first->reason, first->raw);
}

/*
 * A market that has been open for this long has had trades: an answer without
 * any is of a plan without today, unless that has given some of it.
 */
#define OPEN_ENOUGH MD_HOUR

static bool
is_withheld(const struct day_job *c, const struct page *page)
{
	enum asset_class class = grouped_market_class(c->what.market);
	const struct calendar *cal = c->job.run->calendar;
	struct grid g = { cal, class, TF_1D, GRID_UNKNOWN };
	int64_t opened = day_range(c, GRID_UNKNOWN).from;
	struct session s;

	if (page->len + page->refused_len > 0 ||
	    opened < grid_final_before(&g, c->asked_at) ||
	    c->job.run->granted[plan_sold_as(class)])
		return false;
	if (asset_class_has_sessions(class)) {
		if (!calendar_session(cal, c->what.date, &s))
			return false;
		opened = s.open_ms;
	} else if (!calendar_next_expected(cal, class, TF_1M, opened, &opened))
		return false; /* forex opens on Sundays at 17:00 */
	return c->asked_at >= opened + OPEN_ENOUGH;
}

static void
tell_withheld(const struct day_job *c)
{
	char date[11];

	md_date_format(c->what.date, date);
	log_write(c->job.run->o->log, LOG_INFO,
	    "all %s of %s: not a bar, though the market is or was open; the "
	    "plan has that day later",
	    grouped_market_name(c->what.market), date);
}

/* Rows that are stamped so that none can be told to be of that day: what the
 * vendor counts as a day the series' own calls tell. */
static bool
is_of_other_days(const struct day_job *c, const struct page *page)
{
	int64_t start;

	if (c->what.market != GROUPED_FX || page->len == 0)
		return false;
	for (size_t i = 0; i < page->len; i++)
		if (grouped_start(c->job.run->calendar, c->what.market,
			c->what.date, page->bars[i].t, &start))
			return false;
	return true;
}

static bool
on_page(void *ctx, struct page *page, bool last, struct md_error *e)
{
	struct day_job *c = ctx;

	if (!last)
		return md_fail(e, MD_EDATA,
		    "a day of all symbols that does not come in one answer");
	if (is_of_other_days(c, page))
		return md_fail(e, MD_EDATA,
		    "rows at neither the start nor the end of that day, in New "
		    "York or UTC");
	c->asked_at = run_as_of(c->job.run, c->asked_at);
	c->job.run->calls_done++;
	c->job.run->days_good[c->what.market] = true;
	log_write(c->job.run->o->log, LOG_DEBUG, "a day of %s: %zu rows",
	    grouped_market_name(c->what.market), page->len + page->refused_len);
	tell_nameless(c, page);
	c->withheld = is_withheld(c, page);
	if (c->withheld)
		tell_withheld(c);
	return day_deliver(c, page) || md_nomem(e);
}

static void
on_unreadable(void *ctx, const char *excerpt, const char *why)
{
	struct day_job *c = ctx;

	log_write(c->job.run->o->log, LOG_WARNING,
	    "a day of all %s: no answer of the API (%s): %.80s",
	    grouped_market_name(c->what.market), why, excerpt);
}

/* -- refusals -- */

struct deny_task {
	struct task task;
	struct run *run;
	struct grouped_denial denial;
};

static bool
deny_run(struct task *t, struct store *st, struct md_error *e)
{
	return store_grouped_deny(st, &((struct deny_task *)t)->denial, e);
}

static void
deny_done(struct task *t)
{
	struct deny_task *d = (struct deny_task *)t;

	if (t->error.code != MD_OK)
		run_fatal(d->run, &t->error);
	free(d);
}

/* Remember it, and ask for no day that the same plan will not have either. */
static void
deny(struct day_job *c)
{
	struct run *r = c->job.run;
	struct grouped_denial denial = { c->what.market, c->what.date,
		run_as_of(r, c->asked_at) };
	struct grouped_denials one = { &denial, 1, 1 };
	struct deny_task *d = calloc(1, sizeof(*d));

	if (d != NULL) {
		d->task.run = deny_run;
		d->task.done = deny_done;
		d->run = r;
		d->denial = denial;
		writer_submit(r->writer, &d->task);
	}
	for (size_t i = r->days_next; i < r->days_len; i++)
		if (r->days[i].job.state == STATE_WAITING &&
		    grouped_denied(&one, r->calendar, r->days[i].what.market,
			r->days[i].what.date, run_now(r)))
			give_up(&r->days[i]);
}

static void
give_up_market(struct run *r, enum grouped_market market)
{
	for (size_t i = r->days_next; i < r->days_len; i++)
		if (r->days[i].job.state == STATE_WAITING &&
		    r->days[i].what.market == market)
			give_up(&r->days[i]);
}

static void
on_ended(void *ctx, const struct md_error *e)
{
	struct day_job *c = ctx;
	struct run *r = c->job.run;
	char date[11];

	r->days_asked[c->what.market]--;
	/* A run that ends leaves everything as it stands. */
	if (r->fatal.code != MD_OK) {
		job_go(&c->job, STATE_ENDED);
		return;
	}
	md_date_format(c->what.date, date);
	/* A refused key is the run's end, which is told once. */
	if (e->code != MD_OK && e->code != MD_EKEY)
		log_write(r->o->log,
		    e->code == MD_EDENIED ? LOG_INFO : LOG_WARNING,
		    "all %s of %s: %s; asking series by series",
		    grouped_market_name(c->what.market), date, e->text);
	if (e->code == MD_EDENIED)
		deny(c);
	else if (e->code != MD_OK && !r->days_good[c->what.market] &&
		 ++r->days_failed[c->what.market] == FAILED_ENOUGH)
		give_up_market(r, c->what.market);
	give_up(c); /* of those that it has served, none waits for it */
}

/* -- taking up and sending -- */

bool
days_start(struct run *r, enum tier tier)
{
	struct day_job *c;

	while (r->days_next < r->days_len &&
	       r->days[r->days_next].job.state != STATE_WAITING)
		r->days_next++;
	if (r->days_next == r->days_len ||
	    r->days[r->days_next].what.tier > tier)
		return false;
	c = &r->days[r->days_next];
	/* The first tries whether the plan has such calls at all. */
	if (r->days_asked[c->what.market] > 0 && !r->days_good[c->what.market])
		return false;
	r->days_next++;
	r->days_asked[c->what.market]++;
	job_go(&c->job, STATE_CLAIMING);
	return true;
}

enum job_state
day_claim(struct job *job)
{
	const struct day_job *c = (const struct day_job *)job;
	const struct run *r = job->run;

	for (size_t i = 0; i < r->members_len; i++) {
		struct series_job *j = r->members[i];

		if (j->by_days && j->job.state == STATE_WAITING &&
		    day_gap(j, c) != NULL)
			job_go(&j->job, STATE_JOINING);
	}
	return STATE_CLAIMING;
}

enum job_state
day_ask(struct job *job)
{
	static const struct aggs_handler handler = { on_page, on_unreadable,
		on_ended };
	struct day_job *c = (struct day_job *)job;
	struct run *r = job->run;
	struct md_error e = { .code = MD_OK, .text = "" };
	bool wanted = false;

	for (size_t i = 0; i < r->members_len && !wanted; i++)
		wanted = r->members[i]->job.state == STATE_JOINED &&
			 day_gap(r->members[i], c) != NULL;
	c->asked_at = run_now(r);
	if (!wanted || !polygon_grouped(r->polygon, c->what.market,
			   c->what.date, &handler, c, &e))
		/* Nobody lacks it any more, or it cannot even be asked. */
		on_ended(c, &e);
	return job->state;
}

void
days_step(struct run *r)
{
	while (r->days_first < r->days_next &&
	       r->days[r->days_first].job.state == STATE_ENDED)
		r->days_first++;
	if (jobs_in(r, KIND_SERIES, STATE_JOINING) > 0)
		return;
	for (size_t i = r->days_first; i < r->days_next; i++)
		if (r->days[i].job.state == STATE_CLAIMING)
			job_go(&r->days[i].job, STATE_FETCHING);
}
