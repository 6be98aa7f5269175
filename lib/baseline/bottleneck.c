#include "baseline/bottleneck.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define NAMED_FROM    60.0 /* percent of busy time */
#define FEATURES_FROM 40.0
#define LIMITED_MAX   5.0  /* percent of requests: more at once is no use */
#define WORTH         0.95 /* of the time it takes now */

static double
busy(const struct bottleneck_figures *f)
{
	return f->first_byte + f->transfer + f->decode + f->database +
	       f->features;
}

static double
percent(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : 0;
}

struct bottleneck_shares
bottleneck_shares(const struct bottleneck_figures *f)
{
	double all = busy(f);

	return (struct bottleneck_shares){
		percent(f->first_byte + f->transfer, all),
		percent(f->decode, all),
		percent(f->database, all),
		percent(f->features, all),
	};
}

enum bottleneck
bottleneck_of(const struct bottleneck_figures *f)
{
	struct bottleneck_shares s = bottleneck_shares(f);

	if (percent(f->first_byte + f->transfer + f->limited,
		busy(f) + f->limited) > NAMED_FROM)
		return BOTTLENECK_API;
	if (s.database > NAMED_FROM)
		return BOTTLENECK_DATABASE;
	if (s.features > FEATURES_FROM && s.features > s.api &&
	    s.features > s.database && s.features > s.decode)
		return BOTTLENECK_FEATURES;
	return BOTTLENECK_BALANCED;
}

const char *
bottleneck_name(enum bottleneck b)
{
	static const char *const names[] = {
		[BOTTLENECK_API] = "api",
		[BOTTLENECK_DATABASE] = "database",
		[BOTTLENECK_FEATURES] = "features",
		[BOTTLENECK_BALANCED] = "balanced",
	};

	return names[b];
}

/* -- the model -- */

static double
model(const struct bottleneck_figures *f)
{
	double t = (f->first_byte + f->transfer) / (f->jobs > 0 ? f->jobs : 1);

	t = fmax(t, f->decode);
	t = fmax(t, f->database + f->features);
	t = fmax(t, f->longest);
	t = fmax(t, f->processor / (double)(f->cores > 0 ? f->cores : 1));
	return fmax(t,
	    60 * (double)f->requests /
		(f->per_minute > 0 ? f->per_minute : BOTTLENECK_PACE));
}

double
bottleneck_seconds(const struct bottleneck_figures *measured,
    const struct bottleneck_figures *changed)
{
	double now = model(measured);

	return now > 0 ? measured->wall * model(changed) / now : measured->wall;
}

/* -- what would help -- */

__attribute__((format(printf, 2, 3))) static void
add_recommendation(struct recommendations *r, const char *format, ...)
{
	va_list ap;

	if (r->len == RECOMMENDATIONS_MAX)
		return;
	va_start(ap, format);
	(void)vsnprintf(r->v[r->len++], RECOMMENDATION_SIZE, format, ap);
	va_end(ap);
}

static double
pace(const struct bottleneck_figures *f)
{
	return f->wall > 0 ? 60 * (double)f->requests / f->wall : 0;
}

/* More at once, as long as each doubling is worth it. */
static void
recommend_jobs(const struct bottleneck_figures *f, struct recommendations *r)
{
	struct bottleneck_figures best = *f, more = *f;

	if (f->finds_jobs)
		return;
	while (more.jobs < BOTTLENECK_JOBS_MAX) {
		more.jobs = more.jobs < 4 ? 4 : 2 * more.jobs;
		if (bottleneck_seconds(f, &more) >=
		    WORTH * bottleneck_seconds(f, &best))
			break;
		best.jobs = more.jobs;
	}
	if (best.jobs != f->jobs)
		add_recommendation(r,
		    "-j %u would take about %.3g s instead of %.3g s",
		    best.jobs, bottleneck_seconds(f, &best), f->wall);
}

/* As many as the free plan could have answered, the first of them at once? */
static bool
is_free_plan(const struct bottleneck_figures *f)
{
	return (double)f->requests <= BOTTLENECK_FREE_PLAN * (f->wall / 60 + 1);
}

