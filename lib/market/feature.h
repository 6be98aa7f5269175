/*
 * The quant features of a series: what is computed of each bar from it and
 * the bars before it, never from a later one.  One pass, in constant memory,
 * without I/O: bars go in oldest first, a row of features comes out for each.
 *
 * Windows count bars, not time.  A feature is null until its window is full.
 * Prices and volumes are adjusted for splits, as the view market_data has
 * them.  The definitions are the manual's, mdkit(7), FEATURES.
 *
 * How it stays exact: deviations are kept by Welford's update for a sliding
 * window (Chan, Golub & LeVeque, "Algorithms for computing the sample
 * variance", 1983), and computed anew in two passes every 32 bars and whenever
 * most of what the sum held has left the window.  So the error is a few
 * hundred roundings at the most, whatever came before and however long ago,
 * and a window of equal values has a deviation of exactly zero.
 */
#ifndef MD_MARKET_FEATURE_H
#define MD_MARKET_FEATURE_H

#include "base/error.h"
#include "base/mdtime.h"
#include "market/bar.h"
#include "market/symbol.h"
#include "market/timeframe.h"

enum structure { STRUCTURE_RANGE, STRUCTURE_BULLISH, STRUCTURE_BEARISH };

/* Those that need a window are null (0) until it is full. */
enum trend { TREND_NULL, TREND_DOWN, TREND_NEUTRAL, TREND_UP };

enum volatility {
	VOLATILITY_NULL,
	VOLATILITY_LOW,
	VOLATILITY_MEDIUM,
	VOLATILITY_HIGH
};

enum regime { REGIME_NULL, REGIME_DOWNTREND, REGIME_RANGING, REGIME_UPTREND };

enum compression { COMPRESSION_NULL, COMPRESSION_EXPANDED, COMPRESSED };

/* NaN: null. */
struct features {
	int64_t t; /* of the bar: window start, ms UTC */
	double log_return;
	double return_1h, return_1d;
	double volatility_20, volatility_50; /* a year's */
	double atr;
	double rolling_volume_20, volume_ratio;
	bool has_extremes; /* the next four count */
	bool hh, lh;       /* high above, below the last five highs */
	bool hl, ll;       /* low above, below the last five lows */
	enum trend trend_direction;
	enum volatility volatility_regime;
	enum regime trend_regime;
	enum compression compression_regime;
};

/* Of what hh, lh, hl and ll say; only where has_extremes. */
enum structure features_structure(const struct features *);

/*
 * The four extremes and the four states as one small number, as stored:
 * hh 1, lh 2, hl 4, ll 8, has_extremes 16, then two bits each for trend
 * direction, volatility, trend and compression regime.
 */
int features_states(const struct features *);

/* The other way; what else *out holds stays. */
void features_of_states(int states, struct features *out);

struct features_engine;

/*
 * Null when memory ran out.  A year has 252 sessions of 6.5 hours for stocks,
 * ETFs and indices, 365 days of 24 hours for crypto, 260 for foreign exchange.
 */
struct features_engine *features_create(enum asset_class, enum timeframe);
void features_destroy(struct features_engine **);

/* As though nothing had been pushed. */
void features_reset(struct features_engine *);

/*
 * The features of the next bar, adjusted; date is its local day
 * (calendar_date()).  MD_EDATA when the bar has no price to compute with, or
 * does not come after the one before; the engine is then as it was.
 */
bool features_push(struct features_engine *, const struct bar *, md_date date,
    struct features *out, struct md_error *);

/*
 * So many bars before the first wanted one, and all of the local day that
 * holds it and one bar of a day before, give the same features to 1e-12 as
 * the whole history does: what is older has less weight than a rounding.
 */
#define FEATURES_LOOKBACK 1600

#endif
