/*
 * The rules together, against a vendor at random: bars that come late, grow,
 * change, vanish and are refused, plans without today, symbols that are listed
 * or delisted, over three weeks with a holiday and a half day or a change of
 * the clock, and runs at random times.
 *
 * MD_SEEDS says how many vendors; all 10,000:
 *   MD_SEEDS=10000 build/tests/plan/test_model
 */
#include <stdlib.h>
#include <string.h>

#include "answer/verify.h"
#include "cli/zoneinfo.h"
#include "market/wanted.h"
#include "plan/plan.h"
#include "tap.h"

#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))
#define WINDOWS_MAX 800
#define NEVER       INT64_MAX

static struct calendar *cal;

static const struct finality_rule rule = { 15 * MD_MINUTE, 5 * MD_MINUTE,
	false };

static uint64_t seed;

static int64_t
dice(int64_t sides)
{
	seed = seed * 6364136223846793005U + 1442695040888963407U;
	return (int64_t)((seed >> 33) % (uint64_t)sides);
}

/* -- the vendor -- */

/* A window, what the vendor does with it, and what the store has of it. */
struct window {
	int64_t start, end;
	/* When a bar can change, worked out here once more. */
	int64_t opens, closes, extended, final; /* extended NEVER: none */
	int64_t delay;            /* after a moment, up to the settling time */
	int64_t appears;          /* or NEVER */
	int64_t gone, back;       /* not there in between */
	int64_t bad, good;        /* cannot be right in between */
	int64_t stored, answered; /* versions; 0: none */
	int absences;             /* answers without it, an hour apart … */
	int64_t absent_at;        /* … the last of these */
	bool unlisted;            /* nothing older was known, and it absent */
	bool untraded;            /* a finer bar was lacking when asked for */
	bool was_final;           /* called final once */
};

struct vendor {
	struct grid grid;
	bool withholds; /* what may still change */
	struct window w[WINDOWS_MAX];
	size_t len;
	int64_t quiet; /* nothing late, gone or bad comes to an end after it */
	/* What the store keeps. */
	struct knowledge facts;
	int64_t first;
	int calls;
	const char *wrong;
};

static void
moments_of(const struct grid *g, struct window *w)
{
	bool intraday = timeframe_intraday(g->timeframe);
	md_date date = calendar_date(cal, g->class, w->end - 1);
	bool stock = asset_class_has_sessions(g->class);
	int64_t last_ms = w->end - 1;
	struct session s;

	w->opens = w->start;
	w->closes = w->end;
	w->extended = NEVER;
	while (stock && !intraday && !calendar_session(cal, date, &s))
		date--;
	if (stock && !intraday) {
		w->closes = s.close_ms;
		last_ms = s.open_ms;
		if (g->timeframe == TF_1D)
			w->opens = s.open_ms;
	}
	/* The New York date: no zone is a day from UTC. */
	date = calendar_date(cal, CLASS_STOCK, last_ms);
	w->final = calendar_ny_time(cal, date + 1, 11 * MD_HOUR);
	if (g->class == CLASS_STOCK || g->class == CLASS_ETF)
		w->extended = calendar_ny_time(cal, date, 20 * MD_HOUR);
}

/* Its versions count up: they grow while it is open, then at each moment. */
static int64_t
version(const struct window *w, int64_t t, int64_t delay)
{
	if (t < w->closes + delay)
		return 1 + (t > w->opens ? (t - w->opens) / MD_MINUTE : 0);
	if (t >= w->final)
		return 1000003;
	return w->extended != NEVER && t >= w->extended + delay ? 1000002
								: 1000001;
}

/* What the vendor says at t: 0 nothing, -1 what cannot be right. */
static int64_t
says(const struct window *w, int64_t t)
{
	if (t < w->appears || (t >= w->gone && t < w->back))
		return 0;
	return t >= w->bad && t < w->good ? -1 : version(w, t, w->delay);
}

static void
make_window(struct vendor *v, struct window *w)
{
	w->appears = w->opens + dice(10) * MD_MINUTE;
	w->delay = dice(15) * MD_MINUTE;
	w->gone = w->back = w->bad = w->good = NEVER;
	if (v->len < 4)
		return;
	/* Once its bar was final the vendor does not do without it. */
	if (dice(20) == 0) {
		w->gone = w->opens + dice(w->final - w->opens);
		w->back = dice(3) == 0 ? NEVER
				       : w->gone + dice(w->final - w->gone + 1);
	}
	if (dice(12) == 0) {
		w->bad = w->opens + dice(2 * MD_DAY);
		w->good = dice(3) == 0 ? NEVER : w->bad + dice(4 * MD_DAY);
	}
}

