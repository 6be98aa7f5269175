/* What the vendor tells of closures to come, and what follows. */
#include <stdlib.h>
#include <string.h>

#include "answer/closures.h"
#include "cli/zoneinfo.h"
#include "moment.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define URL      "https://api.example.com"

static struct calendar *cal;

/* A row of an exchange, and the rows of both. */
#define ROW(exchange, day, more)                                               \
	"{\"exchange\":\"" exchange "\",\"date\":\"" day "\"," more "}"
#define BOTH(day, more) ROW("NYSE", day, more) "," ROW("NASDAQ", day, more)
#define CLOSED          "\"status\":\"closed\",\"name\":\"Storm\""
#define EARLY(open, close)                                                     \
	"\"status\":\"early-close\",\"open\":" open ",\"close\":" close

/* Christmas 2026, which the calendar has. */
#define CHRISTMAS BOTH("2026-12-25", CLOSED)

static const struct {
	const char *name, *text;
	int clear;           /* days; -1: it is no answer */
	const char *refused; /* why the first row is; null: none is */
} cases[] = {
	{ "nothing", "[]", 0, NULL },
	{ "a holiday", "[" CHRISTMAS "]", 1, NULL },
	{ "an early close in winter",
	    "[" BOTH("2026-12-04", EARLY("\"2026-12-04T14:30:00.000Z\"",
				       "\"2026-12-04T18:00:00Z\"")) "]",
	    1, NULL },
	{ "an early close in summer, with an offset",
	    "[" BOTH("2026-07-02",
		EARLY("null", "\"2026-07-02T13:00:00-04:00\"")) "]",
	    1, NULL },
	{ "the same twice", "[" CHRISTMAS "," CHRISTMAS "]", 1, NULL },
	{ "OTC alone", "[" ROW("OTC", "2026-12-04", CLOSED) "]", 0, NULL },
	{ "one exchange", "[" ROW("NYSE", "2026-12-04", CLOSED) "]", 0,
	    "not told of alike" },
	{ "two that differ",
	    "[" ROW("NYSE", "2026-12-04", CLOSED) "," ROW("NASDAQ",
		"2026-12-04", EARLY("null", "\"2026-12-04T18:00:00Z\"")) "]",
	    0, "not told of alike" },
	{ "one that contradicts itself",
	    "[" BOTH("2026-12-04", CLOSED) "," ROW("NYSE", "2026-12-04",
		EARLY("null", "\"2026-12-04T18:00:00Z\"")) "]",
	    0, "not told of alike" },
	{ "another exchange", "[" ROW("LSE", "2026-12-04", CLOSED) "]", 0,
	    "exchange" },
	{ "a past day", "[" BOTH("2026-05-29", CLOSED) "]", 0, "past" },
	{ "a day in decades", "[" BOTH("2060-12-03", CLOSED) "]", 0, "ahead" },
	{ "a weekend", "[" BOTH("2026-12-05", CLOSED) "]", 0, "weekend" },
	{ "no date", "[" BOTH("2026-02-30", CLOSED) "]", 0, "no date" },
	{ "no status", "[" BOTH("2026-12-04", "\"status\":7") "]", 0,
	    "neither" },
	{ "a close of another day",
	    "[" BOTH("2026-12-04",
		EARLY("null", "\"2026-12-03T18:00:00Z\"")) "]",
	    0, "close is no minute" },
	{ "a close at 16:00",
	    "[" BOTH("2026-12-04",
		EARLY("null", "\"2026-12-04T21:00:00Z\"")) "]",
	    0, "close is no minute" },
	{ "a close that is a number",
	    "[" BOTH("2026-12-04", EARLY("null", "1e18")) "]", 0,
	    "close is no minute" },
	{ "an opening at noon",
	    "[" BOTH("2026-12-04", EARLY("\"2026-12-04T17:00:00Z\"",
				       "\"2026-12-04T18:00:00Z\"")) "]",
	    0, "open is not" },
	{ "rows that are none", "[1,null,\"x\",[]]", 0, "no object" },
	{ "an object", "{\"status\":\"OK\",\"results\":[]}", -1, NULL },
	{ "a number", "7", -1, NULL },
	{ "NaN", "[NaN]", -1, NULL },
	{ "half an answer", "[{\"date\":\"2026", -1, NULL },
	{ "no byte", "", -1, NULL },
};

static bool
read_text(struct closures_answer *a, const char *text, struct md_error *e)
{
	return closures_answer_read(a, cal, date("2026-06-01"), text,
	    strlen(text), e);
}

static void
answers(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct closures_answer a;
		struct md_error e = { MD_OK, "" };
		bool good = read_text(&a, cases[i].text, &e);

		if (cases[i].clear < 0)
			ok(!good && e.code == MD_EDATA, "%s is no answer: %s",
			    cases[i].name, e.text);
		else
			ok(good && a.clear.len == (size_t)cases[i].clear &&
				(a.refused_len > 0) ==
				    (cases[i].refused != NULL) &&
				(a.refused_len == 0 ||
				    strstr(a.refused[0].reason,
					cases[i].refused) != NULL),
			    "%s: %zu clear, %s", cases[i].name, a.clear.len,
			    a.refused_len > 0 ? a.refused[0].reason : "-");
		closures_answer_free(&a);
	}
}

