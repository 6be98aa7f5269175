/*
 * Storing what flat files have: a few hundred series at a time, each with all
 * of its days, checked as the rows of their own calls are.
 */
#include <stdlib.h>
#include <string.h>

#include "backfill/files.h"
#include "base/array.h"
#include "base/integer.h"
#include "plan/plan.h"

/* Series that are stored in one transaction, and their rows, about. */
#define CHUNK_SERIES 256
#define CHUNK_ROWS   ((size_t)200000)

/* A range of one series on its way. */
struct item {
	size_t place; /* of its series in the chunk */
	struct asked asked;
	struct page page; /* its ticker is borrowed */
	size_t refused_cap;
	struct verified verified;
	struct rejected *rejected;
};

struct chunk {
	struct task claim, put; /* one after the other */
	struct files *files;
	size_t members[CHUNK_SERIES];
	int64_t ids[CHUNK_SERIES];
	struct lease leases[CHUNK_SERIES];
	struct coverage coverage[CHUNK_SERIES];
	size_t len;
	bool claimed;
	struct item **items;
	size_t items_len, items_cap;
	struct page_put *puts;
	struct page_counts *counts;
	bool *lost;
};

/* -- what a series lacks -- */

const struct range *
file_member_gap(const struct ranges *gaps, const struct ranges *again,
    struct range day)
{
	const struct range *gap = flat_gap(gaps, day);

	return gap != NULL ? gap : flat_gap(again, day);
}

bool
file_member_gaps(const struct run *r, const struct file_member *m,
    const struct coverage *c, struct ranges *out)
{
	struct finality_rule rule =
	    plan_finality(r->o, r->withheld, m->grid.class);

	out->len = 0;
	return plan_gaps(&m->grid, &rule, c, m->wanted, run_now(r),
		   r->o->refresh, out) &&
	       ranges_cut(out, &m->filed->unfiled);
}

/* -- rows to their items -- */

static void
item_free(struct item *i)
{
	if (i == NULL)
		return;
	for (size_t k = 0; k < i->page.refused_len; k++)
		free(i->page.refused[k].raw);
	free(i->page.refused);
	free(i->page.bars);
	free(i->rejected);
	verified_free(&i->verified);
	free(i);
}

/* Adopts the row's text, also on failure. */
static bool
add_refusal(struct item *i, struct page_refusal row)
{
	struct page_refusal *v =
	    row.raw == NULL ? NULL
			    : array_room(i->page.refused, i->page.refused_len,
				  &i->refused_cap, sizeof(*v));

	if (v == NULL) {
		free(row.raw);
		return false;
	}
	i->page.refused = v;
	v[i->page.refused_len++] = row;
	return true;
}

static bool
refuse_bar(struct item *i, const struct bar *bar)
{
	struct buf text = BUF_INIT;
	struct page_refusal row = { .has_t = true,
		.t = bar->t,
		.reason = "in the file of another day" };

	bar_write(bar, &text);
	row.raw = buf_ok(&text) ? buf_take(&text) : NULL;
	buf_free(&text);
	return add_refusal(i, row);
}

/* A run's rows, behind those that the item has. */
static bool
read_run(const struct files *f, struct item *i, const struct file_run *run,
    struct md_error *e)
{
	while (i->page.cap < i->page.len + run->len) {
		struct bar *v = array_room(i->page.bars, i->page.cap,
		    &i->page.cap, sizeof(*v));

		if (v == NULL)
			return md_nomem(e);
		i->page.bars = v;
	}
	return spool_read(f->spool, run->at, i->page.bars + i->page.len,
	    run->len * sizeof(*i->page.bars), e);
}

/* The rows of a day that are of the part asked for; what lies beyond it, but on
 * the file's day, is there already. */
static bool
add_bars(const struct files *f, struct item *i, const struct file_day *d,
    const struct file_run *run, struct range part, struct md_error *e)
{
	const struct bar *b;
	size_t n = i->page.len;

	if (!read_run(f, i, run, e))
		return false;
	b = i->page.bars + n;
	for (const struct bar *end = b + run->len; b < end; b++) {
		if (b->t < d->proved.from || b->t >= d->proved.to) {
			if (!refuse_bar(i, b))
				return md_nomem(e);
			continue;
		}
		if (b->t < part.from || b->t >= part.to)
			continue;
		i->page.bars[n++] = *b;
	}
	i->page.len = n;
	return true;
}

static bool
add_refused(struct item *i, const struct file_day *d, size_t member)
{
	size_t low = 0, high = d->refused_len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (d->refused[mid].member < member)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < d->refused_len && d->refused[low].member == member;
	     low++) {
		struct page_refusal row = d->refused[low].row;

		row.raw = strdup(row.raw);
		if (!add_refusal(i, row))
			return false;
	}
	return true;
}

