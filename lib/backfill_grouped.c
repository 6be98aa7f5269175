/*
 * The calls for a day of all symbols: the leases of the series that lack it,
 * the request, and its rows on their way to each of them.  What such a call
 * does not bring, its series ask for by calls of their own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backfill_internal.h"
#include "plan.h"

/* Series whose rows are stored in one transaction. */
#define BATCH 256

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

static struct range
day_of(const struct grouped_call *c)
{
	enum asset_class class = grouped_market_class(c->what.market);
	const struct calendar *cal = c->run->calendar;

	return (struct range){ calendar_midnight(cal, class, c->what.date),
		calendar_midnight(cal, class, c->what.date + 1) };
}

/* The gap of the unit that the day lies in; null: it does not lack it. */
static const struct range *
gap_with(const struct unit *u, const struct grouped_call *c)
{
	enum grouped_market market;
	struct range day = day_of(c);

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
		     gap_with(u, &r->grouped[i]) != NULL;
	return n;
}

/* What is left that days' calls did not bring is for its own calls. */
static void
end_days(struct unit *u)
{
	const struct grid *g = &u->grid;
	size_t n = 0;

	for (size_t i = 0; i < u->gaps.len; i++)
		if (calendar_trades(g->calendar, g->class, g->timeframe,
			u->gaps.v[i].from, u->gaps.v[i].to))
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

static void
day_over(struct unit *u)
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

		if (!u->grouped || gap_with(u, c) == NULL)
			continue;
		if (u->state == UNIT_GROUPED)
			day_over(u);
		else if (u->state == UNIT_WAITING && days_to_come(u) == 0)
			u->grouped = false;
	}
}

/* -- storing the rows of a batch of series -- */

struct item {
	struct unit *unit;
	struct lease lease;
	struct verified verified;
	struct rejected *rejected;
	bool features; /* nothing more will come before they are wanted */
};

struct batch {
	struct task task;
	size_t len;
	struct item items[BATCH];
	struct page_put puts[BATCH];
	struct page_counts counts[BATCH];
	bool lost[BATCH];
};

static bool
batch_run(struct task *t, struct store *st, struct md_error *e)
{
	struct batch *b = (struct batch *)t;

	if (!st->ops->put_pages(st, b->puts, b->len, b->counts, b->lost, e))
		return false;
	for (size_t i = 0; i < b->len; i++)
		if (!b->lost[i] && b->items[i].features)
			unit_features_page(b->items[i].unit, st, &b->puts[i],
			    &b->counts[i]);
	return true;
}

static void
item_free(struct item *i)
{
	free(i->verified.bars);
	free(i->rejected);
	verified_free(&i->verified);
}

static void
batch_free(struct batch *b)
{
	for (size_t i = 0; b != NULL && i < b->len; i++)
		item_free(&b->items[i]);
	free(b);
}

static void
batch_done(struct task *t)
{
	struct batch *b = (struct batch *)t;

	for (size_t i = 0; i < b->len; i++) {
		struct md_error e = t->error;

		if (e.code == MD_OK && b->lost[i])
			(void)md_fail(&e, MD_ELEASE,
			    "another run took the series over");
		unit_page_stored(b->items[i].unit, &b->counts[i], &e);
	}
	batch_free(b);
}

static void
batch_submit(struct run *r, struct batch *b)
{
	for (size_t i = 0; i < b->len; i++)
		b->puts[i].lease = &b->items[i].lease;
	b->task.run = batch_run;
	b->task.done = batch_done;
	b->task.heavy = true;
	writer_submit(r->writer, &b->task);
}

/* -- rows to their series -- */

/* The rows of a page by member: places[first[m]] to places[first[m + 1]]. */
struct by_member {
	size_t *first, *places;
};

static size_t
member_named(const struct run *r, const char *symbol)
{
	size_t low = 0, high = r->members_len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(r->members[mid]->record.symbol, symbol);

		if (c == 0)
			return mid;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return r->members_len;
}

/* Counted, then placed.  Those of nobody are after the last member's. */
static bool
sort_rows(const struct run *r, const struct page *page, struct by_member *out)
{
	size_t *owner = calloc(page->len + 1, sizeof(*owner));
	size_t at = 0;

	out->first = calloc(r->members_len + 2, sizeof(*out->first));
	out->places = calloc(page->len + 1, sizeof(*out->places));
	if (owner == NULL || out->first == NULL || out->places == NULL) {
		free(owner);
		return false;
	}
	for (size_t i = 0; i < page->len; i++) {
		owner[i] = member_named(r, page->names[i].text);
		out->first[owner[i]]++;
	}
	for (size_t m = 0; m <= r->members_len; m++) {
		size_t n = out->first[m];

		out->first[m] = at;
		at += n;
	}
	for (size_t i = 0; i < page->len; i++)
		out->places[out->first[owner[i]]++] = i;
	/* Each has moved to where the next begins. */
	memmove(out->first + 1, out->first,
	    (r->members_len + 1) * sizeof(*out->first));
	out->first[0] = 0;
	free(owner);
	return true;
}

