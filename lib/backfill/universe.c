#include "backfill/universe.h"

#include <stdlib.h>
#include <string.h>

#include "backfill/left_out.h"
#include "base/name.h"
#include "polygon/tickers.h"

#define STEP_MS 200

static const struct {
	const char *name, *market;
	enum asset_class class;
} kinds[] = {
	{ "stocks", "stocks", CLASS_STOCK },
	{ "etf", "stocks", CLASS_STOCK },
	{ "crypto", "crypto", CLASS_CRYPTO },
	{ "fx", "fx", CLASS_FX },
	{ "index", "indices", CLASS_INDEX },
};

/* -- what is asked for -- */

bool
universe_types_parse(const char *text, struct universe_query *q,
    struct md_error *e)
{
	q->types_len = 0;
	for (;;) {
		size_t n = strcspn(text, ",");
		char *type = q->types[q->types_len];

		if (n >= TICKER_TYPE_MAX)
			n = TICKER_TYPE_MAX - 1;
		memcpy(type, text, n);
		type[n] = '\0';
		if (!ticker_type_valid(type) ||
		    (text[n] != ',' && text[n] != '\0'))
			return md_fail(e, MD_EUSAGE,
			    "'%.60s': expected types of tickers such as "
			    "CS,ADRC,ETF",
			    text);
		q->types_len++;
		if (text[n] == '\0')
			return true;
		if (q->types_len == UNIVERSE_TYPES_MAX)
			return md_fail(e, MD_EUSAGE,
			    "expected at most %d types", UNIVERSE_TYPES_MAX);
		text += n + 1;
	}
}

bool
universe_check(const struct universe_query *q, struct md_error *e)
{
	int i = NAME_FIND(kinds, q->kind);

	if (q->types_len > 0 && (i < 0 || kinds[i].class != CLASS_STOCK))
		return md_fail(e, MD_EUSAGE,
		    "--universe-type: goes with --universe stocks or etf");
	return true;
}

/* -- the calls -- */

struct asking {
	struct log *log;
	bool ended;
	struct left_out refused;
	struct md_error error;
};

static void
on_refused(void *ctx, const char *raw, const char *reason)
{
	struct asking *a = ctx;

	left_out_row(&a->refused, a->log, "tickers", reason, raw);
}

static void
on_ended(void *ctx, const struct md_error *e)
{
	struct asking *a = ctx;

	a->ended = true;
	a->error = *e;
}

static bool
ask(struct polygon *p, struct tickers_query *q, struct asking *a,
    const volatile sig_atomic_t *stop, struct md_error *e)
{
	static const struct tickers_handler handler = { on_refused, on_ended };
	struct md_error why;

	a->ended = false;
	if (!polygon_tickers(p, q, &handler, a, e))
		return false;
	while (!a->ended) {
		if (*stop != 0) {
			(void)md_fail(&why, MD_EINTR, "interrupted by %s",
			    *stop == SIGTERM ? "SIGTERM" : "SIGINT");
			polygon_cancel(p, &why);
		} else if (!polygon_step(p, STEP_MS, e)) {
			why = *e;
			polygon_cancel(p, &why);
			return false;
		}
	}
	*e = a->error;
	return e->code == MD_OK || md_context(e, "tickers");
}

/* -- the list -- */

static int
by_symbol(const void *a, const void *b)
{
	const struct ticker *x = a, *y = b;

	return strcmp(x->symbol, y->symbol);
}

/* Of a symbol that came twice the first stays; funds are no stocks. */
static void
tidy(struct tickers *t, bool stocks)
{
	size_t n = 0;

	if (t->len > 1)
		qsort(t->v, t->len, sizeof(*t->v), by_symbol);
	for (size_t i = 0; i < t->len; i++)
		if ((!stocks || t->v[i].class == CLASS_STOCK) &&
		    (n == 0 || strcmp(t->v[n - 1].symbol, t->v[i].symbol) != 0))
			t->v[n++] = t->v[i];
	t->len = n;
}

/* When they went; one that went before that day had the name earlier. */
static void
add_ends(struct tickers *t, const struct tickers *gone, md_date date)
{
	for (size_t i = 0; i < gone->len && t->len > 0; i++) {
		const struct ticker *g = &gone->v[i];
		struct ticker *of =
		    bsearch(g, t->v, t->len, sizeof(*t->v), by_symbol);

		if (of == NULL || !g->has_delisted || g->delisted < date ||
		    (of->has_delisted && of->delisted <= g->delisted))
			continue;
		of->has_delisted = true;
		of->delisted = g->delisted;
	}
}

static bool
ask_all(struct polygon *p, const struct universe_query *q, struct asking *a,
    const volatile sig_atomic_t *stop, struct tickers *out, struct md_error *e)
{
	int kind = NAME_FIND(kinds, q->kind);
	bool funds = strcmp(q->kind, "etf") == 0, good = true;
	size_t calls = q->types_len > 0 ? q->types_len : 1;
	struct tickers gone = { NULL, 0, 0 };
	struct tickers_query call = {
		.wanted = { kinds[kind].market, funds ? "ETF" : NULL,
		    kinds[kind].class, out },
		.date = q->date,
	};

	for (size_t i = 0; good && i < calls; i++) {
		if (q->types_len > 0)
			call.wanted.type = q->types[i];
		call.wanted.into = out;
		call.has_date = q->has_date;
		call.delisted = false;
		good = ask(p, &call, a, stop, e);
		call.wanted.into = &gone;
		call.has_date = false;
		call.delisted = true;
		good = good && (!q->has_date || ask(p, &call, a, stop, e));
	}
	tidy(out,
	    q->types_len == 0 && !funds && kinds[kind].class == CLASS_STOCK);
	if (good)
		add_ends(out, &gone, q->date);
	tickers_free(&gone);
	return good;
}

bool
universe_read(const struct universe_query *q, const struct polygon_options *o,
    struct log *log, const volatile sig_atomic_t *stop, struct tickers *out,
    struct md_error *e)
{
	struct asking a = { .log = log };
	struct polygon *p = NULL;
	bool good;

	*out = (struct tickers){ NULL, 0, 0 };
	good = polygon_create(&p, o, e) && ask_all(p, q, &a, stop, out, e);
	polygon_destroy(&p);
	left_out_tell(&a.refused, log, "tickers");
	if (!good)
		tickers_free(out);
	return good;
}

/* -- as a watchlist -- */

static void
write_line(FILE *f, const struct ticker *t)
{
	const char *before = " # ";
	char date[11];

	(void)fputs(t->symbol, f);
	if (t->class == CLASS_ETF)
		(void)fputs(" class=etf", f);
	if (t->has_listed) {
		md_date_format(t->listed, date);
		(void)fprintf(f, " from=%s", date);
	}
	if (t->type[0] != '\0') {
		(void)fprintf(f, "%s%s", before, t->type);
		before = ", ";
	}
	if (t->has_delisted) {
		md_date_format(t->delisted, date);
		(void)fprintf(f, "%sdelisted %s", before, date);
	}
	(void)fputc('\n', f);
}

void
universe_write(FILE *f, const struct universe_query *q, const struct tickers *t)
{
	char date[11];

	(void)fprintf(f, "# %s", q->kind);
	if (q->has_date) {
		md_date_format(q->date, date);
		(void)fprintf(f, " on %s", date);
	}
	(void)fprintf(f, ": %zu symbol%s\n", t->len, t->len == 1 ? "" : "s");
	for (size_t i = 0; i < t->len; i++)
		write_line(f, &t->v[i]);
}
