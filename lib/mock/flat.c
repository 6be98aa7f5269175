#include "mock/flat.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/number.h"
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

/* Rows are compressed when there are so many bytes of them. */
#define TEXT_LEN 65536

/* A day's file on its way. */
struct making {
	struct market *market;
	enum flat_set set;
	struct range day; /* as the market counts it */
	int64_t now_ms;
	struct buf text;
	struct gzip *gz;
	bool any;
};

static bool
put_text(struct making *k, size_t least, struct md_error *e)
{
	bool good = buf_ok(&k->text) || md_nomem(e);

	if (good && k->text.len >= least) {
		good = gzip_write(k->gz, buf_str(&k->text), k->text.len, e);
		k->text.len = 0;
	}
	return good;
}

/* One symbol's rows. */
static bool
put_symbol(struct making *k, const char *symbol, struct md_error *e)
{
	struct source_query q = {
		.symbol = symbol,
		.window = { flat_timeframe(k->set), 0 },
		.from_ms = k->day.from,
		.to_ms = k->day.to - 1,
		.now_ms = k->now_ms,
		.limit = 50000,
	};
	struct source_page page;

	if (!source_bars(k->market, &q, &page, e))
		return false;
	for (size_t i = 0; i < page.bars.len; i++)
		put_row(&k->text, symbol, &page.bars.bar[i],
		    flat_class(k->set) != CLASS_INDEX);
	k->any = k->any || page.bars.len > 0;
	source_page_free(&page);
	return put_text(k, TEXT_LEN, e);
}

static bool
put_rows(struct making *k, const struct symbols *symbols, struct md_error *e)
{
	bool good = true;

	buf_puts(&k->text, flat_class(k->set) == CLASS_INDEX
			       ? "ticker,open,close,high,low,window_start\n"
			       : "ticker,volume,open,close,high,low,"
				 "window_start,transactions\n");
	for (size_t i = 0; good && i < symbols->len; i++)
		if (symbol_class(symbols->symbol[i]) == flat_class(k->set))
			good = put_symbol(k, symbols->symbol[i], e);
	return good && put_text(k, 1, e) && (!k->any || gzip_end(k->gz, e));
}

bool
mock_flat_day(struct market *m, const struct symbols *symbols,
    enum flat_set set, md_date date, int64_t now_ms,
    const struct gzip_sink *sink, bool *any, struct md_error *e)
{
	enum asset_class days = source_days(m, flat_class(set));
	struct making k = { m, set,
		{ calendar_midnight(m->calendar, days, date),
		    calendar_midnight(m->calendar, days, date + 1) },
		now_ms, BUF_INIT, NULL, false };
	bool good = gzip_create(&k.gz, sink, e) && put_rows(&k, symbols, e);

	*any = k.any;
	gzip_destroy(&k.gz);
	buf_free(&k.text);
	return good;
}

int64_t
mock_flat_complete(const struct market *m, enum flat_set set, md_date date)
{
	return calendar_midnight(m->calendar, source_days(m, flat_class(set)),
	    date + 2);
}

/* -- into a folder -- */

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

/* A file that is opened with its first bytes. */
struct file {
	char *path;
	struct outfile out; /* out.f null: not yet */
};

static bool
write_bytes(void *ctx, const char *bytes, size_t len, struct md_error *e)
{
	struct file *f = ctx;

	if (f->out.f == NULL) {
		xdg_make_folders(f->path);
		if (!outfile_open(&f->out, f->path, e)) {
			f->out.f = NULL;
			return false;
		}
	}
	(void)fwrite(bytes, 1, len, f->out.f);
	return true;
}

/* The file of a day, if it has rows. */
static bool
write_day(struct market *m, const struct mock_flat *w,
    const struct symbols *symbols, enum flat_set set, md_date date,
    int64_t *files, struct md_error *e)
{
	int64_t now = w->prepare ? mock_flat_complete(m, set, date) : w->now_ms;
	char path[PATH_LEN];
	struct file f = { .path = path };
	const struct gzip_sink sink = { write_bytes, &f };
	struct stat sb;
	bool any, gone;

	if (!path_of(w, set, date, path, e))
		return false;
	if (w->prepare && stat(path, &sb) == 0)
		return true;
	if (!mock_flat_day(m, symbols, set, date, now, &sink, &any, e)) {
		if (f.out.f != NULL)
			outfile_abandon(&f.out);
		return false;
	}
	if (f.out.f == NULL)
		return true;
	++*files;
	return outfile_commit(&f.out, &gone, e) &&
	       (!w->prepare || set_age(m, set, date, path, e));
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
