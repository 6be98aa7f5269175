#include "market/calendar.h"

#include <stdlib.h>

#include "market/calendar_internal.h"
#include "market/holidays.h"

static md_date
clamp_date(int64_t date)
{
	return (md_date)clamp64(date, DATE_MIN, DATE_MAX);
}

/* -- New York's clock -- */

/* The first time in (low, high] at which the offset is no longer low's. */
static int64_t
offset_change(const struct zone *z, int64_t low, int64_t high)
{
	int64_t offset = zone_offset_ms(z, low);

	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		if (zone_offset_ms(z, middle) == offset)
			low = middle;
		else
			high = middle;
	}
	return high;
}

/* UTC of a local time, which is written as if it were UTC. */
static int64_t
zone_time(const struct zone *z, int64_t local)
{
	int64_t before = zone_offset_ms(z, local - MD_DAY);
	int64_t after = zone_offset_ms(z, local + MD_DAY);
	int64_t t = local - before;

	/* The earlier offset's reading is the first of two. */
	if (before == after || zone_offset_ms(z, t) == before)
		return t;
	t = local - after;
	if (zone_offset_ms(z, t) == after)
		return t;
	return offset_change(z, local - MD_DAY, local + MD_DAY);
}

int64_t
calendar_ny_midnight(const struct calendar *cal, md_date date)
{
	if (date >= FIRST_DATE && date <= END_DATE)
		return cal->midnight[date - FIRST_DATE];
	return zone_time(cal->zone, date * MD_DAY);
}

md_date
calendar_ny_date(const struct calendar *cal, int64_t t)
{
	/* No zone is a day from UTC. */
	md_date date = (md_date)floor_div(t, MD_DAY) - 1;

	while (calendar_ny_midnight(cal, date + 1) <= t)
		date++;
	return date;
}

int64_t
calendar_ny_offset(const struct calendar *cal, int64_t t)
{
	return zone_offset_ms(cal->zone, clamp_time(t));
}

int64_t
calendar_ny_time(const struct calendar *cal, md_date date, int64_t clock)
{
	int64_t days, midnight;

	clock = clamp64(clock, -DATE_MAX * MD_DAY, DATE_MAX * MD_DAY);
	days = floor_div(clock, MD_DAY);
	clock -= days * MD_DAY;
	date = clamp_date(date + days);
	midnight = calendar_ny_midnight(cal, date);
	if (calendar_ny_midnight(cal, date + 1) - midnight == MD_DAY)
		return midnight + clock;
	return zone_time(cal->zone, date * MD_DAY + clock);
}

md_date
calendar_date(const struct calendar *cal, enum asset_class class, int64_t t)
{
	t = clamp_time(t);
	if (class == CLASS_CRYPTO)
		return (md_date)floor_div(t, MD_DAY);
	return calendar_ny_date(cal, t);
}

int64_t
calendar_midnight(const struct calendar *cal, enum asset_class class,
    md_date date)
{
	if (class == CLASS_CRYPTO)
		return date * MD_DAY;
	return calendar_ny_midnight(cal, date);
}

/* -- sessions -- */

static bool
session_make(const struct calendar *cal, md_date date,
    const struct nyse_day *day, struct session *out)
{
	if (!day->open)
		return false;
	out->date = date;
	out->open_ms = calendar_ny_time(cal, date, day->open_clock_ms);
	out->close_ms = calendar_ny_time(cal, date, day->close_clock_ms);
	out->early = day->why != NULL;
	return true;
}

bool
calendar_session(const struct calendar *cal, md_date date, struct session *out)
{
	struct nyse_day day;

	if (tabulated(date)) {
		const int32_t *before =
		    &cal->sessions_before[date - FIRST_DATE];

		if (before[0] == before[1])
			return false;
		*out = cal->sessions[before[0]].session;
		return true;
	}
	if (date != clamp_date(date))
		return false;
	day = calendar_changes_day(&cal->changes, date);
	return session_make(cal, date, &day, out);
}

const char *
calendar_holiday(const struct calendar *cal, md_date date)
{
	return calendar_changes_day(&cal->changes, clamp_date(date)).why;
}

bool
calendar_is_changed(const struct calendar *cal, md_date date)
{
	return calendar_changes_have(&cal->changes, date);
}

enum day_source
calendar_source(const struct calendar *cal, md_date date)
{
	return calendar_changes_source(&cal->changes, date);
}

/* The exchange was never closed for a month since 1914; a change takes away one
 * session at most, and more than half of all days are sessions. */
static bool
session_beside(const struct calendar *cal, md_date date, int step,
    struct session *out)
{
	int most = 31 + 2 * (int)cal->changes.len;

