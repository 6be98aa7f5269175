#include <stdlib.h>
#include <string.h>

#include "cli/zoneinfo.h"
#include "market/coverage.h"
#include "moment.h"
#include "tap.h"

static struct calendar *cal;
static struct grid minutes, weeks;

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BARS     COVERAGE_BARS
#define EMPTY    COVERAGE_EMPTY
#define DENIED   COVERAGE_DENIED

/* -- tables of spans -- */

#define SPANS 6

/* Times as "03-08T05:00" of 2024, UTC; from null ends a list. */
struct row {
	const char *from, *to, *fetched;
	enum coverage_kind kind;
};

static int64_t
time_of(const char *text)
{
	char whole[32];

	(void)snprintf(whole, sizeof(whole), "2024-%sZ", text);
	return at(whole);
}

static struct span
span_of(const struct row *r)
{
	return (struct span){ time_of(r->from), time_of(r->to),
		time_of(r->fetched), r->kind };
}

static void
print_coverage(const struct coverage *c)
{
	char from[MD_TIME_MAX], to[MD_TIME_MAX], when[MD_TIME_MAX];

	for (size_t i = 0; i < c->len; i++) {
		md_time_format(c->v[i].from, from);
		md_time_format(c->v[i].to, to);
		md_time_format(c->v[i].fetched_at, when);
		printf("# got %s to %s at %s: %s\n", from, to, when,
		    coverage_kind_name(c->v[i].kind));
	}
}

static bool
same_coverage(const struct coverage *c, const struct row *rows)
{
	size_t n = 0;
	bool good = true;

	for (; n < SPANS && rows[n].from != NULL; n++) {
		struct span s = span_of(&rows[n]);

		good = good && n < c->len && c->v[n].from == s.from &&
		       c->v[n].to == s.to &&
		       c->v[n].fetched_at == s.fetched_at &&
		       c->v[n].kind == s.kind;
	}
	if (!good || n != c->len)
		print_coverage(c);
	return good && n == c->len;
}

/*
 * Friday 2024-03-08 is final from Saturday 16:00 UTC on, Thursday from Friday
 * 16:00 UTC on; New York's midnights are 05:00 UTC.
 */
