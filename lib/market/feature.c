#include "market/feature.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RING 64 /* holds the longest look back, 60 bars; a power of two */

/* -- the last values -- */

/* Each is written twice, so that the last n ≤ RING lie side by side. */
struct ring {
	double v[2 * RING];
};

static inline void
ring_put(struct ring *r, uint64_t i, double x)
{
	r->v[i % RING] = r->v[i % RING + RING] = x;
}

/* The n values that end with number i, oldest first. */
static inline const double *
ring_last(const struct ring *r, uint64_t i, unsigned n)
{
	return &r->v[i % RING + RING + 1 - n];
}

static inline double
ring_at(const struct ring *r, uint64_t i)
{
	return r->v[i % RING];
}

/* -- mean and deviation of a window -- */

#define ANCHOR_EVERY 32 /* slides until it is computed anew */
#define ANCHOR_DROP  0.125

struct moments {
	unsigned n; /* the window's length */
	unsigned slides;
	double base;   /* the mean when it was computed anew */
	double mean;   /* less the base: small, so are its roundings */
	double m2;     /* sum of squares about the mean */
	double m2_max; /* since it was computed anew */
};

static void
moments_anchor(struct moments *m, const double *w)
{
	double sum = 0, first = 0, second = 0;

	for (unsigned i = 0; i < m->n; i++)
		sum += w[i];
	m->base = sum / m->n;
	for (unsigned i = 0; i < m->n; i++) {
		double d = w[i] - m->base;

		first += d;
		second += d * d;
	}
	/* What the base's own rounding left. */
	m->mean = first / m->n;
	m->m2 = second - first * first / m->n;
	if (m->m2 < 0)
		m->m2 = 0;
	m->m2_max = m->m2;
	m->slides = 0;
}

/* The window has moved on by one: w is what it holds now. */
static inline void
moments_slide(struct moments *m, const double *w, double gone)
{
	double x = w[m->n - 1], change = x - gone, before = m->mean;

	m->mean += change / m->n;
	m->m2 +=
	    change * (((x - m->base) - m->mean) + ((gone - m->base) - before));
	if (m->m2 > m->m2_max)
		m->m2_max = m->m2;
	if (++m->slides == ANCHOR_EVERY || m->m2 < m->m2_max * ANCHOR_DROP)
		moments_anchor(m, w);
}

static double
moments_mean(const struct moments *m)
{
	return m->base + m->mean;
}

static double
moments_deviation(const struct moments *m)
{
	return sqrt(m->m2 / (m->n - 1));
}

/* Value number i (from 0) came to the ring; is the window full? */
static inline bool
moments_follow(struct moments *m, const struct ring *r, uint64_t i)
{
	if (i + 1 < m->n)
		return false;
	if (i + 1 == m->n)
		moments_anchor(m, ring_last(r, i, m->n));
	else
		moments_slide(m, ring_last(r, i, m->n), ring_at(r, i - m->n));
	return true;
}

/* -- median of a window -- */

#define MEDIAN_OF 50

/*
 * The window's values in order.  Search takes O(log n); what lies between the
 * value that leaves and the one that comes moves, at most 400 bytes, which at
 * this length is cheaper than following a tree.
 */
struct sorted {
	double v[MEDIAN_OF];
	unsigned n;
};

/* The first place whose value is not below x.  Without branches: which way
 * it goes cannot be foretold. */
static unsigned
sorted_place(const struct sorted *s, double x)
{
	const double *at = s->v;
	unsigned n = s->n;

	if (n == 0)
		return 0;
	while (n > 1) {
		unsigned half = n / 2;

		at += half & -(unsigned)(at[half - 1] < x);
		n -= half;
	}
	return (unsigned)(at - s->v) + (*at < x);
}

static void
sorted_add(struct sorted *s, double x)
{
	unsigned at = sorted_place(s, x);

	memmove(&s->v[at + 1], &s->v[at], (s->n - at) * sizeof(*s->v));
	s->v[at] = x;
	s->n++;
}

