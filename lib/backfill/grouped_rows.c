/*
 * The rows of a day's answer on their way to the series that lack it: checked
 * as rows of their own calls are, and stored many series at a time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backfill/internal.h"

/* Series whose rows are stored in one transaction. */
#define BATCH 256

/* -- storing the rows of a batch of series -- */

struct item {
	struct series_job *owner;
	struct lease lease;
	struct verified verified;
	struct rejected *rejected;
	struct range denied;
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

	if (!store_put_pages(st, b->puts, b->len, b->counts, b->lost, e))
		return false;
	for (size_t i = 0; i < b->len; i++)
		if (!b->lost[i] && b->items[i].features)
			series_features_page(b->items[i].owner, st, &b->puts[i],
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
		series_page_stored(b->items[i].owner, &b->counts[i], &e);
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

/* Counted, then placed; rows of no member are last. */
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
with_closed_days(const struct series_job *j, struct range day, struct range gap)
{
	enum grouped_market m;
	const struct grid *g = &j->grid;
	const struct calendar *cal = g->calendar;
	struct range next = day;
	md_date date;

	if (!grouped_market_of(g->class, &m))
		return day;
	date = grouped_first(cal, m, j->days_kind, day.from);
	while (next.to < gap.to) {
		next = grouped_day(cal, m, j->days_kind, ++date);
		if (grid_may_trade(g, next.from, next.to))
			break;
		day.to = next.to;
	}
	if (day.to > gap.to)
		day.to = gap.to;
	if (gap.from < day.from && !grid_may_trade(g, gap.from, day.from))
		day.from = gap.from;
	return day;
}

static bool
cut_gap(struct series_job *j, struct range r)
{
	return ranges_cut(&j->gaps, &(struct ranges){ &r, 1, 1 });
}

/* No row says that the series had none: nobody's day is in the plan yet. */
static void
withhold(struct item *item, struct series_job *j, struct page_put *put,
    struct range day)
{
	item->denied = day;
	put->denied = &item->denied;
	put->denied_len = 1;
	put->doubted_len = put->empty_len = 0;
	(void)snprintf(j->record.note, sizeof(j->record.note),
	    "the newest bars are not in the plan yet (no symbol has any)");
}

/* One series' part of the answer, checked, as the next of the batch. */
static bool
add_item(struct batch *b, const struct day_job *c, struct series_job *j,
    struct grouped_rows *rows)
{
	struct item *item = &b->items[b->len];
	struct page_put *put = &b->puts[b->len];
	struct range day = day_range(c, j->days_kind);
	struct range covers = with_closed_days(j, day, *day_gap(j, c));
	struct bar *bars = calloc(rows->n + 1, sizeof(*bars));

	j->asked = (struct asked){
		.ticker = j->record.symbol,
		.grid = j->grid,
		.from = day.from,
		.to = covers.to,
		.asked_at = c->asked_at,
		.cover_to = covers.to,
		.cursor = covers.from,
		.older = knowledge_older(&j->coverage, covers.from),
	};
	rows->calendar = j->grid.calendar;
	rows->market = c->what.market;
	rows->date = c->what.date;
	rows->day = day;
	memset(item, 0, sizeof(*item));
	item->verified = (struct verified)VERIFIED_INIT;
	memset(put, 0, sizeof(*put));
	if (bars == NULL ||
	    !grouped_verify(&j->asked, rows, bars, &item->verified) ||
	    !put_verified(&item->verified, &item->rejected, put) ||
	    !cut_gap(j, covers)) {
		item->verified.bars = NULL;
		item_free(item);
		free(bars);
		return false;
	}
	if (c->withheld)
		withhold(item, j, put, day);
	item->owner = j;
	item->lease = j->job.lease;
	item->features = j->days == 1;
	series_note_grid(j, put);
	put->now = run_now(c->job.run);
	put->asked_at = c->asked_at;
	put->wall = md_now_ms();
	put->cursor = covers.from;
	put->source = SOURCE_GROUPED;
	series_note_granted(j, put);
	j->record.bars.received +=
	    (int64_t)(put->len + item->verified.refused_len);
	series_count_refused(j, &item->verified);
	j->asked_any = true;
	j->pages++;
	b->len++;
	return true;
}

/* False: out of memory; who has not been served yet asks by itself. */
static bool
serve(struct day_job *c, const struct page *page,
    const struct by_member *sorted)
{
	struct run *r = c->job.run;
	struct batch *b = NULL;
	bool good = true;

	for (size_t i = 0; good && i < r->members_len; i++) {
		struct series_job *j = r->members[i];
		size_t first = sorted->first[i];
		struct grouped_rows rows = { page, &sorted->places[first],
			sorted->first[i + 1] - first, .day = { 0, 0 } };

		if (j->job.state != STATE_JOINED || day_gap(j, c) == NULL)
			continue;
		if (b == NULL)
			b = calloc(1, sizeof(*b));
		good = b != NULL && add_item(b, c, j, &rows);
		if (good && b->len == BATCH) {
			batch_submit(r, b);
			b = NULL;
		}
		if (good)
			job_go(&j->job, day_ended_for(j));
	}
	if (b != NULL && b->len > 0)
		batch_submit(r, b);
	else
		batch_free(b);
	return good;
}

bool
day_deliver(struct day_job *c, const struct page *page)
{
	struct by_member sorted = { NULL, NULL };
	const struct run *r = c->job.run;
	bool good = sort_rows(r, page, &sorted) && serve(c, page, &sorted);

	if (good && r->o->store_all) {
		size_t ours = sorted.first[r->members_len];

		good = store_unrequested_rows(c, page, sorted.places + ours,
		    page->len - ours);
	}
	by_member_free(&sorted);
	return good;
}
