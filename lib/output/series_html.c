#include "output/series_html.h"

#include <math.h>

#include "base/integer.h"
#include "base/mdtime.h"
#include "base/number.h"

/* -- head -- */

static void
moment(const struct html *p, const char *what, bool known, int64_t ms)
{
	fprintf(p->f, "<tr><th scope=\"row\">%s</th><td>", what);
	html_moment(p, known ? ms : 0);
	fputs("</td></tr>\n", p->f);
}

static void
facts(const struct html *p, const struct series_report *r)
{
	const struct staleness_facts *f = &r->row.facts;

	fputs("<table class=\"facts\"><tbody>\n", p->f);
	moment(p, "Newest bar starts", f->has_bars, f->newest_ts);
	moment(p, "Answered", f->answered, f->as_of_ms);
	moment(p, "Features computed", f->has_features, f->computed_ms);
	fprintf(p->f,
	    "<tr><th scope=\"row\">Bars</th><td>%lld</td></tr>\n"
	    "<tr><th scope=\"row\">Tier</th><td>%s</td></tr>\n"
	    "</tbody></table>\n",
	    (long long)r->row.bars, tier_name(r->row.tier));
}

void
output_series_begin(const struct html *p, const struct series_report *r)
{
	static const enum html_verdict verdicts[] = {
		[STALENESS_FRESH] = HTML_GOOD,
		[STALENESS_AGING] = HTML_PART,
		[STALENESS_STALE] = HTML_BAD,
		[STALENESS_MISSING] = HTML_BAD,
	};

	char heading[SYMBOL_MAX + 16], age[32];

	(void)snprintf(heading, sizeof(heading), "%s %s", r->row.symbol,
	    timeframe_name(r->row.facts.timeframe));
	html_begin(p, heading, verdicts[r->status], staleness_name(r->status));
	fputs("<p class=\"dim\"><a href=\"/\">All series</a> · As of ", p->f);
	html_moment(p, r->now_ms);
	if (r->status != STALENESS_MISSING) {
		md_duration_format(r->age_ms, age);
		fprintf(p->f, " · %s old, by %s", age,
		    staleness_basis_name(r->basis));
	}
	fputs("</p>\n", p->f);
	facts(p, r);
	fputs("<h2>Bars</h2>\n", p->f);
}

/* -- what is covered -- */

/* The later, the worse. */
enum strip {
	STRIP_EMPTY,
	STRIP_FINAL,
	STRIP_OPEN,
	STRIP_DENIED,
	STRIP_REFUSED,
	STRIP_ABSENT
};

static const struct {
	const char *class, *words;
} strips[] = {
	[STRIP_FINAL] = { "s-final", "final" },
	[STRIP_OPEN] = { "s-open", "provisional" },
	[STRIP_EMPTY] = { "s-empty", "believed empty" },
	[STRIP_REFUSED] = { "s-refused", "refused" },
	[STRIP_DENIED] = { "s-denied", "not in the plan" },
	[STRIP_ABSENT] = { "s-absent", "in doubt: bars are absent" },
};

static enum strip
strip_of(const struct span *s, const struct grid *g)
{
	switch (s->kind) {
	case COVERAGE_EMPTY:
		return STRIP_EMPTY;
	case COVERAGE_DENIED:
		return STRIP_DENIED;
	case COVERAGE_REFUSED:
		return STRIP_REFUSED;
	case COVERAGE_BARS:
		break;
	}
	return span_final(s, g) ? STRIP_FINAL : STRIP_OPEN;
}

#define STRIP_WIDTH 720

/* What is drawn of a unit of the strip's width. */
struct column {
	int rank; /* of strips, the worst of what lies there; 0: nothing */
	int64_t from, to; /* of the pieces of that kind */
};

/* A series may have more pieces than a strip has room: the worst is seen. */
static void
piece(struct column v[STRIP_WIDTH], const struct range *all, int64_t from,
    int64_t to, enum strip what)
{
	double scale = STRIP_WIDTH / (double)(all->to - all->from);
	int rank = (int)what + 1, first, last;

	if (from < all->from)
		from = all->from;
	if (to > all->to)
		to = all->to;
	if (from >= to)
		return;
	first = (int)((double)(from - all->from) * scale);
	last = (int)ceil((double)(to - all->from) * scale);
	if (last > STRIP_WIDTH)
		last = STRIP_WIDTH;
	if (first >= last)
		first = last - 1;
	for (int i = first; i < last; i++) {
		if (v[i].rank < rank)
			v[i] = (struct column){ rank, from, to };
		else if (v[i].rank == rank) {
			v[i].from = min64(v[i].from, from);
			v[i].to = max64(v[i].to, to);
		}
	}
}