static void
sorted_replace(struct sorted *s, double gone, double x)
{
	unsigned from = sorted_place(s, gone), to = sorted_place(s, x);

	if (to > from) {
		to--;
		memmove(&s->v[from], &s->v[from + 1],
		    (to - from) * sizeof(*s->v));
	} else
		memmove(&s->v[to + 1], &s->v[to], (from - to) * sizeof(*s->v));
	s->v[to] = x;
}

/* Value number i came to the ring; the median once the window is full. */
static bool
sorted_follow(struct sorted *s, const struct ring *r, uint64_t i,
    double *median)
{
	double x = ring_at(r, i);

	if (s->n < MEDIAN_OF)
		sorted_add(s, x);
	else
		sorted_replace(s, ring_at(r, i - MEDIAN_OF), x);
	*median = (s->v[MEDIAN_OF / 2 - 1] + s->v[MEDIAN_OF / 2]) / 2;
	return s->n == MEDIAN_OF;
}

/* -- the engine -- */

#define EXTREMES   5
#define ATR_OF     14
#define EMA_FAST   (2.0 / 21)
#define EMA_SLOW   (2.0 / 51)
#define TREND_OVER 0.01
#define LOW_UNDER  0.7
#define HIGH_OVER  1.3

/* Averages of a price that stands still stop a few roundings apart. */
#define EMA_EQUAL 1e-14

/* Prices and volumes beyond these are no market's; within, no product of two
 * of them, nor a window's sum of squares, overflows or underflows. */
#define VALUE_MIN 1e-100
#define VALUE_MAX 1e100

enum day_return { DAY_NONE, DAY_BAR, DAY_SESSION };

struct state {
	uint64_t n; /* bars so far */
	int64_t t;  /* of the last */
	struct ring close, high, low, volume, ret, vol, width;
	struct moments ret_20, ret_50, close_20, volume_20;
	struct sorted vol_50, width_50;
	uint64_t full_from; /* volumes are all there from this bar on */
	double atr;
	double ema_fast, ema_slow;
	md_date date;      /* of the last bar */
	double day_before; /* the last close of an earlier date; NaN: none */
};

struct features_engine {
	unsigned hour; /* bars of one; 0: longer than one */
	enum day_return day;
	double year; /* the square root of the bars of one */
	struct state s;
};

static double
bars_a_year(enum asset_class class, enum timeframe tf)
{
	double days = 252, hours = 6.5;

	if (tf == TF_1W)
		return 52;
	if (tf == TF_1MO)
		return 12;
	if (class == CLASS_CRYPTO)
		days = 365;
	if (class == CLASS_FX)
		days = 260;
	if (!asset_class_has_sessions(class))
		hours = 24;
	if (tf == TF_1D)
		return days;
	return days * hours * (double)MD_HOUR /
	       (double)timeframe_nominal_ms(tf);
}

struct features_engine *
features_create(enum asset_class class, enum timeframe tf)
{
	struct features_engine *f = malloc(sizeof(*f));

	if (f == NULL)
		return NULL;
	f->hour = 0;
	f->day = tf == TF_1D ? DAY_BAR : DAY_NONE;
	if (timeframe_intraday(tf)) {
		f->hour = (unsigned)(MD_HOUR / timeframe_nominal_ms(tf));
		f->day = DAY_SESSION;
	}
	f->year = sqrt(bars_a_year(class, tf));
	features_reset(f);
	return f;
}

void
features_destroy(struct features_engine **f)
{
	free(*f);
	*f = NULL;
}

void
features_reset(struct features_engine *f)
{
	memset(&f->s, 0, sizeof(f->s));
	f->s.ret_20.n = f->s.close_20.n = f->s.volume_20.n = 20;
	f->s.ret_50.n = 50;
	f->s.day_before = (double)NAN;
}

static bool
possible(double x)
{
	return x >= VALUE_MIN && x <= VALUE_MAX;
}

static bool
usable(const struct features_engine *f, const struct bar *b, struct md_error *e)
{
	char at[MD_TIME_MAX];
	const char *why = NULL;

	if (f->s.n > 0 && b->t <= f->s.t)
		why = "it does not come after the bar before it";
	else if (!possible(b->o) || !possible(b->h) || !possible(b->l) ||
		 !possible(b->c))
		why = "it has a price that none can be";
	else if (b->l > b->h || b->c > b->h || b->c < b->l)
		why = "its low, close and high contradict each other";
	else if (!isnan(b->v) && !(b->v >= 0 && b->v <= VALUE_MAX))
		why = "it has a volume that none can be";
	if (why == NULL)
		return true;
	md_time_format(b->t, at);
	return md_fail(e, MD_EDATA, "the bar of %s cannot be computed with: %s",
	    at, why);
}