static void
additions(void)
{
	static const struct {
		const char *name;
		struct row add[SPANS], expected[SPANS];
	} cases[] = {
		{ "what is final is one span",
		    { { "03-01T05:00", "03-05T05:00", "03-20T00:00", BARS } },
		    { { "03-01T05:00", "03-05T05:00", "03-20T00:00", BARS } } },
		{ "an empty range covers nothing",
		    { { "03-05T05:00", "03-05T05:00", "03-20T00:00", BARS } },
		    { { NULL, NULL, NULL, BARS } } },
		{ "an answer is split where its bars stop being final",
		    { { "03-01T05:00", "03-08T18:00", "03-08T18:30", BARS } },
		    { { "03-01T05:00", "03-08T05:00", "03-08T18:30", BARS },
			{ "03-08T05:00", "03-08T18:00", "03-08T18:30",
			    BARS } } },
		{ "before 11:00 in New York the day before is not final",
		    { { "03-01T05:00", "03-08T05:00", "03-08T15:59", BARS } },
		    { { "03-01T05:00", "03-07T05:00", "03-08T15:59", BARS },
			{ "03-07T05:00", "03-08T05:00", "03-08T15:59",
			    BARS } } },
		{ "what is open joins what is final once asked again",
		    { { "03-01T05:00", "03-08T18:00", "03-08T18:30", BARS },
			{ "03-08T05:00", "03-08T18:00", "03-09T18:30", BARS } },
		    { { "03-01T05:00", "03-08T18:00", "03-09T18:30", BARS } } },
		{ "open neighbours of different answers stay apart",
		    { { "03-08T14:00", "03-08T15:00", "03-08T15:10", BARS },
			{ "03-08T15:00", "03-08T17:00", "03-08T17:10", BARS } },
		    { { "03-08T14:00", "03-08T15:00", "03-08T15:10", BARS },
			{ "03-08T15:00", "03-08T17:00", "03-08T17:10",
			    BARS } } },
		{ "open neighbours of one answer are one",
		    { { "03-08T14:00", "03-08T15:00", "03-08T17:10", BARS },
			{ "03-08T15:00", "03-08T17:00", "03-08T17:10", BARS } },
		    { { "03-08T14:00", "03-08T17:00", "03-08T17:10", BARS } } },
		{ "final neighbours merge; the newest answer's time stays",
		    { { "03-01T05:00", "03-02T05:00", "03-20T00:00", BARS },
			{ "03-02T05:00", "03-03T05:00", "03-10T00:00", BARS } },
		    { { "03-01T05:00", "03-03T05:00", "03-20T00:00", BARS } } },
		{ "a later answer fills the hole and all three merge",
		    { { "03-01T05:00", "03-02T05:00", "03-20T00:00", BARS },
			{ "03-04T05:00", "03-05T05:00", "03-20T00:00", BARS },
			{ "03-02T05:00", "03-04T05:00", "03-21T00:00", BARS } },
		    { { "03-01T05:00", "03-05T05:00", "03-21T00:00", BARS } } },
		{ "neighbours of different kinds stay apart",
		    { { "03-01T05:00", "03-02T05:00", "03-20T00:00", BARS },
			{ "03-02T05:00", "03-03T05:00", "03-20T00:00",
			    EMPTY } },
		    { { "03-01T05:00", "03-02T05:00", "03-20T00:00", BARS },
			{ "03-02T05:00", "03-03T05:00", "03-20T00:00",
			    EMPTY } } },
		{ "a refusal leaves bars as they were",
		    { { "03-02T05:00", "03-03T05:00", "03-10T00:00", BARS },
			{ "03-01T05:00", "03-04T05:00", "03-20T00:00",
			    DENIED } },
		    { { "03-01T05:00", "03-02T05:00", "03-20T00:00", DENIED },
			{ "03-02T05:00", "03-03T05:00", "03-10T00:00", BARS },
			{ "03-03T05:00", "03-04T05:00", "03-20T00:00",
			    DENIED } } },
		{ "an empty answer leaves bars bars, newly asked",
		    { { "03-02T05:00", "03-03T05:00", "03-10T00:00", BARS },
			{ "03-01T05:00", "03-04T05:00", "03-20T00:00",
			    EMPTY } },
		    { { "03-01T05:00", "03-02T05:00", "03-20T00:00", EMPTY },
			{ "03-02T05:00", "03-03T05:00", "03-20T00:00", BARS },
			{ "03-03T05:00", "03-04T05:00", "03-20T00:00",
			    EMPTY } } },
		{ "an empty answer within bars changes nothing but its time",
		    { { "03-01T05:00", "03-05T05:00", "03-10T00:00", BARS },
			{ "03-02T05:00", "03-03T05:00", "03-20T00:00",
			    EMPTY } },
		    { { "03-01T05:00", "03-05T05:00", "03-20T00:00", BARS } } },
		{ "a refusal within bars changes nothing",
		    { { "03-01T05:00", "03-05T05:00", "03-10T00:00", BARS },
			{ "03-02T05:00", "03-03T05:00", "03-20T00:00",
			    DENIED } },
		    { { "03-01T05:00", "03-05T05:00", "03-10T00:00", BARS } } },
		{ "bars replace a refusal and an empty answer",
		    { { "03-01T05:00", "03-03T05:00", "03-10T00:00", DENIED },
			{ "03-03T05:00", "03-05T05:00", "03-10T00:00", EMPTY },
			{ "03-02T05:00", "03-04T05:00", "03-20T00:00", BARS } },
		    { { "03-01T05:00", "03-02T05:00", "03-10T00:00", DENIED },
			{ "03-02T05:00", "03-04T05:00", "03-20T00:00", BARS },
			{ "03-04T05:00", "03-05T05:00", "03-10T00:00",
			    EMPTY } } },
		{ "an answer within a refusal cuts it in two",
		    { { "03-01T05:00", "03-05T05:00", "03-10T00:00", DENIED },
			{ "03-02T05:00", "03-03T05:00", "03-20T00:00",
			    EMPTY } },
		    { { "03-01T05:00", "03-02T05:00", "03-10T00:00", DENIED },
			{ "03-02T05:00", "03-03T05:00", "03-20T00:00", EMPTY },
			{ "03-03T05:00", "03-05T05:00", "03-10T00:00",
			    DENIED } } },
		{ "refusals of different times stay apart, to expire apart",
		    { { "03-01T05:00", "03-03T05:00", "03-10T00:00", DENIED },
			{ "03-03T05:00", "03-05T05:00", "03-12T00:00",
			    DENIED } },
		    { { "03-01T05:00", "03-03T05:00", "03-10T00:00", DENIED },
			{ "03-03T05:00", "03-05T05:00", "03-12T00:00",
			    DENIED } } },
		{ "a refusal is one span across what is final",
		    { { "03-01T05:00", "03-08T18:00", "03-08T18:30", DENIED } },
		    { { "03-01T05:00", "03-08T18:00", "03-08T18:30",
			DENIED } } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct coverage c = { NULL, 0, 0 };
		bool good = true;

		for (int k = 0; k < SPANS && cases[i].add[k].from; k++)
			good = coverage_add(&c, span_of(&cases[i].add[k]),
				   &minutes) &&
			       good;
		ok(good && same_coverage(&c, cases[i].expected), "%s",
		    cases[i].name);
		coverage_free(&c);
	}
}

static void
final_weeks(void)
{
	ok(grid_final_before(&weeks, at("2024-03-16T14:59Z")) ==
		at("2024-03-10T05:00Z"),
	    "a week is not final before its last trading day is");
	ok(grid_final_before(&weeks, at("2024-03-16T15:00Z")) ==
		at("2024-03-17T04:00Z"),
	    "it is from Saturday 11:00 New York on");
}

static void
names(void)
{
	enum coverage_kind k = BARS;

	ok(coverage_kind_parse("denied", &k) && k == DENIED &&
		coverage_kind_parse("bars", &k) && k == BARS &&
		coverage_kind_parse("empty", &k) && k == EMPTY &&
		strcmp(coverage_kind_name(k), "empty") == 0,
	    "kinds have names");
	ok(!coverage_kind_parse("", &k) && !coverage_kind_parse("Bars", &k) &&
		k == EMPTY,
	    "and no others");
}

/* -- coverage against cells -- */

#define CELLS 64

struct cell {
	bool covered;
	int64_t fetched_at;
	enum coverage_kind kind;
};

static uint32_t seed = 12345;

static int
dice(int sides)
{
	seed = seed * 1664525U + 1013904223U;
	return (int)((seed >> 8) % (uint32_t)sides);
}

/* Cells of three hours from a Thursday's midnight on. */
static int64_t
cell_time(int i)
{
	return at("2024-03-14T04:00Z") + i * 3 * MD_HOUR;
}

static bool
final_at(int64_t to, int64_t asked)
{
	return to <= grid_final_before(&minutes, asked);
}

/* An older answer than what is there is still an answer. */
static void
cells_add(struct cell *cells, int from, int to, int64_t now,
    enum coverage_kind kind)
{
	for (int i = from; i < to; i++) {
		struct cell *c = &cells[i];
		bool bars = c->covered && c->kind == BARS;

		/* A refusal takes the place of bars only till they are
		 * final. */
		if (bars && kind == DENIED &&
		    final_at(cell_time(i + 1), c->fetched_at))
			continue;
		if (kind == DENIED)
			bars = false;
		*c = (struct cell){ true, now, bars ? BARS : kind };
	}
}

static const struct span *
span_at(const struct coverage *c, int64_t t)
{
	for (size_t i = 0; i < c->len; i++)
		if (c->v[i].from <= t && t < c->v[i].to)
			return &c->v[i];
	return NULL;
}

/* A merged span's time is the newest's: final then is final now. */
static bool
cell_agrees(const struct cell *cell, const struct span *s, int64_t end)
{
	if (!cell->covered || s == NULL)
		return !cell->covered && s == NULL;
	if (s->kind != cell->kind)
		return false;
	if (s->kind == DENIED || !final_at(end, cell->fetched_at))
		return s->fetched_at == cell->fetched_at;
	return s->fetched_at >= cell->fetched_at &&
	       final_at(end, s->fetched_at);
}

static bool
well_formed(const struct coverage *c)
{
	for (size_t i = 0; i < c->len; i++) {
		const struct span *s = &c->v[i], *next = s + 1;
		bool final = final_at(s->to, s->fetched_at);

		if (s->from >= s->to)
			return false;
		if (s->kind != DENIED && !final &&
		    s->from < grid_final_before(&minutes, s->fetched_at))
			return false;
		if (i + 1 == c->len)
			break;
		if (s->to > next->from)
			return false;
		if (s->to < next->from || s->kind != next->kind)
			continue;
		if (s->fetched_at == next->fetched_at &&
		    (s->kind == DENIED ||
			final == final_at(next->to, next->fetched_at)))
			return false;
		if (s->kind != DENIED && final &&
		    final_at(next->to, next->fetched_at))
			return false;
	}
	return true;
}

static void
against_cells(void)
{
	static const enum coverage_kind kinds[] = { BARS, EMPTY, DENIED };

	bool agrees = true, formed = true;

	for (int round = 0; round < 400; round++) {
		struct coverage c = { NULL, 0, 0 };
		struct cell cells[CELLS] = { { false, 0, BARS } };
		int64_t now = cell_time(dice(CELLS));

		for (int step = 0; step < 20; step++) {
			enum coverage_kind kind = kinds[dice(3)];
			int from = dice(CELLS), to = from + dice(CELLS - from);

			now += dice(8) * MD_HOUR;
			cells_add(cells, from, to, now, kind);
			if (!coverage_add(&c,
				(struct span){ cell_time(from), cell_time(to),
				    now, kind },
				&minutes))
				agrees = false;
			formed = formed && well_formed(&c);
			for (int i = 0; i < CELLS; i++)
				agrees =
				    agrees && cell_agrees(&cells[i],
						  span_at(&c, cell_time(i)),
						  cell_time(i + 1));
		}
		coverage_free(&c);
	}
	ok(agrees, "8000 random answers cover what they should");
	ok(formed, "and leave spans sorted, disjoint, merged, and each wholly "
		   "final or wholly not");
}

/* -- doubt -- */

#define ASKS 5

struct ask {
	int from, to, minute; /* all zero ends a list */
};

struct doubtful {
	int from, to, answers;
};

static bool
same_doubts(const struct doubts *d, const struct doubtful *expected)
{
	size_t n = 0;
	bool good = true;

	for (; n < ASKS && expected[n].to != 0; n++)
		good = good && n < d->len && d->v[n].from == expected[n].from &&
		       d->v[n].to == expected[n].to &&
		       d->v[n].answers == expected[n].answers;
	for (size_t i = 0; i < d->len && !(good && n == d->len); i++)
		printf("# doubt %d to %d: %d answers\n", (int)d->v[i].from,
		    (int)d->v[i].to, d->v[i].answers);
	return good && n == d->len;
}

static bool
same_ranges(const struct ranges *r, const struct doubtful *expected)
{
	size_t n = 0;
	bool good = true;

	for (; n < ASKS && expected[n].to != 0; n++)
		good = good && n < r->len && r->v[n].from == expected[n].from &&
		       r->v[n].to == expected[n].to;
	for (size_t i = 0; i < r->len && !(good && n == r->len); i++)
		printf("# believed %d to %d\n", (int)r->v[i].from,
		    (int)r->v[i].to);
	return good && n == r->len;
}

static void
doubting(void)
{
	static const struct {
		const char *name;
		struct ask asks[ASKS];
		struct doubtful doubts[ASKS], believed[ASKS];
	} cases[] = {
		{ "the first empty answer is a doubt", { { 10, 20, 0 } },
		    { { 10, 20, 1 } }, { { 0, 0, 0 } } },
		{ "a second one a minute later does not count",
		    { { 10, 20, 0 }, { 10, 20, 1 } }, { { 10, 20, 1 } },
		    { { 0, 0, 0 } } },
		{ "nor do any within the hour",
		    { { 10, 20, 0 }, { 10, 20, 20 }, { 10, 20, 40 },
			{ 10, 20, 59 } },
		    { { 10, 20, 1 } }, { { 0, 0, 0 } } },
		{ "an hour later it does", { { 10, 20, 0 }, { 10, 20, 60 } },
		    { { 10, 20, 2 } }, { { 0, 0, 0 } } },
		{ "the hour counts from the last answer that counted",
		    { { 10, 20, 0 }, { 10, 20, 40 }, { 10, 20, 80 },
			{ 10, 20, 119 } },
		    { { 10, 20, 2 } }, { { 0, 0, 0 } } },
		{ "three an hour apart are believed",
		    { { 10, 20, 0 }, { 10, 20, 60 }, { 10, 20, 120 } },
		    { { 0, 0, 0 } }, { { 10, 20, 0 } } },
		{ "a clock that was set back counts nothing",
		    { { 10, 20, 600 }, { 10, 20, 60 } }, { { 10, 20, 1 } },
		    { { 0, 0, 0 } } },
		{ "what overlaps is counted for itself",
		    { { 10, 20, 0 }, { 15, 25, 60 } },
		    { { 10, 15, 1 }, { 15, 20, 2 }, { 20, 25, 1 } },
		    { { 0, 0, 0 } } },
		{ "only what all three answers hold is believed",
		    { { 10, 20, 0 }, { 15, 25, 60 }, { 12, 18, 120 } },
		    { { 10, 12, 1 }, { 12, 15, 2 }, { 18, 20, 2 },
			{ 20, 25, 1 } },
		    { { 15, 18, 0 } } },
		{ "an answer around a doubt is in three parts",
		    { { 12, 14, 0 }, { 10, 20, 60 } },
		    { { 10, 12, 1 }, { 12, 14, 2 }, { 14, 20, 1 } },
		    { { 0, 0, 0 } } },
		{ "an answer between two doubts stays between them",
		    { { 1, 3, 0 }, { 8, 9, 0 }, { 4, 6, 60 } },
		    { { 1, 3, 1 }, { 4, 6, 1 }, { 8, 9, 1 } },
		    { { 0, 0, 0 } } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct doubts d = { NULL, 0, 0 };
		struct ranges believed = { NULL, 0, 0 };
		bool good = true;

		for (int k = 0; k < ASKS && cases[i].asks[k].to != 0; k++)
			good = doubts_add(&d,
				   &(struct range){ cases[i].asks[k].from,
				       cases[i].asks[k].to },
				   1, cases[i].asks[k].minute * MD_MINUTE,
				   &believed) &&
			       good;
		ok(good && same_doubts(&d, cases[i].doubts) &&
			same_ranges(&believed, cases[i].believed),
		    "%s", cases[i].name);
		doubts_free(&d);
		ranges_free(&believed);
	}
}

static void
clearing(void)
{
	static const struct {
		const char *name;
		int from, to;
		struct doubtful left[ASKS];
	} cases[] = {
		{ "bars end all doubt about their range", 0, 100,
		    { { 0, 0, 0 } } },
		{ "bars within a doubt leave both its ends", 12, 18,
		    { { 10, 12, 1 }, { 18, 20, 1 }, { 30, 40, 1 } } },
		{ "bars across two leave the far ends", 15, 35,
		    { { 10, 15, 1 }, { 35, 40, 1 } } },
		{ "bars beside a doubt leave it", 20, 30,
		    { { 10, 20, 1 }, { 30, 40, 1 } } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct doubts d = { NULL, 0, 0 };
		bool good =
		    doubts_append(&d, 10, 20, 0, 1) &&
		    doubts_append(&d, 30, 40, 0, 1) &&
		    doubts_clear(&d,
			&(struct range){ cases[i].from, cases[i].to }, 1);

		ok(good && same_doubts(&d, cases[i].left), "%s", cases[i].name);
		doubts_free(&d);
	}
}

struct doubt_cell {
	int answers;
	int64_t answered_at;
	int believed;
};

static void
doubt_cells_add(struct doubt_cell *cells, int from, int to, int64_t now)
{
	for (int i = from; i < to; i++) {
		struct doubt_cell *c = &cells[i];

		if (c->answers > 0 && now - c->answered_at < MD_HOUR)
			continue;
		c->answers++;
		c->answered_at = now;
		if (c->answers == 3) {
			c->answers = 0;
			c->believed++;
		}
	}
}

static bool
doubts_agree(const struct doubt_cell *cells, const struct doubts *d,
    const struct ranges *believed)
{
	for (int i = 0; i < CELLS; i++) {
		int answers = 0, times = 0;
		int64_t when = 0;

		for (size_t k = 0; k < d->len; k++)
			if (d->v[k].from <= i && i < d->v[k].to) {
				answers += d->v[k].answers;
				when = d->v[k].answered_at;
			}
		for (size_t k = 0; k < believed->len; k++)
			times +=
			    believed->v[k].from <= i && i < believed->v[k].to;
		if (answers != cells[i].answers || times != cells[i].believed ||
		    (answers > 0 && when != cells[i].answered_at))
			return false;
	}
	return true;
}

static bool
doubts_well_formed(const struct doubts *d)
{
	for (size_t i = 0; i < d->len; i++)
		if (d->v[i].from >= d->v[i].to || d->v[i].answers < 1 ||
		    d->v[i].answers >= DOUBT_ANSWERS ||
		    (i > 0 && d->v[i - 1].to > d->v[i].from))
			return false;
	return true;
}

static void
doubts_against_cells(void)
{
	bool agree = true, formed = true;

	for (int round = 0; round < 400; round++) {
		struct doubts d = { NULL, 0, 0 };
		struct ranges believed = { NULL, 0, 0 };
		struct doubt_cell cells[CELLS] = { { 0, 0, 0 } };
		int64_t now = 0;

		for (int step = 0; step < 20; step++) {
			int from = dice(CELLS), to = from + dice(CELLS - from);

			now += dice(100) * MD_MINUTE;
			if (dice(4) == 0) {
				for (int i = from; i < to; i++)
					cells[i].answers = 0;
				agree = doubts_clear(&d,
					    &(struct range){ from, to }, 1) &&
					agree;
			} else {
				doubt_cells_add(cells, from, to, now);
				agree =
				    doubts_add(&d, &(struct range){ from, to },
					1, now, &believed) &&
				    agree;
			}
			agree = agree && doubts_agree(cells, &d, &believed);
			formed = formed && doubts_well_formed(&d);
		}
		doubts_free(&d);
		ranges_free(&believed);
	}
	ok(agree, "8000 random answers are doubted and believed as they "
		  "should be");
	ok(formed, "and leave doubts sorted and disjoint");
}

int
main(void)
{
	struct md_error e;

	if (!zoneinfo_calendar(&cal, NULL, &e)) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	minutes = (struct grid){ cal, CLASS_STOCK, TF_1M, GRID_UNKNOWN };
	weeks = (struct grid){ cal, CLASS_STOCK, TF_1W, GRID_UNKNOWN };
	additions();
	final_weeks();
	names();
	against_cells();
	doubting();
	clearing();
	doubts_against_cells();
	calendar_destroy(&cal);
	return done();
}
