#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/zoneinfo.h"
#include "output/rows.h"
#include "serve/cache.h"
#include "serve/params.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct calendar *cal;

/* -- parameters -- */

static bool
read_one(const char *name, const char *value, struct serve_params *p,
    struct md_error *e)
{
	struct httpd_request q = { .parameters = 1 };
	struct serve_scope scope = { .calendar = cal,
		.class = CLASS_STOCK,
		.limit_max = SERVE_ROWS_MAX,
		.columns = "ts,open\n" };
	const char *which;

	q.parameter[0].name = name;
	q.parameter[0].value = value;
	return serve_params_read(&q, ~0U, &scope, p, &which, e);
}

static void
moments(void)
{
	static const struct {
		const char *name, *value;
		int64_t expected;
	} cases[] = {
		/* New York's midnight, in summer and in winter. */
		{ "start", "2024-07-01", INT64_C(1719806400000) },
		{ "start", "2024-01-02", INT64_C(1704171600000) },
		{ "end", "2024-07-01", INT64_C(1719892800000) },
		/* The day on which the clock goes forward has 23 hours. */
		{ "end", "2024-03-10", INT64_C(1710129600000) },
		{ "start", "2024-07-01T00:00:00Z", INT64_C(1719792000000) },
		{ "end", "2024-07-01T00:00:00Z", INT64_C(1719792000000) },
		{ "start", "1719792000001", INT64_C(1719792000001) },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct serve_params p;
		struct md_error e;
		bool good = read_one(cases[i].name, cases[i].value, &p, &e);
		int64_t got = *cases[i].name == 's' ? p.from : p.to;

		ok(good && got == cases[i].expected, "%s=%s", cases[i].name,
		    cases[i].value);
	}
}