static void
by_member_free(struct by_member *b)
{
	free(b->first);
	free(b->places);
}

/* -- an answer -- */

/*
 * With the closed days around it, as far as they are in the gap: they hold
 * nothing, so that the day answers for them.
 */
static struct range
with_closed_days(const struct unit *u, struct range day, struct range gap)
{
	const struct grid *g = &u->grid;
	md_date date = calendar_date(g->calendar, g->class, day.to);

	while (day.to < gap.to &&
	       !calendar_trades(g->calendar, g->class, g->timeframe, day.to,
		   calendar_midnight(g->calendar, g->class, date + 1)))
		day.to = calendar_midnight(g->calendar, g->class, ++date);
	if (day.to > gap.to)
		day.to = gap.to;
	if (gap.from < day.from && !calendar_trades(g->calendar, g->class,
				       g->timeframe, gap.from, day.from))
		day.from = gap.from;
	return day;
}

static bool
cut_gap(struct unit *u, struct range r)
{
	struct ranges left = { NULL, 0, 0 };

	for (size_t i = 0; i < u->gaps.len; i++) {
		struct range gap = u->gaps.v[i];

		if (!ranges_add(&left, gap.from,
			gap.to < r.from ? gap.to : r.from) ||
		    !ranges_add(&left, gap.from > r.to ? gap.from : r.to,
			gap.to)) {
			ranges_free(&left);
			return false;
		}
	}
	ranges_free(&u->gaps);
	u->gaps = left;
	return true;
}

/* One series' part of the answer, checked, as the next of the batch. */
static bool
add_item(struct batch *b, const struct grouped_call *c, struct unit *u,
    struct grouped_rows *rows)
{
	struct item *item = &b->items[b->len];
	struct page_put *put = &b->puts[b->len];
	struct range day = day_of(c);
	struct range covers = with_closed_days(u, day, *gap_with(u, c));
	struct bar *bars = calloc(rows->n + 1, sizeof(*bars));

	u->asked = (struct asked){
		.ticker = u->record.symbol,
		.grid = u->grid,
		.from = day.from,
		.to = covers.to,
		.asked_at = c->asked_at,
		.cover_to = covers.to,
		.cursor = covers.from,
	};
	rows->day = day;
	memset(item, 0, sizeof(*item));
	item->verified = (struct verified)VERIFIED_INIT;
	memset(put, 0, sizeof(*put));
	if (bars == NULL ||
	    !grouped_verify(&u->asked, rows, bars, &item->verified) ||
	    !put_verified(&item->verified, &item->rejected, put) ||
	    !cut_gap(u, covers)) {
		item->verified.bars = NULL;
		item_free(item);
		free(bars);
		return false;
	}
	item->unit = u;
	item->lease = u->lease;
	item->features = u->days == 1;
	put->grid = u->grid;
	put->now = run_now(c->run);
	put->asked_at = c->asked_at;
	put->wall = md_now_ms();
	put->cursor = covers.from;
	u->record.bars.received +=
	    (int64_t)(put->len + item->verified.refused_len);
	u->record.bars.rejected += (int64_t)item->verified.refused_len;
	u->asked_any = true;
	u->pages++;
	b->len++;
	return true;
}

/* False: out of memory; who has not been served yet asks by itself. */
static bool
serve(struct grouped_call *c, const struct page *page,
    const struct by_member *sorted)
{
	struct run *r = c->run;
	struct batch *b = NULL;
	bool good = true;

	for (size_t i = 0; good && i < r->members_len; i++) {
		struct unit *u = r->members[i];
		size_t first = sorted->first[i];
		struct grouped_rows rows = { page, &sorted->places[first],
			sorted->first[i + 1] - first, { 0, 0 } };

		if (u->state != UNIT_GROUPED || gap_with(u, c) == NULL)
			continue;
		if (b == NULL)
			b = calloc(1, sizeof(*b));
		good = b != NULL && add_item(b, c, u, &rows);
		if (good && b->len == BATCH) {
			batch_submit(r, b);
			b = NULL;
		}
		if (good)
			day_over(u);
	}
	if (b != NULL && b->len > 0)
		batch_submit(r, b);
	else
		batch_free(b);
	return good;
}

static bool
on_page(void *ctx, struct page *page, bool last, struct md_error *e)
{
	struct grouped_call *c = ctx;
	struct by_member sorted = { NULL, NULL };
	bool good;

	if (!last)
		return md_fail(e, MD_EDATA,
		    "a day of all symbols that does not come in one answer");
	c->run->calls_done++;
	c->run->grouped_good[c->what.market] = true;
	log_write(c->run->o->log, LOG_DEBUG, "a day of %s: %zu rows",
	    grouped_market_name(c->what.market), page->len + page->refused_len);
	good = sort_rows(c->run, page, &sorted) && serve(c, page, &sorted);
	by_member_free(&sorted);
	return good || md_nomem(e);
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
	return st->ops->grouped_deny(st, &((struct deny_task *)t)->denial, e);
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
		c->asked_at };
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
		    gap_with(u, c) != NULL)
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
			 gap_with(r->members[i], c) != NULL;
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
