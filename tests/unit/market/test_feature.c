#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "market/feature.h"
#include "market/feature_reference.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const numbers[] = { "log_return", "return_1h", "return_1d",
	"volatility_20", "volatility_50", "atr", "rolling_volume_20",
	"volume_ratio" };

static void
numbers_of(const struct features *f, double out[8])
{
	out[0] = f->log_return;
	out[1] = f->return_1h;
	out[2] = f->return_1d;
	out[3] = f->volatility_20;
	out[4] = f->volatility_50;
	out[5] = f->atr;
	out[6] = f->rolling_volume_20;
	out[7] = f->volume_ratio;
}

/* Within a relative bound, or both null. */
static bool
close_to(double a, double b, double bound)
{
	if (isnan(a) || isnan(b))
		return isnan(a) && isnan(b);
	return isfinite(a) && fabs(a - b) <= bound * fabs(b);
}

static bool
equal(double a, double b)
{
	return close_to(a, b, 0);
}

static bool
same_features(const struct features *a, const struct features *b, double bound)
{
	double x[8], y[8];
	bool good = a->t == b->t && features_states(a) == features_states(b);

	numbers_of(a, x);
	numbers_of(b, y);
	for (size_t i = 0; i < COUNT(numbers); i++)
		if (!close_to(x[i], y[i], bound)) {
			printf("# %s: %.17g, not %.17g\n", numbers[i], x[i],
			    y[i]);
			good = false;
		}
	return good;
}

/* -- bars to compute with -- */

static uint64_t seed;

static double
chance(void)
{
	seed = seed * UINT64_C(6364136223846793005) +
	       UINT64_C(1442695040888963407);
	return (double)(seed >> 11) / 9007199254740992.0;
}

/* A walk in cents with calm and wild stretches, gaps and empty volumes. */
static struct bar *
walk(size_t n)
{
	struct bar *v = calloc(n, sizeof(*v));
	double p = 100;
	int64_t t = INT64_C(1546300800000);

	seed = 42;
	for (size_t i = 0; v != NULL && i < n; i++) {
		double wild = i / 200 % 2 ? 4e-3 : 2e-4;

		p *= 1 + wild * (2 * chance() - 1);
		v[i].t = t += chance() < 0.02 ? MD_HOUR : MD_MINUTE;
		v[i].o = v[i].c = floor(p * 100 + 0.5) / 100;
		v[i].h = v[i].c + floor(10 * chance()) / 100;
		v[i].l = v[i].c - floor(10 * chance()) / 100;
		v[i].v = chance() < 0.1 ? 0 : floor(1e6 * chance());
		v[i].vw = (double)NAN;
		v[i].n = -1;
	}
	return v;
}

static struct bar
flat(int64_t i, double price, double volume)
{
	struct bar b = { i * MD_MINUTE, price, price, price, price, volume,
		(double)NAN, -1 };

	return b;
}

static md_date
utc_date(const struct bar *b)
{
	return (md_date)(b->t / MD_DAY);
}

static bool
compute(struct features_engine *f, const struct bar *v, size_t n,
    struct features *out)
{
	struct md_error e;

	for (size_t i = 0; i < n; i++)
		if (!features_push(f, &v[i], utc_date(&v[i]), &out[i], &e)) {
			printf("# %s\n", e.text);
			return false;
		}
	return true;
}

/* -- what is computed -- */

/* The fixture starts at an opening of New York's, within its winter. */
static bool
as_pandas_computes(void)
{
	struct features_engine *f = features_create(CLASS_STOCK, TF_1H);
	struct md_error e;
	struct features row;
	double got[8];
	bool good = f != NULL;

	for (size_t i = 0; good && i < COUNT(reference); i++) {
		const struct bar *b = &reference[i].bar;
		md_date date = (md_date)((b->t - 5 * MD_HOUR) / MD_DAY);

		good = features_push(f, b, date, &row, &e);
		numbers_of(&row, got);
		for (size_t k = 0; good && k < COUNT(numbers); k++)
			if (!close_to(got[k], reference[i].numbers[k], 1e-9)) {
				printf("# bar %zu, %s: %.17g, not %.17g\n", i,
				    numbers[k], got[k],
				    reference[i].numbers[k]);
				good = false;
			}
		if (features_states(&row) != reference[i].states) {
			printf("# bar %zu: states %d, not %d\n", i,
			    features_states(&row), reference[i].states);
			good = false;
		}
	}
	features_destroy(&f);
	return good;
}