static void
refused(void)
{
	static const struct {
		const char *name, *value;
	} cases[] = {
		{ "start", "" },
		{ "start", "9999999999999999" },
		/* Seconds, and days before there was anything to trade. */
		{ "start", "1719792000" },
		{ "end", "1719792000" },
		{ "start", "0" },
		{ "start", "-1" },
		{ "start", "1989-12-31" },
		{ "start", "1989-12-31T23:59:59Z" },
		{ "start", "631151999999" },
		{ "end", "2024-13-01" },
		{ "limit", "0" },
		{ "limit", "10001" },
		{ "limit", "99999999999999999999" },
		{ "limit", " 1" },
		{ "order", "ASC" },
		{ "adjusted", "" },
		{ "timeframe", "1D" },
		{ "cursor", "-9223372036854775808" },
		{ "nothing", "1" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct serve_params p;
		struct md_error e;

		ok(!read_one(cases[i].name, cases[i].value, &p, &e) &&
			(e.code == MD_EUSAGE || e.code == MD_EDATA) &&
			strstr(e.text, cases[i].name) != NULL,
		    "%s='%s' is refused", cases[i].name, cases[i].value);
	}
}

static void
ranges(void)
{
	static const struct {
		bool has_from, has_to, has_cursor, ascending;
		int64_t from, to, cursor;
		int64_t expected_from, expected_to;
	} cases[] = {
		{ false, false, false, false, 0, 0, 0, INT64_MIN, INT64_MAX },
		{ true, true, false, false, 5, 9, 0, 5, 9 },
		{ true, true, true, false, 5, 9, 7, 5, 7 },
		{ true, true, true, true, 5, 9, 7, 8, 9 },
		/* A cursor outside widens nothing. */
		{ true, true, true, true, 5, 9, 3, 5, 9 },
		{ true, true, true, false, 5, 9, 12, 5, 9 },
		{ false, false, true, true, 0, 0, 7, 8, INT64_MAX },
		{ false, false, true, false, 0, 0, 7, INT64_MIN, 7 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct serve_params p = { .has_from = cases[i].has_from,
			.has_to = cases[i].has_to,
			.has_cursor = cases[i].has_cursor,
			.ascending = cases[i].ascending,
			.from = cases[i].from,
			.to = cases[i].to,
			.cursor = cases[i].cursor };
		int64_t from, to;

		serve_params_range(&p, &from, &to);
		ok(from == cases[i].expected_from && to == cases[i].expected_to,
		    "range %zu", i);
	}
}

static void
next_pages(void)
{
	struct serve_params p = { .timeframe = TF_1H,
		.limit = 5,
		.has_from = true,
		.from = 1000,
		.ascending = true };
	struct buf b = BUF_INIT;

	serve_params_next(&p, "/x/", "C:EUR/USD", true, 2000, &b);
	ok(strcmp(buf_str(&b),
	       "/x/C:EUR%2FUSD?timeframe=1h&order=asc&limit=5&start=1000"
	       "&adjusted=true&cursor=2000") == 0,
	    "the next page: %s", buf_str(&b));
	buf_free(&b);
}

/* -- rows -- */

static void
rows(void)
{
	struct bar bar = { INT64_C(1719806400000), 214.5, 215, 213.9, 214.2,
		1200300, (double)NAN, -1 };
	struct features f = { .t = -1,
		.log_return = -1.5e-7,
		.return_1h = (double)NAN,
		.return_1d = (double)NAN,
		.volatility_20 = 0.25,
		.volatility_50 = (double)NAN,
		.atr = 2,
		.rolling_volume_20 = 1e17,
		.volume_ratio = 0,
		.has_extremes = true,
		.hh = true,
		.hl = true,
		.trend_direction = TREND_UP,
		.compression_regime = COMPRESSED };
	struct buf b = BUF_INIT;

	rows_json_bar(&b, &bar);
	ok(strcmp(buf_str(&b),
	       "{\"ts\":\"2024-07-01T04:00:00Z\",\"ts_ms\":1719806400000,"
	       "\"open\":214.5,\"high\":215,\"low\":213.9,\"close\":214.2,"
	       "\"volume\":1200300,\"vwap\":null,\"transactions\":null}") == 0,
	    "a bar as JSON: %s", buf_str(&b));
	buf_clear(&b);
	rows_csv_bar(&b, &bar);
	ok(strcmp(buf_str(&b),
	       "2024-07-01T04:00:00Z,1719806400000,214.5,215,213.9,214.2,"
	       "1200300,,\n") == 0,
	    "a bar as CSV: %s", buf_str(&b));
	buf_clear(&b);
	rows_csv_feature(&b, &f);
	ok(strcmp(buf_str(&b),
	       "1969-12-31T23:59:59.999Z,-1,-1.5e-7,,,0.25,,2,1e17,0,true,true,"
	       "false,false,bullish,up,,,compressed\n") == 0,
	    "features as CSV: %s", buf_str(&b));
	buf_free(&b);
}

static void
times(void)
{
	struct buf b = BUF_INIT;
	bool good = true;

	for (int64_t t = INT64_C(-2208988800000); t < INT64_C(7258118400000);
	     t += INT64_C(86399) * 1000 * 37 + 500) {
		char want[MD_TIME_MAX];

		md_time_format(t, want);
		buf_clear(&b);
		rows_time(&b, t);
		good = good && strcmp(buf_str(&b), want) == 0;
	}
	ok(good, "times are written as everywhere");
	buf_free(&b);
}

static void
states(void)
{
	bool good = true;

	for (int s = 0; s < 1 << 13; s++) {
		struct features f;

		memset(&f, 0, sizeof(f));
		features_of_states(s, &f);
		good = good && features_states(&f) == s;
	}
	ok(good, "states are read back as they were written");
}

/* -- what is kept -- */

static struct answer *
answer_of(int64_t generation, size_t bytes)
{
	struct answer *a = answer_create();

	if (a == NULL)
		return NULL;
	answer_confirm(a, generation);
	a->body = httpd_body_create(calloc(1, bytes), bytes);
	return a;
}

/* Of that generation, or a later one? */
static bool
is_kept(struct cache *c, const char *name, int64_t generation)
{
	struct answer *a = answers_get(c, name);
	bool there = a != NULL && a->generation >= generation;

	answer_release(&a);
	return there;
}

static void
put(struct cache *c, const char *name, int64_t generation, size_t bytes)
{
	struct answer *a = answer_of(generation, bytes);

	answers_put(c, name, a);
	answer_release(&a);
}

static void
confirm(struct cache *c, const char *name, int64_t generation)
{
	struct answer *a = answers_get(c, name);

	answer_confirm(a, generation);
	answer_release(&a);
}

static void
kept(void)
{
	struct cache *c;
	struct md_error e;

	if (!answers_create(&c, 100000, &e)) {
		ok(false, "memory");
		return;
	}
	put(c, "a", 1, 40000);
	put(c, "b", 1, 40000);
	ok(is_kept(c, "a", 1) && is_kept(c, "b", 1), "both are kept");
	ok(is_kept(c, "a", 1), "a is used later than b");
	put(c, "c", 1, 40000);
	ok(is_kept(c, "a", 1) && !is_kept(c, "b", 1) && is_kept(c, "c", 1),
	    "the one not asked for longest goes");
	put(c, "huge", 1, 200000);
	ok(!is_kept(c, "huge", 1) && is_kept(c, "a", 1),
	    "what is larger than all is not kept");
	put(c, "a", 3, 10);
	put(c, "a", 2, 10);
	ok(is_kept(c, "a", 3), "an older store's does not replace a newer's");
	ok(is_kept(c, "c", 1) && !is_kept(c, "c", 2),
	    "what is of an older store is known to be");
	confirm(c, "c", 5);
	confirm(c, "c", 4);
	ok(is_kept(c, "c", 5) && !is_kept(c, "c", 6),
	    "what holds of a newer store, too, is of that from then on");
	put(c, "c", 2, 10);
	ok(is_kept(c, "c", 5), "and stays");
	put(c, "c", 6, 10);
	ok(is_kept(c, "c", 6), "a newer store's takes its place");
	cache_destroy(&c);
}

int
main(void)
{
	struct md_error e;

	if (!zoneinfo_calendar(&cal, NULL, &e)) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	moments();
	refused();
	ranges();
	next_pages();
	rows();
	times();
	states();
	kept();
	calendar_destroy(&cal);
	return done();
}