/* The rate is what holds it up: a pace that was set, or the vendor's limit. */
static void
recommend_rate(const struct bottleneck_figures *f, struct recommendations *r)
{
	struct bottleneck_figures free = *f;
	double least;

	free.per_minute = 0;
	least = model(&free);
	if (least >= WORTH * f->wall)
		return;
	if (f->per_minute > BOTTLENECK_FREE_PLAN)
		add_recommendation(r,
		    "a larger --rate than %.4g requests a minute, or none: "
		    "paid plans have no limit; without one it would take about "
		    "%.3g s instead of %.3g s",
		    f->per_minute, least, f->wall);
	else if (f->per_minute > 0 || is_free_plan(f))
		add_recommendation(r,
		    "a paid plan, which has no limit, and no --rate: about "
		    "%.3g s instead of %.3g s; the free plan allows %g "
		    "requests a minute",
		    least, f->wall, BOTTLENECK_FREE_PLAN);
	else
		add_recommendation(r,
		    "%.0f requests a minute were answered and more were "
		    "refused, which is the limit of none of the vendor's plans "
		    "(free: %g a minute, paid: none): without it about %.3g s "
		    "instead of %.3g s; do other programs use the same key?",
		    pace(f), BOTTLENECK_FREE_PLAN, least, f->wall);
}

/* Would the free plan do, or how long would it take? */
static void
recommend_plan(const struct bottleneck_figures *f, struct recommendations *r)
{
	if (f->requests <= 0)
		return;
	if (is_free_plan(f))
		add_recommendation(r,
		    "the free plan is enough for the rate of this run: its "
		    "%lld requests in %.3g s are within %g a minute",
		    (long long)f->requests, f->wall, BOTTLENECK_FREE_PLAN);
	else
		add_recommendation(r,
		    "a paid plan, which has no limit, is needed for this pace: "
		    "at the %g requests a minute of the free one the %lld "
		    "requests would take about %.3g min",
		    BOTTLENECK_FREE_PLAN, (long long)f->requests,
		    (double)f->requests / BOTTLENECK_FREE_PLAN);
}

static void
recommend_without_features(const struct bottleneck_figures *f,
    struct recommendations *r)
{
	struct bottleneck_figures without = *f;

	without.features = 0;
	without.processor = fmax(0, f->processor - f->features);
	if (f->with_features &&
	    bottleneck_seconds(f, &without) < WORTH * f->wall)
		add_recommendation(r,
		    "--no-features, and mdbackfill --features-only at another "
		    "time: about %.3g s instead of %.3g s",
		    bottleneck_seconds(f, &without), f->wall);
}

static void
recommend_store(const struct bottleneck_figures *f, struct recommendations *r)
{
	struct bottleneck_figures half = *f, none = *f;

	half.database /= 2;
	none.database = 0;
	add_recommendation(r,
	    "a faster disk for the store, or synchronous=NORMAL where it is "
	    "FULL: with half the database time about %.3g s instead of %.3g "
	    "s, at best %.3g s",
	    bottleneck_seconds(f, &half), f->wall,
	    bottleneck_seconds(f, &none));
}

void
bottleneck_recommend(const struct bottleneck_figures *f,
    struct recommendations *r)
{
	bool limited = percent((double)f->rate_limited, (double)f->requests) >=
			   LIMITED_MAX ||
		       f->limited > f->first_byte + f->transfer;

	r->len = 0;
	switch (bottleneck_of(f)) {
	case BOTTLENECK_API:
		if (limited)
			recommend_rate(f, r);
		else {
			recommend_jobs(f, r);
			recommend_plan(f, r);
		}
		break;
	case BOTTLENECK_DATABASE:
		recommend_store(f, r);
		recommend_without_features(f, r);
		break;
	case BOTTLENECK_FEATURES:
		recommend_without_features(f, r);
		break;
	case BOTTLENECK_BALANCED:
		if (!limited)
			recommend_jobs(f, r);
		recommend_without_features(f, r);
		break;
	}
	if (r->len == 0)
		add_recommendation(r,
		    "nothing that is known here would make the %.3g s much "
		    "shorter",
		    f->wall);
}