/* The first of the member's runs; runs_len or another's: none. */
static size_t
first_run(const struct file_day *d, size_t member)
{
	size_t low = 0, high = d->runs_len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (d->runs[mid].member < member)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool
add_day(const struct files *f, struct item *i, const struct file_day *d,
    size_t member, struct range part, struct md_error *e)
{
	for (size_t k = first_run(d, member);
	     k < d->runs_len && d->runs[k].member == member; k++)
		if (!add_bars(f, i, d, &d->runs[k], part, e))
			return false;
	return add_refused(i, d, member) || md_nomem(e);
}

/* -- a series -- */

/*
 * What of the file's day the series takes: nothing if it is not a whole day
 * that it lacks, or its days are others.
 */
static bool
part_of(const struct grid *g, const struct ranges *gaps,
    const struct ranges *again, const struct file_day *d, struct range *part,
    struct range *gap)
{
	const struct range *in = file_member_gap(gaps, again, d->day);

	if (!d->good || in == NULL)
		return false;
	*gap = *in;
	*part = (struct range){ max64(d->proved.from, in->from),
		min64(d->proved.to, in->to) };
	if (part->from >= part->to)
		return false;
	if (g->timeframe != TF_1D || g->kind == GRID_UNKNOWN)
		return true;
	return grid_start(g, part->from) == part->from &&
	       grid_end(g, part->from) == part->to;
}

static struct item *
item_create(struct chunk *c, size_t place)
{
	struct item **v = array_room((void *)c->items, c->items_len,
	    &c->items_cap, sizeof(struct item *));
	struct item *i = v == NULL ? NULL : calloc(1, sizeof(*i));

	if (v != NULL)
		c->items = v;
	if (i == NULL)
		return NULL;
	v[c->items_len++] = i;
	i->place = place;
	i->page.results_count = -1;
	i->verified = (struct verified)VERIFIED_INIT;
	return i;
}

/* Its days in order; those between which nothing trades are asked for as one
 * range, which extends over what is closed around it. */
static bool
add_member(struct chunk *c, size_t place, struct md_error *e)
{
	struct files *f = c->files;
	size_t member = c->members[place];
	struct file_member *m = &f->members[member];
	struct ranges gaps = { NULL, 0, 0 };
	struct grid g = m->grid;
	struct item *i = NULL;
	struct range part, gap;
	bool good = file_member_gaps(f->run, m, &c->coverage[place], &gaps) ||
		    md_nomem(e);

	if (c->leases[place].grid != GRID_UNKNOWN)
		g.kind = c->leases[place].grid;
	for (size_t k = 0; good && k < f->days_len; k++) {
		const struct file_day *d = &f->days[k];

		/* What it lacks only since the file was read, its rows were not
		 * kept for. */
		if (file_member_gap(&m->gaps, &m->again, d->day) == NULL ||
		    !part_of(&g, &gaps, &m->again, d, &part, &gap))
			continue;
		if (i == NULL || grid_may_trade(&g, i->asked.to, part.from)) {
			i = item_create(c, place);
			if (i != NULL)
				i->asked.from =
				    grid_may_trade(&g, gap.from, part.from)
					? part.from
					: gap.from;
		}
		good =
		    i == NULL ? md_nomem(e) : add_day(f, i, d, member, part, e);
		if (good) {
			i->asked.grid = g;
			i->asked.to = grid_may_trade(&g, part.to, gap.to)
					  ? part.to
					  : max64(part.to, gap.to);
		}
	}
	ranges_free(&gaps);
	return good;
}

/* -- a chunk -- */

static void
chunk_free(struct chunk *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->items_len; i++)
		item_free(c->items[i]);
	for (size_t i = 0; i < CHUNK_SERIES; i++)
		coverage_free(&c->coverage[i]);
	free((void *)c->items);
	free(c->puts);
	free(c->counts);
	free(c->lost);
	free(c);
}

static bool
claim_run(struct task *t, struct store *st, struct md_error *e)
{
	struct chunk *c = (struct chunk *)t;

	return store_claim_all(st, c->ids, c->len, c->files->run->execution.id,
	    md_now_ms(), c->leases, c->coverage, e);
}

static void
claim_done(struct task *t)
{
	struct chunk *c = (struct chunk *)t;

	c->claimed = true;
	if (t->error.code != MD_OK)
		run_fatal(c->files->run, &t->error);
}

/* Does it take any of the days at hand? */
static bool
takes_any(const struct files *f, const struct file_member *m)
{
	for (size_t i = 0; i < f->days_len; i++)
		if (f->days[i].good && file_member_gap(&m->gaps, &m->again,
					   f->days[i].day) != NULL)
			return true;
	return false;
}

/* The next series, from *at on, on their way to be claimed; *out null: there
 * are none.  False: out of memory. */
static bool
chunk_begin(struct files *f, size_t *at, struct chunk **out)
{
	struct chunk *c = calloc(1, sizeof(*c));
	size_t rows = 0;

	*out = NULL;
	if (c == NULL)
		return false;
	c->files = f;
	for (;
	     *at < f->members_len && c->len < CHUNK_SERIES && rows < CHUNK_ROWS;
	     ++*at) {
		if (!takes_any(f, &f->members[*at]))
			continue;
		c->members[c->len] = *at;
		c->ids[c->len++] = f->members[*at].series->id;
		rows += f->members[*at].rows;
	}
	if (c->len == 0) {
		free(c);
		return true;
	}
	c->claim.run = claim_run;
	c->claim.done = claim_done;
	c->claim.urgent = true;
	writer_submit(f->run->writer, &c->claim);
	*out = c;
	return true;
}

