/*
 * Bars by formula.  The logarithm of the price is a sum of octaves: each is a
 * polyline through hashed values, twice as long and √2 times as high as the
 * one before, which together move as prices do at every scale.  So a price at
 * any time costs some twenty terms and no walk from the beginning; a walk
 * along a range only looks values up when it enters their next segment.
 *
 * The formula gives prices as if no split had ever been; what was traded then
 * is that times the splits still ahead.  Pure.
 */
#ifndef MD_MOCK_SOURCE_FORMULA_H
#define MD_MOCK_SOURCE_FORMULA_H

#include "mock/source.h"

/* What is peculiar to a symbol. */
struct character {
	enum asset_class ac;
	uint64_t hash;
	double level, drift; /* of the logarithm; drift a minute */
	double wild;         /* height of the shortest octave */
	double volume;       /* a minute */
	int64_t since_ms;
	struct split split[2];
	int64_t split_ms[2];
	int splits;
};

/* Names that start with ZZ do not exist. */
bool formula_exists(const char *symbol);
void character_make(struct character *, uint64_t seed, const char *symbol,
    const struct calendar *);

/*
 * Appends the minutes that trade and start in [from, to), until there are more
 * than max bars.  False: memory ran out.
 */
bool formula_minutes(const struct character *, const struct calendar *,
    int64_t from_ms, int64_t to_ms, size_t max, struct bars *);

/* A hash that is the same in every run. */
uint64_t formula_hash(uint64_t, uint64_t);

#endif
