#include "mock/source_formula.h"

#include <math.h>
#include <string.h>

#define OCTAVES 22 /* the longest is four years */

/* -- chance that repeats -- */

static uint64_t
mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

uint64_t
formula_hash(uint64_t a, uint64_t b)
{
	return mix(a + UINT64_C(0x9e3779b97f4a7c15) * (b + 1));
}

/* From 0 up to 1. */
static double
unit(uint64_t h)
{
	return (double)(h >> 11) * 0x1p-53;
}

static double
between(double low, double high, uint64_t h)
{
	return low + (high - low) * unit(h);
}

/* -- symbols -- */

static const struct {
	double from, to;
} ratios[] = { { 1, 2 }, { 1, 3 }, { 2, 3 }, { 1, 4 }, { 1, 7 }, { 1, 10 },
	{ 8, 1 } };

static void
character_splits(struct price_model *c, const char *symbol,
    const struct calendar *cal)
{
	uint64_t h = formula_hash(c->hash, 100);
	md_date date = md_date_of(2006, 1, 3);

	if (!asset_class_splits(c->ac) || h % 5 != 0)
		return;
	c->splits = 1 + (int)(h / 5 % 2);
	for (int i = 0; i < c->splits; i++) {
		uint64_t hs = formula_hash(c->hash, 101 + (uint64_t)i);
		size_t r = hs % (sizeof(ratios) / sizeof(ratios[0]));
		struct session day;

		date += (md_date)(200 + mix(hs) % 3200);
		(void)calendar_next_session(cal, date, &day);
		date = day.date;
		memcpy(c->split[i].symbol, symbol, strlen(symbol) + 1);
		c->split[i].date = date;
		c->split[i].from = ratios[r].from;
		c->split[i].to = ratios[r].to;
		c->split_ms[i] = calendar_midnight(cal, c->ac, date);
	}
}

void
price_model_init(struct price_model *c, uint64_t seed, const char *symbol,
    const struct calendar *cal)
{
	md_date since = md_date_of(2003, 9, 10);
	double wild = 4.7e-4;

	memset(c, 0, sizeof(*c));
	c->ac = symbol_class(symbol);
	c->hash = mix(seed + UINT64_C(0x632be59bd9b4e019));
	for (const char *p = symbol; *p != '\0'; p++)
		c->hash = formula_hash(c->hash, (unsigned char)*p);
	c->level = between(log(15), log(250), formula_hash(c->hash, 1));
	c->volume =
	    exp(between(log(300), log(40000), formula_hash(c->hash, 2)));
	if (c->ac == CLASS_CRYPTO) {
		since = md_date_of(2010, 7, 17);
		wild *= 1.8;
		c->level =
		    between(log(2), log(20000), formula_hash(c->hash, 1));
		c->volume = between(0.05, 30, formula_hash(c->hash, 2));
	} else if (c->ac == CLASS_FX) {
		wild *= 0.2;
		c->level =
		    between(log(0.6), log(1.7), formula_hash(c->hash, 1));
	}
	c->wild = wild * between(0.6, 1.5, formula_hash(c->hash, 3));
	c->drift =
	    between(-0.02, 0.08, formula_hash(c->hash, 4)) / (365 * 1440);
	c->since_ms = calendar_midnight(cal, c->ac, since);
	character_splits(c, symbol, cal);
}

/* What was traded at t is the formula's price times this. */
static double
split_factor(const struct price_model *c, int64_t t_ms)
{
	double from = 1, to = 1;

	for (int i = 0; i < c->splits; i++)
		if (t_ms < c->split_ms[i]) {
			from *= c->split[i].from;
			to *= c->split[i].to;
		}
	return to / from;
}

/* About three companies of eight pay every quarter: half a percent of what a
 * share was first worth, before the splits to come. */
