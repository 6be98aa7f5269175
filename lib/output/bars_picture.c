/*
 * Pictures of series: candles above, volume below, each series with a price
 * axis of its own.
 */
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "output/bars.h"

/* "AAPL 1d, raw, regular hours". */
static void
title(struct bars_writer *w, bool xml)
{
	const struct bars_query *q = w->how->query;
	struct buf *b = &w->text;

	for (const char *s = w->series->symbol; *s != '\0'; s++)
		if (xml && (*s == '&' || *s == '<'))
			buf_puts(b, *s == '&' ? "&amp;" : "&lt;");
		else
			buf_putc(b, *s);
	buf_printf(b, " %s", timeframe_name(w->series->facts.timeframe));
	if (q->adjusted != 0)
		buf_printf(b, ", %s", bars_adjusted_name(q->adjusted));
	if (q->hours != HOURS_ALL)
		buf_printf(b, ", %s hours", hours_name(q->hours));
	if (w->candles.each > 1)
		buf_printf(b, ", %lld bars a candle",
		    (long long)w->candles.each);
}

/* Of days and longer the date alone. */
static void
time_short(const struct bars_writer *w, int64_t ms, char out[ROWS_TIME_MAX])
{
	size_t n = rows_time_text(w->how->zone, ms, out);

	if (!timeframe_intraday(w->series->facts.timeframe))
		n = 10;
	else if (n > 16)
		n = 16;
	out[n] = '\0';
	if (n == 16)
		out[10] = ' ';
}

#define AXIS_TERM 12 /* columns of the prices */

void
bars_picture_series(struct bars_writer *w)
{
	size_t max = 320;

	if (strcmp(w->format->format, "term") == 0)
		max = w->how->columns > AXIS_TERM + 20
			  ? w->how->columns - AXIS_TERM
		      : w->how->columns == 0 ? 68
					     : 20;
	candles_start(&w->candles, max);
}

void
bars_picture_row(struct bars_writer *w, const struct bars_row *r)
{
	candles_add(&w->candles, &r->bar);
	w->last_ts = r->bar.t;
}

/* A price at an axis, without the noise of its sums. */
static void
axis_text(double v, double step, char out[32])
{
	int decimals = step >= 1 ? 0 : (int)ceil(-log10(step) - 1e-9);

	(void)snprintf(out, 32, "%.*f", decimals < 12 ? decimals : 12, v);
}

/* -- svg -- */

#define WIDTH   960.0
#define HEIGHT  360.0 /* of a series */
#define LEFT    12.0
#define RIGHT   880.0
#define TOP     34.0
#define MIDDLE  260.0 /* where prices end */
#define VOLUMES 276.0 /* where volumes begin */
#define BOTTOM  332.0

static const char style[] =
    "<style>svg{font:12px sans-serif;background:#fff}"
    "text{fill:#333}.g{stroke:#ddd}.u{fill:#0072b2;stroke:#0072b2}"
    ".d{fill:#d55e00;stroke:#d55e00}.v{fill:#999}"
    "@media(prefers-color-scheme:dark){svg{background:#16181c}"
    "text{fill:#ddd}.g{stroke:#333}.u{fill:#56b4e9;stroke:#56b4e9}"
    ".d{fill:#e69f00;stroke:#e69f00}.v{fill:#666}}</style>\n";

void
bars_svg_begin(struct bars_writer *w)
{
	size_t n = w->how->series > 0 ? w->how->series : 1;

	buf_printf(&w->text,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
	    "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n"
	    "<title>Bars as candles, with volume</title>\n%s",
	    WIDTH, HEIGHT * (double)n, WIDTH, HEIGHT * (double)n, style);
}

struct scale {
	double low, high, volume; /* of the axes */
	double step;              /* from candle to candle */
	double top;               /* of the series in the picture */
};

static double
y_of(const struct scale *s, double price)
{
	return s->top + MIDDLE -
	       (price - s->low) / (s->high - s->low) * (MIDDLE - TOP);
}

static void
svg_prices(struct bars_writer *w, const struct scale *s)
{
	double step = axis_step(s->low, s->high, 6);
	char text[32];

	for (double v = ceil(s->low / step) * step; v <= s->high; v += step) {
		double y = y_of(s, v);

		axis_text(v, step, text);
		buf_printf(&w->text,
		    "<line class=\"g\" x1=\"%.0f\" y1=\"%.1f\" x2=\"%.0f\" "
		    "y2=\"%.1f\"/><text x=\"%.0f\" y=\"%.1f\">%s</text>\n",
		    LEFT, y, RIGHT, y, RIGHT + 6, y + 4, text);
	}
}

static void
svg_candle(struct bars_writer *w, const struct scale *s, size_t i)
{
	const struct bar *b = &w->candles.v[i];
	double x = LEFT + ((double)i + 0.5) * s->step, half = s->step * 0.35;
	double high = y_of(s, fmax(b->o, b->c)),
	       low = y_of(s, fmin(b->o, b->c));
	char time[ROWS_TIME_MAX], o[32], h[32], l[32], c[32];

	time_short(w, b->t, time);
	(void)number_format(b->o, o);
	(void)number_format(b->h, h);
	(void)number_format(b->l, l);
	(void)number_format(b->c, c);
	buf_printf(&w->text,
	    "<g class=\"%s\"><title>%s: open %s, high %s, low %s, close "
	    "%s</title><line x1=\"%.2f\" y1=\"%.1f\" x2=\"%.2f\" "
	    "y2=\"%.1f\"/><rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" "
	    "height=\"%.1f\"/></g>\n",
	    b->c >= b->o ? "u" : "d", time, o, h, l, c, x, y_of(s, b->h), x,
	    y_of(s, b->l), x - half, high, 2 * half, fmax(low - high, 0.5));
	if (s->volume > 0 && b->v > 0) {
		double tall = b->v / s->volume * (BOTTOM - VOLUMES);

		buf_printf(&w->text,
		    "<rect class=\"v\" x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" "
		    "height=\"%.1f\"/>\n",
		    x - half, s->top + BOTTOM - tall, 2 * half, tall);
	}
}

