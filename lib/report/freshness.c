#include "report/freshness.h"
#include "store/report.h"

#include <stdlib.h>
#include <string.h>

/* -- which series are meant -- */

/* The symbols that were named, to be looked up for every series. */
struct names {
	const struct symbol_entry **v; /* sorted */
	bool *seen;                    /* an active series of it was */
	size_t len;
};

static int
compare_entries(const void *a, const void *b)
{
	const struct symbol_entry *const *x = a, *const *y = b;

	return strcmp((*x)->symbol, (*y)->symbol);
}

static bool
names_make(struct names *n, const struct symbol_list *l, struct md_error *e)
{
	memset(n, 0, sizeof(*n));
	if (l == NULL || l->len == 0)
		return true;
	n->v = calloc(l->len, sizeof(*n->v));
	n->seen = calloc(l->len, sizeof(*n->seen));
	if (n->v == NULL || n->seen == NULL)
		return md_nomem(e);
	n->len = l->len;
	for (size_t i = 0; i < l->len; i++)
		n->v[i] = &l->v[i];
	qsort(n->v, n->len, sizeof(*n->v), compare_entries);
	return true;
}

static void
names_free(struct names *n)
{
	free(n->v);
	free(n->seen);
}

/* Timeframes that are meant of that symbol, of those that are usual: bits. */
static unsigned
names_timeframes(struct names *n, const char *symbol, unsigned usual)
{
	size_t low = 0, high = n->len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(n->v[middle]->symbol, symbol);

		if (order == 0) {
			n->seen[middle] = true;
			return n->v[middle]->timeframes != 0
				   ? n->v[middle]->timeframes & usual
				   : usual;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

static bool
is_meant(const struct freshness_query *q, struct names *n,
    const struct series_row *s)
{
	unsigned timeframes = q->timeframes;

	if (q->symbols != NULL)
		timeframes = names_timeframes(n, s->symbol, timeframes);
	return (q->tiers & 1U << s->tier) != 0 &&
	       (timeframes & 1U << s->facts.timeframe) != 0;
}

static bool
check_names(const struct names *n, struct md_error *e)
{
	for (size_t i = 0; i < n->len; i++)
		if (!n->seen[i])
			return md_fail(e, MD_EUSAGE,
			    "%s: the store has no active series of it; fetch "
			    "it with mdbackfill, or add it to the watchlist",
			    n->v[i]->symbol);
	return true;
}

/* -- what each is -- */

void
freshness_judge(const struct freshness_query *q, const struct series_row *s,
    struct mark *m)
{
	bool known = staleness_age(&q->rule, &s->facts, q->now_ms, &m->age_ms);

	/* Its bars are all there ever will be. */
	if (s->delisted) {
		known = true;
		m->age_ms = 0;
	}
	m->series = s;
	m->points = q->rule.basis == BASIS_BARS ? s->bars : s->features;
	m->rpo_ms = q->objectives->rpo[s->tier].within_ms;
	m->status = known ? staleness_of(&q->rule.bounds, m->age_ms)
			  : STALENESS_MISSING;
	m->rpo_met = known && m->age_ms <= m->rpo_ms;
	m->provisional = staleness_provisional(&q->rule, &s->facts);
}

/* Missing first, then the oldest; what is alike by tier and name. */
static int
compare_marks(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;
	bool x_missing = x->status == STALENESS_MISSING;
	bool y_missing = y->status == STALENESS_MISSING;
	int order;

	if (x_missing != y_missing)
		return x_missing ? -1 : 1;
	if (!x_missing && x->age_ms != y->age_ms)
		return x->age_ms > y->age_ms ? -1 : 1;
	if (x->series->tier != y->series->tier)
		return x->series->tier < y->series->tier ? -1 : 1;
	order = strcmp(x->series->symbol, y->series->symbol);
	if (order != 0)
		return order;
	return (int)x->series->facts.timeframe -
	       (int)y->series->facts.timeframe;
}

static bool
select_marks(const struct freshness_query *q, struct names *n,
    struct freshness *out, size_t *meant, struct md_error *e)
{
	if (out->rows.len == 0)
		return md_fail(e, MD_EEMPTY,
		    "the store has no active series: run mdbackfill first");
	out->v = calloc(out->rows.len, sizeof(*out->v));
	if (out->v == NULL)
		return md_nomem(e);
	for (size_t i = 0; i < out->rows.len; i++) {
		struct mark *m = &out->v[out->len];

		if (!is_meant(q, n, &out->rows.v[i]))
			continue;
		(*meant)++;
		freshness_judge(q, &out->rows.v[i], m);
		if ((q->statuses & 1U << m->status) == 0)
			continue;
		out->counts[m->status]++;
		out->provisional += m->series->facts.answered && m->provisional;
		out->len++;
	}
	qsort(out->v, out->len, sizeof(*out->v), compare_marks);
	return true;
}

bool
freshness_read(struct store *st, const struct freshness_query *q,
    struct freshness *out, struct md_error *e)
{
	struct names n = { NULL, NULL, 0 };
	size_t meant = 0;
	bool good;

	memset(out, 0, sizeof(*out));
	out->now_ms = q->now_ms;
	out->rule = q->rule;
	good = store_lag_read(st, &out->lag, e) &&
	       store_report_series(st, &out->rows, e);
	good = good && names_make(&n, q->symbols, e) &&
	       select_marks(q, &n, out, &meant, e) && check_names(&n, e);
	if (good && meant == 0)
		good = md_fail(e, MD_EUSAGE,
		    "no active series of the store is of these tiers and "
		    "timeframes");
	names_free(&n);
	if (!good)
		freshness_free(out);
	return good;
}

void
freshness_free(struct freshness *f)
{
	free(f->v);
	series_rows_free(&f->rows);
	memset(f, 0, sizeof(*f));
}