/* Every prefix gives the rows that the whole gives. */
static bool
sees_nothing_of_the_future(void)
{
	enum { N = 260 };
	struct features_engine *f = features_create(CLASS_CRYPTO, TF_1M);
	struct bar *v = walk(N);
	struct features whole[N], part[N];
	bool good = f != NULL && v != NULL && compute(f, v, N, whole);

	for (size_t n = 1; good && n < N; n++) {
		features_reset(f);
		good = compute(f, v, n, part);
		for (size_t i = 0; good && i < n; i++)
			good = same_features(&part[i], &whole[i], 0);
	}
	features_destroy(&f);
	free(v);
	return good;
}

/* Started in the middle, the same from FEATURES_LOOKBACK bars on. */
static bool
a_look_back_is_enough(void)
{
	enum { N = 12000 };
	struct features_engine *f = features_create(CLASS_CRYPTO, TF_1M);
	struct bar *v = walk(N);
	struct features *whole = calloc(N, sizeof(*whole));
	struct features *part = calloc(N, sizeof(*part));
	bool good = f != NULL && v != NULL && whole != NULL && part != NULL;

	/* What came before may be a thousand times as wild. */
	for (size_t i = 0; good && i < 1000; i++) {
		v[i].h *= 1000;
		v[i].v *= 1e9;
	}
	good = good && compute(f, v, N, whole);
	for (size_t start = 1; good && start < N - 3000; start += 977) {
		features_reset(f);
		good = compute(f, v + start, N - start, part);
		for (size_t i = FEATURES_LOOKBACK; good && i < N - start; i++)
			good =
			    same_features(&part[i], &whole[start + i], 1e-12);
	}
	features_destroy(&f);
	free(v);
	free(whole);
	free(part);
	return good;
}

/* The sample deviation of the last n values, in two passes. */
static double
deviation(const double *last, unsigned n)
{
	long double mean = 0, sum = 0;

	for (unsigned i = 0; i < n; i++)
		mean += last[i];
	mean /= n;
	for (unsigned i = 0; i < n; i++)
		sum += (last[i] - mean) * (last[i] - mean);
	return (double)sqrtl(sum / (n - 1));
}

/* A jump of a thousandfold leaves nothing behind once it has left. */
static bool
a_million_bars_stay_exact(void)
{
	enum { N = 1000000 };
	struct features_engine *f = features_create(CLASS_STOCK, TF_1W);
	struct bar *v = walk(N);
	double *returns = calloc(N, sizeof(*returns));
	bool good = f != NULL && v != NULL && returns != NULL;
	struct features row;
	struct md_error e;

	for (size_t i = 0; good && i < N; i++) {
		if (i % 777 == 0) {
			v[i].c *= 1000;
			v[i].h = v[i].c;
			v[i].v = 1e15;
		}
		good = features_push(f, &v[i], 0, &row, &e);
		returns[i] = row.log_return;
		if (i < 50 || (i % 13 != 0 && i < N - 1000))
			continue;
		good = good &&
		       close_to(row.volatility_20 / sqrt(52),
			   deviation(&returns[i - 19], 20), 1e-12) &&
		       close_to(row.volatility_50 / sqrt(52),
			   deviation(&returns[i - 49], 50), 1e-12);
		if (!good)
			printf("# bar %zu\n", i);
	}
	features_destroy(&f);
	free(v);
	free(returns);
	return good;
}

/* A price that rises by a cent a bar: returns that are almost equal, whose
 * deviation is a ten-thousandth of them. */
static bool
almost_equal_returns_stay_exact(void)
{
	enum { N = 4000 };
	struct features_engine *f = features_create(CLASS_STOCK, TF_1W);
	double *returns = calloc(N, sizeof(*returns));
	bool good = f != NULL && returns != NULL;
	struct features row;
	struct md_error e;

	for (int64_t i = 0; good && i < N; i++) {
		struct bar b = { i * MD_MINUTE, 0, 0, 0, 0, 5, (double)NAN,
			-1 };

		b.o = b.h = b.l = b.c = (double)(10000 + i) / 100;
		good = features_push(f, &b, 0, &row, &e);
		returns[i] = row.log_return;
		if (i < 50)
			continue;
		good = good &&
		       close_to(row.volatility_20 / sqrt(52),
			   deviation(&returns[i - 19], 20), 1e-13) &&
		       close_to(row.volatility_50 / sqrt(52),
			   deviation(&returns[i - 49], 50), 1e-13);
		if (!good)
			printf("# bar %lld\n", (long long)i);
	}
	features_destroy(&f);
	free(returns);
	return good;
}

/* -- what is null, or zero -- */

static bool
nothing_odd(const struct features *f)
{
	double x[8];

	numbers_of(f, x);
	for (size_t i = 0; i < COUNT(numbers); i++)
		if (isinf(x[i]))
			return false;
	return true;
}