/* Days come late one by one, finer bars a session at a time. */
static void
make_late(struct vendor *v)
{
	bool intraday = timeframe_intraday(v->grid.timeframe);
	int64_t late = 0;
	bool never = false;
	md_date date = 0;

	for (size_t i = 4; i < v->len; i++) {
		struct window *w = &v->w[i];
		md_date d = grid_date(&v->grid, w->start);

		if (!intraday || d != date) {
			never = dice(25) == 0;
			late = dice(8) == 0 ? dice(30 * MD_HOUR) : 0;
		}
		date = d;
		if (never)
			w->appears = NEVER;
		else if (late > 0)
			w->appears = intraday
					 ? grid_midnight(&v->grid, d + 1) + late
					 : w->closes + late;
	}
}

static void
make_listing(struct vendor *v)
{
	size_t listed = dice(6) == 0 ? (size_t)dice(8) : 0;
	size_t delisted = dice(6) == 0 ? 4 + (size_t)dice(14) : v->len;

	if (timeframe_intraday(v->grid.timeframe))
		return;
	for (size_t i = 0; i < v->len; i++)
		if (i < listed || i >= delisted)
			v->w[i].appears = NEVER;
}

static void
settle_down(struct vendor *v)
{
	v->quiet = 0;
	for (size_t i = 0; i < v->len; i++) {
		const int64_t ends[] = { v->w[i].final, v->w[i].appears,
			v->w[i].back, v->w[i].good };

		for (size_t k = 0; k < COUNT(ends); k++)
			if (ends[k] != NEVER && ends[k] > v->quiet)
				v->quiet = ends[k];
	}
	v->quiet += 25 * MD_HOUR;
}

/* Three weeks with a holiday: a half day, a change of the clock. */
static void
vendor_make(struct vendor *v)
{
	static const struct {
		enum asset_class class;
		enum timeframe tf;
		enum grid_kind grid;
	} kinds[] = { { CLASS_STOCK, TF_1D, GRID_UNKNOWN },
		{ CLASS_STOCK, TF_1D, GRID_UNKNOWN },
		{ CLASS_CRYPTO, TF_1D, GRID_UNKNOWN },
		{ CLASS_ETF, TF_1H, GRID_UNKNOWN },
		{ CLASS_CRYPTO, TF_4H, GRID_UNKNOWN },
		{ CLASS_STOCK, TF_1W, GRID_UNKNOWN },
		{ CLASS_FX, TF_1D, GRID_UNKNOWN },
		{ CLASS_INDEX, TF_1MO, GRID_UNKNOWN },
		{ CLASS_FX, TF_1D, GRID_UTC },
		{ CLASS_FX, TF_1D, GRID_NEWYORK },
		{ CLASS_FX, TF_4H, GRID_UTC },
		{ CLASS_FX, TF_1W, GRID_UTC_MONDAY },
		{ CLASS_STOCK, TF_4H, GRID_UTC },
		{ CLASS_STOCK, TF_1W, GRID_NEWYORK_MONDAY } };

	const md_date dates[] = { md_date_of(2024, 6, 24),
		md_date_of(2024, 11, 18), md_date_of(2024, 10, 21) };
	size_t k = (size_t)dice(COUNT(kinds));
	int64_t end, at;

	memset(v, 0, sizeof(*v));
	v->grid =
	    (struct grid){ cal, kinds[k].class, kinds[k].tf, kinds[k].grid };
	v->withholds = dice(8) == 0;
	v->first = grid_start(&v->grid,
	    calendar_midnight(cal, v->grid.class, dates[dice(3)]));
	end = v->first + 21 * MD_DAY;
	for (at = v->first; v->len < WINDOWS_MAX &&
			    grid_next_expected(&v->grid, at, &at) && at < end;
	     at = v->w[v->len++].end) {
		struct window *w = &v->w[v->len];

		w->start = at;
		w->end = grid_end(&v->grid, at);
		moments_of(&v->grid, w);
		make_window(v, w);
	}
	make_late(v);
	make_listing(v);
	settle_down(v);
}

