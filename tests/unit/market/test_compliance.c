#include <math.h>
#include <string.h>

#include "market/compliance.h"
#include "tap.h"

#define DAY(n) (19000 * MD_DAY + (n)*MD_DAY)

static struct compliance_days days;

static bool
is(size_t i, int64_t looks, int64_t within)
{
	const struct compliance_count *c = &days.v[i].tier[TIER_CRITICAL];

	return i < days.len && c->looks == looks && c->within == within;
}

static void
counting(void)
{
	enum tier t = TIER_CRITICAL;

	ok(compliance_hour(DAY(0) + 7 * MD_HOUR - 1) == DAY(0) + 6 * MD_HOUR,
	    "a full hour is at or before its time");
	ok(compliance_days_fill(&days, 19000, 19002) && days.len == 3 &&
		is(2, 0, 0),
	    "there is a row for each day");
	/* From 22:00 on a day to 02:00 on the next: the last of a day is
	 * midnight. */
	compliance_add(&days, t, DAY(1) - 2 * MD_HOUR, DAY(1) + 2 * MD_HOUR,
	    false, 0, MD_HOUR);
	ok(is(0, 2, 2) && is(1, 2, 2) && is(2, 0, 0),
	    "each hour is one look, of its day");
	/* Three hours old at the end, one may be: it was so two hours ago. */
	compliance_add(&days, t, DAY(1) - 2 * MD_HOUR, DAY(1) + 2 * MD_HOUR,
	    false, 3 * MD_HOUR, MD_HOUR);
	ok(is(0, 4, 4) && is(1, 4, 2), "its age grew by the hour");
	compliance_add(&days, t, DAY(1), DAY(1) + MD_HOUR, true, 0, MD_HOUR);
	ok(is(1, 5, 2), "what is missing is never within");
	compliance_add(&days, t, DAY(1), DAY(1), false, 0, MD_HOUR);
	ok(is(1, 5, 2), "an hour is counted once");
	compliance_add(&days, t, DAY(1) + MD_HOUR, DAY(1), false, 0, MD_HOUR);
	ok(is(1, 5, 2), "a clock that went back counts nothing");
	compliance_add(&days, t, DAY(-5), DAY(-4), false, 0, MD_HOUR);
	ok(is(0, 4, 4), "days that are not there are left out");
}

static void
formulas(void)
{
	struct compliance_count c =
	    compliance_sum(&days, TIER_CRITICAL, 19001, 2);
	struct compliance_count none =
	    compliance_sum(&days, TIER_LOW, 19001, 30);

	ok(c.looks == 9 && c.within == 6, "days add up");
	c = compliance_sum(&days, TIER_CRITICAL, 19001, 1);
	ok(c.looks == 5, "of the last n, today among them");
	ok(isnan(compliance_percent(&none)) &&
		isnan(compliance_burn(&none, 99)) &&
		isnan(compliance_left(&none, 99)),
	    "of nothing nothing is known");
	/* The workbook's: 99.9 %, of which 0.1 % is bad burns at 1. */
	c = (struct compliance_count){ 100000, 99900 };
	ok(fabs(compliance_burn(&c, 99.9) - 1) < 1e-9 &&
		fabs(compliance_left(&c, 99.9)) < 1e-6,
	    "a rate of one uses up the budget");
	c.within = 98560;
	ok(fabs(compliance_burn(&c, 99.9) - 14.4) < 1e-9,
	    "14.4 is two per cent of a month's budget in an hour");
	c.within = 100000;
	ok(compliance_burn(&c, 0) == 0 && compliance_left(&c, 99.9) == 100,
	    "without a fault all of it is left");
	c.within = 0;
	ok(fabs(compliance_left(&c, 99) + 9900) < 1e-6 &&
		compliance_left(&c, 0) == 0,
	    "more than all of it can be gone");
}

int
main(void)
{
	counting();
	formulas();
	compliance_days_free(&days);
	return done();
}
