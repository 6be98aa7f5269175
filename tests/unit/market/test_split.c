#include <stdlib.h>
#include <string.h>

#include "cli/zoneinfo.h"
#include "market/split.h"
#include "moment.h"
#include "tap.h"

static struct calendar *cal;

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ROWS_MAX 6

struct row {
	const char *date;
	double from, to;
};

/* In force from one split's date (null: ever) until the next's. */
struct expected {
	const char *from, *to;
	double factor;
};

static size_t
adjust(const struct row *rows, const char *today, struct adjustment *out)
{
	struct split s[ROWS_MAX];
	size_t n = 0;

	memset(s, 0, sizeof(s));
	for (; n < ROWS_MAX && rows[n].date != NULL; n++)
		s[n] = (struct split){ "AAPL", date(rows[n].date), rows[n].from,
			rows[n].to, 0, SPLIT_UNTOLD, false };
	return split_adjustments(cal, s, n, date(today), out);
}

static bool
exactly(double a, double b)
{
	return a >= b && a <= b;
}

static bool
same(const struct adjustment *got, size_t n, const struct expected *e)
{
	size_t k = 0;
	bool good = true;

	for (; k < ROWS_MAX && e[k].to != NULL; k++)
		good =
		    good && k < n &&
		    got[k].from_ts ==
			(e[k].from == NULL ? ADJUSTMENT_SINCE
					   : calendar_midnight(cal, CLASS_STOCK,
						 date(e[k].from))) &&
		    got[k].to_ts ==
			calendar_midnight(cal, CLASS_STOCK, date(e[k].to)) &&
		    exactly(got[k].factor, e[k].factor);
	for (size_t i = 0; i < n && !(good && k == n); i++)
		printf("# got %lld to %lld: %.17g\n", (long long)got[i].from_ts,
		    (long long)got[i].to_ts, got[i].factor);
	return good && k == n;
}

#define AAPL                                                                   \
	{ "2000-06-21", 1, 2 }, { "2005-02-28", 1, 2 },                        \
	    { "2014-06-09", 1, 7 },                                            \
	{                                                                      \
		"2020-08-31", 1, 4                                             \
	}