/* -- a run -- */

static void
fail(struct vendor *v, const struct window *w, int64_t now, const char *what)
{
	char start[MD_TIME_MAX], at[MD_TIME_MAX];

	if (v->wrong != NULL)
		return;
	md_time_format(w->start, start);
	md_time_format(now, at);
	printf("# %s %s: the window of %s at %s: %s (stored %lld, says %lld)\n",
	    asset_class_name(v->grid.class), timeframe_name(v->grid.timeframe),
	    start, at, what, (long long)w->stored, (long long)says(w, now));
	v->wrong = what;
}

static bool
any_stored(void *ctx, const struct range *r, bool *has)
{
	const struct vendor *v = ctx;

	*has = false;
	for (size_t i = 0; i < v->len; i++)
		*has =
		    *has || (v->w[i].stored != 0 && v->w[i].start >= r->from &&
				v->w[i].start < r->to);
	return true;
}

static bool
judge(struct vendor *v, const struct knowledge_answer *a)
{
	struct knowledge_change c;
	bool good = knowledge_judge(&v->facts, a, &c) &&
		    knowledge_believe(&c, a, any_stored, v);

	knowledge_free(&v->facts);
	v->facts = c.after;
	ranges_free(&c.believed);
	return good;
}

static struct range_list
list_of(const struct ranges *r)
{
	return (struct range_list){ r->v, r->len };
}

static bool
put_page(struct vendor *v, struct asked *asked, struct page *page, bool last)
{
	struct verified p = VERIFIED_INIT;
	struct knowledge_answer a = { .grid = v->grid,
		.asked_at = asked->asked_at };
	bool good = verify_page(asked, page, last, &p);
	size_t n = 0;

	for (size_t i = 0; i < v->len && n < p.len; i++)
		if (v->w[i].start == p.bars[n].t)
			v->w[i].stored = (int64_t)p.bars[n++].v;
	if (n < p.len)
		v->wrong = "a bar of no window is stored";
	a.covered = list_of(&p.covered);
	a.doubted = list_of(&p.doubted);
	a.empty = list_of(&p.empty);
	a.refused = list_of(&p.refused_windows);
	good = good && judge(v, &a);
	verified_free(&p);
	return good;
}

/* The model's own count of what an answer says. */
static void
note_answer(const struct vendor *v, struct window *w, int64_t row, int64_t now,
    bool older)
{
	if (row > 0)
		w->answered = row;
	if (row != 0)
		w->absences = 0;
	else if (w->closes <= now &&
		 (w->absences == 0 || now - w->absent_at >= MD_HOUR)) {
		w->absences++;
		w->absent_at = now;
	}
	w->unlisted = row == 0 && (w->unlisted || !older);
	/* In the midst of a session that is that: nothing was traded. */
	w->untraded = row == 0 && timeframe_intraday(v->grid.timeframe);
}

static bool
ask(struct vendor *v, struct range r, int64_t now)
{
	static struct bar bars[WINDOWS_MAX];
	static char ticker[] = "X";
	struct asked a = { .ticker = ticker,
		.grid = v->grid,
		.from = r.from,
		.to = r.to,
		.asked_at = now,
		.cover_to = r.to,
		.cursor = r.from,
		.older = knowledge_older(&v->facts.coverage, r.from) };
	size_t n = 0, room = dice(2) ? WINDOWS_MAX : 3 + (size_t)dice(20);
	bool older = a.older, good = true;
	struct page page = PAGE_INIT;

	page.ticker = ticker;
	page.bars = bars;
	for (size_t i = 0; good && i < v->len; i++) {
		struct window *w = &v->w[i];
		int64_t row = says(w, now);

		if (w->start < r.from || w->start >= r.to || w->start > now)
			continue;
		note_answer(v, w, row, now, older);
		older = older || row != 0;
		if (row == 0)
			continue;
		bars[n++] =
		    (struct bar){ w->start, 10, 12, 9, 11, (double)row, 10, 7 };
		if (n < room)
			continue;
		page.len = n;
		good = put_page(v, &a, &page, false);
		n = 0;
	}
	page.len = n;
	return good && put_page(v, &a, &page, true);
}

