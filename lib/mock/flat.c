#include "mock/flat.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/number.h"
#include "plan/flat.h"
#include "sys/gzip.h"
#include "sys/outfile.h"
#include "sys/xdg.h"

static void
put_number(struct buf *b, double x)
{
	char text[32];

	if (!isnan(x))
		buf_append(b, text, number_format(x, text));
	buf_putc(b, ',');
}

/* ticker,volume,open,close,high,low,window_start,transactions */
static void
put_row(struct buf *b, const char *symbol, const struct bar *bar, bool traded)
{
	buf_printf(b, "%s,", symbol);
	if (traded)
		put_number(b, bar->v);
	put_number(b, bar->o);
	put_number(b, bar->c);
	put_number(b, bar->h);
	put_number(b, bar->l);
	buf_printf(b, "%lld000000", (long long)bar->t);
	if (traded)
		buf_putc(b, ',');
	if (traded && bar->n >= 0)
		buf_printf(b, "%lld", (long long)bar->n);
	buf_putc(b, '\n');
}

/* One symbol's rows of a day; *any: it has some. */
static bool
put_symbol(struct market *m, const struct mock_flat *w, enum flat_set set,
    md_date date, const char *symbol, struct buf *b, bool *any,
    struct md_error *e)
{
	enum asset_class days = source_days(m, flat_class(set));
	struct source_query q = {
		.symbol = symbol,
		.window = { flat_timeframe(set), 0 },
		.from_ms = calendar_midnight(m->calendar, days, date),
		.to_ms = calendar_midnight(m->calendar, days, date + 1) - 1,
		.now_ms = w->prepare
			      ? calendar_midnight(m->calendar, days, date + 2)
			      : w->now_ms,
		.limit = 50000,
	};
	struct source_page page;

	if (!source_bars(m, &q, &page, e))
		return false;
	for (size_t i = 0; i < page.bars.len; i++)
		put_row(b, symbol, &page.bars.bar[i],
		    flat_class(set) != CLASS_INDEX);
	*any = *any || page.bars.len > 0;
	source_page_free(&page);
	return true;
}

#define PATH_LEN 4096

static bool
path_of(const struct mock_flat *w, enum flat_set set, md_date date,
    char path[PATH_LEN], struct md_error *e)
{
	char name[FLAT_NAME_MAX];
	int n;

	flat_name(set, date, name);
	n = snprintf(path, PATH_LEN, "%s/%s", w->dir, name);
	return (n >= 0 && n < PATH_LEN) ||
	       md_fail(e, MD_EUSAGE, "%.80s…: a path that is too long", w->dir);
}

/* As old as if it had come when it was due. */
static bool
set_age(const struct market *m, enum flat_set set, md_date date,
    const char *path, struct md_error *e)
{
	int64_t ms = flat_due_at(m->calendar, set, date);
	const struct timespec t[2] = { { (time_t)(ms / MD_SECOND), 0 },
		{ (time_t)(ms / MD_SECOND), 0 } };

	return utimensat(AT_FDCWD, path, t, 0) == 0 ||
	       md_fail(e, MD_EIO, "%s: %s", path, strerror(errno));
}

static bool
write_file(const struct market *m, const struct mock_flat *w, enum flat_set set,
    md_date date, struct buf *b, struct md_error *e)
{
	char path[PATH_LEN];
	struct outfile out;
	bool gone;

	if (!path_of(w, set, date, path, e))
		return false;
	if (!buf_ok(b) || !gzip_buf(b))
		return md_nomem(e);
	xdg_make_folders(path);
	if (!outfile_open(&out, path, e))
		return false;
	(void)fwrite(b->data, 1, b->len, out.f);
	return outfile_commit(&out, &gone, e) &&
	       (!w->prepare || set_age(m, set, date, path, e));
}

/* The file of a day, if it has rows. */
static bool
write_day(struct market *m, const struct mock_flat *w,
    const struct symbols *symbols, enum flat_set set, md_date date,
    int64_t *files, struct md_error *e)
{
	struct buf b = BUF_INIT;
	bool any = false, good = true;
	char path[PATH_LEN];
	struct stat sb;

	if (w->prepare) {
		if (!path_of(w, set, date, path, e))
			return false;
		if (stat(path, &sb) == 0)
			return true;
	}

	buf_puts(&b, flat_class(set) == CLASS_INDEX
			 ? "ticker,open,close,high,low,window_start\n"
			 : "ticker,volume,open,close,high,low,window_start,"
			   "transactions\n");
	for (size_t i = 0; good && i < symbols->len; i++)
		if (symbol_class(symbols->symbol[i]) == flat_class(set))
			good = put_symbol(m, w, set, date, symbols->symbol[i],
			    &b, &any, e);
	if (good && any) {
		good = write_file(m, w, set, date, &b, e);
		++*files;
	}
	buf_free(&b);
	return good;
}

bool
mock_flat_write(struct market *m, const struct mock_flat *w, int64_t *files,
    struct md_error *e)
{
	struct symbols symbols = { NULL, 0, 0 };
	bool good = source_symbols(m, &symbols, e);

	*files = 0;
	for (int set = 0; set < FLAT_SETS; set++)
		for (md_date d = w->from; good && d <= w->to; d++)
			if (flat_trades(m->calendar, (enum flat_set)set, d))
				good = write_day(m, w, &symbols,
				    (enum flat_set)set, d, files, e);
	symbols_free(&symbols);
	return good;
}
