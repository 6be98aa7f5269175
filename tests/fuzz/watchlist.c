/*
 * Watchlists, and the lines that programs hand each other: symbols are there
 * once, written as the API has them, and a list written out again reads the
 * same.
 */
#include "base/buf.h"
#include "cli/series_file.h"
#include "fuzz.h"

typedef bool reader(FILE *, const char *, struct symbol_list *,
    struct md_error *);

static bool
read_text(reader *read, const void *text, size_t n, struct symbol_list *l)
{
	char none = '\n';
	FILE *f = fmemopen(n == 0 ? &none : (void *)(uintptr_t)text,
	    n == 0 ? 1 : n, "r");
	struct md_error e = { MD_OK, "" };
	bool good;

	must(f != NULL);
	good = read(f, "list", l, &e);
	if (!good)
		must_tell(&e);
	(void)fclose(f);
	return good;
}

static void
must_be_entry(const struct symbol_list *l, size_t i)
{
	const struct symbol_entry *s = &l->v[i];
	char again[SYMBOL_MAX];
	struct md_error e;

	must(s->class <= CLASS_INDEX && s->tier <= TIER_LOW);
	must(s->timeframes < 1U << TF_COUNT);
	must(s->symbol[0] != '\0');
	must(symbol_normalize(s->symbol, s->class, again, &e));
	must(strcmp(again, s->symbol) == 0);
	for (size_t k = 0; k < i; k++)
		must(strcmp(l->v[k].symbol, s->symbol) != 0);
}

static void
put_entry(struct buf *b, const struct symbol_entry *s)
{
	const char *before = "timeframes=";
	char date[11];

	buf_printf(b, "%s class=%s tier=%s", s->symbol,
	    asset_class_name(s->class), tier_name(s->tier));
	for (unsigned tf = 0; tf < TF_COUNT; tf++)
		if (s->timeframes & 1U << tf) {
			buf_printf(b, "%s%s",
			    *before == ',' ? "," : " timeframes=",
			    timeframe_name((enum timeframe)tf));
			before = ",";
		}
	if (s->has_from) {
		md_date_format(s->from, date);
		buf_printf(b, " from=%s", date);
	}
	buf_putc(b, '\n');
}

static void
written_again(const struct symbol_list *l)
{
	struct buf b = BUF_INIT;
	struct symbol_list again = { .v = NULL };

	for (size_t i = 0; i < l->len; i++)
		put_entry(&b, &l->v[i]);
	must(buf_ok(&b));
	must(read_text(watchlist_read, b.data, b.len, &again));
	must(again.len == l->len);
	for (size_t i = 0; i < l->len; i++) {
		must(strcmp(again.v[i].symbol, l->v[i].symbol) == 0);
		must(again.v[i].timeframes == l->v[i].timeframes);
		must(again.v[i].class == l->v[i].class);
		must(again.v[i].tier == l->v[i].tier);
		must(again.v[i].has_from == l->v[i].has_from);
		must(!l->v[i].has_from || again.v[i].from == l->v[i].from);
	}
	symbol_list_free(&again);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct symbol_list l = { .v = NULL };

	if (read_text(watchlist_read, data, size, &l)) {
		must(l.len > 0);
		for (size_t i = 0; i < l.len && i < 64; i++)
			must_be_entry(&l, i);
		written_again(&l);
	}
	symbol_list_free(&l);
	if (read_text(series_read, data, size, &l))
		for (size_t i = 0; i < l.len && i < 64; i++)
			must_be_entry(&l, i);
	symbol_list_free(&l);
	return 0;
}