static void
draw(const struct html *p, const struct column v[STRIP_WIDTH])
{
	char a[MD_TIME_MAX], b[MD_TIME_MAX];
	int n;

	for (int i = 0; i < STRIP_WIDTH; i += n) {
		for (n = 1; i + n < STRIP_WIDTH && v[i + n].rank == v[i].rank;)
			n++;
		if (v[i].rank == 0)
			continue;
		md_time_format(v[i].from, a);
		md_time_format(v[i + n - 1].to, b);
		fprintf(p->f,
		    "<rect class=\"%s\" x=\"%d\" y=\"2\" width=\"%d\" "
		    "height=\"22\"><title>%s: %s to %s</title></rect>\n",
		    strips[v[i].rank - 1].class, i, n,
		    strips[v[i].rank - 1].words, a, b);
	}
}

static void
strip_key(const struct html *p)
{
	fputs("<p class=\"key\">", p->f);
	for (size_t i = 0; i < sizeof(strips) / sizeof(strips[0]); i++)
		fprintf(p->f, "<span class=\"%s\">%s</span>", strips[i].class,
		    strips[i].words);
	fputs("<span class=\"s-none\">never asked for</span></p>\n", p->f);
}

static void
strip(const struct html *p, const struct series_report *r)
{
	const struct coverage *c = &r->coverage;
	struct range all = { 0, r->now_ms };
	struct column v[STRIP_WIDTH] = { { 0, 0, 0 } };
	char a[MD_TIME_MAX], b[MD_TIME_MAX];

	fputs("<h2>Coverage</h2>\n", p->f);
	if (c->len == 0 || c->v[0].from >= all.to) {
		fputs("<p>Nothing was ever answered.</p>\n", p->f);
		return;
	}
	all.from = c->v[0].from;
	md_time_format(all.from, a);
	md_time_format(all.to, b);
	fprintf(p->f,
	    "<svg class=\"strip\" viewBox=\"0 0 720 44\" role=\"img\" "
	    "aria-label=\"What is known from %s to %s\">\n"
	    "<rect class=\"s-none\" x=\"0\" y=\"2\" width=\"720\" "
	    "height=\"22\"/>\n",
	    a, b);
	for (size_t i = 0; i < c->len; i++)
		piece(v, &all, c->v[i].from, c->v[i].to,
		    strip_of(&c->v[i], &r->grid));
	for (size_t i = 0; i < r->absent.len; i++)
		piece(v, &all, r->absent.v[i].from, r->absent.v[i].to,
		    STRIP_ABSENT);
	draw(p, v);
	fprintf(p->f,
	    "<text class=\"date\" x=\"0\" y=\"40\">%.10s</text>"
	    "<text class=\"date\" x=\"720\" y=\"40\" text-anchor=\"end\">"
	    "%.10s</text>\n</svg>\n",
	    a, b);
	strip_key(p);
}

/* -- gaps -- */

static void
gaps(const struct html *p, const struct series_report *r)
{
	const struct gap_list *l = &r->gaps;
	int64_t all = 0;
	char a[MD_TIME_MAX], b[MD_TIME_MAX];

	fputs("<h2>Gaps</h2>\n", p->f);
	if (l->len == 0) {
		fputs("<p>✓ None.</p>\n", p->f);
		return;
	}
	for (int k = 0; k < GAP_KINDS; k++)
		all += l->counts[k];
	if ((int64_t)l->len < all)
		fprintf(p->f, "<p class=\"dim\">The newest %zu of %lld.</p>\n",
		    l->len, (long long)all);
	fputs("<div class=\"scroll\"><table><thead><tr>"
	      "<th scope=\"col\">What</th><th scope=\"col\">From</th>"
	      "<th scope=\"col\">To</th>"
	      "<th scope=\"col\" class=\"n\">Bars</th></tr></thead>\n<tbody>\n",
	    p->f);
	for (size_t i = l->len; i-- > 0;) {
		const struct gap *g = &l->v[i];

		md_time_format(g->from_ms, a);
		md_time_format(g->to_ms, b);
		fprintf(p->f,
		    "<tr><td>%s%s</td><td>%s</td><td>%s</td>"
		    "<td class=\"n\">%lld</td></tr>\n",
		    gap_kind_is_fault(g->kind) ? "! " : "",
		    gap_kind_name(g->kind), a, b, (long long)g->bars);
		if (g->refusal.reason[0] == '\0')
			continue;
		fputs("<tr class=\"why\"><td colspan=\"4\">", p->f);
		html_text(p->f, g->refusal.reason);
		fputs("</td></tr>\n", p->f);
	}
	fputs("</tbody></table></div>\n", p->f);
}

