/*
 * What a day's call brings of symbols that the run does not want: it came for
 * nothing, and is kept where that is wished.
 */
#include <stdlib.h>
#include <string.h>

#include "backfill/internal.h"

/* Series that are stored in one transaction. */
#define BATCH 256

struct spare {
	struct bar bar;
	struct asked asked;
	struct verified verified;
	struct rejected *rejected;
};

struct spare_task {
	struct task task;
	struct run *run;
	enum asset_class class;
	size_t len;
	struct page_name names[BATCH];
	struct spare rows[BATCH];
	struct page_put puts[BATCH];
	struct page_counts counts[BATCH];
	struct lease leases[BATCH];
	bool lost[BATCH];
};

/* Series that another run, or another part of this one, holds get theirs
 * there. */
static bool
spare_run(struct task *t, struct store *st, struct md_error *e)
{
	struct spare_task *s = (struct spare_task *)t;
	size_t n = 0;
	bool good;

	if (!store_claim_unrequested(st, s->names, s->len, s->class,
		s->run->execution.id, md_now_ms(), s->leases, e))
		return false;
	for (size_t i = 0; i < s->len; i++) {
		if (s->leases[i].series_id == 0)
			continue;
		/* The series' days are others than the market's. */
		if (s->leases[i].grid != GRID_UNKNOWN &&
		    s->leases[i].grid != s->puts[i].grid.kind) {
			if (!store_release(st, &s->leases[i], e))
				return false;
			continue;
		}
		s->leases[n] = s->leases[i];
		s->puts[n] = s->puts[i];
		s->puts[n].lease = &s->leases[n];
		s->puts[n].now = run_now(s->run);
		s->puts[n].wall = md_now_ms();
		n++;
	}
	good = store_put_pages(st, s->puts, n, s->counts, s->lost, e);
	for (size_t i = 0; good && i < n; i++)
		good = s->lost[i] || store_release(st, &s->leases[i], e);
	return good;
}

static void
spare_free(struct spare_task *s)
{
	for (size_t i = 0; s != NULL && i < s->len; i++) {
		free(s->rows[i].rejected);
		verified_free(&s->rows[i].verified);
	}
	free(s);
}

static void
spare_done(struct task *t)
{
	struct spare_task *s = (struct spare_task *)t;

	if (t->error.code != MD_OK)
		run_fatal(s->run, &t->error);
	spare_free(s);
}

static bool
add_row(struct spare_task *s, const struct day_job *c, const struct page *page,
    size_t place)
{
	struct spare *row = &s->rows[s->len];
	struct page_put *put = &s->puts[s->len];
	struct grouped_rows one = { page, &place, 1, c->job.run->calendar,
		c->what.market, c->what.date, day_range(c, GRID_UNKNOWN) };

	memcpy(&s->names[s->len], &page->names[place], sizeof(*s->names));
	row->verified = (struct verified)VERIFIED_INIT;
	row->asked = (struct asked){
		.ticker = s->names[s->len].text,
		.grid = { c->job.run->calendar, s->class, TF_1D, GRID_UNKNOWN },
		.from = one.day.from,
		.to = one.day.to,
		.asked_at = c->asked_at,
		.cover_to = one.day.to,
		.cursor = one.day.from,
	};
	s->len++;
	if (!grouped_verify(&row->asked, &one, &row->bar, &row->verified) ||
	    !put_verified(&row->verified, &row->rejected, put))
		return false;
	put->grid = row->asked.grid;
	put->asked_at = c->asked_at;
	put->cursor = one.day.from;
	put->source = SOURCE_GROUPED;
	return true;
}

static struct spare_task *
task_create(const struct day_job *c)
{
	struct spare_task *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->task.run = spare_run;
	s->task.done = spare_done;
	s->task.heavy = true;
	s->run = c->job.run;
	s->class = grouped_market_class(c->what.market);
	return s;
}

/* Could a user name it, as one of that market, and is it not another's name on
 * that day? */
static bool
is_symbol(const struct day_job *c, const char *text)
{
	enum asset_class class = grouped_market_class(c->what.market);
	const struct former_names names =
	    renames_of(&c->job.run->renames, text);
	char symbol[SYMBOL_MAX];
	struct md_error e;

	if (strcmp(names_on(&names, text, c->what.date), text) != 0)
		return false;
	return text[0] != '\0' && symbol_class(text) == class &&
	       symbol_normalize(text, class, symbol, &e) &&
	       strcmp(symbol, text) == 0;
}

bool
store_unrequested_rows(const struct day_job *c, const struct page *page,
    const size_t *places, size_t n)
{
	struct spare_task *s = NULL;
	bool good = true;

	for (size_t i = 0; good && i < n; i++) {
		if (!is_symbol(c, page->names[places[i]].text))
			continue;
		if (s == NULL)
			s = task_create(c);
		good = s != NULL && add_row(s, c, page, places[i]);
		if (good && s->len == BATCH) {
			writer_submit(c->job.run->writer, &s->task);
			s = NULL;
		}
	}
	if (good && s != NULL && s->len > 0)
		writer_submit(c->job.run->writer, &s->task);
	else
		spare_free(s);
	return good;
}