static void
adjustments(void)
{
	static const struct {
		const char *name;
		struct row splits[ROWS_MAX];
		const char *today;
		struct expected expected[ROWS_MAX];
	} cases[] = {
		{ "a symbol without splits has no adjustments",
		    { { NULL, 0, 0 } }, "2024-03-08", { { NULL, NULL, 0 } } },
		{ "AAPL's four splits make four factors", { AAPL },
		    "2024-03-08",
		    { { NULL, "2000-06-21", 112 },
			{ "2000-06-21", "2005-02-28", 56 },
			{ "2005-02-28", "2014-06-09", 28 },
			{ "2014-06-09", "2020-08-31", 4 } } },
		{ "the day before the fourth they made three", { AAPL },
		    "2020-08-30",
		    { { NULL, "2000-06-21", 28 },
			{ "2000-06-21", "2005-02-28", 14 },
			{ "2005-02-28", "2014-06-09", 7 } } },
		{ "on its day it counts", { AAPL }, "2020-08-31",
		    { { NULL, "2000-06-21", 112 },
			{ "2000-06-21", "2005-02-28", 56 },
			{ "2005-02-28", "2014-06-09", 28 },
			{ "2014-06-09", "2020-08-31", 4 } } },
		{ "before the first there are none", { AAPL }, "2000-06-20",
		    { { NULL, NULL, 0 } } },
		{ "two on one day are one step",
		    { { "2010-01-04", 1, 2 }, { "2015-01-05", 1, 3 },
			{ "2015-01-05", 2, 1 }, { "2020-01-06", 1, 5 } },
		    "2024-03-08",
		    { { NULL, "2010-01-04", 15 },
			{ "2010-01-04", "2015-01-05", 7.5 },
			{ "2015-01-05", "2020-01-06", 5 } } },
		{ "also when they are the first",
		    { { "2015-01-05", 1, 3 }, { "2015-01-05", 1, 2 } },
		    "2024-03-08", { { NULL, "2015-01-05", 6 } } },
		{ "a reverse split has a factor below one",
		    { { "2021-07-30", 8, 1 } }, "2024-03-08",
		    { { NULL, "2021-07-30", 0.125 } } },
		{ "a split and its reverse leave older prices as they were",
		    { { "2010-01-04", 1, 3 }, { "2015-01-05", 3, 1 } },
		    "2024-03-08",
		    { { NULL, "2010-01-04", 1 },
			{ "2010-01-04", "2015-01-05", 1.0 / 3 } } },
		{ "what no company's splits come to adjusts nothing",
		    { { "2010-01-04", 1e-200, 1e200 }, { "2015-01-05", 1, 2 } },
		    "2024-03-08",
		    { { NULL, "2010-01-04", 1 },
			{ "2010-01-04", "2015-01-05", 2 } } },
		{ "thirds of thirds are divided once",
		    { { "2010-01-04", 3, 1 }, { "2015-01-05", 3, 1 },
			{ "2020-01-06", 1, 9 } },
		    "2024-03-08",
		    { { NULL, "2010-01-04", 1 },
			{ "2010-01-04", "2015-01-05", 3 },
			{ "2015-01-05", "2020-01-06", 9 } } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct adjustment out[ROWS_MAX];
		size_t n = adjust(cases[i].splits, cases[i].today, out);

		ok(same(out, n, cases[i].expected), "%s", cases[i].name);
	}
}

static void
winter_and_summer(void)
{
	static const struct row row[] = { { "2020-08-31", 1, 4 },
		{ NULL, 0, 0 } };
	struct adjustment out[ROWS_MAX];
	int64_t t = 0;

	ok(adjust(row, "2024-03-08", out) == 1 &&
		md_time_parse("2020-08-31T04:00Z", &t) && out[0].to_ts == t,
	    "a split is in force from midnight in New York");
	ok(md_time_parse("1900-01-01T00:00Z", &t) && out[0].from_ts == t,
	    "and back to before any bar");
}

static void
doubts(void)
{
	static const struct {
		const char *name;
		struct row row[3];
		size_t i;
		double before, after;
		bool doubted;
	} cases[] = {
		{ "a split that the prices show", { { "2020-08-31", 1, 4 } }, 0,
		    499.23, 127.58, false },
		{ "one that they do not show", { { "2020-08-31", 1, 4 } }, 0,
		    499.23, 500.1, true },
		{ "one that they show the other way",
		    { { "2020-08-31", 4, 1 } }, 0, 499.23, 127.58, true },
		{ "a reverse split that they show", { { "2020-04-29", 8, 1 } },
		    0, 2.2, 17.1, false },
		{ "one without prices before it", { { "2020-08-31", 1, 4 } }, 0,
		    0, 127.58, false },
		{ "one whose step is small", { { "2015-04-27", 741, 743 } }, 0,
		    565.1, 560, false },
		{ "the same again, without prices",
		    { { "2020-08-28", 1, 4 }, { "2020-08-31", 2, 8 } }, 1, 0, 0,
		    true },
		{ "the first of the two",
		    { { "2020-08-28", 1, 4 }, { "2020-08-31", 1, 4 } }, 0, 0, 0,
		    false },
		{ "the same again, and the prices show it",
		    { { "2020-08-28", 1, 4 }, { "2020-08-31", 1, 4 } }, 1,
		    499.23, 127.58, false },
		{ "the same a month later",
		    { { "2020-07-31", 1, 4 }, { "2020-08-31", 1, 4 } }, 1, 0, 0,
		    false },
		{ "half of a date's two, and the prices show both",
		    { { "2020-08-31", 1, 2 }, { "2020-08-31", 1, 3 } }, 0, 600,
		    101, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct split s[3];
		size_t n = 0;

		memset(s, 0, sizeof(s));
		for (; n < 3 && cases[i].row[n].date != NULL; n++) {
			s[n].date = date(cases[i].row[n].date);
			s[n].from = cases[i].row[n].from;
			s[n].to = cases[i].row[n].to;
		}
		ok((split_doubt(s, n, cases[i].i, cases[i].before,
			cases[i].after) != NULL) == cases[i].doubted,
		    "%s: %s", cases[i].name,
		    cases[i].doubted ? "doubted" : "believed");
	}
}

static void
judgement(void)
{
	/* Told twice; one that is not seen, but confirmed; one to come. */
	struct split_facts v[] = {
		{ .split = { "ACME", date("2019-01-02"), 10, 11, 0,
		      SPLIT_UNTOLD, false } },
		{ .split = { "ACME", date("2019-01-04"), 10, 11, 0,
		      SPLIT_UNTOLD, false } },
		{ .split = { "ACME", date("2020-08-31"), 1, 4, 0, SPLIT_UNTOLD,
		      false },
		    .confirmed = true,
		    .before = 500,
		    .after = 500 },
		{ .split = { "ACME", date("2024-02-01"), 1, 2, 0, SPLIT_UNTOLD,
		      false },
		    .doubt = "kept" },
	};
	struct split out[COUNT(v)];
	size_t n = splits_judge(v, COUNT(v), date("2024-01-31"), out);

	ok(n == 2 && out[0].date == v[0].split.date &&
		out[1].date == v[2].split.date,
	    "those count that are beyond doubt, or confirmed");
	ok(v[0].doubt == NULL && v[1].doubt != NULL && v[2].doubt != NULL,
	    "a confirmed one keeps its doubt");
	ok(strcmp(v[3].doubt, "kept") == 0, "one to come is not judged");
	ok(splits_judge(v, COUNT(v), date("2024-02-01"), out) == 3 &&
		out[2].date == v[3].split.date && v[3].doubt == NULL,
	    "until its day");
	ok(splits_judge(v, 0, date("2024-02-01"), out) == 0, "none of none");
}

static void
void_splits(void)
{
	static const struct {
		const char *name, *symbol;
		struct row row;
		bool confirmed, is_void;
	} cases[] = {
		{ "one that is told", "ACME", { "2024-02-07", 1, 2 }, false,
		    false },
		{ "the other of its date", "ACME", { "2024-02-07", 1, 3 },
		    false, false },
		{ "one told otherwise", "ACME", { "2024-02-07", 1, 4 }, true,
		    true },
		{ "another symbol's", "BETA", { "2024-02-07", 1, 4 }, false,
		    false },
		{ "one of the past that is not told", "ACME",
		    { "2024-02-08", 1, 2 }, false, false },
		{ "one that was announced and is not told", "ACME",
		    { "2024-02-10", 1, 2 }, false, true },
		{ "the same, confirmed", "ACME", { "2024-02-10", 1, 2 }, true,
		    false },
		{ "one announced and told", "ACME", { "2024-02-12", 1, 2 },
		    false, false },
	};
	const struct split told[] = {
		{ "ACME", date("2024-02-07"), 1, 2, 0, SPLIT_UNTOLD, false },
		{ "ACME", date("2024-02-07"), 1, 3, 0, SPLIT_UNTOLD, false },
		{ "ACME", date("2024-02-12"), 1, 2, 0, SPLIT_UNTOLD, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct split s = { "", date(cases[i].row.date),
			cases[i].row.from, cases[i].row.to, 0, SPLIT_UNTOLD,
			false };

		(void)snprintf(s.symbol, sizeof(s.symbol), "%s",
		    cases[i].symbol);
		ok(split_is_void(&s, cases[i].confirmed, told, COUNT(told),
		       date("2024-02-09")) == cases[i].is_void,
		    "%s: %s", cases[i].name,
		    cases[i].is_void ? "void" : "kept");
	}
}

/* Splits of 1 to each of these, oldest first, with the factors as told; '!'
 * for each that they contradict. */
static void
factors_contradict(const char *what, const double *to, const double *factors,
    const char *dates, const char *expected)
{
	struct split s[4];
	size_t n = strlen(expected);
	char found[8] = "";

	memset(s, 0, sizeof(s));
	for (size_t i = 0; i < n; i++)
		s[i] = (struct split){ "ACME", dates[i], 1, to[i], factors[i],
			SPLIT_UNTOLD, false };
	splits_check_factors(s, n);
	for (size_t i = 0; i < n; i++)
		found[i] = s[i].contradicted ? '!' : '.';
	ok(strcmp(found, expected) == 0, "factors: %s: %s", what, found);
}

static void
the_vendors_factors(void)
{
	factors_contradict("rounded as the vendor has them",
	    (const double[]){ 2, 7, 4 },
	    (const double[]){ 0.017857, 0.035714, 0.25 }, "abc", "...");
	factors_contradict("one that has another ratio",
	    (const double[]){ 2, 7, 4 },
	    (const double[]){ 0.03125, 0.0625, 0.25 }, "abc", ".!.");
	factors_contradict("a split told twice, of which they know once",
	    (const double[]){ 3, 2, 2 }, (const double[]){ 0.166667, 0.5, 0.5 },
	    "abc", ".!.");
	factors_contradict("reverse splits", (const double[]){ 0.1, 0.25 },
	    (const double[]){ 40, 4 }, "ab", "..");
	factors_contradict("the newest is wrong", (const double[]){ 0.1, 0.25 },
	    (const double[]){ 50, 5 }, "ab", ".!");
	factors_contradict("what is not told contradicts nothing",
	    (const double[]){ 2, 7, 4 }, (const double[]){ 0, 0.5, 0 }, "abc",
	    "...");
	factors_contradict("nor do two of one date", (const double[]){ 2, 3 },
	    (const double[]){ 0.166667, 0.166667 }, "aa", "..");
	factors_contradict("nor digits that were lost",
	    (const double[]){ 30, 1000, 30 },
	    (const double[]){ 0.000001, 0.000033, 0.033333 }, "abc", "...");
}

static void
bars_are_adjusted(void)
{
	const struct adjustment a = { 1000, 2000, 4 };
	struct bar b = { 1000, 8, 12, 4, 10, 100, 9, 7 };
	struct bar after = { 2000, 8, 12, 4, 10, 100, 9, 7 };

	ok(split_adjust(&a, &b) && exactly(b.o, 2) && exactly(b.h, 3) &&
		exactly(b.l, 1) && exactly(b.c, 2.5) && exactly(b.v, 400) &&
		exactly(b.vw, 2.25) && b.n == 7,
	    "prices are divided, the volume is multiplied");
	ok(!split_adjust(&a, &after) && exactly(after.o, 8) &&
		exactly(after.v, 100),
	    "a bar from the split on stays as it is");
}

int
main(void)
{
	struct md_error e;

	if (!zoneinfo_calendar(&cal, NULL, &e)) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	adjustments();
	winter_and_summer();
	doubts();
	judgement();
	void_splits();
	the_vendors_factors();
	calendar_destroy(&cal);
	bars_are_adjusted();
	return done();
}