bool
formula_dividends(const struct price_model *c, const char *symbol,
    const struct calendar *cal, struct actions *out)
{
	uint64_t h = formula_hash(c->hash, 200);
	double cash = exp(c->level) * 0.005;

	if (!asset_class_splits(c->ac) || h % 8 > 2)
		return true;
	for (int quarter = 0; quarter < 4 * 97; quarter++) {
		struct dividend *d = actions_append(out);
		struct session day;

		if (d == NULL)
			return false;
		memcpy(d->symbol, symbol, strlen(symbol) + 1);
		d->date = md_date_of(2004 + quarter / 4, 2 + 3 * (quarter % 4),
		    3 + (int)(h / 8 % 20));
		(void)calendar_next_session(cal, d->date, &day);
		d->date = day.date;
		d->cash = round(cash *
				split_factor(c,
				    calendar_midnight(cal, c->ac, d->date)) *
				1e4) /
			  1e4;
		memcpy(d->currency, DIVIDEND_CURRENCY,
		    sizeof(DIVIDEND_CURRENCY));
		d->declared = (struct dividend_day){ true, d->date - 21 };
		d->recorded = (struct dividend_day){ true, d->date };
		d->paid = (struct dividend_day){ true, d->date + 14 };
		d->frequency = 4;
		d->kind = DIVIDEND_RECURRING;
		if (!(d->cash > 0))
			out->len--;
	}
	return true;
}

bool
formula_exists(const char *symbol)
{
	const char *name =
	    symbol[0] != '\0' && symbol[1] == ':' ? symbol + 2 : symbol;

	return *name != '\0' && strncmp(name, "ZZ", 2) != 0 &&
	       strlen(symbol) < SYMBOL_MAX;
}

/* -- prices -- */

struct octave {
	int64_t segment;
	double left, right;
};

struct walk {
	const struct price_model *c;
	struct octave octave[OCTAVES];
	double height[OCTAVES];
};

static void
walk_begin(struct walk *w, const struct price_model *c)
{
	w->c = c;
	for (int k = 0; k < OCTAVES; k++) {
		w->octave[k].segment = INT64_MIN;
		w->height[k] = c->wild * sqrt((double)(1 << k)) * 0.6;
	}
}

/* The value of one octave at a corner of its line, from -1 to 1. */
static double
corner(const struct walk *w, int k, int64_t segment)
{
	return 2 * unit(formula_hash(w->c->hash + (uint64_t)(k + 1000) * 7919,
		       (uint64_t)segment)) -
	       1;
}

static double
walk_price(struct walk *w, int64_t minute)
{
	/* 2015 is where the drift passes through zero. */
	double sum =
	    w->c->level + w->c->drift * (double)(minute - INT64_C(23667840));

	for (int k = 0; k < OCTAVES; k++) {
		struct octave *o = &w->octave[k];
		int64_t segment = minute >> k;
		int64_t into = minute - segment * ((int64_t)1 << k);

		if (segment != o->segment) {
			o->left = segment == o->segment + 1
				      ? o->right
				      : corner(w, k, segment);
			o->right = corner(w, k, segment + 1);
			o->segment = segment;
		}
		sum += w->height[k] *
		       (o->left + (o->right - o->left) * (double)into /
				      (double)((int64_t)1 << k));
	}
	return exp(sum);
}

/* -- one minute -- */

/* What stays the same for the minutes of a session. */
struct span {
	int64_t open_ms, close_ms;
	double factor; /* of the splits ahead */
	double volume; /* a minute's, on that day */
};

static double
rounded(double x, double scale)
{
	return floor(x * scale + 0.5) / scale;
}

/* More at the open and the close than at noon. */
static double
busy(const struct price_model *c, const struct span *s, int64_t t_ms)
{
	double x;

	if (!asset_class_has_sessions(c->ac))
		return 1;
	x = 2.0 * (double)(t_ms - s->open_ms) /
		(double)(s->close_ms - s->open_ms) -
	    1;
	return 0.6 + 1.6 * x * x;
}

static void
minute_volume(const struct price_model *c, const struct span *s, uint64_t h,
    struct bar *b)
{
	double some = (double)(h >> 32 & 0xffff) / 65536;
	double v = s->volume * busy(c, s, b->t) * (0.2 + 2 * some * some);

