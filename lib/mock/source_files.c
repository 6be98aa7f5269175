/*
 * Bars of a folder of CSV files.  A file is read when first asked for and its
 * bars stay; once read they are never changed, so only the table of what was
 * read needs the lock.
 */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/number.h"
#include "mock/source.h"

/* One symbol's bars of one timeframe; none when there is no file. */
struct series {
	struct series *next;
	char symbol[SYMBOL_MAX];
	enum timeframe tf;
	struct bars bars;
};

struct data {
	struct market market;
	char *dir;
	struct splits splits;
	struct actions dividends;
	pthread_mutex_t lock; /* of series */
	struct series *series;
};

static struct data *
data_of(struct market *m)
{
	return (struct data *)(void *)m;
}

/* -- reading -- */

/* False when there is no such file (*text null) or it cannot be read. */
static bool
read_file(const char *path, struct buf *text, struct md_error *e)
{
	FILE *f = fopen(path, "r");
	size_t n;

	if (f == NULL)
		return md_fail(e, MD_EIO, "%s: %s", path, strerror(errno));
	while (buf_reserve(text, 65536) &&
	       (n = fread(text->data + text->len, 1, 65536, f)) > 0)
		text->len += n;
	if (ferror(f) != 0)
		(void)md_fail(e, MD_EIO, "%s: %s", path, strerror(errno));
	else if (!buf_ok(text))
		(void)md_nomem(e);
	n = (size_t)(ferror(f) != 0);
	(void)fclose(f);
	if (n != 0 || !buf_ok(text))
		return false;
	text->data[text->len] = '\0';
	return true;
}

/* t,o,h,l,c,v */
static bool
read_bar(const char *line, const char *end, struct bar *b)
{
	double value[6];

	for (int i = 0; i < 6; i++) {
		if (i > 0 && (line == end || *line++ != ','))
			return false;
		if (!number_scan(&line, end, &value[i]))
			return false;
	}
	if (line < end && *line == '\r')
		line++;
	/* Beyond it a double does not tell one ms from the next. */
	if (!(fabs(value[0]) <= 9007199254740992.0))
		return false;
	*b = (struct bar){ (int64_t)value[0], value[1], value[2], value[3],
		value[4], value[5], NAN, -1 };
	return line == end;
}

static bool
read_bars(const char *path, struct bars *out, struct md_error *e)
{
	struct buf text = BUF_INIT;
	const char *line, *end;
	bool good = read_file(path, &text, e);
	int number = 1;

	line = good ? strchr(buf_str(&text), '\n') : NULL; /* the names */
	while (good && line != NULL && *++line != '\0') {
		struct bar b;

		number++;
		end = strchr(line, '\n');
		if (!read_bar(line, end == NULL ? strchr(line, '\0') : end, &b))
			good = md_fail(e, MD_EDATA,
			    "%s:%d: expected t,o,h,l,c,v", path, number);
		else if (!bars_add(out, &b))
			good = md_nomem(e);
		line = end;
	}
	buf_free(&text);
	return good;
}

static bool
read_split(char *line, struct split *s)
{
	char *field[4] = { line, NULL, NULL, NULL };

	for (int i = 1; i < 4; i++) {
		field[i] = strchr(field[i - 1], ',');
		if (field[i] == NULL)
			return false;
		*field[i]++ = '\0';
	}
	if (strlen(field[0]) >= SYMBOL_MAX)
		return false;
	memset(s, 0, sizeof(*s));
	memcpy(s->symbol, field[0], strlen(field[0]) + 1);
	field[3][strcspn(field[3], "\r")] = '\0';
	return md_date_parse(field[1], &s->date) &&
	       number_parse_real(field[2], 1e-9, 1e9, &s->from) &&
	       number_parse_real(field[3], 1e-9, 1e9, &s->to);
}

/* Of what a line must have, and may have, in this order. */
enum dividend_field {
	FIELD_TICKER,
	FIELD_EX_DATE,
	FIELD_CASH,
	FIELD_CURRENCY, /* USD */
	FIELD_DECLARED,
	FIELD_RECORDED,
	FIELD_PAID,
	FIELD_FREQUENCY,
	FIELD_KIND,
	FIELD_FACTOR, /* otherwise the bars tell it */
	FIELD_ID,
	DIVIDEND_FIELDS
};

