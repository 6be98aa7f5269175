/*
 * The calls for a day of all symbols: the leases of the series that lack it,
 * the request, and what becomes of it.  What such a call does not bring, its
 * series ask for by calls of their own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backfill/internal.h"
#include "plan/plan.h"

/* Where so many calls of a market failed and none did well, no more are made:
 * their series find out by their own whether the API is down. */
#define FAILED_ENOUGH 2

/* -- members -- */

static int
by_symbol(const void *a, const void *b)
{
	const struct unit *const *x = a, *const *y = b;

	return strcmp((*x)->record.symbol, (*y)->record.symbol);
}

bool
grouped_create(struct run *r, const struct daily_calls *days)
{
	if (days->len == 0)
		return true;
	r->grouped = calloc(days->len, sizeof(*r->grouped));
	r->members = calloc(r->units_len + 1, sizeof(*r->members));
	if (r->grouped == NULL || r->members == NULL)
		return false;
	r->grouped_len = days->len;
	for (size_t i = 0; i < days->len; i++) {
		r->grouped[i].run = r;
		r->grouped[i].what = days->v[i];
	}
	for (size_t i = 0; i < r->units_len; i++)
		if (r->units[i].grouped)
			r->members[r->members_len++] = &r->units[i];
	qsort((void *)r->members, r->members_len, sizeof(*r->members),
	    by_symbol);
	r->calls_planned += (int64_t)days->len;
	return true;
}

void
grouped_free(struct run *r)
{
	free(r->grouped);
	free((void *)r->members);
}

struct range
grouped_day(const struct grouped_call *c)
{
	enum asset_class class = grouped_market_class(c->what.market);
	const struct calendar *cal = c->run->calendar;

	return (struct range){ calendar_midnight(cal, class, c->what.date),
		calendar_midnight(cal, class, c->what.date + 1) };
}

const struct range *
grouped_gap(const struct unit *u, const struct grouped_call *c)
{
	enum grouped_market market;
	struct range day = grouped_day(c);

	if (!grouped_market_of(u->grid.class, &market) ||
	    market != c->what.market)
		return NULL;
	for (size_t i = 0; i < u->gaps.len; i++)
		if (u->gaps.v[i].from <= day.from && day.to <= u->gaps.v[i].to)
			return &u->gaps.v[i];
	return NULL;
}

/* Calls still to come that bring something of it. */
static size_t
days_to_come(const struct unit *u)
{
	const struct run *r = u->run;
	size_t n = 0;

	for (size_t i = r->grouped_first; i < r->grouped_len; i++)
		n += r->grouped[i].state != GROUPED_OVER &&
		     grouped_gap(u, &r->grouped[i]) != NULL;
	return n;
}

/* What is left that days' calls did not bring is for its own calls. */
static void
end_days(struct unit *u)
{
	const struct grid *g = &u->grid;
	size_t n = 0;

	for (size_t i = 0; i < u->gaps.len; i++)
		if (grid_may_trade(g, u->gaps.v[i].from, u->gaps.v[i].to))
			u->gaps.v[n++] = u->gaps.v[i];
	u->gaps.len = n;
	if (n == 0 || u->error.code != MD_OK) {
		unit_fetched(u);
		return;
	}
	u->grouped = false;
	u->state = UNIT_READY;
}

void
grouped_claimed(struct unit *u)
{
	u->state = UNIT_GROUPED;
	u->days = days_to_come(u);
	if (u->days == 0)
		end_days(u);
}

void
grouped_day_ended(struct unit *u)
{
	if (--u->days == 0)
		end_days(u);
}

/* The call has brought nothing, to those who still wait for it. */
static void
give_up(struct grouped_call *c)
{
	const struct run *r = c->run;

	c->state = GROUPED_OVER;
	for (size_t i = 0; i < r->members_len; i++) {
		struct unit *u = r->members[i];

		if (!u->grouped || grouped_gap(u, c) == NULL)
			continue;
		if (u->state == UNIT_GROUPED)
			grouped_day_ended(u);
		else if (u->state == UNIT_WAITING && days_to_come(u) == 0)
			u->grouped = false;
	}
}

/* -- an answer -- */

