#include "market/staleness.h"

#include <string.h>

#include "base/integer.h"
#include "base/name.h"

static const char *const names[STALENESS_COUNT] = {
	[STALENESS_FRESH] = "fresh",
	[STALENESS_AGING] = "aging",
	[STALENESS_STALE] = "stale",
	[STALENESS_MISSING] = "missing",
};

const char *
staleness_name(enum staleness s)
{
	return names[s];
}

bool
staleness_parse(const char *s, unsigned *bits, struct md_error *e)
{
	unsigned found = 0;

	for (;;) {
		size_t n = strcspn(s, ",");
		int i = NAME_FIND_N(names, s, n);

		if (i < 0)
			return md_fail(e, MD_EUSAGE,
			    "'%.*s': expected one of " STALENESS_NAMES
			    ", or several with commas between them",
			    (int)(n > 40 ? 40 : n), s);
		found |= 1U << i;
		if (s[n] == '\0')
			break;
		s += n + 1;
	}
	*bits = found;
	return true;
}

static const char *const bases[] = {
	[BASIS_FEATURES] = "features",
	[BASIS_BARS] = "bars",
};

const char *
staleness_basis_name(enum staleness_basis b)
{
	return bases[b];
}

bool
staleness_basis_parse(const char *s, enum staleness_basis *out)
{
	int i = NAME_FIND(bases, s);

	if (i < 0)
		return false;
	*out = (enum staleness_basis)i;
	return true;
}

static const char *const clocks[] = {
	[CLOCK_WALL] = "wall",
	[CLOCK_MARKET] = "market",
};

const char *
staleness_clock_name(enum staleness_clock c)
{
	return clocks[c];
}

bool
staleness_clock_parse(const char *s, enum staleness_clock *out)
{
	int i = NAME_FIND(clocks, s);

	if (i < 0)
		return false;
	*out = (enum staleness_clock)i;
	return true;
}

bool
staleness_bounds_check(const struct staleness_bounds *b, struct md_error *e)
{
	char fresh[32], aging[32], overdue[32];

	if (b->fresh_ms > 0 && b->fresh_ms <= b->aging_ms &&
	    b->aging_ms <= b->overdue_ms)
		return true;
	md_duration_format(b->fresh_ms, fresh);
	md_duration_format(b->aging_ms, aging);
	md_duration_format(b->overdue_ms, overdue);
	return md_fail(e, MD_EUSAGE,
	    "bounds out of order: fresh below %s, aging below %s, overdue from "
	    "%s; expected each above 0 and no less than the one before",
	    fresh, aging, overdue);
}

/* -- age -- */

static int64_t
since(int64_t t, int64_t now)
{
	return now > t ? now - t : 0;
}

struct grid
staleness_grid(const struct calendar *cal, const struct staleness_facts *f)
{
	struct grid g = { cal, f->class, f->timeframe, f->grid };

	if (f->has_bars)
		(void)grid_learn(&g, f->newest_ts);
	return g;
}

/* Since a first answer was due about the next bar that the calendar expects:
 * of a stock's day at the session's close. */
static int64_t
market_age(const struct staleness_rule *r, const struct staleness_facts *f,
    int64_t ts, int64_t now)
{
	struct grid g = staleness_grid(r->calendar, f);
	int64_t end = grid_end(&g, grid_start(&g, ts)), absent;

	/* None within a year: before the calendar's years, or after them. */
	if (!grid_next_expected(&g, end, &absent))
		return since(end + r->settle_ms, now);
	return since(knowledge_late(&g, r->settle_ms, absent, INT64_MIN), now);
}

/* When a better answer than the newest bar was due. */
static int64_t
late(const struct staleness_rule *r, const struct staleness_facts *f)
{
	struct grid g = staleness_grid(r->calendar, f);

	return f->answered
		   ? knowledge_late(&g, r->settle_ms, f->newest_ts, f->as_of_ms)
		   : INT64_MAX;
}

bool
staleness_age(const struct staleness_rule *r, const struct staleness_facts *f,
    int64_t now, int64_t *age)
{
	bool features = r->basis == BASIS_FEATURES;
	struct grid g = staleness_grid(r->calendar, f);

	if (!f->has_bars || (features && !f->has_features))
		return false;
	if (r->clock == CLOCK_MARKET && features && !f->has_featured_ts)
		return false;
	if (r->clock == CLOCK_MARKET)
		*age = market_age(r, f,
		    features ? f->featured_ts : f->newest_ts, now);
	else if (features)
		*age = since(f->computed_ms, now);
	else
		*age = since(grid_end(&g, grid_start(&g, f->newest_ts)), now);
	if (r->clock == CLOCK_MARKET || !features)
		*age = max64(*age, since(late(r, f), now));
	return true;
}

bool
staleness_provisional(const struct staleness_rule *r,
    const struct staleness_facts *f)
{
	struct grid g = staleness_grid(r->calendar, f);

	return !f->answered ||
	       knowledge_provisional(&g, f->newest_ts, f->as_of_ms);
}

enum staleness
staleness_of(const struct staleness_bounds *b, int64_t age)
{
	if (age < b->fresh_ms)
		return STALENESS_FRESH;
	return age < b->aging_ms ? STALENESS_AGING : STALENESS_STALE;
}
