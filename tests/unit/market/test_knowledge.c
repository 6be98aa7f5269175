#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/zoneinfo.h"
#include "market/wanted.h"
#include "seeded_dice.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BARS     COVERAGE_BARS
#define EMPTY    COVERAGE_EMPTY
#define DENIED   COVERAGE_DENIED
#define REFUSED  COVERAGE_REFUSED
#define SPANS    4

static struct calendar *cal;
static struct grid days;

static const struct finality_rule rule = { 15 * MD_MINUTE, 5 * MD_MINUTE,
	false };

/* Times as "07-08" or "07-08T16:00" of 2024; days are New York's. */
static int64_t
at(const char *text)
{
	char whole[32];
	int64_t t = 0;

	(void)snprintf(whole, sizeof(whole), "2024-%s%s", text,
	    strlen(text) == 5 ? "T04:00Z" : "Z");
	if (!md_time_parse(whole, &t))
		printf("Bail out! no time: %s\n", text);
	return t;
}

struct row {
	const char *from, *to, *fetched;
	enum coverage_kind kind;
};

static struct coverage
coverage_of(const struct row *rows)
{
	struct coverage c = { NULL, 0, 0 };

	for (size_t i = 0; i < SPANS && rows[i].from != NULL; i++)
		if (!coverage_append(&c,
			(struct span){ at(rows[i].from), at(rows[i].to),
			    at(rows[i].fetched), rows[i].kind }))
			printf("Bail out! no memory\n");
	return c;
}

/* -- the state of a window -- */

static void
states(void)
{
	static const struct {
		const char *name;
		struct row span; /* from null: none */
		const char *doubted, *start;
		enum knowledge_state state;
		int answers;
	} cases[] = {
		{ "what was never answered is unknown",
		    { NULL, NULL, NULL, BARS }, NULL, "07-08",
		    KNOWLEDGE_UNKNOWN, 0 },
		{ "after 11:00 of the next day it is final",
		    { "07-01", "07-09", "07-09T15:00", BARS }, NULL, "07-08",
		    KNOWLEDGE_FINAL, 0 },
		{ "before that it is provisional",
		    { "07-01", "07-09", "07-09T14:59", BARS }, NULL, "07-08",
		    KNOWLEDGE_PROVISIONAL, 0 },
		{ "what came without a bar often enough is absent",
		    { "07-01", "07-09", "07-09T14:59", EMPTY }, NULL, "07-08",
		    KNOWLEDGE_ABSENT, DOUBT_ANSWERS },
		{ "while it is open it is not",
		    { "07-01", "07-09", "07-08T16:00", EMPTY }, NULL, "07-08",
		    KNOWLEDGE_PROVISIONAL, 0 },
		{ "nor is what is in doubt believed",
		    { NULL, NULL, NULL, BARS }, "07-08T21:00", "07-08",
		    KNOWLEDGE_ABSENT, 1 },
		{ "a bar that was there is still what is known",
		    { "07-01", "07-09", "07-08T20:30", BARS }, "07-08T21:00",
		    "07-08", KNOWLEDGE_PROVISIONAL, 1 },
		{ "what was refused and then did not come is absent",
		    { "07-01", "07-09", "07-08T20:30", REFUSED }, "07-08T21:00",
		    "07-08", KNOWLEDGE_ABSENT, 1 },
		{ "a row that cannot be right is refused",
		    { "07-01", "07-09", "07-09T16:00", REFUSED }, NULL, "07-08",
		    KNOWLEDGE_REFUSED, 0 },
		{ "what is not in the plan is denied",
		    { "07-01", "07-09", "07-09T16:00", DENIED }, NULL, "07-08",
		    KNOWLEDGE_DENIED, 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct row rows[SPANS] = { cases[i].span };
		struct knowledge k = { coverage_of(rows), { NULL, 0, 0 } };
		struct known known;

		if (cases[i].doubted != NULL)
			(void)doubts_append(&k.doubts, at("07-08"), at("07-09"),
			    at(cases[i].doubted), 1);
		known = knowledge_at(&days, &k, at(cases[i].start));
		ok(known.state == cases[i].state &&
			known.answers == cases[i].answers &&
			known.believed == (known.answers == DOUBT_ANSWERS),
		    "%s", cases[i].name);
		knowledge_free(&k);
	}
}

/* -- an answer -- */

/* "07-08 07-09 bars, …" of what is known after an answer. */
static void
text_of(const struct knowledge *k, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < k->coverage.len; i++) {
		const struct span *s = &k->coverage.v[i];
		char from[MD_TIME_MAX], to[MD_TIME_MAX];

		md_time_format(s->from, from);
		md_time_format(s->to, to);
		n += (size_t)snprintf(out + n, size - n, "%.5s %.5s %s, ",
		    from + 5, to + 5, coverage_kind_name(s->kind));
	}
	(void)snprintf(out + n, size - n, "%zu", k->doubts.len);
}

static bool
none(void *ctx, const struct range *r, bool *has)
{
	(void)ctx;
	(void)r;
	*has = false;
	return true;
}