/* Refused rows that do not say whose they are: no series keeps them. */
static void
tell_nameless(const struct grouped_call *c, const struct page *page)
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
	log_write(c->run->o->log, LOG_WARNING,
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
is_withheld(const struct grouped_call *c, const struct page *page)
{
	enum asset_class class = grouped_market_class(c->what.market);
	const struct calendar *cal = c->run->calendar;
	struct grid g = { cal, class, TF_1D, GRID_UNKNOWN };
	int64_t opened = grouped_day(c).from;
	struct session s;

	if (page->len + page->refused_len > 0 ||
	    opened < grid_final_before(&g, c->asked_at) ||
	    c->run->granted[plan_sold_as(class)])
		return false;
	if (asset_class_has_sessions(class)) {
		if (!calendar_session(cal, c->what.date, &s))
			return false;
		opened = s.open_ms;
	}
	return c->asked_at >= opened + OPEN_ENOUGH;
}

static void
tell_withheld(const struct grouped_call *c)
{
	char date[11];

	md_date_format(c->what.date, date);
	log_write(c->run->o->log, LOG_INFO,
	    "all %s of %s: not a bar, though the market is or was open; the "
	    "plan has that day later",
	    grouped_market_name(c->what.market), date);
}

static bool
on_page(void *ctx, struct page *page, bool last, struct md_error *e)
{
	struct grouped_call *c = ctx;

	if (!last)
		return md_fail(e, MD_EDATA,
		    "a day of all symbols that does not come in one answer");
	c->asked_at = run_as_of(c->run, c->asked_at);
	c->run->calls_done++;
	c->run->grouped_good[c->what.market] = true;
	log_write(c->run->o->log, LOG_DEBUG, "a day of %s: %zu rows",
	    grouped_market_name(c->what.market), page->len + page->refused_len);
	tell_nameless(c, page);
	c->withheld = is_withheld(c, page);
	if (c->withheld)
		tell_withheld(c);
	return grouped_deliver(c, page) || md_nomem(e);
}

static void
on_unreadable(void *ctx, const char *excerpt, const char *why)
{
	struct grouped_call *c = ctx;

	log_write(c->run->o->log, LOG_WARNING,
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
deny(struct grouped_call *c)
{
	struct run *r = c->run;
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
	for (size_t i = r->grouped_next; i < r->grouped_len; i++)
		if (r->grouped[i].state == GROUPED_WAITING &&
		    grouped_denied(&one, r->calendar, r->grouped[i].what.market,
			r->grouped[i].what.date, run_now(r)))
			give_up(&r->grouped[i]);
}

static void
give_up_market(struct run *r, enum grouped_market market)
{
	for (size_t i = r->grouped_next; i < r->grouped_len; i++)
		if (r->grouped[i].state == GROUPED_WAITING &&
		    r->grouped[i].what.market == market)
			give_up(&r->grouped[i]);
}

static void
on_ended(void *ctx, const struct md_error *e)
{
	struct grouped_call *c = ctx;
	struct run *r = c->run;
	char date[11];

	r->active--;
	r->grouped_asked[c->what.market]--;
	/* A run that ends leaves everything as it stands. */
	if (r->fatal.code != MD_OK) {
		c->state = GROUPED_OVER;
		return;
	}
	md_date_format(c->what.date, date);
	if (e->code != MD_OK)
		log_write(r->o->log,
		    e->code == MD_EDENIED ? LOG_INFO : LOG_WARNING,
		    "all %s of %s: %s; asking series by series",
		    grouped_market_name(c->what.market), date, e->text);
	if (e->code == MD_EDENIED)
		deny(c);
	else if (e->code != MD_OK && !r->grouped_good[c->what.market] &&
		 ++r->grouped_failed[c->what.market] == FAILED_ENOUGH)
		give_up_market(r, c->what.market);
	give_up(c); /* of those that it has served, none waits for it */
}

/* -- taking up and sending -- */

bool
grouped_start(struct run *r, enum tier tier)
{
	struct grouped_call *c;

	while (r->grouped_next < r->grouped_len &&
	       r->grouped[r->grouped_next].state != GROUPED_WAITING)
		r->grouped_next++;
	if (r->grouped_next == r->grouped_len ||
	    r->grouped[r->grouped_next].what.tier > tier)
		return false;
	c = &r->grouped[r->grouped_next];
	/* The first tries whether the plan has such calls at all. */
	if (r->grouped_asked[c->what.market] > 0 &&
	    !r->grouped_good[c->what.market])
		return false;
	c->state = GROUPED_CLAIMING;
	r->grouped_next++;
	r->grouped_asked[c->what.market]++;
	r->active++;
	for (size_t i = 0; i < r->members_len; i++) {
		struct unit *u = r->members[i];

		if (u->grouped && u->state == UNIT_WAITING &&
		    grouped_gap(u, c) != NULL)
			unit_claim(u);
	}
	return true;
}

static void
send_call(struct grouped_call *c)
{
	static const struct aggs_handler handler = { on_page, on_unreadable,
		on_ended };
	struct run *r = c->run;
	struct md_error e = { .code = MD_OK, .text = "" };
	bool wanted = false;

	for (size_t i = 0; i < r->members_len && !wanted; i++)
		wanted = r->members[i]->state == UNIT_GROUPED &&
			 grouped_gap(r->members[i], c) != NULL;
	c->state = GROUPED_ASKED;
	c->asked_at = run_now(r);
	if (wanted && polygon_grouped(r->polygon, c->what.market, c->what.date,
			  &handler, c, &e))
		return;
	/* Nobody lacks it any more, or it cannot even be asked. */
	on_ended(c, &e);
}

void
grouped_step(struct run *r)
{
	while (r->grouped_first < r->grouped_next &&
	       r->grouped[r->grouped_first].state == GROUPED_OVER)
		r->grouped_first++;
	if (r->grouped_claims > 0)
		return;
	for (size_t i = r->grouped_first; i < r->grouped_next; i++)
		if (r->grouped[i].state == GROUPED_CLAIMING)
			send_call(&r->grouped[i]);
}
