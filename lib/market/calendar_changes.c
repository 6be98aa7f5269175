#include "market/calendar_changes.h"

#include <stdio.h>
#include <string.h>

#include "market/calendar_internal.h"

/* The first change that is not before the date. */
static size_t
place_of(const struct calendar_changes *c, md_date date)
{
	size_t low = 0, high = c->len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->v[middle].date < date)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct calendar_change *
change_of(const struct calendar_changes *c, md_date date)
{
	size_t i = c == NULL ? 0 : place_of(c, date);

	return c != NULL && i < c->len && c->v[i].date == date ? &c->v[i]
							       : NULL;
}

static bool
within_hours(int64_t clock)
{
	return clock > REGULAR_OPEN && clock < REGULAR_CLOSE;
}

bool
calendar_changes_add(struct calendar_changes *c,
    const struct calendar_change *new, struct md_error *e)
{
	size_t i = place_of(c, new->date);

	if (!tabulated(new->date))
		return md_fail(e, MD_EUSAGE,
		    "the calendar knows the years 1990 to 2100");
	if (change_of(c, new->date) != NULL)
		return md_fail(e, MD_EUSAGE,
		    "expected each date once, in one of closed, open and "
		    "early");
	if (new->kind == DAY_EARLY && !within_hours(new->close_clock_ms))
		return md_fail(e, MD_EUSAGE,
		    "expected a time in New York after 09:30 and before 16:00");
	if (c->len == CALENDAR_CHANGES_MAX)
		return md_fail(e, MD_EUSAGE, "expected at most %d dates",
		    CALENDAR_CHANGES_MAX);
	memmove(&c->v[i + 1], &c->v[i], (c->len - i) * sizeof(c->v[0]));
	c->v[i] = *new;
	c->len++;
	return true;
}

bool
calendar_changes_have(const struct calendar_changes *c, md_date date)
{
	return change_of(c, date) != NULL;
}

bool
calendar_changes_tell(struct calendar_changes *c,
    const struct calendar_change *new, const char *name, struct md_error *e)
{
	if (c->told_len == CALENDAR_TOLD_MAX)
		return md_fail(e, MD_EUSAGE,
		    "expected at most %d dates that the vendor tells",
		    CALENDAR_TOLD_MAX);
	if (!calendar_changes_add(c, new, e))
		return false;
	c->told[c->told_len].date = new->date;
	(void)snprintf(c->told[c->told_len].name, CALENDAR_NAME_SIZE, "%s",
	    name);
	c->told_len++;
	return true;
}

/* Null: the vendor told nothing of that date. */
static const char *
name_told(const struct calendar_changes *c, md_date date)
{
	for (size_t i = 0; i < c->told_len; i++)
		if (c->told[i].date == date)
			return c->told[i].name;
	return NULL;
}

enum day_source
calendar_changes_source(const struct calendar_changes *c, md_date date)
{
	if (change_of(c, date) == NULL)
		return DAY_BY_RULE;
	return name_told(c, date) != NULL ? DAY_TOLD : DAY_CONFIGURED;
}

static const char *
why_of(const struct calendar_changes *c, const struct calendar_change *change)
{
	const char *name = name_told(c, change->date);
	bool early = change->kind == DAY_EARLY;

	if (name == NULL)
		return early ? "early close by configuration"
			     : "closed by configuration";
	if (*name != '\0')
		return name;
	return early ? "early close by the vendor" : "closed by the vendor";
}

struct nyse_day
calendar_changes_day(const struct calendar_changes *c, md_date date)
{
	const struct calendar_change *change = change_of(c, date);
	struct nyse_day day = nyse_day(date);
	bool was_open = day.open;

	if (change == NULL)
		return day;
	day.open = change->kind != DAY_CLOSED;
	day.open_clock_ms = REGULAR_OPEN;
	day.close_clock_ms =
	    change->kind == DAY_EARLY ? change->close_clock_ms : REGULAR_CLOSE;
	if (change->kind == DAY_OPEN)
		day.why = NULL;
	else if (day.why == NULL || was_open != day.open)
		day.why = why_of(c, change);
	return day;
}
