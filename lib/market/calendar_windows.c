/*
 * The windows of a class's own grid, and when bars are final.
 */
#include "market/calendar_internal.h"
#include "market/grid.h"

static struct grid
own(const struct calendar *cal, enum asset_class class, enum timeframe tf)
{
	return (struct grid){ cal, class, tf, GRID_UNKNOWN };
}

int64_t
calendar_window_start(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t t)
{
	struct grid g = own(cal, class, tf);

	return grid_start(&g, t);
}

int64_t
calendar_window_end(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t start)
{
	struct grid g = own(cal, class, tf);

	(void)grid_learn(&g, start);
	return grid_end(&g, start);
}

bool
calendar_on_grid(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t t)
{
	struct grid g = own(cal, class, tf);

	return grid_has_start(&g, t);
}

int64_t
calendar_bars_expected(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t from, int64_t to)
{
	struct grid g = own(cal, class, tf);

	return grid_bars_expected(&g, from, to);
}

bool
calendar_expects_bars(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t from, int64_t to)
{
	struct grid g = own(cal, class, tf);

	return grid_expects_bars(&g, from, to);
}

bool
calendar_may_trade(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t from, int64_t to)
{
	struct grid g = own(cal, class, tf);

	return grid_may_trade(&g, from, to);
}

bool
calendar_newest_due(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t now, int64_t settle, int64_t *start)
{
	struct grid g = own(cal, class, tf);

	return grid_newest_due(&g, now, settle, start);
}

bool
calendar_next_expected(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t t, int64_t *start)
{
	struct grid g = own(cal, class, tf);

	return grid_next_expected(&g, t, start);
}

int64_t
calendar_due(const struct calendar *cal, enum asset_class class,
    enum timeframe tf, int64_t start, int64_t settle)
{
	struct grid g = own(cal, class, tf);

	return grid_due(&g, start, settle);
}

int64_t
calendar_final_before(const struct calendar *cal, int64_t asked)
{
	md_date date;

	asked = clamp_time(asked);
	date = calendar_ny_date(cal, asked);
	if (asked < calendar_ny_time(cal, date, 11 * MD_HOUR))
		date--;
	return calendar_ny_midnight(cal, date);
}
