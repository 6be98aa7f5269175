/* A calendar whose days somebody knows better. */
#include <stdlib.h>
#include <string.h>

#include "cli/zoneinfo.h"
#include "market/finality.h"
#include "moment.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct calendar *cal, *built_in;

static bool
add(struct calendar_changes *c, const char *day, enum day_change kind,
    int64_t clock, struct md_error *e)
{
	return calendar_changes_add(c,
	    &(struct calendar_change){ date(day), kind, clock }, e);
}

/* 2026-11-27 would close at 13:00, the 26th is Thanksgiving. */
static bool
change_all(struct calendar_changes *c, struct md_error *e)
{
	return add(c, "2026-11-27", DAY_OPEN, 0, e) &&
	       add(c, "2026-07-02", DAY_EARLY, 13 * MD_HOUR, e) &&
	       add(c, "2026-11-24", DAY_CLOSED, 0, e) &&
	       add(c, "2026-11-26", DAY_OPEN, 0, e) &&
	       add(c, "2026-11-28", DAY_OPEN, 0, e) &&
	       add(c, "2026-12-24", DAY_EARLY, 12 * MD_HOUR, e) &&
	       add(c, "2026-12-25", DAY_CLOSED, 0, e) &&
	       add(c, "2026-09-07", DAY_EARLY, 11 * MD_HOUR, e) &&
	       add(c, "2026-11-23", DAY_OPEN, 0, e);
}

static void
mistakes(void)
{
	static const struct {
		const char *name, *day;
		enum day_change kind;
		int64_t clock;
		const char *what;
	} cases[] = {
		{ "a date that has a change", "2026-03-02", DAY_OPEN, 0,
		    "each date once" },
		{ "a date before the calendar", "1989-12-31", DAY_CLOSED, 0,
		    "1990 to 2100" },
		{ "a date after it", "2101-01-01", DAY_CLOSED, 0,
		    "1990 to 2100" },
		{ "a close at the opening", "2026-03-03", DAY_EARLY,
		    REGULAR_OPEN, "after 09:30" },
		{ "a close that is not early", "2026-03-03", DAY_EARLY,
		    REGULAR_CLOSE, "before 16:00" },
	};
	struct calendar_changes c = { .len = 0 };
	struct md_error e;
	md_date d = date("2027-01-01");

	ok(add(&c, "2026-03-02", DAY_CLOSED, 0, &e), "a date is changed");
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool good =
		    add(&c, cases[i].day, cases[i].kind, cases[i].clock, &e);

		ok(!good && e.code == MD_EUSAGE && c.len == 1 &&
			strstr(e.text, cases[i].what) != NULL,
		    "%s is refused: %s", cases[i].name, e.text);
	}
	while (c.len < CALENDAR_CHANGES_MAX &&
	       calendar_changes_add(&c,
		   &(struct calendar_change){ d++, DAY_CLOSED, 0 }, &e))
		;
	ok(c.len == CALENDAR_CHANGES_MAX &&
		!add(&c, "2026-03-03", DAY_CLOSED, 0, &e) &&
		strstr(e.text, "at most") != NULL,
	    "there is an end to them: %s", e.text);
}