static bool
read_day(const char *text, struct dividend_day *day)
{
	day->told = *text != '\0';
	return !day->told || md_date_parse(text, &day->date);
}

static bool
read_dividend(char *line, void *into)
{
	const char *field[DIVIDEND_FIELDS];
	struct dividend *d = into;
	int64_t frequency = -1;
	size_t n = 0;

	line[strcspn(line, "\r")] = '\0';
	for (; n < DIVIDEND_FIELDS && line != NULL; n++) {
		field[n] = line;
		line = strchr(line, ',');
		if (line != NULL)
			*line++ = '\0';
	}
	if (n <= FIELD_CASH || line != NULL)
		return false;
	for (; n < DIVIDEND_FIELDS; n++)
		field[n] = "";
	if (strlen(field[FIELD_TICKER]) >= SYMBOL_MAX ||
	    strlen(field[FIELD_CURRENCY]) >= DIVIDEND_CURRENCY_MAX ||
	    strlen(field[FIELD_ID]) >= DIVIDEND_ID_MAX)
		return false;
	memcpy(d->symbol, field[FIELD_TICKER], strlen(field[FIELD_TICKER]) + 1);
	(void)snprintf(d->currency, sizeof(d->currency), "%s",
	    *field[FIELD_CURRENCY] == '\0' ? DIVIDEND_CURRENCY
					   : field[FIELD_CURRENCY]);
	memcpy(d->id, field[FIELD_ID], strlen(field[FIELD_ID]) + 1);
	d->kind = dividend_kind_find(field[FIELD_KIND]);
	if (*field[FIELD_FREQUENCY] != '\0' &&
	    !number_parse_int(field[FIELD_FREQUENCY], 0, 366, &frequency))
		return false;
	d->frequency = (int)frequency;
	/* What no dividend can be is served all the same. */
	return md_date_parse(field[FIELD_EX_DATE], &d->date) &&
	       number_parse_real(field[FIELD_CASH], -1e12, 1e12, &d->cash) &&
	       read_day(field[FIELD_DECLARED], &d->declared) &&
	       read_day(field[FIELD_RECORDED], &d->recorded) &&
	       read_day(field[FIELD_PAID], &d->paid) &&
	       (*field[FIELD_FACTOR] == '\0' ||
		   number_parse_real(field[FIELD_FACTOR], 0, 1e9, &d->factor));
}

static bool
take_dividend(void *into, char *line, bool *good)
{
	struct dividend *d = actions_append(into);

	*good = d == NULL || read_dividend(line, d);
	return d != NULL;
}

static bool
take_split(void *into, char *line, bool *good)
{
	struct split s;

	*good = read_split(line, &s);
	return !*good || splits_add(into, &s);
}

/* A folder without the file has none.  take: false: out of memory. */
static bool
read_list(const char *path, const char *expected,
    bool (*take)(void *into, char *line, bool *good), void *into,
    struct md_error *e)
{
	struct buf text = BUF_INIT;
	char *line, *next;
	bool good = true;
	int number = 1;

	if (!read_file(path, &text, e)) {
		buf_free(&text);
		return errno == ENOENT;
	}
	line = text.data == NULL ? NULL : strchr(text.data, '\n');
	while (good && line != NULL && *++line != '\0') {
		bool is_one;

		number++;
		next = strchr(line, '\n');
		if (next != NULL)
			*next = '\0';
		if (!take(into, line, &is_one))
			good = md_nomem(e);
		else if (!is_one)
			good = md_fail(e, MD_EDATA, "%s:%d: expected %s", path,
			    number, expected);
		line = next;
	}
	buf_free(&text);
	return good;
}

/* -- the table of series -- */

/* The file's name comes from a request: nothing but a plain name passes. */
static bool
series_path(const struct data *d, const char *symbol, enum timeframe tf,
    struct buf *path)
{
	buf_printf(path, "%s/bars/", d->dir);
	for (const char *s = symbol; *s != '\0'; s++) {
		bool letter = (*s >= 'A' && *s <= 'Z') ||
			      (*s >= 'a' && *s <= 'z') ||
			      (*s >= '0' && *s <= '9');

		if (!letter && (s == symbol || strchr("._-:", *s) == NULL))
			return false;
		buf_putc(path, *s == ':' ? '_' : *s);
	}
	buf_printf(path, "/%s.csv", timeframe_name(tf));
	return buf_ok(path) && *symbol != '\0';
}

