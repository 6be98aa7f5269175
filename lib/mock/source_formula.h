/*
 * Bars by formula.  The logarithm of the price is a sum of octaves: each is a
 * polyline through hashed values, twice as long and √2 times as high as the
 * one before; together they move like prices at every scale.  So the price at
 * any time takes about twenty terms and no walk from the beginning, and a walk
 * along a range only looks up values when it enters a new segment.
 *
 * The formula gives prices as if there had never been a split; the price as
 * traded is that times the splits still to come.  Pure.
 */
#ifndef MD_MOCK_SOURCE_FORMULA_H
#define MD_MOCK_SOURCE_FORMULA_H

#include "mock/source.h"

/* The properties of a symbol. */
struct price_model {
	enum asset_class ac;
	uint64_t hash;
	double level, drift; /* of the logarithm; drift per minute */
	double wild;         /* the height of the shortest octave */
	double volume;       /* per minute */
	int64_t since_ms;
	struct split split[2];
	int64_t split_ms[2];
	int splits;
};

/* Names that start with ZZ do not exist. */
bool formula_exists(const char *symbol);
void price_model_init(struct price_model *, uint64_t seed, const char *symbol,
    const struct calendar *);

/*
 * Appends bars for the trading minutes that start in [from, to), until there
 * are more than max.  False: out of memory.
 */
bool formula_minutes(const struct price_model *, const struct calendar *,
    int64_t from_ms, int64_t to_ms, size_t max, struct bars *);

/* Appends the quarterly dividends of a symbol that pays any, from its beginning
 * to 2100.  False: out of memory. */
bool formula_dividends(const struct price_model *, const char *symbol,
    const struct calendar *, struct actions *);

/* A hash that is the same in every run. */
uint64_t formula_hash(uint64_t, uint64_t);

#endif
