#include "market/hole.h"

#include "base/mdtime.h"

/* 251 of 365 days are sessions, or more. */
bool
hole_is_possible(int64_t bars, int64_t first, int64_t newest, int64_t at_least)
{
	int64_t span = newest - first - at_least / 2;
	double days = (double)span / (double)MD_DAY;

	return (double)bars < days * 251 / 365;
}

bool
hole_between(int64_t from, int64_t to, int64_t since, int64_t at_least)
{
	return to - from > at_least && to > since;
}

static int64_t
overlap(int64_t from, int64_t to, int64_t first, int64_t end)
{
	int64_t a = from > first ? from : first;
	int64_t b = to < end ? to : end;

	return a < b ? b - a : 0;
}

int64_t
hole_answered(const struct coverage *c, const struct doubts *d, int64_t from,
    int64_t to)
{
	int64_t ms = 0;

	for (size_t i = 0; i < c->len; i++)
		if (c->v[i].kind != COVERAGE_DENIED)
			ms += overlap(c->v[i].from, c->v[i].to, from, to);
	for (size_t i = 0; i < d->len; i++)
		ms += overlap(d->v[i].from, d->v[i].to, from, to);
	return ms;
}