static bool series_get(struct data *, const char *symbol, enum timeframe,
    const struct bars **, struct md_error *);

/* Days without a file of their own: all that was traded on them. */
static bool
derive_days(struct data *d, const char *symbol, struct bars *out,
    struct md_error *e)
{
	const struct window day = { TF_1D, 0 };
	const struct bars *finer;
	size_t used;

	if (!series_get(d, symbol, TF_1M, &finer, e) ||
	    (finer->len == 0 && !series_get(d, symbol, TF_1H, &finer, e)))
		return false;
	if (!source_join_bars(d->market.calendar,
		source_days(&d->market, symbol_class(symbol)), &day, finer->bar,
		finer->len, true, out, &used))
		return md_nomem(e);
	return true;
}

static bool
series_read(struct data *d, struct series *s, struct md_error *e)
{
	struct buf path = BUF_INIT;
	struct md_error why;
	bool good = true;

	if (series_path(d, s->symbol, s->tf, &path) &&
	    !read_bars(buf_str(&path), &s->bars, &why)) {
		if (why.code != MD_EIO || errno != ENOENT) {
			*e = why;
			good = false;
		} else if (s->tf == TF_1D)
			good = derive_days(d, s->symbol, &s->bars, e);
	}
	buf_free(&path);
	return good;
}

static struct series *
series_find(struct series *s, const char *symbol, enum timeframe tf)
{
	while (s != NULL && (s->tf != tf || strcmp(s->symbol, symbol) != 0))
		s = s->next;
	return s;
}

/* Called with the lock held. */
static bool
series_get(struct data *d, const char *symbol, enum timeframe tf,
    const struct bars **out, struct md_error *e)
{
	static const struct bars none;
	struct series *s = series_find(d->series, symbol, tf);

	*out = &none;
	if (s == NULL) {
		s = calloc(1, sizeof(*s));
		if (s == NULL)
			return md_nomem(e);
		memcpy(s->symbol, symbol, strlen(symbol) + 1);
		s->tf = tf;
		if (!series_read(d, s, e)) {
			bars_free(&s->bars);
			free(s);
			return false;
		}
		/* Unknown names are not kept: there is no end of them. */
		if (s->bars.len == 0) {
			free(s);
			return true;
		}
		s->next = d->series;
		d->series = s;
	}
	*out = &s->bars;
	return true;
}

/* -- what a source does -- */

/*
 * The coarsest file that the window can be made of: its own if there is one,
 * and mostly the one that reaches back furthest.
 */
static bool
choose(struct data *d, const struct source_range *r, const struct bars **out,
    enum timeframe *tf, struct md_error *e)
{
	static const enum timeframe files[] = { TF_1D, TF_1H, TF_1M };
	static const struct bars none;
	const struct window *w = r->window;
	int64_t length =
	    w->length_ms != 0 ? w->length_ms : timeframe_nominal_ms(w->tf);

	*out = &none;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		*tf = files[i];
		if (window_intraday(w) &&
		    (*tf == TF_1D || length % timeframe_nominal_ms(*tf) != 0))
			continue;
		if (!series_get(d, r->symbol, *tf, out, e))
			return false;
		if ((*out)->len > 0)
			return true;
	}
	return true;
}

