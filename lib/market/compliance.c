#include "market/compliance.h"

#include <math.h>
#include <string.h>

#include "market/alerts.h"

int64_t
compliance_hour(int64_t ms)
{
	return ms - ms % MD_HOUR;
}

static struct compliance_day *
find(struct compliance_days *l, md_date day)
{
	for (size_t i = l->len; i > 0; i--)
		if (l->v[i - 1].day == day)
			return &l->v[i - 1];
	return NULL;
}

/* Its age grows with the clock as long as nobody writes it: that of one hour
 * tells that of each. */
void
compliance_add(struct compliance_days *l, enum tier tier, int64_t through,
    int64_t until, bool missing, int64_t age, int64_t rpo)
{
	struct compliance_day *d = NULL;

	for (int64_t at = through + MD_HOUR; at <= until; at += MD_HOUR) {
		/* Midnight ends a day. */
		md_date day = (md_date)((at - 1) / MD_DAY);

		if (d == NULL || d->day != day)
			d = find(l, day);
		if (d == NULL)
			continue;
		d->tier[tier].looks++;
		d->tier[tier].within += !missing && age - (until - at) <= rpo;
	}
}

bool
compliance_days_fill(struct compliance_days *l, md_date first, md_date last)
{
	struct compliance_days whole = { NULL, 0, 0 };

	for (md_date day = first; day <= last; day++) {
		struct compliance_day *d = compliance_days_append(&whole);
		const struct compliance_day *known = find(l, day);

		if (d == NULL) {
			compliance_days_free(&whole);
			return false;
		}
		if (known != NULL)
			*d = *known;
		else
			d->day = day;
	}
	compliance_days_free(l);
	*l = whole;
	return true;
}

struct compliance_count
compliance_sum(const struct compliance_days *l, enum tier tier, md_date today,
    int n)
{
	struct compliance_count sum = { 0, 0 };

	for (size_t i = 0; i < l->len; i++)
		if (l->v[i].day <= today && l->v[i].day > today - n) {
			sum.looks += l->v[i].tier[tier].looks;
			sum.within += l->v[i].tier[tier].within;
		}
	return sum;
}

double
compliance_percent(const struct compliance_count *c)
{
	return c->looks <= 0 ? (double)NAN : percent_of(c->within, c->looks);
}

double
compliance_burn(const struct compliance_count *c, double target)
{
	if (c->looks <= 0)
		return (double)NAN;
	return percent_of(c->looks - c->within, c->looks) / (100 - target);
}

double
compliance_left(const struct compliance_count *c, double target)
{
	return 100 * (1 - compliance_burn(c, target));
}