/* From a spike to a standstill: zero, not a rounding of what was. */
static bool
a_standstill_is_exact(void)
{
	struct features_engine *f = features_create(CLASS_STOCK, TF_1M);
	struct features row;
	struct md_error e;
	bool good = f != NULL;

	for (int64_t i = 0; good && i < 2000; i++) {
		double price = i == 60 ? 12345.678 : 100.1;
		struct bar b = flat(i, price, i < 80 ? 1e9 / 7 : 0);

		good = features_push(f, &b, 0, &row, &e) && nothing_odd(&row);
	}
	good = good && equal(row.log_return, 0) &&
	       equal(row.volatility_20, 0) && equal(row.volatility_50, 0) &&
	       row.atr < 1e-40 && equal(row.rolling_volume_20, 0) &&
	       isnan(row.volume_ratio) && row.has_extremes && !row.hh &&
	       !row.lh && !row.hl && !row.ll &&
	       features_structure(&row) == STRUCTURE_RANGE &&
	       row.trend_direction == TREND_NEUTRAL &&
	       row.volatility_regime == VOLATILITY_MEDIUM &&
	       row.trend_regime == REGIME_RANGING &&
	       row.compression_regime == COMPRESSION_EXPANDED;
	features_destroy(&f);
	return good;
}

/* When each feature is first there, in bars from the first on. */
static bool
windows_fill(void)
{
	static const unsigned first[] = { 1, 60, 0, 20, 50, 14, 19, 19 };

	enum { N = 120 };
	struct features_engine *f = features_create(CLASS_CRYPTO, TF_1M);
	struct features row[N];
	struct bar v[N];
	double x[8];
	bool good = f != NULL;

	for (int64_t i = 0; i < N; i++)
		v[i] = flat(i, 100 + (double)(i % 7), 5);
	good = good && compute(f, v, N, row);
	for (unsigned i = 0; good && i < N; i++) {
		numbers_of(&row[i], x);
		for (size_t k = 0; k < COUNT(first); k++)
			/* All on one date: no close of an earlier one. */
			good = good && isnan(x[k]) == (k == 2 || i < first[k]);
		good = good && row[i].has_extremes == (i >= 5) &&
		       (row[i].trend_direction != TREND_NULL) == (i >= 5) &&
		       (row[i].volatility_regime != VOLATILITY_NULL) ==
			   (i >= 99) &&
		       row[i].trend_regime != REGIME_NULL &&
		       (row[i].compression_regime != COMPRESSION_NULL) ==
			   (i >= 68);
		if (!good)
			printf("# bar %u\n", i);
	}
	features_destroy(&f);
	return good;
}

static bool
an_index_has_no_volume(void)
{
	struct features_engine *f = features_create(CLASS_INDEX, TF_1D);
	struct features row;
	struct md_error e;
	bool good = f != NULL;

	for (int64_t i = 0; good && i < 60; i++) {
		struct bar b = flat(i, 100, i == 30 ? (double)NAN : 8);

		good = features_push(f, &b, 0, &row, &e) &&
		       isnan(row.rolling_volume_20) ==
			   (i < 19 || (i >= 30 && i < 50)) &&
		       isnan(row.volume_ratio) == isnan(row.rolling_volume_20);
	}
	features_destroy(&f);
	return good;
}

/* -- returns over time -- */

static bool
hour_is(enum timeframe tf, unsigned bars)
{
	enum { N = 64 };
	struct features_engine *f = features_create(CLASS_STOCK, tf);
	struct features row[N];
	struct bar v[N];
	bool good = f != NULL;

	for (int64_t i = 0; i < N; i++)
		v[i] = flat(i, 100 + (double)i, 5);
	good = good && compute(f, v, N, row);
	for (unsigned i = 0; good && i < N; i++)
		good = close_to(row[i].return_1h,
		    bars == 0 || i < bars ? (double)NAN
					  : log(v[i].c / v[i - bars].c),
		    1e-12);
	features_destroy(&f);
	return good;
}

/* Days of three, one and two bars: each against the last of an earlier. */
static bool
day_is(enum timeframe tf, bool session, bool bar)
{
	static const md_date dates[] = { 1, 1, 1, 4, 5, 5 };
	static const int against[] = { -1, -1, -1, 2, 3, 3 };
	struct features_engine *f = features_create(CLASS_STOCK, tf);
	struct features row;
	struct md_error e;
	bool good = f != NULL;

	for (int i = 0; good && i < 6; i++) {
		struct bar b = flat(i, 100 + i, 5);
		double want = (double)NAN;

		if (session && against[i] >= 0)
			want = log(b.c / (100 + against[i]));
		if (bar && i > 0)
			want = log(b.c / (b.c - 1));
		good = features_push(f, &b, dates[i], &row, &e) &&
		       close_to(row.return_1d, want, 1e-12);
	}
	features_destroy(&f);
	return good;
}