/* ln(now / then); exact also where the two are almost the same. */
static double
log_ratio(double now, double then)
{
	double r = (now - then) / then;

	return r > -0.25 && r < 0.5 ? log1p(r) : log(now / then);
}

static void
push_returns(struct features_engine *f, const struct bar *b, md_date date,
    struct features *out)
{
	struct state *s = &f->s;
	double last;

	if (s->n == 0) {
		s->date = date;
		return;
	}
	last = ring_at(&s->close, s->n - 1);
	out->log_return = log_ratio(b->c, last);
	if (f->hour == 1)
		out->return_1h = out->log_return;
	else if (f->hour > 0 && s->n >= f->hour)
		out->return_1h =
		    log_ratio(b->c, ring_at(&s->close, s->n - f->hour));
	if (date != s->date) {
		s->day_before = last;
		s->date = date;
	}
	if (f->day == DAY_BAR)
		out->return_1d = out->log_return;
	else if (f->day == DAY_SESSION && !isnan(s->day_before))
		out->return_1d = log_ratio(b->c, s->day_before);
}

/* Of the returns, which are one fewer than the bars. */
static void
push_volatility(struct features_engine *f, struct features *out)
{
	struct state *s = &f->s;
	double median;
	uint64_t i;

	if (s->n == 0)
		return;
	i = s->n - 1;
	ring_put(&s->ret, i, out->log_return);
	if (moments_follow(&s->ret_20, &s->ret, i))
		out->volatility_20 = moments_deviation(&s->ret_20) * f->year;
	if (!moments_follow(&s->ret_50, &s->ret, i))
		return;
	out->volatility_50 = moments_deviation(&s->ret_50) * f->year;
	i -= s->ret_50.n - 1;
	ring_put(&s->vol, i, out->volatility_50);
	if (!sorted_follow(&s->vol_50, &s->vol, i, &median))
		return;
	out->volatility_regime = VOLATILITY_MEDIUM;
	if (out->volatility_50 < LOW_UNDER * median)
		out->volatility_regime = VOLATILITY_LOW;
	else if (out->volatility_50 > HIGH_OVER * median)
		out->volatility_regime = VOLATILITY_HIGH;
}

/* Wilder, "New Concepts in Technical Trading Systems", 1978: the mean of the
 * first 14 true ranges, the first being that of the second bar. */
static void
push_atr(struct state *s, const struct bar *b, struct features *out)
{
	double last, range;

	if (s->n == 0)
		return;
	last = ring_at(&s->close, s->n - 1);
	range = fmax(b->h, last) - fmin(b->l, last);
	if (s->n <= ATR_OF)
		s->atr += range / ATR_OF;
	else
		s->atr += (range - s->atr) / ATR_OF;
	if (s->n >= ATR_OF)
		out->atr = s->atr;
}

static void
push_volume(struct state *s, const struct bar *b, struct features *out)
{
	/* Where one is absent its window has no mean; zero stands in. */
	if (isnan(b->v))
		s->full_from = s->n + 1;
	ring_put(&s->volume, s->n, isnan(b->v) ? 0 : b->v);
	if (!moments_follow(&s->volume_20, &s->volume, s->n) ||
	    s->n + 1 < s->full_from + s->volume_20.n)
		return;
	out->rolling_volume_20 = moments_mean(&s->volume_20);
	if (out->rolling_volume_20 > 0)
		out->volume_ratio = b->v / out->rolling_volume_20;
}

