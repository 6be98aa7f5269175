/*
 * What is stored of a series, and an answer: rows at random in, and whatever
 * they are, the intervals that come out are in order, disjoint and merged; no
 * window is called final that no answer made so, and none ceases to be.
 */
#include "market/knowledge.h"
#include "calendar.h"
#include "fuzz.h"
#include "market/finality.h"

#define ROWS  12
#define TIMES 96

/* 2023-12-25 to some 180 days later: holidays, half days, changes of clocks. */
#define FIRST INT64_C(1703462400000)

struct facts {
	struct grid grid;
	struct knowledge before;
	struct knowledge_answer answer;
	struct ranges lists[5];
	int64_t times[TIMES]; /* edges of what is known */
	size_t times_len;
};

static void
note(struct facts *f, int64_t t)
{
	if (f->times_len < TIMES)
		f->times[f->times_len++] = t;
}

/* A step of a day's fractions, of days or of weeks. */
static int64_t
step(struct input *in)
{
	static const int64_t units[] = { MD_MINUTE, MD_HOUR, MD_DAY,
		7 * MD_DAY };
	unsigned b = input_byte(in);

	return (int64_t)(b >> 2) * units[b & 3];
}

static void
read_coverage(struct facts *f, struct input *in)
{
	int64_t at = FIRST;

	for (unsigned n = input_byte(in) % ROWS; n > 0; n--) {
		struct span s = { .kind = (enum coverage_kind)(input_byte(in) %
							       4) };

		s.from = at + step(in);
		s.to = s.from + step(in);
		s.fetched_at = s.to - 2 * MD_DAY + step(in);
		at = s.to;
		must(coverage_append(&f->before.coverage, s));
		note(f, s.from);
		note(f, s.to);
	}
}

static void
read_doubts(struct facts *f, struct input *in)
{
	int64_t at = FIRST;

	for (unsigned n = input_byte(in) % ROWS; n > 0; n--) {
		int64_t from = at + step(in), to = from + step(in);

		must(doubts_append(&f->before.doubts, from, to,
		    to - 2 * MD_DAY + step(in),
		    1 + (int)(input_byte(in) % (DOUBT_ANSWERS - 1))));
		at = to;
		note(f, from);
		note(f, to);
	}
}

/* Ranges of whole windows, each of some kind. */
static void
read_answer(struct facts *f, struct input *in)
{
	struct range_list *lists[] = { &f->answer.covered, &f->answer.doubted,
		&f->answer.empty, &f->answer.refused, &f->answer.denied };
	int64_t at = FIRST;

	f->answer.grid = f->grid;
	f->answer.tells_grid = input_byte(in) % 8 == 7;
	for (unsigned n = input_byte(in) % ROWS; n > 0; n--) {
		unsigned kind = input_byte(in) % 5;
		int64_t from = grid_next(&f->grid, at + step(in));
		int64_t to = grid_next(&f->grid, from + step(in));

		must(ranges_join(&f->lists[kind], from, to));
		at = to;
		note(f, from);
		note(f, to);
	}
	f->answer.asked_at = FIRST + step(in) + step(in) + step(in);
	for (size_t i = 0; i < COUNT(lists); i++)
		*lists[i] =
		    (struct range_list){ f->lists[i].v, f->lists[i].len };
}

static void
must_be_in_order(const struct facts *f, const struct knowledge *k)
{
	const struct coverage *c = &k->coverage;
	const struct doubts *d = &k->doubts;

	for (size_t i = 0; i < c->len; i++) {
		must(c->v[i].from < c->v[i].to);
		must(c->v[i].kind <= COVERAGE_REFUSED);
		if (i == 0)
			continue;
		must(c->v[i - 1].to <= c->v[i].from);
		/* Final neighbours of a kind are one. */
		must(c->v[i - 1].to < c->v[i].from ||
		     c->v[i - 1].kind != c->v[i].kind ||
		     !span_final(&c->v[i - 1], &f->grid) ||
		     !span_final(&c->v[i], &f->grid));
	}
	for (size_t i = 0; i < d->len; i++) {
		must(d->v[i].from < d->v[i].to);
		must(i == 0 || d->v[i - 1].to <= d->v[i].from);
		must(d->v[i].answers >= 1 && d->v[i].answers < DOUBT_ANSWERS);
	}
}

static bool
in_list(const struct range_list *l, int64_t t)
{
	for (size_t i = 0; i < l->len; i++)
		if (l->v[i].from <= t && t < l->v[i].to)
			return true;
	return false;
}

