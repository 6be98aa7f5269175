#include "load/abort.h"

#include <math.h>

/* How many took longer than the bound, or as long where it must be shorter. */
static double
count_above(const struct histogram *h, double bound_ms)
{
	double ns = bound_ms * 1e6;

	if (h->total == 0 || ns >= (double)HISTOGRAM_MAX)
		return 0;
	return (double)histogram_between(h, (uint64_t)ns, HISTOGRAM_MAX);
}

/* Of the most answers that there can be, more than the percentile leaves above
 * itself are above the bound. */
static bool
percentile_is_lost(const struct threshold *t, const struct histogram *h,
    double most, double percent)
{
	return count_above(h, t->bound) >
	       most - ceil(most * percent / 100 - 1e-9);
}

static bool
time_is_lost(const struct threshold *t, const struct load_figures *f,
    double most)
{
	const struct histogram *h = &f->latency;
	bool upper = t->op == BELOW || t->op == AT_MOST;
	double percent = load_metric_percent(t->metric);

	if (h->total == 0)
		return false;
	if (t->metric == METRIC_MIN)
		return !upper && !threshold_met(t, (double)h->min / 1e6);
	if (!upper) /* the rest may take as long as it likes */
		return false;
	if (t->metric == METRIC_MAX)
		return !threshold_met(t, (double)h->max / 1e6);
	if (t->metric == METRIC_AVG)
		return !threshold_met(t,
		    histogram_mean(h) * (double)h->total / most / 1e6);
	return percentile_is_lost(t, h, most, percent);
}

bool
load_is_lost(const struct threshold *t, const struct load_figures *f,
    double seconds, uint64_t planned)
{
	uint64_t left = planned > f->total ? planned - f->total : 0;
	double all = (double)(f->total + left), good = (double)f->good;
	double most = good + (double)left;
	bool upper = t->op == BELOW || t->op == AT_MOST;

	if (all <= 0)
		return false;
	if (t->metric == METRIC_SUCCESS)
		return !threshold_met(t, 100 * (upper ? good : most) / all);
	if (t->metric == METRIC_RPS)
		return !upper && seconds > 0 &&
		       !threshold_met(t, most / seconds);
	return time_is_lost(t, f, most);
}

bool
load_is_missed(const struct threshold *t, const struct load_figures *f,
    double seconds)
{
	double x = load_figure(f, seconds, t->metric);

	return !isnan(x) && !threshold_met(t, x);
}
