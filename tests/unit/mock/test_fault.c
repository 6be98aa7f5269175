#include "mock/fault.h"

#include <string.h>

#include "tap.h"

/* -- parsing -- */

static const struct {
	const char *rule;
	enum fault_kind kind;
	int64_t number;
	const char *text;
} good[] = {
	{ "status=503", FAULT_STATUS, 503, "" },
	{ "html", FAULT_HTML, 200, "" },
	{ "html=502", FAULT_HTML, 502, "" },
	{ "truncated", FAULT_TRUNCATED, 0, "" },
	{ "slow=1000:ticker=X:BTCUSD", FAULT_SLOW, 1000, "" },
	{ "retry-after=0", FAULT_RETRY_AFTER, 0, "" },
	{ "retry-date", FAULT_RETRY_DATE, 2, "" },
	{ "ticker", FAULT_TICKER, 0, "WRONG" },
	{ "ticker:ticker=AAPL", FAULT_TICKER, 0, "WRONG" },
	{ "ticker=X:OTHER:ticker=AAPL", FAULT_TICKER, 0, "X:OTHER" },
	{ "foreign=http://127.0.0.1:99:page=2", FAULT_FOREIGN, 0,
	    "http://127.0.0.1:99" },
	{ "redirect=http://[::1]:99", FAULT_REDIRECT, 0, "http://[::1]:99" },
	{ "late=2:timeframe=1d", FAULT_LATE, 2, "" },
	{ "short:endpoint=object", FAULT_SHORT, 0, "" },
	{ "replaced:path=2024-07-02,after=2", FAULT_REPLACED, 0, "" },
	{ "badgzip", FAULT_BADGZIP, 0, "" },
	{ "restate:after=1,times=1", FAULT_RESTATE, 0, "" },
	{ "closed_day:ticker=SPY", FAULT_CLOSED_DAY, 0, "" },
	{ "nul:endpoint=grouped", FAULT_NUL, 0, "" },
	{ "foreign", FAULT_FOREIGN, 0, "https://evil.example.com" },
	{ "latency=250", FAULT_LATENCY, 250, "" },
	{ "bandwidth=1000", FAULT_BANDWIDTH, 1000, "" },
	{ "slicer=100:times=1", FAULT_SLICER, 100, "" },
	{ "limit_data=0", FAULT_LIMIT_DATA, 0, "" },
	{ "slow_close=20", FAULT_SLOW_CLOSE, 20, "" },
	{ "timeout=0", FAULT_TIMEOUT, 0, "" },
	{ "reset_peer", FAULT_RESET_PEER, 0, "" },
	{ "down=100", FAULT_DOWN, 100, "" },
	{ "redirect=https://x.example/a,b:times=1", FAULT_REDIRECT, 0,
	    "https://x.example/a,b" },
};

static const struct {
	const char *rule, *says;
} bad[] = {
	{ "", "expected one of status html" },
	{ "statu=503", "'statu=503': expected one of" },
	{ "status", "status='': expected an HTTP status from 200 to 599" },
	{ "status=99", "expected an HTTP status from 200 to 599" },
	{ "status=503x", "status='503x'" },
	{ "slow", "expected bytes a second" },
	{ "slow=0", "expected bytes a second from 1" },
	{ "late", "late='': expected a number of sessions from 1" },
	{ "late=0", "expected a number of sessions from 1 to 10000" },
	{ "restate=1", "restate takes no value" },
	{ "truncated=1", "truncated takes no value" },
	{ "truncated=", "truncated takes no value" },
	{ "ticker=", "expected 1 to" },
	{ "truncated:", "'': expected a condition: ticker= timeframe=" },
	{ "truncated:tims=3", "'tims=3': expected a condition" },
	{ "status=503:times=2,", "'': expected a condition" },
	{ "truncated:times=0", "times='0': expected a number of requests" },
	{ "truncated:page=0", "page='0': expected a page's number" },
	{ "truncated:chance=1.5", "chance='1.5': expected a number from 0" },
	{ "truncated:endpoint=bars",
	    "expected aggs, splits, dividends, grouped" },
	{ "truncated:ticker=", "expected a symbol" },
	{ "redirect:foo=1", "'foo=1': expected a condition" },
	{ "slicer", "expected bytes, or bytes/milliseconds" },
	{ "slicer=0/5", "slicer='0/5': expected bytes" },
	{ "slicer=10/", "slicer='10/': expected bytes" },
	{ "slicer=10/x", "slicer='10/x': expected bytes" },
	{ "slow=10,", "'': expected one of status" },
	{ "slow=10,nosuch", "'nosuch': expected one of status" },
	{ "nan,nul,types,slow=1,empty,loop,foreign", "expected 6 faults" },
};

static void
parsing(void)
{
	struct fault f;
	struct md_error e;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ok(fault_parse(good[i].rule, &f, &e) && f.effects == 1 &&
			f.effect[0].kind == good[i].kind &&
			f.effect[0].number == good[i].number &&
			strcmp(f.effect[0].text, good[i].text) == 0,
		    "%s is a rule", good[i].rule);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		bool refused = !fault_parse(bad[i].rule, &f, &e);

		ok(refused && e.code == MD_EUSAGE &&
			strstr(e.text, bad[i].says) != NULL,
		    "'%s' is refused: %s", bad[i].rule, refused ? e.text : "");
	}
}

