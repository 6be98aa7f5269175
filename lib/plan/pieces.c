#include "plan/pieces.h"

#include "base/integer.h"

/* No series has as many; so that nothing overflows. */
#define PIECES_MOST 10000
/* Two pages that differ say that the next ones may differ by as much again, and
 * by this part of a page. */
#define DOUBT 0.005
/* Fewer rows than this part of what was expected are a surprise. */
#define SPARSE 0.9

void
pieces_note(struct pieces_seen *s, const struct grid *g, struct range page,
    int64_t rows)
{
	s->span[0] = s->span[1];
	s->rows[0] = s->rows[1];
	s->span[1] = plan_base_expected(g, page);
	s->rows[1] = rows;
	s->len += s->len < 2;
}

/* Base aggregates of a window: a page may end that much before it is full. */
static int64_t
window_base(const struct grid *g)
{
	return max64(timeframe_nominal_ms(g->timeframe) / MD_MINUTE, 1);
}

/* Had each minute of the calendar its bar on the last page, and no other? */
static bool
is_exact(const struct pieces_seen *s, const struct grid *g)
{
	int64_t last = s->span[1];

	if (s->len == 0)
		return false;
	return g->timeframe == TF_1M
		   ? last == s->rows[1]
		   : last <= PLAN_PAGE_BASE &&
			 last > PLAN_PAGE_BASE - window_base(g);
}

/* How much of the calendar the next pages take, at least and at most. */
static bool
predict(const struct pieces_seen *s, const struct grid *g, double *least,
    double *most)
{
	double low, high, doubt;

	if (is_exact(s, g)) {
		*most = (double)(g->timeframe == TF_1M ? s->span[1]
						       : PLAN_PAGE_BASE);
		*least = *most + 1 - (double)window_base(g);
		return *least >= 1;
	}
	if (s->len < 2)
		return false;
	low = (double)min64(s->span[0], s->span[1]);
	high = (double)max64(s->span[0], s->span[1]);
	doubt = high - low + DOUBT * low;
	*least = low - doubt;
	*most = high + doubt;
	return *least >= 1;
}

static int64_t
pages(int64_t base, double of)
{
	int64_t n = (int64_t)((double)base / of);

	return (double)n * of < (double)base ? n + 1 : n;
}

size_t
pieces_certain(const struct pieces_seen *s, const struct grid *g,
    struct range rest, int64_t final)
{
	struct range sure = { rest.from,
		max64(rest.from, min64(rest.to, final)) };
	int64_t all = plan_base_expected(g, rest), n, longest;
	double least, most;

	if (!timeframe_intraday(g->timeframe) || all < 1 ||
	    !predict(s, g, &least, &most))
		return 0;
	n = pages(all, least);
	if (n > PIECES_MOST || n != pages(plan_base_expected(g, sure), most))
		return 0;
	/* Cuts are at windows: a piece may be longer by one. */
	longest = (all + n - 1) / n + window_base(g) - 1;
	if (n > 1 && (double)longest > least)
		return 0;
	return (size_t)n;
}

int64_t
pieces_cut(const struct grid *g, struct range rest, size_t n)
{
	int64_t all = plan_base_expected(g, rest);
	int64_t base = (all + (int64_t)n - 1) / (int64_t)n;
	int64_t low = rest.from, high = rest.to;
	int64_t ahead = (rest.to - rest.from) / (int64_t)n * 2;

	if (n <= 1)
		return rest.to;
	/* Less of the calendar is looked at than all of it each time. */
	if (ahead < high - low &&
	    plan_base_expected(g, (struct range){ low, low + ahead }) >= base)
		high = low + ahead;
	while (high - low > MD_MINUTE) {
		int64_t mid =
		    floor_div(low + (high - low) / 2, MD_MINUTE) * MD_MINUTE;

		if (mid <= low)
			mid = low + MD_MINUTE;
		if (mid >= high)
			break;
		if (plan_base_expected(g, (struct range){ rest.from, mid }) >=
		    base)
			high = mid;
		else
			low = mid;
	}
	high = grid_start(g, high);
	return high > rest.from ? high : grid_end(g, grid_start(g, rest.from));
}

bool
pieces_sparse(const struct pieces_seen *s, const struct grid *g,
    struct range piece, int64_t rows)
{
	double expected = (double)plan_base_expected(g, piece);

	return s->len > 0 && (double)rows * (double)s->span[1] <
				 SPARSE * expected * (double)s->rows[1];
}