static void
judging(void)
{
	static const struct {
		const char *name;
		struct row before[SPANS];
		const char *asked;
		const char *refused[2], *doubted[2];
		int answers;       /* so many, an hour apart */
		const char *after; /* and how many doubts */
	} cases[] = {
		{ "what is absent is in doubt",
		    { { "07-01", "07-08", "07-09T16:00", BARS } },
		    "07-10T16:00", { NULL }, { "07-08", "07-10" }, 1,
		    "07-01 07-08 bars, 1" },
		{ "and believed after three answers",
		    { { "07-01", "07-08", "07-09T16:00", BARS } },
		    "07-10T16:00", { NULL }, { "07-08", "07-10" }, 3,
		    "07-01 07-08 bars, 07-08 07-10 empty, 0" },
		{ "that it was open once made no bar",
		    { { "07-01", "07-08", "07-09T16:00", BARS },
			{ "07-08", "07-09", "07-08T16:00", BARS } },
		    "07-10T16:00", { NULL }, { "07-08", "07-09" }, 3,
		    "07-01 07-08 bars, 07-08 07-09 empty, 0" },
		{ "what was believed when it could change stays so",
		    { { "07-01", "07-08", "07-09T16:00", BARS },
			{ "07-08", "07-09", "07-08T23:00", EMPTY } },
		    "07-10T16:00", { NULL }, { "07-08", "07-09" }, 1,
		    "07-01 07-08 bars, 07-08 07-09 empty, 0" },
		{ "what is refused is never believed to be empty",
		    { { "07-01", "07-08", "07-09T16:00", BARS } },
		    "07-10T16:00", { "07-08", "07-09" }, { NULL }, 5,
		    "07-01 07-08 bars, 07-08 07-09 refused, 0" },
		{ "a bar that is final outlives a row that is refused",
		    { { "07-01", "07-09", "07-09T16:00", BARS } },
		    "07-10T16:00", { "07-08", "07-09" }, { NULL }, 1,
		    "07-01 07-09 bars, 0" },
		{ "one that could change does not",
		    { { "07-01", "07-08", "07-09T16:00", BARS },
			{ "07-08", "07-09", "07-08T16:00", BARS } },
		    "07-08T20:20", { "07-08", "07-09" }, { NULL }, 1,
		    "07-01 07-08 bars, 07-08 07-09 refused, 0" },
		{ "of a symbol silent for ten sessions one answer is enough",
		    { { "06-03", "06-20", "07-09T16:00", BARS },
			{ "06-20", "07-09", "07-09T16:00", EMPTY } },
		    "07-10T16:00", { NULL }, { "07-09", "07-10" }, 1,
		    "06-03 06-20 bars, 06-20 07-10 empty, 0" },
		{ "of one silent for less it is not",
		    { { "06-03", "06-26", "07-09T16:00", BARS },
			{ "06-26", "07-09", "07-09T16:00", EMPTY } },
		    "07-10T16:00", { NULL }, { "07-09", "07-10" }, 1,
		    "06-03 06-26 bars, 06-26 07-09 empty, 1" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct knowledge k = { coverage_of(cases[i].before),
			{ NULL, 0, 0 } };
		struct range refused, doubted;
		struct knowledge_answer a = { .grid = days };
		struct knowledge_change c;
		char text[256];
		bool good = true;

		if (cases[i].refused[0] != NULL) {
			refused = (struct range){ at(cases[i].refused[0]),
				at(cases[i].refused[1]) };
			a.refused = (struct range_list){ &refused, 1 };
		}
		if (cases[i].doubted[0] != NULL) {
			doubted = (struct range){ at(cases[i].doubted[0]),
				at(cases[i].doubted[1]) };
			a.doubted = (struct range_list){ &doubted, 1 };
		}
		for (int n = 0; good && n < cases[i].answers; n++) {
			a.asked_at = at(cases[i].asked) + n * MD_HOUR;
			good = knowledge_judge(&k, &a, &c) &&
			       knowledge_believe(&c, &a, none, NULL);
			knowledge_free(&k);
			k = c.after;
			ranges_free(&c.believed);
		}
		text_of(&k, text, sizeof(text));
		if (!ok(good && strcmp(text, cases[i].after) == 0, "%s",
			cases[i].name))
			printf("# got %s\n", text);
		knowledge_free(&k);
	}
}

/* -- what is wanted -- */

static void
wanted(void)
{
	static const struct {
		const char *name;
		struct row before[SPANS];
		const char *now, *from, *to; /* null: nothing */
		enum wanted_reason reason;
	} cases[] = {
		{ "what was refused is left alone for a day",
		    { { "06-03", "07-09", "07-10T16:00", BARS },
			{ "07-09", "07-10", "07-10T16:00", REFUSED } },
		    "07-11T12:00", NULL, NULL, REASON_REFUSED },
		{ "and then asked for again",
		    { { "06-03", "07-09", "07-10T16:00", BARS },
			{ "07-09", "07-10", "07-10T16:00", REFUSED },
			{ "07-10", "07-11", "07-11T15:30", BARS } },
		    "07-11T16:00", "07-09", "07-10", REASON_REFUSED },
		{ "of a silent symbol what is open is not asked for",
		    { { "06-03", "06-20", "07-09T16:00", BARS },
			{ "06-20", "07-09", "07-10T15:00", EMPTY } },
		    "07-10T14:00", NULL, NULL, REASON_MISSING },
		{ "but once a day what is final",
		    { { "06-03", "06-20", "07-09T16:00", BARS },
			{ "06-20", "07-09", "07-10T15:00", EMPTY } },
		    "07-10T15:00", "07-09", "07-10", REASON_MISSING },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct coverage c = coverage_of(cases[i].before);
		struct ranges out = { NULL, 0, 0 };
		int64_t now = at(cases[i].now);
		bool good = wanted_now(&days, &rule, &c,
		    (struct range){ at("06-03"), at("07-10") }, now, false,
		    &out);

		if (cases[i].from == NULL)
			good = good && out.len == 0;
		else
			good = good && out.len == 1 &&
			       out.v[0].from == at(cases[i].from) &&
			       out.v[0].to == at(cases[i].to) &&
			       wanted_reasons(&days, &rule, &c, out.v[0], now,
				   false) == 1U << cases[i].reason;
		ok(good, "%s", cases[i].name);
		ranges_free(&out);
		coverage_free(&c);
	}
}

/* Every second day is absent, for many years. */
static void
many_ranges(void)
{
	struct knowledge k = { { NULL, 0, 0 }, { NULL, 0, 0 } };
	struct grid pair = { cal, CLASS_CRYPTO, TF_1D, GRID_UNKNOWN };
	struct ranges covered = { NULL, 0, 0 }, doubted = { NULL, 0, 0 };
	struct knowledge_answer a = { .grid = pair };
	struct knowledge_change c;
	bool good = true;
	clock_t since = clock();

	for (int64_t d = 0; good && d < 10000; d += 2)
		good = ranges_add(&covered, d * MD_DAY, (d + 1) * MD_DAY) &&
		       ranges_add(&doubted, (d + 1) * MD_DAY, (d + 2) * MD_DAY);
	a.covered = (struct range_list){ covered.v, covered.len };
	a.doubted = (struct range_list){ doubted.v, doubted.len };
	for (int i = 0; good && i < 3; i++) {
		a.asked_at = at("07-10T16:00") + i * MD_HOUR;
		good = knowledge_judge(&k, &a, &c) &&
		       (i == 2 || c.after.doubts.len == 5000);
		knowledge_free(&k);
		k = c.after;
		if (i < 2)
			ranges_free(&c.believed);
	}
	ok(good && k.coverage.len == 5000 && c.believed.len == 5000,
	    "5000 absent days are judged in one pass");
	/* A walk over all for each takes a hundred times as long. */
	ok(clock() - since < CLOCKS_PER_SEC, "which does not take long");
	ranges_free(&c.believed);
	ranges_free(&covered);
	ranges_free(&doubted);
	knowledge_free(&k);
}

/* -- holes within a day -- */

/* What is told of a hole by its day is what its windows tell, whatever clock
 * changes, holidays and half days there are. */
static void
days_of_holes(void)
{
	static const enum asset_class classes[] = { CLASS_STOCK, CLASS_CRYPTO,
		CLASS_FX, CLASS_INDEX };

	static const enum grid_kind kinds[] = { GRID_UNKNOWN, GRID_NEWYORK,
		GRID_UTC };

	long told = 0, wrong = 0;

	for (long i = 0; i < 200000; i++) {
		enum timeframe tf = (enum timeframe)(dice(TF_1D));
		struct grid g = { cal, classes[dice(4)], tf,
			tf == TF_4H ? kinds[dice(3)] : GRID_UNKNOWN };
		int64_t t =
		    at("01-01") + (int64_t)dice(366 * 24 * 60) * MD_MINUTE;
		struct range hole = { grid_start(&g, t), 0 }, out;
		struct knowledge_day d = knowledge_day(&g, hole.from);

		hole.to = hole.from;
		for (unsigned n = dice(40); n > 0; n--)
			hole.to = grid_end(&g, hole.to);
		if (d.from > hole.from || d.to <= hole.from)
			wrong++;
		if (hole.to > d.to ||
		    (hole.to > d.first && hole.from <= d.first))
			continue;
		told++;
		wrong += knowledge_absent(&g, hole, false, false, &out) ? 1 : 0;
	}
	ok(told > 20000 && wrong == 0,
	    "a hole that lacks not its day's first window lacks no session");
}

int
main(void)
{
	struct md_error e;

	if (!zoneinfo_calendar(&cal, NULL, &e)) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	days = (struct grid){ cal, CLASS_STOCK, TF_1D, GRID_UNKNOWN };
	states();
	judging();
	wanted();
	many_ranges();
	days_of_holes();
	calendar_destroy(&cal);
	return done();
}