static void
too_many(void)
{
	static char text[400000];
	struct closures_answer a;
	struct md_error e;
	md_date d = date("2026-06-01");
	size_t n = 1;
	char day[11];

	text[0] = '[';
	for (int i = 0; i < 2000; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "%s" ROW("NYSE", "2026-12-25", CLOSED), i > 0 ? "," : "");
	(void)snprintf(text + n, sizeof(text) - n, "]");
	ok(!read_text(&a, text, &e) && e.code == MD_EDATA,
	    "thousands of rows: %s", e.text);
	closures_answer_free(&a);
	n = 1;
	for (int i = 0; i < 40; i++) {
		md_date_format(d + 7 * i, day);
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "%s{\"exchange\":\"NYSE\",\"date\":\"%s\"," CLOSED
		    "},{\"exchange\":\"NASDAQ\",\"date\":\"%s\"," CLOSED "}",
		    i > 0 ? "," : "", day, day);
	}
	(void)snprintf(text + n, sizeof(text) - n, "]");
	ok(!read_text(&a, text, &e) && e.code == MD_EDATA,
	    "a year of closed Mondays: %s", e.text);
	closures_answer_free(&a);
}

static struct closure
kept(const char *day, enum closure_kind kind, const char *url)
{
	struct closure c = { .date = date(day), .kind = kind, .told_ms = 5 };

	(void)snprintf(c.base_url, sizeof(c.base_url), "%s", url);
	(void)snprintf(c.name, sizeof(c.name), "Storm");
	return c;
}

static void
comparisons(void)
{
	struct closure v[] = {
		kept("2026-06-01", CLOSURE_CLOSED, URL), /* today */
		kept("2026-06-10", CLOSURE_CLOSED, URL), /* withdrawn */
		kept("2026-06-11", CLOSURE_CLOSED, "other"),
		kept("2026-06-12", CLOSURE_CLOSED, URL), /* unclear */
		kept("2026-06-15", CLOSURE_CLOSED, URL), /* told again */
		kept("2027-06-10", CLOSURE_CLOSED, URL), /* after all */
	};
	const struct closures old = { v, COUNT(v), COUNT(v) };
	struct closures put = { NULL, 0, 0 }, drop = { NULL, 0, 0 };
	struct closures_answer a;
	struct md_error e;
	md_date today = date("2026-06-01");

	ok(read_text(&a,
	       "[" ROW("NYSE", "2026-06-12", CLOSED) "," BOTH("2026-06-15",
		   CLOSED) "," BOTH("2026-06-16", CLOSED) "," CHRISTMAS "]",
	       &e) &&
		closures_compare(&a, &old, URL, today, &put, &drop),
	    "an answer is compared");
	ok(drop.len == 1 && drop.v[0].date == date("2026-06-10"),
	    "what is not told any more goes: %zu", drop.len);
	ok(closures_find(&put, date("2026-06-16")) != NULL &&
		closures_find(&put, date("2026-06-16"))->told_ms == 0,
	    "what is new comes");
	ok(closures_find(&put, date("2026-06-15")) == NULL &&
		closures_find(&put, date("2026-12-25")) == NULL,
	    "what is known already does not");
	ok(closures_find(&put, date("2026-07-03")) != NULL &&
		closures_find(&put, date("2026-07-03"))->kind ==
		    CLOSURE_UNLISTED &&
		!closure_corrects(closures_find(&put, date("2026-07-03"))),
	    "a holiday that is passed over is noted, and stays");
	closures_free(&put);
	closures_free(&drop);
	closures_answer_free(&a);
	ok(read_text(&a, "[]", &e) &&
		closures_compare(&a, &old, URL, today, &put, &drop) &&
		put.len + drop.len == 0,
	    "an empty answer tells nothing");
	closures_answer_free(&a);
}

static void
corrections(void)
{
	struct closure v[] = { kept("2026-06-10", CLOSURE_CLOSED, URL),
		kept("2026-06-11", CLOSURE_CLOSED, URL),
		kept("2026-12-25", CLOSURE_UNLISTED, URL) };
	const struct closures told = { v, COUNT(v), COUNT(v) };
	struct calendar_changes *c = calloc(1, sizeof(*c));
	const struct calendar_change own = { date("2026-06-11"), DAY_OPEN, 0 };
	struct calendar *corrected = NULL;
	struct session s;
	struct md_error e;

	if (c == NULL || !calendar_changes_add(c, &own, &e)) {
		ok(false, "a change");
		free(c);
		return;
	}
	closures_correct(&told, c);
	ok(c->len == 2 && c->told_len == 1, "the configuration's day stays");
	if (ok(zoneinfo_calendar_changed(&corrected, c, &e), "a calendar")) {
		ok(!calendar_session(corrected, date("2026-06-10"), &s) &&
			strcmp(calendar_holiday(corrected, date("2026-06-10")),
			    "Storm") == 0,
		    "the exchange is closed, by its name");
		ok(calendar_source(corrected, date("2026-06-10")) == DAY_TOLD &&
			calendar_source(corrected, date("2026-06-11")) ==
			    DAY_CONFIGURED &&
			calendar_source(corrected, date("2026-12-25")) ==
			    DAY_BY_RULE,
		    "who says so is known");
	}
	calendar_destroy(&corrected);
	free(c);
}

int
main(void)
{
	struct md_error e;

	if (!zoneinfo_calendar(&cal, NULL, &e)) {
		ok(false, "the calendar loads: %s", e.text);
		return done();
	}
	answers();
	too_many();
	comparisons();
	corrections();
	calendar_destroy(&cal);
	return done();
}