static void
svg_times(struct bars_writer *w, const struct scale *s)
{
	size_t n = w->candles.len, every = n / 6 + 1;
	char text[ROWS_TIME_MAX];

	for (size_t i = 0; i < n; i += every) {
		time_short(w, w->candles.v[i].t, text);
		buf_printf(&w->text, "<text x=\"%.1f\" y=\"%.1f\">%s</text>\n",
		    LEFT + (double)i * s->step, s->top + BOTTOM + 18, text);
	}
}

/* Some room around the prices; a line where they stand still. */
static bool
scale_of(const struct bars_writer *w, struct scale *s)
{
	double room;

	if (!candles_range(&w->candles, &s->low, &s->high))
		return false;
	room = (s->high - s->low) * 0.04;
	if (!(room > 0))
		room = fabs(s->high) * 0.01 + 1e-9;
	s->low -= room;
	s->high += room;
	s->volume = candles_volume(&w->candles);
	s->step = (RIGHT - LEFT) / (double)w->candles.len;
	s->top = HEIGHT * (double)w->nth;
	return true;
}

void
bars_svg_series_end(struct bars_writer *w)
{
	struct scale s;
	double top = HEIGHT * (double)w->nth;

	buf_printf(&w->text,
	    "<text x=\"%.0f\" y=\"%.0f\" font-weight=\"bold\">", LEFT,
	    top + 20);
	title(w, true);
	buf_puts(&w->text, "</text>\n");
	if (!scale_of(w, &s)) {
		buf_printf(&w->text,
		    "<text x=\"%.0f\" y=\"%.0f\">no bars</text>\n", LEFT,
		    top + 44);
		return;
	}
	svg_prices(w, &s);
	for (size_t i = 0; i < w->candles.len; i++)
		svg_candle(w, &s, i);
	svg_times(w, &s);
}

void
bars_svg_end(struct bars_writer *w)
{
	buf_puts(&w->text, "</svg>\n");
}

/* -- a terminal -- */

#define ROWS 16 /* lines of prices */

enum half { HALF_NONE, HALF_WICK, HALF_BODY };

/* What of a candle is between two prices. */
static enum half
half_of(const struct bar *b, double from, double to)
{
	double low = fmin(b->o, b->c), high = fmax(b->o, b->c);

	if (high >= from && low < to)
		return HALF_BODY;
	return b->h >= from && b->l < to ? HALF_WICK : HALF_NONE;
}

static const char *
cell_of(enum half upper, enum half lower)
{
	static const char *const cells[3][3] = {
		{ " ", "\u2577", "\u257b" },
		{ "\u2575", "\u2502", "\u257d" },
		{ "\u2579", "\u257f", "\u2503" },
	};

	return cells[upper][lower];
}

static void
term_cell(struct bars_writer *w, const struct bar *b, const char *cell)
{
	if (!w->how->color || cell[0] == ' ') {
		buf_puts(&w->text, cell);
		return;
	}
	buf_printf(&w->text, "%s%s\033[0m",
	    b->c >= b->o ? "\033[32m" : "\033[31m", cell);
}

static void
term_line(struct bars_writer *w, const struct scale *s, int row)
{
	double tall = (s->high - s->low) / (2 * ROWS);
	double from = s->high - tall * 2 * (row + 1);
	double step = axis_step(s->low, s->high, 8);
	double tick = ceil(from / step) * step;
	char price[32] = "";

	for (size_t i = 0; i < w->candles.len; i++) {
		const struct bar *b = &w->candles.v[i];

		term_cell(w, b,
		    cell_of(half_of(b, from + tall, from + 2 * tall),
			half_of(b, from, from + tall)));
	}
	if (tick < from + 2 * tall)
		axis_text(tick, step, price);
	buf_printf(&w->text, "%s%s\n", price[0] != '\0' ? " " : "", price);
}

static void
term_volumes(struct bars_writer *w, const struct scale *s)
{
	static const char *const bars[] = { " ", "\u2581", "\u2582", "\u2583",
		"\u2584", "\u2585", "\u2586", "\u2587", "\u2588" };

	if (!(s->volume > 0))
		return;
	for (size_t i = 0; i < w->candles.len; i++) {
		double v = w->candles.v[i].v;

		buf_puts(&w->text,
		    v > 0 ? bars[1 + (int)(v / s->volume * 7)] : bars[0]);
	}
	buf_puts(&w->text, " volume\n");
}

void
bars_term_series_end(struct bars_writer *w)
{
	char first[ROWS_TIME_MAX], last[ROWS_TIME_MAX];
	struct scale s;

	if (w->nth > 0)
		buf_putc(&w->text, '\n');
	title(w, false);
	if (!scale_of(w, &s)) {
		buf_puts(&w->text, ": no bars\n");
		return;
	}
	time_short(w, w->candles.v[0].t, first);
	time_short(w, w->last_ts, last);
	buf_printf(&w->text, ", %s to %s\n", first, last);
	for (int row = 0; row < ROWS; row++)
		term_line(w, &s, row);
	term_volumes(w, &s);
}