/* A plan that withholds what may change: asked apart, and refused. */
static bool
call(struct vendor *v, struct range r, int64_t now)
{
	int64_t final = grid_final_before(&v->grid, now);
	struct range denied = { r.from > final ? r.from : final, r.to };
	struct knowledge_answer a = { .grid = v->grid,
		.asked_at = now,
		.denied = { &denied, 1 } };

	v->calls++;
	if (!v->withholds || r.to <= final)
		return ask(v, r, now);
	r.to = denied.from;
	return (r.from >= r.to || ask(v, r, now)) && judge(v, &a);
}

static bool
in_ranges(const struct ranges *r, int64_t t)
{
	for (size_t i = 0; i < r->len; i++)
		if (r->v[i].from <= t && t < r->v[i].to)
			return true;
	return false;
}

/* -- what must hold -- */

/* Has a moment passed that makes a better answer than that of as_of due? */
static bool
moment_passed(const struct window *w, int64_t as_of, int64_t now)
{
	const int64_t moments[] = { w->closes + rule.settle_ms,
		w->extended == NEVER ? NEVER : w->extended + rule.settle_ms,
		w->final };

	for (size_t i = 0; i < COUNT(moments); i++) {
		int64_t m = moments[i] < w->final ? moments[i] : w->final;

		if (as_of < m && m <= now)
			return true;
	}
	return false;
}

/* Of daily bars: what is asked for has a cause, and no cause goes unheard. */
static void
check_causes(struct vendor *v, const struct ranges *gaps, int64_t now)
{
	int64_t since;
	bool silent =
	    knowledge_silent_since(&v->grid, &v->facts.coverage, &since);

	for (size_t i = 0; i < v->len && v->w[i].start <= now; i++) {
		struct window *w = &v->w[i];
		struct known k = knowledge_at(&v->grid, &v->facts, w->start);
		bool answered = k.state == KNOWLEDGE_PROVISIONAL ||
				(k.state == KNOWLEDGE_ABSENT && k.believed);
		bool asked = in_ranges(gaps, w->start), cause = true;
		bool refused = k.state == KNOWLEDGE_REFUSED;
		bool passed =
		    (answered || refused) && moment_passed(w, k.as_of, now);

		if (k.state == KNOWLEDGE_FINAL)
			cause = false;
		else if (answered)
			cause = passed || (now < w->closes + rule.settle_ms &&
					      k.as_of + rule.reask_ms <= now);
		else if (refused)
			cause = passed || now - k.as_of >= KNOWLEDGE_REFUSED_MS;
		else if (k.state == KNOWLEDGE_DENIED)
			cause = now >= w->final;
		if (asked && !cause)
			fail(v, w, now, "it is asked for without a cause");
		if (passed && !asked && (!silent || now >= w->final))
			fail(v, w, now, "it is due and not asked for");
	}
}

/* The fewest calls: each way to join neighbours is tried. */
static size_t
fewest(const struct vendor *v, const struct ranges *gaps)
{
	size_t best = gaps->len;

	for (unsigned mask = 0; mask < 1U << (gaps->len - 1); mask++) {
		size_t calls = gaps->len;
		bool allowed = true;

		for (size_t i = 0; i + 1 < gaps->len; i++) {
			struct range between = { gaps->v[i].to,
				gaps->v[i + 1].from };

			if ((mask & 1U << i) == 0)
				continue;
			calls--;
			for (size_t k = 0; k < v->facts.coverage.len; k++) {
				const struct span *s = &v->facts.coverage.v[k];

				if (s->kind == COVERAGE_DENIED &&
				    s->from < between.to &&
				    s->to > between.from)
					allowed = false;
			}
		}
		if (allowed && calls < best)
			best = calls;
	}
	return best;
}

static void
check_window(struct vendor *v, struct window *w, int64_t now)
{
	struct known k = knowledge_at(&v->grid, &v->facts, w->start);
	bool claims =
	    k.state == KNOWLEDGE_FINAL || k.state == KNOWLEDGE_PROVISIONAL;
	int64_t since;

	if (w->stored != w->answered)
		fail(v, w, now, "it is not what the vendor last answered");
	if (k.believed && w->absences < DOUBT_ANSWERS && !w->unlisted &&
	    w->closes + rule.settle_ms <= k.as_of &&
	    !knowledge_silent_since(&v->grid, &v->facts.coverage, &since))
		fail(v, w, now, "it is believed absent too soon");
	/* Where the vendor had none at that time it claims nothing new. */
	if (!claims || w->untraded || says(w, k.as_of) <= 0 ||
	    says(w, now) <= 0)
		return;
	if (k.state == KNOWLEDGE_FINAL && w->stored != says(w, now))
		fail(v, w, now, "it is called final and is another");
	if (now >= w->closes + rule.settle_ms &&
	    knowledge_late(&v->grid, rule.settle_ms, w->start, k.as_of) > now &&
	    w->stored < version(w, now, rule.settle_ms))
		fail(v, w, now, "it is called fresh and is not");
}