static void
push_extremes(struct state *s, const struct bar *b, struct features *out)
{
	const double *h, *l, *c;
	double highest, lowest, change;

	if (s->n < EXTREMES)
		return;
	h = ring_last(&s->high, s->n - 1, EXTREMES);
	l = ring_last(&s->low, s->n - 1, EXTREMES);
	c = ring_last(&s->close, s->n - 1, EXTREMES);
	highest = h[0];
	lowest = l[0];
	for (unsigned i = 1; i < EXTREMES; i++) {
		highest = h[i] > highest ? h[i] : highest;
		lowest = l[i] < lowest ? l[i] : lowest;
	}
	out->has_extremes = true;
	out->hh = b->h > highest;
	out->lh = b->h < highest;
	out->hl = b->l > lowest;
	out->ll = b->l < lowest;
	change = b->c / c[0] - 1;
	out->trend_direction = TREND_NEUTRAL;
	if (change > TREND_OVER)
		out->trend_direction = TREND_UP;
	else if (change < -TREND_OVER)
		out->trend_direction = TREND_DOWN;
}

static void
push_trend(struct state *s, const struct bar *b, struct features *out)
{
	double apart;

	if (s->n == 0)
		s->ema_fast = s->ema_slow = b->c;
	s->ema_fast += EMA_FAST * (b->c - s->ema_fast);
	s->ema_slow += EMA_SLOW * (b->c - s->ema_slow);
	apart = s->ema_fast - s->ema_slow;
	out->trend_regime = REGIME_RANGING;
	if (apart > EMA_EQUAL * s->ema_slow)
		out->trend_regime = REGIME_UPTREND;
	else if (apart < -EMA_EQUAL * s->ema_slow)
		out->trend_regime = REGIME_DOWNTREND;
}

static void
push_compression(struct state *s, struct features *out)
{
	double width, median;
	uint64_t i;

	if (!moments_follow(&s->close_20, &s->close, s->n))
		return;
	width =
	    2 * moments_deviation(&s->close_20) / moments_mean(&s->close_20);
	i = s->n - (s->close_20.n - 1);
	ring_put(&s->width, i, width);
	if (sorted_follow(&s->width_50, &s->width, i, &median))
		out->compression_regime = width < LOW_UNDER * median
					      ? COMPRESSED
					      : COMPRESSION_EXPANDED;
}

const struct features features_none = {
	.log_return = (double)NAN,
	.return_1h = (double)NAN,
	.return_1d = (double)NAN,
	.volatility_20 = (double)NAN,
	.volatility_50 = (double)NAN,
	.atr = (double)NAN,
	.rolling_volume_20 = (double)NAN,
	.volume_ratio = (double)NAN,
};

bool
features_push(struct features_engine *f, const struct bar *b, md_date date,
    struct features *out, struct md_error *e)
{
	struct state *s = &f->s;

	if (!usable(f, b, e))
		return false;
	*out = features_none;
	out->t = b->t;
	push_returns(f, b, date, out);
	push_volatility(f, out);
	push_atr(s, b, out);
	push_volume(s, b, out);
	push_extremes(s, b, out);
	push_trend(s, b, out);
	ring_put(&s->close, s->n, b->c);
	ring_put(&s->high, s->n, b->h);
	ring_put(&s->low, s->n, b->l);
	push_compression(s, out);
	s->t = b->t;
	s->n++;
	return true;
}

/* -- as stored -- */

enum structure
features_structure(const struct features *f)
{
	if (f->hh && f->hl)
		return STRUCTURE_BULLISH;
	return f->lh && f->ll ? STRUCTURE_BEARISH : STRUCTURE_RANGE;
}

int
features_states(const struct features *f)
{
	return f->hh | f->lh << 1 | f->hl << 2 | f->ll << 3 |
	       f->has_extremes << 4 | (int)f->trend_direction << 5 |
	       (int)f->volatility_regime << 7 | (int)f->trend_regime << 9 |
	       (int)f->compression_regime << 11;
}

void
features_of_states(int states, struct features *out)
{
	out->hh = (states & 1) != 0;
	out->lh = (states >> 1 & 1) != 0;
	out->hl = (states >> 2 & 1) != 0;
	out->ll = (states >> 3 & 1) != 0;
	out->has_extremes = (states >> 4 & 1) != 0;
	out->trend_direction = (enum trend)(states >> 5 & 3);
	out->volatility_regime = (enum volatility)(states >> 7 & 3);
	out->trend_regime = (enum regime)(states >> 9 & 3);
	out->compression_regime = (enum compression)(states >> 11 & 3);
}