/* What the deviation of alternating returns is multiplied by. */
static bool
year_is(enum asset_class class, enum timeframe tf, double bars)
{
	struct features_engine *f = features_create(class, tf);
	struct features row;
	struct md_error e;
	double returns[20] = { 0 };
	bool good = f != NULL;

	for (int64_t i = 0; good && i < 30; i++) {
		struct bar b = flat(i, i % 2 ? 100 : 110, 5);

		good = features_push(f, &b, 0, &row, &e);
		returns[i % 20] = row.log_return;
	}
	good = good && close_to(row.volatility_20,
			   deviation(returns, 20) * sqrt(bars), 1e-13);
	features_destroy(&f);
	return good;
}

/* -- what cannot be computed with -- */

static bool
refused(struct bar b, const char *word)
{
	struct features_engine *f = features_create(CLASS_STOCK, TF_1M);
	struct features row, again;
	struct md_error e = { .code = MD_OK, .text = "" };
	struct bar first = flat(10, 100, 5), next = flat(12, 101, 5);
	bool good = f != NULL && features_push(f, &first, 0, &row, &e) &&
		    !features_push(f, &b, 0, &row, &e) && e.code == MD_EDATA &&
		    strstr(e.text, word) != NULL &&
		    features_push(f, &next, 0, &row, &e);

	/* As though it had not been tried. */
	features_reset(f);
	good = good && features_push(f, &first, 0, &again, &e) &&
	       features_push(f, &next, 0, &again, &e) &&
	       same_features(&row, &again, 0);
	features_destroy(&f);
	return good;
}

static bool
refusals(void)
{
	struct bar zero = flat(11, 0, 5), nan = flat(11, (double)NAN, 5),
		   vast = flat(11, 1e200, 5), late = flat(10, 100, 5),
		   upside = flat(11, 100, 5), less = flat(11, 100, -1);

	upside.l = 101;
	return refused(zero, "price") && refused(nan, "price") &&
	       refused(vast, "price") && refused(late, "after") &&
	       refused(upside, "contradict") && refused(less, "volume");
}

int
main(void)
{
	ok(as_pandas_computes(), "all features as pandas computes them");
	ok(sees_nothing_of_the_future(),
	    "no value changes when later bars are taken away");
	ok(a_look_back_is_enough(), "a bounded look-back gives the same");
	ok(a_million_bars_stay_exact(),
	    "deviations stay exact over a million bars and jumps");
	ok(almost_equal_returns_stay_exact(),
	    "and where returns are almost equal");
	ok(a_standstill_is_exact(), "a standstill deviates by exactly nothing");
	ok(windows_fill(), "a feature is null until its window is full");
	ok(an_index_has_no_volume(), "a window without a volume has no mean");
	ok(hour_is(TF_1M, 60) && hour_is(TF_5M, 12) && hour_is(TF_15M, 4) &&
		hour_is(TF_30M, 2) && hour_is(TF_1H, 1),
	    "an hour is so many bars");
	ok(hour_is(TF_4H, 0) && hour_is(TF_1D, 0) && hour_is(TF_1W, 0) &&
		hour_is(TF_1MO, 0),
	    "a longer bar has no return of an hour");
	ok(day_is(TF_1M, true, false) && day_is(TF_4H, true, false),
	    "an intraday day's return is against the last earlier date");
	ok(day_is(TF_1D, false, true),
	    "a day's return is against the day before");
	ok(day_is(TF_1W, false, false) && day_is(TF_1MO, false, false),
	    "a longer bar has no return of a day");
	ok(year_is(CLASS_STOCK, TF_1M, 252 * 390) &&
		year_is(CLASS_ETF, TF_1H, 1638) &&
		year_is(CLASS_INDEX, TF_4H, 409.5) &&
		year_is(CLASS_STOCK, TF_1D, 252),
	    "a stock's year has 252 sessions of six and a half hours");
	ok(year_is(CLASS_CRYPTO, TF_5M, 365 * 288) &&
		year_is(CLASS_CRYPTO, TF_1D, 365) &&
		year_is(CLASS_FX, TF_1H, 260 * 24),
	    "crypto's has 365 days, foreign exchange's 260");
	ok(year_is(CLASS_CRYPTO, TF_1W, 52) && year_is(CLASS_FX, TF_1MO, 12),
	    "anyone's has 52 weeks and 12 months");
	ok(refusals(), "a broken bar is refused and leaves nothing behind");
	return done();
}