static bool
run(struct vendor *v, int64_t now)
{
	struct ranges gaps = { NULL, 0, 0 }, calls = { NULL, 0, 0 };
	struct range wanted =
	    plan_begun(&v->grid, v->first, v->w[v->len - 1].end, now);
	bool good = plan_gaps(&v->grid, &rule, &v->facts.coverage, wanted, now,
			false, &gaps) &&
		    plan_merge(&v->grid, &v->facts.coverage, &gaps, &calls);

	if (v->grid.timeframe == TF_1D)
		check_causes(v, &gaps, now);
	for (size_t i = 0; i < v->len; i++)
		if (v->w[i].was_final && in_ranges(&gaps, v->w[i].start))
			fail(v, &v->w[i], now, "it was final and is asked for");
	if (gaps.len > 0 && gaps.len < 10 && calls.len > fewest(v, &gaps))
		v->wrong = "there are more calls than are needed";
	for (size_t i = calls.len; good && i > 0; i--)
		good = call(v, calls.v[i - 1], now);
	for (size_t i = 0; i < v->len && v->w[i].start <= now; i++) {
		check_window(v, &v->w[i], now);
		v->w[i].was_final =
		    knowledge_at(&v->grid, &v->facts, v->w[i].start).state ==
		    KNOWLEDGE_FINAL;
	}
	ranges_free(&gaps);
	ranges_free(&calls);
	return good;
}

/* What was late for so long that it was believed absent stays so. */
static void
check_equal(struct vendor *v, int64_t now)
{
	for (size_t i = 0; i < v->len; i++) {
		struct window *w = &v->w[i];
		struct known k = knowledge_at(&v->grid, &v->facts, w->start);

		if (says(w, now) > 0 && w->stored != says(w, now) &&
		    !w->untraded && !(k.believed && w->appears > w->closes))
			fail(v, w, now, "it is not the vendor's in the end");
	}
}

static bool
three_weeks(uint64_t n)
{
	static struct vendor v;
	int64_t now, end;
	bool good = true;
	int busy;

	seed = n * 2654435761U + 1;
	vendor_make(&v);
	busy = dice(3) == 0 ? 180 : 1440;
	now = v.first + 4 * MD_DAY;
	end = v.w[v.len - 1].end;
	while (good && v.wrong == NULL && now < end) {
		now += (1 + dice(dice(3) == 0 ? 90 : busy)) * MD_MINUTE +
		       dice(MD_MINUTE);
		good = run(&v, now);
	}
	now += 25 * MD_HOUR;
	now = now > v.quiet ? now : v.quiet;
	for (int i = 0; good && v.wrong == NULL && i < 4; i++) {
		now += MD_HOUR;
		if (i == 3)
			v.calls = 0;
		good = run(&v, now);
	}
	if (v.wrong == NULL)
		check_equal(&v, now);
	if (v.wrong == NULL && v.calls > 0)
		v.wrong = "it does not come to rest";
	if (v.wrong != NULL)
		printf("# seed %llu: %s\n", (unsigned long long)n, v.wrong);
	knowledge_free(&v.facts);
	return good && v.wrong == NULL;
}

int
main(void)
{
	const char *seeds = getenv("MD_SEEDS");
	uint64_t n = seeds == NULL ? 3000 : strtoull(seeds, NULL, 10);
	int wrong = 0;
	struct md_error e;

	if (!zoneinfo_calendar(&cal, NULL, &e)) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	for (uint64_t i = 1; i <= n && wrong < 5; i++)
		wrong += !three_weeks(i);
	ok(wrong == 0,
	    "%llu vendors: each bar is what was last answered, nothing false "
	    "is called fresh, final or absent, nothing is asked for twice, and "
	    "in the end all is there",
	    (unsigned long long)n);
	calendar_destroy(&cal);
	return done();
}
