#include "cli/calendar_options.h"

#include <stdlib.h>
#include <string.h>

#include "base/mdtime.h"

static bool
take_change(void *into, const struct option_value *v, const char *date,
    int64_t close_clock_ms, struct md_error *e)
{
	struct calendar_changes *changes =
	    (struct calendar_changes *)((char *)into + v->row->offset);
	struct calendar_change change = { 0, (enum day_change)v->row->min,
		close_clock_ms };

	if (!md_date_parse(date, &change.date))
		return md_fail(e, MD_EUSAGE,
		    "'%.40s': expected a date such as 2026-11-27", date);
	return calendar_changes_add(changes, &change, e) ||
	       md_context(e, "'%s'", date);
}

bool
calendar_take_day(void *into, const struct option_value *v, struct md_error *e)
{
	return take_change(into, v, v->text, 0, e);
}

/* "13:00" */
static bool
clock_parse(const char *s, int64_t *ms)
{
	long hours = strtol(s, NULL, 10), minutes;

	if (strlen(s) != 5 || strspn(s, "0123456789") != 2 || s[2] != ':' ||
	    strspn(s + 3, "0123456789") != 2)
		return false;
	minutes = strtol(s + 3, NULL, 10);
	*ms = hours * MD_HOUR + minutes * MD_MINUTE;
	return hours < 24 && minutes < 60;
}

/* "2026-07-02=13:00", which is a member of the configuration's object. */
bool
calendar_take_early(void *into, const struct option_value *v,
    struct md_error *e)
{
	size_t n = strcspn(v->text, "=");
	const char *clock = v->text + n + (v->text[n] == '=');
	char date[64];
	int64_t ms;

	(void)snprintf(date, sizeof(date), "%.*s", (int)n, v->text);
	if (!clock_parse(clock, &ms))
		return md_fail(e, MD_EUSAGE,
		    "'%.40s': '%.40s': expected a time such as 13:00", date,
		    clock);
	return take_change(into, v, date, ms, e);
}