/* The first bar that starts at or after t. */
static size_t
bars_from(const struct bars *b, int64_t t)
{
	size_t low = 0, high = b->len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (b->bar[mid].t < t)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool
data_base(struct market *m, const struct source_range *r, struct bars *out,
    bool *whole, int *each, struct md_error *e)
{
	struct data *d = data_of(m);
	const struct bars *b;
	enum timeframe tf;
	bool good;

	if (strlen(r->symbol) >= SYMBOL_MAX)
		return true;
	pthread_mutex_lock(&d->lock);
	good = choose(d, r, &b, &tf, e);
	pthread_mutex_unlock(&d->lock);
	if (!good)
		return false;
	*whole = r->window->length_ms == 0 && r->window->tf == tf;
	*each = tf == TF_1H ? 60 : 1;
	for (size_t i = bars_from(b, r->from_ms);
	     i < b->len && b->bar[i].t < r->to_ms &&
	     out->len * (size_t)*each <= r->max;
	     i++)
		if (!bars_add(out, &b->bar[i]))
			return md_nomem(e);
	return true;
}

static bool
data_splits(struct market *m, const char *symbol, struct splits *out,
    struct md_error *e)
{
	const struct splits *s = &data_of(m)->splits;

	for (size_t i = 0; i < s->len; i++)
		if ((symbol == NULL ||
			strcmp(symbol, s->split[i].symbol) == 0) &&
		    !splits_add(out, &s->split[i]))
			return md_nomem(e);
	return true;
}

static bool
data_dividends(struct market *m, const char *symbol, struct actions *out,
    struct md_error *e)
{
	const struct actions *all = &data_of(m)->dividends;

	for (size_t i = 0; i < all->len; i++) {
		const struct dividend *from = actions_at(all, i);
		struct dividend *to;

		if (symbol != NULL && strcmp(symbol, from->symbol) != 0)
			continue;
		to = actions_append(out);
		if (to == NULL)
			return md_nomem(e);
		*to = *from;
	}
	return true;
}

static bool
data_symbols(struct market *m, struct symbols *out, struct md_error *e)
{
	struct buf path = BUF_INIT;
	struct dirent *entry;
	bool good = true;
	DIR *dir;

	buf_printf(&path, "%s/bars", data_of(m)->dir);
	dir = opendir(buf_str(&path));
	buf_free(&path);
	while (good && dir != NULL && (entry = readdir(dir)) != NULL) {
		char name[SYMBOL_MAX];
		size_t len = strlen(entry->d_name);

		if (entry->d_name[0] == '.' || len >= sizeof(name))
			continue;
		memcpy(name, entry->d_name, len + 1);
		if (strchr("XCI", name[0]) != NULL && name[1] == '_')
			name[1] = ':';
		if (!symbols_add(out, name))
			good = md_nomem(e);
	}
	if (dir != NULL)
		(void)closedir(dir);
	return good;
}

static void
data_close(struct market *m)
{
	struct data *d = data_of(m);

	while (d->series != NULL) {
		struct series *s = d->series;

		d->series = s->next;
		bars_free(&s->bars);
		free(s);
	}
	splits_free(&d->splits);
	actions_free(&d->dividends);
	(void)pthread_mutex_destroy(&d->lock);
	free(d->dir);
	free(d);
}

static const struct source_ops data_ops = {
	data_base,
	data_splits,
	data_dividends,
	data_symbols,
	data_close,
};

static bool
has_bars(const char *dir, struct md_error *e)
{
	struct buf path = BUF_INIT;
	DIR *bars;

	buf_printf(&path, "%s/bars", dir);
	bars = opendir(buf_str(&path));
	if (bars == NULL)
		(void)md_fail(e, MD_EIO, "%s: %s", buf_str(&path),
		    strerror(errno));
	else
		(void)closedir(bars);
	buf_free(&path);
	return bars != NULL;
}

bool
source_open_files(struct market **out, const char *dir,
    const struct calendar *cal, struct md_error *e)
{
	struct buf path = BUF_INIT;
	struct data *d;
	bool good;

	if (!has_bars(dir, e))
		return false;
	d = calloc(1, sizeof(*d));
	if (d == NULL || (d->dir = strdup(dir)) == NULL) {
		free(d);
		return md_nomem(e);
	}
	d->market.ops = &data_ops;
	d->market.calendar = cal;
	(void)pthread_mutex_init(&d->lock, NULL);
	*out = &d->market;
	buf_printf(&path, "%s/splits.csv", dir);
	good = read_list(buf_str(&path),
	    "ticker,execution_date,split_from,split_to", take_split, &d->splits,
	    e);
	buf_clear(&path);
	buf_printf(&path, "%s/dividends.csv", dir);
	d->dividends.kind = ACTION_DIVIDENDS;
	if (!good ||
	    !read_list(buf_str(&path),
		"ticker,ex_dividend_date,cash_amount, and then perhaps "
		"currency,declaration_date,record_date,pay_date,frequency,"
		"distribution_type,historical_adjustment_factor,id",
		take_dividend, &d->dividends, e))
		source_close(out);
	buf_free(&path);
	return *out != NULL;
}
