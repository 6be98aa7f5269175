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

/* What a member is called on the day of an answer. */
struct member_name {
	const char *text;
	size_t member;
};

/*
 * The rows of a page by name: places[first[n]] to places[first[n + 1]] for the
 * n-th of the members' names, each once; member m has the name of[m].  Rows of
 * no member are last.
 */
struct by_name {
	struct member_name *names;
	size_t len;
	size_t *of, *first, *places;
};

static int
compare_names(const void *a, const void *b)
{
	const struct member_name *x = a, *y = b;

	return strcmp(x->text, y->text);
}

/* Members are sorted by symbol, and mostly that is their name. */
static void
sort_names(const struct day_job *c, struct by_name *out)
{
	const struct run *r = c->job.run;
	struct member_name *v = out->names;
	bool sorted = true;

	for (size_t m = 0; m < r->members_len; m++) {
		const struct series_job *j = r->members[m];

		v[m].member = m;
		v[m].text =
		    names_on(&j->series->names, j->record.symbol, c->what.date);
		sorted =
		    sorted && (m == 0 || compare_names(&v[m - 1], &v[m]) <= 0);
	}
	if (!sorted)
		qsort(v, r->members_len, sizeof(*v), compare_names);
	out->len = 0;
	for (size_t i = 0; i < r->members_len; i++) {
		if (out->len == 0 ||
		    strcmp(v[out->len - 1].text, v[i].text) != 0)
			v[out->len++].text = v[i].text;
		out->of[v[i].member] = out->len - 1;
	}
}

static size_t
find_name(const struct by_name *b, const char *text)
{
	const struct member_name name = { text, 0 };
	const struct member_name *found =
	    b->len == 0 ? NULL
			: bsearch(&name, b->names, b->len, sizeof(*b->names),
			      compare_names);

	return found == NULL ? b->len : (size_t)(found - b->names);
}

/* Counted, then placed. */
static void
place_rows(const struct page *page, size_t *owner, struct by_name *out)
{
	size_t at = 0;

	for (size_t i = 0; i < page->len; i++) {
		owner[i] = find_name(out, page->names[i].text);
		out->first[owner[i]]++;
	}
	for (size_t n = 0; n <= out->len; n++) {
		size_t rows = out->first[n];

		out->first[n] = at;
		at += rows;
	}
	for (size_t i = 0; i < page->len; i++)
		out->places[out->first[owner[i]]++] = i;
	/* Each has moved to where the next begins. */
	memmove(out->first + 1, out->first,
	    (out->len + 1) * sizeof(*out->first));
	out->first[0] = 0;
}

static bool
sort_rows(const struct day_job *c, const struct page *page, struct by_name *out)
{
	size_t members = c->job.run->members_len;
	size_t *owner = calloc(page->len + 1, sizeof(*owner));

	out->names = calloc(members + 1, sizeof(*out->names));
	out->of = calloc(members + 1, sizeof(*out->of));
	out->first = calloc(members + 2, sizeof(*out->first));
	out->places = calloc(page->len + 1, sizeof(*out->places));
	if (owner == NULL || out->names == NULL || out->of == NULL ||
	    out->first == NULL || out->places == NULL) {
		free(owner);
		return false;
	}
	sort_names(c, out);
	place_rows(page, owner, out);
	free(owner);
	return true;
}

static void
by_name_free(struct by_name *b)
{
	free(b->names);
	free(b->of);
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
		.ticker =
		    names_on(&j->series->names, j->record.symbol, c->what.date),
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
serve(struct day_job *c, const struct page *page, const struct by_name *sorted)
{
	struct run *r = c->job.run;
	struct batch *b = NULL;
	bool good = true;

	for (size_t i = 0; good && i < r->members_len; i++) {
		struct series_job *j = r->members[i];
		size_t name = sorted->of[i], first = sorted->first[name];
		struct grouped_rows rows = { page, &sorted->places[first],
			sorted->first[name + 1] - first, .day = { 0, 0 } };

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
	struct by_name sorted = { .names = NULL };
	const struct run *r = c->job.run;
	bool good = sort_rows(c, page, &sorted) && serve(c, page, &sorted);

	if (good && r->o->store_all) {
		size_t ours = sorted.first[sorted.len];

		good = store_unrequested_rows(c, page, sorted.places + ours,
		    page->len - ours);
	}
	by_name_free(&sorted);
	return good;
}