	if (c->ac == CLASS_CRYPTO) {
		b->v = rounded(v, 1e8);
		b->n = 1 + (int64_t)(h >> 40 & 0x7f);
	} else {
		b->v = floor(v / s->factor) + 1;
		b->n = 1 + (int64_t)(b->v / (double)(40 + (h >> 40 & 0x7f)));
	}
}

static void
minute_bar(const struct price_model *c, const struct span *s, int64_t t_ms,
    double open, double close, struct bar *b)
{
	uint64_t h =
	    formula_hash(c->hash ^ UINT64_C(0x5bf03635), (uint64_t)t_ms);
	double up = (double)(h & 0xffff) / 65536;
	double down = (double)(h >> 16 & 0xffff) / 65536;
	double high = (open > close ? open : close) * (1 + c->wild * up);
	double low = (open < close ? open : close) * (1 - c->wild * down);
	double scale = 100;

	if (c->ac == CLASS_FX || open < (c->ac == CLASS_CRYPTO ? 10 : 1))
		scale = 1e4;
	b->t = t_ms;
	b->o = rounded(open, scale);
	b->h = rounded(high, scale);
	b->l = rounded(low, scale);
	b->c = rounded(close, scale);
	b->vw = rounded(b->l + (b->h - b->l) * (double)(h >> 48) / 65536, 1e4);
	minute_volume(c, s, h, b);
}

/* -- when there is trading -- */

static void
fx_span(const struct calendar *cal, int64_t t_ms, struct span *out)
{
	out->open_ms = t_ms - t_ms % MD_HOUR;
	while (!calendar_is_open(cal, CLASS_FX, out->open_ms))
		out->open_ms += MD_HOUR;
	out->close_ms = out->open_ms + MD_HOUR;
}

/* The first stretch of trading that ends after t. */
static void
span_at(const struct price_model *c, const struct calendar *cal, int64_t t_ms,
    struct span *out)
{
	struct session day;
	md_date date;

	if (c->ac == CLASS_CRYPTO) {
		out->open_ms = t_ms - t_ms % MD_DAY;
		out->close_ms = out->open_ms + MD_DAY;
	} else if (c->ac == CLASS_FX)
		fx_span(cal, t_ms, out);
	else {
		date = calendar_date(cal, c->ac, t_ms);
		if (!calendar_session(cal, date, &day) || day.close_ms <= t_ms)
			(void)calendar_next_session(cal, date, &day);
		out->open_ms = day.open_ms;
		out->close_ms = day.close_ms;
	}
	out->factor = split_factor(c, out->open_ms);
	out->volume =
	    c->volume * exp(between(-0.8, 0.8,
			    formula_hash(c->hash ^ UINT64_C(0x2545f491),
				(uint64_t)out->open_ms)));
}

bool
formula_minutes(const struct price_model *c, const struct calendar *cal,
    int64_t from_ms, int64_t to_ms, size_t max, struct bars *out)
{
	struct walk w;
	struct span s;

	walk_begin(&w, c);
	if (from_ms < c->since_ms)
		from_ms = c->since_ms;
	from_ms += (MD_MINUTE - from_ms % MD_MINUTE) % MD_MINUTE;
	while (from_ms < to_ms && out->len <= max) {
		double open, close;
		int64_t t;

		span_at(c, cal, from_ms, &s);
		t = s.open_ms > from_ms ? s.open_ms : from_ms;
		open = walk_price(&w, t / MD_MINUTE) * s.factor;
		for (; t < s.close_ms && t < to_ms && out->len <= max;
		     t += MD_MINUTE) {
			struct bar b;

			close = walk_price(&w, t / MD_MINUTE + 1) * s.factor;
			minute_bar(c, &s, t, open, close, &b);
			if (!bars_add(out, &b))
				return false;
			open = close;
		}
		from_ms = s.close_ms;
	}
	return true;
}