static bool
put_run(struct task *t, struct store *st, struct md_error *e)
{
	struct chunk *c =
	    (struct chunk *)(void *)((char *)t - offsetof(struct chunk, put));

	return store_put_pages(st, c->puts, c->items_len, c->counts, c->lost,
		   e) &&
	       store_release_all(st, c->leases, c->len, e);
}

/* What was stored is the series', and not asked for again. */
static bool
count(struct chunk *c, size_t i)
{
	const struct item *item = c->items[i];
	struct filed *to = c->files->members[c->members[item->place]].filed;

	if (c->lost[i])
		return true;
	to->counts.received +=
	    (int64_t)(item->verified.len + item->verified.refused_len);
	to->counts.inserted += c->counts[i].inserted;
	to->counts.updated += c->counts[i].updated;
	to->counts.unchanged += c->counts[i].unchanged;
	to->counts.rejected +=
	    c->counts[i].rejected + (int64_t)item->verified.refused_len;
	return ranges_join(&to->done, item->asked.from, item->asked.to);
}

static void
put_done(struct task *t)
{
	struct chunk *c =
	    (struct chunk *)(void *)((char *)t - offsetof(struct chunk, put));
	struct md_error e = t->error;

	for (size_t i = 0; e.code == MD_OK && i < c->items_len; i++)
		if (!count(c, i))
			(void)md_nomem(&e);
	if (e.code != MD_OK)
		run_fatal(c->files->run, &e);
	chunk_free(c);
}

/* An item's rows checked, as what is put. */
static bool
verify_item(struct chunk *c, struct item *i, struct page_put *put)
{
	struct files *f = c->files;
	const struct stored_series *s = f->members[c->members[i->place]].series;
	char ticker[SYMBOL_MAX];
	bool good;

	memcpy(ticker, s->symbol, sizeof(ticker));
	i->page.ticker = ticker;
	i->asked.ticker = s->symbol;
	i->asked.asked_at = run_now(f->run);
	i->asked.cover_to = i->asked.to;
	i->asked.cursor = i->asked.from;
	i->asked.older = knowledge_older(&c->coverage[i->place], i->asked.from);
	put->cursor = i->asked.from;
	good = verify_page(&i->asked, &i->page, true, &i->verified) &&
	       put_verified(&i->verified, &i->rejected, put);
	i->page.ticker = NULL;
	put->lease = &c->leases[i->place];
	put->grid = i->asked.grid;
	put->now = run_now(f->run);
	put->asked_at = i->asked.asked_at;
	put->wall = md_now_ms();
	put->had_derived = s->derived;
	put->source = SOURCE_FILE;
	return good;
}

static void
chunk_submit(struct chunk *c)
{
	c->put.run = put_run;
	c->put.done = put_done;
	c->put.heavy = true;
	writer_submit(c->files->run->writer, &c->put);
}

/* Adopts the chunk. */
static bool
chunk_put(struct chunk *c, struct md_error *e)
{
	bool good = true, room;

	for (size_t i = 0; good && i < c->len; i++)
		good = c->leases[i].series_id == 0 || add_member(c, i, e);
	c->puts = calloc(c->items_len + 1, sizeof(*c->puts));
	c->counts = calloc(c->items_len + 1, sizeof(*c->counts));
	c->lost = calloc(c->items_len + 1, sizeof(*c->lost));
	room = c->puts != NULL && c->counts != NULL && c->lost != NULL;
	if (good && !room)
		good = md_nomem(e);
	for (size_t i = 0; good && room && i < c->items_len; i++)
		good = verify_item(c, c->items[i], &c->puts[i]) || md_nomem(e);
	if (!good) {
		chunk_free(c);
		return false;
	}
	chunk_submit(c);
	return true;
}

static void
count_rows(struct files *f)
{
	for (size_t i = 0; i < f->members_len; i++)
		f->members[i].rows = 0;
	for (size_t i = 0; i < f->days_len; i++)
		for (size_t k = 0; k < f->days[i].runs_len; k++)
			f->members[f->days[i].runs[k].member].rows +=
			    f->days[i].runs[k].len;
}

/* The next series are claimed while those before them are stored. */
bool
files_store(struct files *f, struct md_error *e)
{
	struct chunk *c = NULL, *next;
	size_t at = 0;
	bool good;

	count_rows(f);
	good = chunk_begin(f, &at, &c) || md_nomem(e);
	while (good && c != NULL) {
		while (!c->claimed)
			files_breathe(f, true);
		if (!files_go_on(f))
			break;
		next = NULL;
		good =
		    chunk_begin(f, &at, &next) ? chunk_put(c, e) : md_nomem(e);
		c = next;
	}
	writer_drain(f->run->writer);
	if (c != NULL && c->claimed) {
		/* Nothing of it is stored: what was claimed is given back. */
		chunk_submit(c);
		writer_drain(f->run->writer);
	} else
		chunk_free(c);
	return good;
}