	date = clamp_date(date);
	for (int i = 1; i <= most; i++)
		if (calendar_session(cal, date + i * step, out))
			return true;
	return false;
}

bool
calendar_next_session(const struct calendar *cal, md_date date,
    struct session *out)
{
	return session_beside(cal, date, 1, out);
}

bool
calendar_previous_session(const struct calendar *cal, md_date date,
    struct session *out)
{
	return session_beside(cal, date, -1, out);
}

/* -- opening hours of any class -- */

static bool
fx_hours(const struct calendar *cal, md_date date, struct hours *out)
{
	int weekday = md_weekday(date);

	if (weekday == 6)
		return false;
	out->from =
	    calendar_ny_time(cal, date, weekday == 0 ? 17 * MD_HOUR : 0);
	out->to =
	    calendar_ny_time(cal, date, (weekday == 5 ? 17 : 24) * MD_HOUR);
	return true;
}

bool
calendar_hours(const struct calendar *cal, enum asset_class class, md_date date,
    struct hours *out)
{
	struct session s;

	if (class == CLASS_CRYPTO) {
		out->from = date * MD_DAY;
		out->to = out->from + MD_DAY;
		return true;
	}
	if (class == CLASS_FX)
		return fx_hours(cal, date, out);
	if (!calendar_session(cal, date, &s))
		return false;
	out->from = s.open_ms;
	out->to = s.close_ms;
	return true;
}

bool
calendar_is_open(const struct calendar *cal, enum asset_class class, int64_t t)
{
	struct hours h;

	t = clamp_time(t);
	return calendar_hours(cal, class, calendar_date(cal, class, t), &h) &&
	       t >= h.from && t < h.to;
}

/* -- making one -- */

static void
midnights_fill(struct calendar *cal)
{
	int64_t offset = zone_offset_ms(cal->zone, FIRST_DATE * MD_DAY);

	for (md_date i = 0; i <= DAYS; i++) {
		int64_t local = (FIRST_DATE + i) * MD_DAY, t = local - offset;

		/* Mostly the day before's offset still holds. */
		if (zone_offset_ms(cal->zone, t) != offset) {
			t = zone_time(cal->zone, local);
			offset = zone_offset_ms(cal->zone, t);
		}
		cal->midnight[i] = t;
	}
}

/* How many windows of each timeframe overlap a session with those hours. */
static void
windows_count(const struct nyse_day *day, int32_t counts[TF_DAILY])
{
	for (int tf = 0; tf < TF_1D; tf++) {
		int64_t step = timeframe_nominal_ms((enum timeframe)tf);

		counts[tf] = (int32_t)((day->close_clock_ms + step - 1) / step -
				       day->open_clock_ms / step);
	}
	counts[TF_1D] = 1;
}

static void
sessions_fill(struct calendar *cal)
{
	struct entry *entry = cal->sessions;
	int32_t counts[TF_DAILY] = { 0 };
	int64_t counted = -1;

	for (md_date i = 0; i < DAYS; i++) {
		struct nyse_day day =
		    calendar_changes_day(&cal->changes, FIRST_DATE + i);

		cal->sessions_before[i] = (int32_t)(entry - cal->sessions);
		if (!session_make(cal, FIRST_DATE + i, &day, &entry->session))
			continue;
		/* Mostly the hours are those of the session before. */
		if (day.close_clock_ms != counted) {
			windows_count(&day, counts);
			counted = day.close_clock_ms;
		}
		for (int tf = 0; tf < TF_DAILY; tf++)
			entry[1].windows_before[tf] =
			    entry[0].windows_before[tf] + counts[tf];
		entry++;
	}
	cal->sessions_before[DAYS] = (int32_t)(entry - cal->sessions);
}

bool
calendar_create(struct calendar **out, struct zone *new_york,
    const struct calendar_changes *changes, struct md_error *e)
{
	struct calendar *cal = calloc(1, sizeof(*cal));

	if (cal == NULL) {
		zone_destroy(&new_york);
		return md_nomem(e);
	}
	cal->zone = new_york;
	if (changes != NULL)
		cal->changes = *changes;
	/* Pages past the last session are never touched. */
	cal->sessions = calloc(DAYS + 1, sizeof(*cal->sessions));
	if (cal->sessions == NULL) {
		calendar_destroy(&cal);
		return md_nomem(e);
	}
	midnights_fill(cal);
	sessions_fill(cal);
	*out = cal;
	return true;
}

void
calendar_destroy(struct calendar **cal)
{
	if (*cal == NULL)
		return;
	zone_destroy(&(*cal)->zone);
	free((*cal)->sessions);
	free(*cal);
	*cal = NULL;
}
