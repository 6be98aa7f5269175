#include "plan/flat.h"

#include <stdio.h>

#include "base/integer.h"
#include "market/finality.h"

static const struct {
	const char *folder;
	enum asset_class class;
	enum timeframe tf;
} sets[] = {
	[FLAT_STOCK_MINUTES] = { "us_stocks_sip/minute_aggs_v1", CLASS_STOCK,
	    TF_1M },
	[FLAT_STOCK_DAYS] = { "us_stocks_sip/day_aggs_v1", CLASS_STOCK, TF_1D },
	[FLAT_CRYPTO_MINUTES] = { "global_crypto/minute_aggs_v1", CLASS_CRYPTO,
	    TF_1M },
	[FLAT_CRYPTO_DAYS] = { "global_crypto/day_aggs_v1", CLASS_CRYPTO,
	    TF_1D },
	[FLAT_FX_MINUTES] = { "global_forex/minute_aggs_v1", CLASS_FX, TF_1M },
	[FLAT_FX_DAYS] = { "global_forex/day_aggs_v1", CLASS_FX, TF_1D },
	[FLAT_INDEX_MINUTES] = { "us_indices/minute_aggs_v1", CLASS_INDEX,
	    TF_1M },
	[FLAT_INDEX_DAYS] = { "us_indices/day_aggs_v1", CLASS_INDEX, TF_1D },
};

const char *
flat_folder(enum flat_set s)
{
	return sets[s].folder;
}

enum asset_class
flat_class(enum flat_set s)
{
	return sets[s].class;
}

enum timeframe
flat_timeframe(enum flat_set s)
{
	return sets[s].tf;
}

bool
flat_set_of(enum asset_class class, enum timeframe tf, enum flat_set *out)
{
	if (class == CLASS_ETF)
		class = CLASS_STOCK;
	for (int i = 0; i < FLAT_SETS; i++)
		if (sets[i].class == class && sets[i].tf == tf) {
			*out = (enum flat_set)i;
			return true;
		}
	return false;
}

void
flat_name(enum flat_set s, md_date date, char out[FLAT_NAME_MAX])
{
	char day[11];

	md_date_format(date, day);
	(void)snprintf(out, FLAT_NAME_MAX, "%s/%.4s/%.2s/%s.csv.gz",
	    sets[s].folder, day, day + 5, day);
}

/* -- days -- */

struct range
flat_day(const struct calendar *cal, enum flat_set s, md_date date)
{
	return (struct range){ calendar_midnight(cal, sets[s].class, date),
		calendar_midnight(cal, sets[s].class, date + 1) };
}

bool
flat_trades(const struct calendar *cal, enum flat_set s, md_date date)
{
	struct range day = flat_day(cal, s, date);

	return calendar_may_trade(cal, sets[s].class, TF_1M, day.from, day.to);
}

int64_t
flat_due_at(const struct calendar *cal, enum flat_set s, md_date date)
{
	struct grid g = { cal, sets[s].class, TF_1D, GRID_UNKNOWN };

	return finality_final(&g, flat_day(cal, s, date).from);
}

bool
flat_due(const struct calendar *cal, enum flat_set s, md_date date, int64_t now)
{
	return flat_due_at(cal, s, date) <= now;
}

int64_t
flat_minutes(const struct calendar *cal, enum flat_set s, md_date date)
{
	struct range day = flat_day(cal, s, date);

	return calendar_bars_expected(cal, sets[s].class, TF_1M, day.from,
	    day.to);
}

const struct range *
flat_gap(const struct ranges *gaps, struct range day)
{
	for (size_t i = 0; i < gaps->len; i++)
		if (gaps->v[i].from <= day.from && gaps->v[i].to >= day.to)
			return &gaps->v[i];
	return NULL;
}

/* -- what a file answers -- */

void
flat_times_begin(struct flat_times *t, const struct calendar *cal,
    enum flat_set s, md_date date)
{
	enum asset_class other =
	    sets[s].class == CLASS_CRYPTO ? CLASS_FX : CLASS_CRYPTO;

	*t = (struct flat_times){ .starts = sets[s].tf == TF_1D };
	t->days[0] = flat_day(cal, s, date);
	t->days[1] = (struct range){ calendar_midnight(cal, other, date),
		calendar_midnight(cal, other, date + 1) };
	t->candidates = asset_class_has_sessions(sets[s].class) ? 1 : 2;
}

void
flat_count(struct flat_times *t, int64_t at)
{
	t->rows++;
	for (int i = 0; i < t->candidates; i++)
		if (at < t->days[i].from || at >= t->days[i].to ||
		    (t->starts && at != t->days[i].from))
			t->outside[i]++;
}

bool
flat_proved(const struct flat_times *t, struct range *out)
{
	int best = t->candidates > 1 && t->outside[1] < t->outside[0] ? 1 : 0;

	*out = t->days[best];
	/* Where the rows do not tell which day it is, it is what both have. */
	if (t->candidates > 1 && !t->starts &&
	    t->outside[0] + t->outside[1] == 0) {
		out->from = max64(t->days[0].from, t->days[1].from);
		out->to = min64(t->days[0].to, t->days[1].to);
	}
	return t->rows > 0 && 2 * t->outside[best] <= t->rows;
}