/* open "": closed all day. */
static void
sessions(void)
{
	static const struct {
		const char *name, *day, *open, *close, *why;
	} cases[] = {
		{ "a day that is closed", "2026-11-24", "", "",
		    "closed by configuration" },
		{ "a holiday that is closed keeps its name", "2026-12-25", "",
		    "", "Christmas Day" },
		{ "a holiday that is open", "2026-11-26", "2026-11-26T14:30Z",
		    "2026-11-26T21:00Z", NULL },
		{ "a half day that is whole", "2026-11-27", "2026-11-27T14:30Z",
		    "2026-11-27T21:00Z", NULL },
		{ "a Saturday that is open", "2026-11-28", "2026-11-28T14:30Z",
		    "2026-11-28T21:00Z", NULL },
		{ "a day that closes early", "2026-07-02", "2026-07-02T13:30Z",
		    "2026-07-02T17:00Z", "early close by configuration" },
		{ "a half day that closes earlier keeps its name", "2026-12-24",
		    "2026-12-24T14:30Z", "2026-12-24T17:00Z", "Christmas Eve" },
		{ "a holiday that closes early is open until then",
		    "2026-09-07", "2026-09-07T13:30Z", "2026-09-07T15:00Z",
		    "early close by configuration" },
		{ "an open day that is open", "2026-11-23", "2026-11-23T14:30Z",
		    "2026-11-23T21:00Z", NULL },
		{ "a day without a change", "2026-11-25", "2026-11-25T14:30Z",
		    "2026-11-25T21:00Z", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		md_date d = date(cases[i].day);
		const char *why = calendar_holiday(cal, d);
		struct session s;
		bool open = calendar_session(cal, d, &s);
		bool right = open == (cases[i].open[0] != '\0');

		if (right && open)
			right = s.open_ms == at(cases[i].open) &&
				s.close_ms == at(cases[i].close) &&
				s.early == (cases[i].why != NULL);
		ok(right && (why == NULL) == (cases[i].why == NULL) &&
			(why == NULL || strcmp(why, cases[i].why) == 0) &&
			calendar_is_changed(cal, d) == (i + 1 < COUNT(cases)),
		    "%s", cases[i].name);
	}
}

static int64_t
expected(const struct calendar *c, enum timeframe tf, const char *day)
{
	int64_t from = calendar_midnight(c, CLASS_STOCK, date(day));
	int64_t to = calendar_midnight(c, CLASS_STOCK, date(day) + 1);

	return calendar_bars_expected(c, CLASS_STOCK, tf, from, to);
}

static void
expectation(void)
{
	int64_t from = at("2026-11-01T05:00Z"), to = at("2026-12-01T05:00Z");
	int64_t start;

	ok(expected(cal, TF_1D, "2026-11-24") == 0 &&
		expected(cal, TF_1M, "2026-11-24") == 0 &&
		expected(built_in, TF_1M, "2026-11-24") == 390,
	    "of a closed day nothing is expected");
	ok(expected(cal, TF_1M, "2026-11-26") == 390 &&
		expected(cal, TF_1H, "2026-11-28") == 7 &&
		expected(cal, TF_4H, "2026-11-28") == 2 &&
		expected(cal, TF_1M, "2026-07-02") == 210,
	    "of an open one the bars of its hours");
	/* One closed, a holiday and a Saturday opened. */
	ok(calendar_bars_expected(cal, CLASS_STOCK, TF_1D, from, to) ==
		calendar_bars_expected(built_in, CLASS_STOCK, TF_1D, from, to) +
		    1,
	    "a month adds them up");
	ok(calendar_bars_expected(cal, CLASS_STOCK, TF_1M, from, to) ==
		calendar_bars_expected(built_in, CLASS_STOCK, TF_1M, from, to) +
		    390 + 180,
	    "a month of minutes, too");
	ok(!calendar_may_trade(cal, CLASS_STOCK, TF_1M, at("2026-11-24T05:00Z"),
	       at("2026-11-25T05:00Z")) &&
		calendar_may_trade(cal, CLASS_ETF, TF_1M,
		    at("2026-11-28T05:00Z"), at("2026-11-29T05:00Z")),
	    "nor can anything trade on it");
	ok(calendar_newest_due(cal, CLASS_STOCK, TF_1D, at("2026-11-25T12:00Z"),
	       0, &start) &&
		start == at("2026-11-23T05:00Z"),
	    "the newest bar that is due is of the day before");
	ok(!calendar_is_open(cal, CLASS_STOCK, at("2026-07-02T17:00Z")) &&
		calendar_is_open(cal, CLASS_STOCK, at("2026-07-02T16:59Z")) &&
		calendar_is_open(cal, CLASS_FX, at("2026-11-24T17:00Z")) &&
		calendar_is_open(cal, CLASS_CRYPTO, at("2026-11-24T17:00Z")),
	    "other markets go on");
}

static void
ends(void)
{
	struct grid day = { cal, CLASS_STOCK, TF_1D, GRID_UNKNOWN };
	struct grid week = { cal, CLASS_STOCK, TF_1W, GRID_UNKNOWN };

	ok(finality_closes(&day, at("2026-07-02T04:00Z")) ==
		at("2026-07-02T17:00Z"),
	    "a day closes early");
	ok(finality_closes(&day, at("2026-11-27T05:00Z")) ==
		at("2026-11-27T21:00Z"),
	    "or not early");
	ok(finality_closes(&week, at("2026-11-22T05:00Z")) ==
		    at("2026-11-28T21:00Z") &&
		finality_final(&week, at("2026-11-22T05:00Z")) ==
		    at("2026-11-29T16:00Z"),
	    "a week with its Saturday");
}

/* 400 days in a row. */
static void
closed_for_long(void)
{
	struct calendar_changes c = { .len = 0 };
	struct calendar *other = NULL;
	struct session s;
	struct md_error e;
	md_date d = date("2030-01-01");

	while (c.len < CALENDAR_CHANGES_MAX)
		(void)calendar_changes_add(&c,
		    &(struct calendar_change){ d++, DAY_CLOSED, 0 }, &e);
	if (!zoneinfo_calendar_changed(&other, &c, &e)) {
		printf("Bail out! %s\n", e.text);
		return;
	}
	ok(calendar_next_session(other, date("2029-12-31"), &s) &&
		s.date >= d && s.date < d + 7 &&
		calendar_previous_session(other, d, &s) &&
		s.date == date("2029-12-31"),
	    "there is always a next session");
	calendar_destroy(&other);
}

int
main(void)
{
	struct calendar_changes c = { .len = 0 };
	struct md_error e;

	if (!change_all(&c, &e) || !zoneinfo_calendar_changed(&cal, &c, &e) ||
	    !zoneinfo_calendar(&built_in, NULL, &e)) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	mistakes();
	sessions();
	expectation();
	ends();
	closed_for_long();
	calendar_destroy(&cal);
	calendar_destroy(&built_in);
	return done();
}
