#include "report/quality.h"

#include <stdlib.h>
#include <string.h>

#include "report/bars.h"

struct judging {
	struct quality_report *r;
	const struct series_row *series;
	struct quality quality;
	bool failed; /* out of memory */
};

static bool
take(void *ctx, const struct doubtful_bar *bar)
{
	struct judging *j = ctx;
	struct quality_find *v;

	j->r->counts[bar->rule]++;
	if (j->r->query->limit > 0 && j->r->finds.len >= j->r->query->limit)
		return true;
	v = quality_finds_append(&j->r->finds);
	j->failed = v == NULL;
	if (v == NULL)
		return false;
	memcpy(v->symbol, j->series->symbol, sizeof(v->symbol));
	v->timeframe = j->series->facts.timeframe;
	v->bar = *bar;
	return true;
}

static bool
each_row(void *ctx, const struct bars_row *row)
{
	struct judging *j = ctx;

	return quality_bar(&j->quality, &row->bar);
}

/* Adjusted for splits: one is no spike. */
static bool
judge(struct store *st, struct quality_report *r, const struct series_row *row,
    struct md_error *e)
{
	const struct quality_query *q = r->query;
	const struct bars_query query = {
		.calendar = q->calendar,
		.now_ms = q->now_ms,
		.to = { .kind = BARS_END_TIME, .ms = q->now_ms },
	};
	const struct bars_series series = { *row, *row };
	struct judging *j = malloc(sizeof(*j));
	int64_t rows = 0;
	bool good;

	if (j == NULL)
		return md_nomem(e);
	*j = (struct judging){ .r = r, .series = row };
	quality_begin(&j->quality, q->bounds, q->calendar, row->facts.class,
	    row->facts.timeframe, take, j);
	good = bars_read(st, &query, &series, each_row, j, &rows, e);
	if (good)
		(void)quality_end(&j->quality);
	if (good && j->failed)
		good = md_nomem(e);
	r->series++;
	r->bars += rows;
	free(j);
	return good;
}

static bool
is_wanted(const struct quality_query *q, const char *symbol)
{
	for (size_t i = 0; i < q->symbols_len; i++)
		if (strcmp(q->symbols[i], symbol) == 0)
			return true;
	return q->symbols_len == 0;
}

static bool
are_there(const struct quality_query *q, const struct series_rows *rows,
    struct md_error *e)
{
	for (size_t i = 0; i < q->symbols_len; i++) {
		bool there = false;

		for (size_t k = 0; !there && k < rows->len; k++)
			there = strcmp(rows->v[k].symbol, q->symbols[i]) == 0;
		if (!there)
			return md_fail(e, MD_EUSAGE,
			    "%.32s: the store has no active series of it",
			    q->symbols[i]);
	}
	return true;
}

bool
quality_read(struct store *st, const struct quality_query *q,
    struct quality_report *r, struct md_error *e)
{
	struct series_rows rows = { NULL, 0, 0 };
	bool good;

	memset(r, 0, sizeof(*r));
	r->query = q;
	good = store_report_series(st, &rows, e) && are_there(q, &rows, e);
	if (good && rows.len > 0)
		qsort(rows.v, rows.len, sizeof(*rows.v), series_row_compare);
	for (size_t i = 0; good && i < rows.len; i++)
		if (rows.v[i].facts.has_bars && is_wanted(q, rows.v[i].symbol))
			good = judge(st, r, &rows.v[i], e);
	series_rows_free(&rows);
	return good;
}

void
quality_report_free(struct quality_report *r)
{
	quality_finds_free(&r->finds);
}