static void
several(void)
{
	struct fault f;
	struct md_error e;

	ok(fault_parse("slicer=10/20,ticker=X:A,foreign=http://h/a,b,badjson:"
		       "ticker=AAPL,times=2",
	       &f, &e) &&
		f.effects == 4,
	    "four at once");
	ok(fault_has(&f, FAULT_SLICER)->number == 10 &&
		fault_has(&f, FAULT_SLICER)->pause == 20,
	    "a number and a pause");
	ok(strcmp(fault_has(&f, FAULT_TICKER)->text, "X:A") == 0 &&
		strcmp(fault_has(&f, FAULT_FOREIGN)->text, "http://h/a,b") == 0,
	    "words may hold what divides kinds");
	ok(fault_has(&f, FAULT_BADJSON) != NULL &&
		fault_has(&f, FAULT_NAN) == NULL && f.times == 2 &&
		strcmp(f.ticker, "AAPL") == 0,
	    "the conditions are those of all");
}

/* -- matching -- */

static const struct fault_subject aapl = { ENDPOINT_AGGS, "AAPL", "1d",
	"/v2/aggs/ticker/AAPL/range/1/day/2024-01-02/2024-01-05", 1, false };

static const struct {
	const char *rule;
	bool fires;
} matching[] = {
	{ "truncated", true }, { "truncated:ticker=AAPL", true },
	{ "truncated:ticker=AAP", false },
	{ "truncated:timeframe=1d,ticker=AAPL", true },
	{ "truncated:timeframe=1h,ticker=AAPL", false },
	{ "truncated:path=/day/2024-01-02", true },
	{ "truncated:path=/day/2024-01-03", false },
	{ "truncated:endpoint=aggs", true },
	{ "truncated:endpoint=splits", false }, { "truncated:page=1", true },
	{ "truncated:page=2", false }, { "truncated:chance=0", false },
	{ "truncated:chance=1", true }, { "truncated,nan", true },
	{ "truncated,nul", false }, /* the other is of other endpoints */
};

/* Which of twelve equal requests meet the rule: "..x" the third alone. */
static const struct {
	const char *rule, *fires;
} sequences[] = {
	{ "reset", "xxxxxxxxxxxx" },
	{ "reset:times=2", "xx.........." },
	{ "reset:after=3", "...xxxxxxxxx" },
	{ "reset:after=3,times=1", "...x........" },
	{ "reset:every=3", "..x..x..x..x" },
	{ "reset:after=1,every=3,times=2", "...x..x....." },
};

static void
sequence(const char *rule, char fires[13])
{
	struct fault f;

	(void)fault_parse(rule, &f, NULL);
	for (int i = 0; i < 12; i++)
		fires[i] = fault_fires(&f, 1, &aapl) == 0 ? 'x' : '.';
	fires[12] = '\0';
}

static void
counting(void)
{
	struct fault f[3];
	struct fault_subject other = aapl;
	char fires[13], again[13];
	size_t first, second, third;
	int n = 0;

	for (size_t i = 0; i < sizeof(matching) / sizeof(matching[0]); i++) {
		(void)fault_parse(matching[i].rule, f, NULL);
		ok((fault_fires(f, 1, &aapl) == 0) == matching[i].fires, "%s",
		    matching[i].rule);
	}
	for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
		sequence(sequences[i].rule, fires);
		ok(strcmp(fires, sequences[i].fires) == 0, "%s: %s",
		    sequences[i].rule, fires);
	}
	sequence("reset:chance=0.5", fires);
	sequence("reset:chance=0.5", again);
	ok(strcmp(fires, again) == 0, "chance is the same in every run: %s",
	    fires);
	(void)fault_parse("reset:chance=0.25", f, NULL);
	for (int i = 0; i < 4000; i++)
		n += fault_fires(f, 1, &aapl) == 0;
	ok(n > 900 && n < 1100, "a quarter of 4000 is %d", n);

	(void)fault_parse("status=503:times=1", &f[0], NULL);
	(void)fault_parse("status=429:times=1", &f[1], NULL);
	(void)fault_parse("reset:after=2", &f[2], NULL);
	first = fault_fires(f, 3, &aapl);
	second = fault_fires(f, 3, &aapl);
	third = fault_fires(f, 3, &aapl);
	ok(first == 0 && second == 1 && third == 2,
	    "of several rules the first fires, and all count");

	(void)fault_parse("reset:ticker=AAPL,after=1", f, NULL);
	other.ticker = "IBM";
	ok(fault_fires(f, 1, &aapl) == 1 && fault_fires(f, 1, &other) == 1 &&
		fault_fires(f, 1, &aapl) == 0,
	    "requests that do not match are not counted");
}

static void
places(void)
{
	struct fault f;
	struct fault_subject s = aapl;

	s.endpoint = ENDPOINT_SPLITS;
	(void)fault_parse("negative", &f, NULL);
	ok(fault_fires(&f, 1, &s) == 1, "splits have no prices to damage");
	(void)fault_parse("emptypage", &f, NULL);
	ok(fault_fires(&f, 1, &s) == 0, "but pages");
	(void)fault_parse("late=1", &f, NULL);
	ok(fault_fires(&f, 1, &s) == 1, "splits are never late");
	(void)fault_parse("nul", &f, NULL);
	ok(fault_fires(&f, 1, &aapl) == 1, "rows of one symbol have no name");
	(void)fault_parse("emptypage", &f, NULL);
	s.past_empty = true;
	ok(fault_fires(&f, 1, &s) == 1,
	    "what follows an empty page is the real one");
}

int
main(void)
{
	parsing();
	several();
	counting();
	places();
	return done();
}
