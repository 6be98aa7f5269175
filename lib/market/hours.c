#include "market/hours.h"

#define EXTENDED_OPEN  (4 * MD_HOUR)
#define EXTENDED_CLOSE (20 * MD_HOUR)

const char *
hours_name(enum hours_kind kind)
{
	static const char *const names[] = { "all", "regular", "extended" };

	return names[kind];
}

bool
hours_cut(const struct hours *h)
{
	if (h->kind == HOURS_ALL)
		return false;
	return h->kind == HOURS_EXTENDED || asset_class_has_sessions(h->class);
}

bool
hours_are_made(const struct hours *h, enum timeframe tf)
{
	return hours_cut(h) && asset_class_has_sessions(h->class) &&
	       (tf == TF_1H || tf == TF_4H);
}

static void
look_at(struct hours *h, md_date date)
{
	const struct calendar *cal = h->calendar;
	struct session s;

	h->day.from = calendar_midnight(cal, h->class, date);
	h->day.to = calendar_midnight(cal, h->class, date + 1);
	h->len = 0;
	if (!asset_class_has_sessions(h->class) ||
	    !calendar_session(cal, date, &s))
		return;
	if (h->kind == HOURS_REGULAR) {
		h->parts[h->len++] = (struct range){ s.open_ms, s.close_ms };
		return;
	}
	h->parts[h->len++] =
	    (struct range){ calendar_ny_time(cal, date, EXTENDED_OPEN),
		    s.open_ms };
	h->parts[h->len++] = (struct range){ s.close_ms,
		calendar_ny_time(cal, date, EXTENDED_CLOSE) };
}

static const struct range *
part_at(struct hours *h, int64_t t)
{
	if (t < h->day.from || t >= h->day.to)
		look_at(h, calendar_date(h->calendar, h->class, t));
	for (int i = 0; i < h->len; i++)
		if (t >= h->parts[i].from && t < h->parts[i].to)
			return &h->parts[i];
	return NULL;
}

bool
hours_have(struct hours *h, int64_t t)
{
	return !hours_cut(h) || part_at(h, t) != NULL;
}

bool
hours_window(struct hours *h, int64_t t, int64_t length_ms, struct range *out)
{
	const struct range *p = part_at(h, t);

	if (p == NULL)
		return false;
	out->from = t - (t - p->from) % length_ms;
	out->to = out->from + length_ms;
	if (out->to > p->to)
		out->to = p->to;
	return true;
}

/* The first start in the day that was looked at. */
static bool
next_of_day(const struct hours *h, int64_t t, int64_t length_ms, int64_t *start)
{
	for (int i = 0; i < h->len; i++) {
		const struct range *p = &h->parts[i];
		int64_t past = t - p->from;

		*start = p->from;
		if (past > 0)
			*start +=
			    (past + length_ms - 1) / length_ms * length_ms;
		if (*start < p->to)
			return true;
	}
	return false;
}

bool
hours_next(struct hours *h, int64_t t, int64_t length_ms, int64_t *start)
{
	md_date date = calendar_date(h->calendar, h->class, t);

	for (int days = 0; days < 366; days++) {
		/* Kept from one window to the next of a day. */
		if (t < h->day.from || t >= h->day.to || days > 0)
			look_at(h, date + days);
		if (next_of_day(h, t, length_ms, start))
			return true;
	}
	return false;
}