/* The window that starts there, before and after. */
static void
must_follow(const struct facts *f, const struct knowledge *after, int64_t start)
{
	const struct knowledge_answer *a = &f->answer;
	struct known was = knowledge_at(&f->grid, &f->before, start);
	struct known is = knowledge_at(&f->grid, after, start);
	const struct span *span = coverage_at(&f->before.coverage, start);
	bool told = a->asked_at >= finality_final(&f->grid, start);
	bool answered =
	    in_list(&a->covered, start) || in_list(&a->doubted, start) ||
	    in_list(&a->empty, start) || in_list(&a->refused, start) ||
	    in_list(&a->denied, start);

	if (is.state == KNOWLEDGE_FINAL) {
		bool had_bars = was.state == KNOWLEDGE_FINAL ||
				was.state == KNOWLEDGE_PROVISIONAL;

		must(is.as_of >= finality_final(&f->grid, start));
		must(was.state == KNOWLEDGE_FINAL ||
		     (told && (had_bars || in_list(&a->covered, start))));
	}
	if (a->tells_grid)
		return;
	/* Answers that come in disorder may cost what was final, as of then. */
	if (was.state == KNOWLEDGE_FINAL && span_final(span, &f->grid) &&
	    (!answered || a->asked_at >= span->fetched_at))
		must(is.state == KNOWLEDGE_FINAL ||
		     is.state == KNOWLEDGE_ABSENT);
	if (in_list(&a->covered, start))
		must(is.state == KNOWLEDGE_FINAL ||
		     is.state == KNOWLEDGE_PROVISIONAL);
	if (!answered)
		must(is.state == was.state);
}

struct stored {
	int64_t v[8];
	size_t len;
};

static bool
has_bar(void *ctx, const struct range *r, bool *has)
{
	const struct stored *bars = ctx;

	*has = false;
	for (size_t i = 0; i < bars->len; i++)
		*has = *has || (bars->v[i] >= r->from && bars->v[i] < r->to);
	return true;
}

/* Where absence is believed now, a bar that is stored is still there. */
static void
believe(struct facts *f, struct knowledge_change *c, struct input *in)
{
	struct stored bars = { .len = input_byte(in) % COUNT(bars.v) };
	const struct range_list believed = { c->believed.v, c->believed.len };

	for (size_t i = 0; i < bars.len; i++)
		bars.v[i] = grid_start(&f->grid,
		    FIRST + step(in) + step(in) + step(in));
	must(knowledge_believe(c, &f->answer, has_bar, &bars));
	must_be_in_order(f, &c->after);
	for (size_t i = 0; i < bars.len; i++) {
		const struct span *s =
		    coverage_at(&c->after.coverage, bars.v[i]);

		must(!in_list(&believed, bars.v[i]) ||
		     (s != NULL && s->kind == COVERAGE_BARS));
	}
}

static void
judge(struct facts *f, struct input *in)
{
	struct knowledge_change c;
	size_t head, old_end, new_end;

	must(knowledge_judge(&f->before, &f->answer, &c));
	must_be_in_order(f, &c.after);
	for (size_t i = 0; i < f->times_len; i++) {
		int64_t start = grid_next(&f->grid, f->times[i]);

		must_follow(f, &c.after, start);
		must_follow(f, &c.after, grid_start(&f->grid, start - 1));
	}
	believe(f, &c, in);
	coverage_difference(&f->before.coverage, &c.after.coverage, &head,
	    &old_end, &new_end);
	must(head <= old_end && old_end <= f->before.coverage.len);
	must(head <= new_end && new_end <= c.after.coverage.len);
	knowledge_change_free(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct facts f = { .grid = { .calendar = calendar_once() } };
	unsigned first = input_byte(&in);
	int64_t since;

	f.grid.timeframe = (enum timeframe)(first % TF_COUNT);
	f.grid.class = (enum asset_class)(first / TF_COUNT % 5);
	f.grid.kind = (enum grid_kind)(input_byte(&in) % (GRID_UTC_MONDAY + 1));
	read_coverage(&f, &in);
	read_doubts(&f, &in);
	read_answer(&f, &in);
	(void)knowledge_silent_since(&f.grid, &f.before.coverage, &since);
	(void)knowledge_has_bars(&f.before.coverage);
	judge(&f, &in);
	knowledge_free(&f.before);
	for (size_t i = 0; i < COUNT(f.lists); i++)
		ranges_free(&f.lists[i]);
	return 0;
}
