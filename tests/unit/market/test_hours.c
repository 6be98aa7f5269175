#include "cli/zoneinfo.h"
#include "market/hours.h"
#include "moment.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct calendar *cal;

static struct hours
hours_of(enum hours_kind kind, enum asset_class class)
{
	return (struct hours){ .calendar = cal, .class = class, .kind = kind };
}

static void
are_those_of_the_calendar(void)
{
	static const struct {
		const char *time;
		bool regular, extended;
	} rows[] = {
		{ "2024-07-02T07:59:59Z", false, false }, /* 3:59:59 */
		{ "2024-07-02T08:00:00Z", false, true },
		{ "2024-07-02T13:29:59.999Z", false, true },
		{ "2024-07-02T13:30:00Z", true, false },
		{ "2024-07-02T19:59:59Z", true, false },
		{ "2024-07-02T20:00:00Z", false, true },
		{ "2024-07-03T00:00:00Z", false, false },
		/* a half day */
		{ "2024-07-03T16:59:00Z", true, false },
		{ "2024-07-03T17:00:00Z", false, true },
		/* a holiday, a Sunday, and winter's time */
		{ "2024-07-04T15:00:00Z", false, false },
		{ "2024-07-07T15:00:00Z", false, false },
		{ "2024-01-02T13:30:00Z", false, true },
		{ "2024-01-02T14:30:00Z", true, false },
	};
	struct hours regular = hours_of(HOURS_REGULAR, CLASS_STOCK);
	struct hours extended = hours_of(HOURS_EXTENDED, CLASS_STOCK);
	struct hours all = hours_of(HOURS_ALL, CLASS_STOCK);
	bool good = true;

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t t = at(rows[i].time);
		bool same = hours_have(&regular, t) == rows[i].regular &&
			    hours_have(&extended, t) == rows[i].extended &&
			    hours_have(&all, t);

		if (!same)
			printf("# %s\n", rows[i].time);
		good = good && same;
	}
	ok(good, "hours are those of the calendar");
}

static void
windows_begin_with_the_hours(void)
{
	struct hours h = hours_of(HOURS_REGULAR, CLASS_ETF);
	struct range w;
	int64_t next = 0;

	ok(hours_window(&h, at("2024-07-02T19:59:00Z"), MD_HOUR, &w) &&
		w.from == at("2024-07-02T19:30:00Z") &&
		w.to == at("2024-07-02T20:00:00Z"),
	    "the last hour of a session is half as long");
	ok(!hours_window(&h, at("2024-07-02T13:00:00Z"), MD_HOUR, &w),
	    "there is no window outside of the hours");
	ok(hours_next(&h, at("2024-07-02T19:30:01Z"), MD_HOUR, &next) &&
		next == at("2024-07-03T13:30:00Z"),
	    "after the last window the next session begins");
	ok(hours_next(&h, at("2024-07-03T16:30:00.001Z"), 4 * MD_HOUR, &next) &&
		next == at("2024-07-05T13:30:00Z"),
	    "a holiday is passed over");
	ok(hours_next(&h, at("2024-07-02T00:00:00Z"), MD_HOUR, &next) &&
		next == at("2024-07-02T13:30:00Z"),
	    "before the open it is the open");
}

static void
only_sessions_are_cut(void)
{
	struct hours coin = hours_of(HOURS_REGULAR, CLASS_CRYPTO);
	struct hours stock = hours_of(HOURS_REGULAR, CLASS_STOCK);

	ok(hours_have(&coin, at("2024-07-07T03:00:00Z")) && !hours_cut(&coin),
	    "what never closes has regular hours alone");
	coin.kind = HOURS_EXTENDED;
	ok(!hours_have(&coin, at("2024-07-07T03:00:00Z")),
	    "and no extended ones");
	ok(hours_are_made(&stock, TF_1H) && hours_are_made(&stock, TF_4H) &&
		!hours_are_made(&stock, TF_30M) &&
		!hours_are_made(&stock, TF_1D) && !hours_are_made(&coin, TF_1H),
	    "only windows that straddle the open are made");
}

int
main(void)
{
	struct md_error e;

	if (!zoneinfo_calendar(&cal, NULL, &e)) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	are_those_of_the_calendar();
	windows_begin_with_the_hours();
	only_sessions_are_cut();
	calendar_destroy(&cal);
	return done();
}
