/*
 * The quant features of a series: values computed for each bar from it and
 * the earlier bars, never from a later one.  One pass, in constant memory,
 * without I/O: bars go in, oldest first, and a row of features comes out for
 * each.
 *
 * Windows count bars, not time.  A feature is null until its window is full.
 * Prices and volumes are adjusted for splits, as in the view market_data.
 * mdkit(7), FEATURES, has the definitions.
 *
 * Precision: deviations are updated by Welford's method for a sliding window
 * (Chan, Golub & LeVeque, "Algorithms for computing the sample variance",
 * 1983), and recomputed in two passes every 32 bars and whenever most of the
 * sum has left the window.  So the error is at most a few hundred roundings,
 * whatever the earlier bars were, and a window of equal values has a deviation
 * of exactly zero.
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
	double volatility_20, volatility_50; /* annualized */
	double atr;
	double rolling_volume_20, volume_ratio;
	bool has_extremes; /* the next four are valid */
	bool hh, lh;       /* high above, below the last five highs */
	bool hl, ll;       /* low above, below the last five lows */
	enum trend trend_direction;
	enum volatility volatility_regime;
	enum regime trend_regime;
	enum compression compression_regime;
};

/* Nothing is known. */
extern const struct features features_none;

/* The structure that hh, lh, hl and ll show; only if has_extremes. */
enum structure features_structure(const struct features *);

/*
 * The four extremes and the four states as one small number, as stored:
 * hh 1, lh 2, hl 4, ll 8, has_extremes 16, then two bits each for trend
 * direction, volatility, trend and compression regime.
 */
int features_states(const struct features *);

/* The reverse; other members of *out are unchanged. */
void features_of_states(int states, struct features *out);

struct features_engine;

/*
 * Null when out of memory.  A year has 252 sessions of 6.5 hours for stocks,
 * ETFs and indices, 365 days of 24 hours for crypto, 260 for foreign exchange.
 */
struct features_engine *features_create(enum asset_class, enum timeframe);
void features_destroy(struct features_engine **);

/* Forget all bars. */
void features_reset(struct features_engine *);

/*
 * The features of the next bar, which is adjusted; date is its local day
 * (calendar_date()).  MD_EDATA if the bar has no usable price, or is not later
 * than the previous one; the engine is then unchanged.
 */
bool features_push(struct features_engine *, const struct bar *, md_date date,
    struct features *out, struct md_error *);

/*
 * To get the same features as from the whole history, to 1e-12, push this many
 * bars before the first wanted one, all earlier bars of its local day, and one
 * bar of an earlier day: older bars weigh less than a rounding.
 */
#define FEATURES_LOOKBACK 1600

#endif