/* -- what the vendor changed -- */

static void
change(const struct html *p, double from, double to)
{
	const double both[] = { from, to };
	char text[32];

	for (int i = 0; i < 2; i++) {
		fputs("<td class=\"n\">", p->f);
		if (isnan(both[i]))
			fputs("–", p->f);
		else {
			(void)number_format(both[i], text);
			fputs(text, p->f);
		}
		fputs("</td>", p->f);
	}
}

static void
changes(const struct html *p, const struct series_report *r)
{
	char at[MD_TIME_MAX];

	if (r->changes.len == 0)
		return;
	fputs("<h2>Changed by the vendor</h2>\n<div class=\"scroll\"><table>"
	      "<thead><tr><th scope=\"col\">Seen</th><th scope=\"col\">Bar</th>"
	      "<th scope=\"col\" class=\"n\">Close</th>"
	      "<th scope=\"col\" class=\"n\">now</th>"
	      "<th scope=\"col\" class=\"n\">Volume</th>"
	      "<th scope=\"col\" class=\"n\">now</th></tr></thead>\n<tbody>\n",
	    p->f);
	for (size_t i = 0; i < r->changes.len; i++) {
		const struct restated_row *c = &r->changes.v[i];

		fputs("<tr><td>", p->f);
		html_moment(p, c->seen_ms);
		md_time_format(c->ts, at);
		fprintf(p->f, "</td><td>%s</td>", at);
		change(p, c->old_close, c->new_close);
		change(p, c->old_volume, c->new_volume);
		fputs("</tr>\n", p->f);
	}
	fputs("</tbody></table></div>\n", p->f);
}

/* -- what is next -- */

static const char *const reasons[REASON_COUNT] = {
	[REASON_MISSING] = "it was never answered, or is in doubt",
	[REASON_OPEN] = "its market is open, and the bar has grown",
	[REASON_CLOSED] = "its window has closed since the last answer",
	[REASON_EXTENDED] = "its extended hours have ended since",
	[REASON_FINAL] = "it has become final since",
	[REASON_DENIED] = "it was denied long ago, or before it was final",
	[REASON_REFUSED] = "its row could not be right, a day ago",
	[REASON_REFRESH] = "all is to be fetched again",
};

static const char *const moments[] = {
	[MOMENT_OPEN] = "its window will have begun",
	[MOMENT_CLOSED] = "its window will have closed",
	[MOMENT_EXTENDED] = "its extended hours will have ended",
	[MOMENT_FINAL] = "its newest answers become final",
};

static void
next(const struct html *p, const struct series_report *r)
{
	char a[MD_TIME_MAX], b[MD_TIME_MAX];
	size_t n = r->wanted.len;

	fputs("<h2>Next</h2>\n", p->f);
	if (n == 0 && r->due_ms == INT64_MAX) {
		fputs("<p>Nothing is due.</p>\n", p->f);
		return;
	}
	if (n == 0) {
		fputs("<p>Nothing is due now; next ", p->f);
		html_moment(p, r->due_ms);
		fprintf(p->f, ": %s.</p>\n", moments[r->due]);
		return;
	}
	md_time_format(r->wanted.v[0].from, a);
	md_time_format(r->wanted.v[n - 1].to, b);
	fprintf(p->f, "<p>A run of now asks for %s to %s%s:</p>\n<ul>\n", a, b,
	    n > 1 ? ", in parts" : "");
	for (int i = 0; i < REASON_COUNT; i++)
		if ((r->reasons & 1U << i) != 0)
			fprintf(p->f, "<li>%s</li>\n", reasons[i]);
	fputs("</ul>\n", p->f);
}

void
output_series_end(const struct html *p, const struct series_report *r)
{
	strip(p, r);
	next(p, r);
	gaps(p, r);
	changes(p, r);
	html_end(p);
}
