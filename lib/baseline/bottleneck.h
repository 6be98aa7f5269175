/*
 * What limits a backfill, and what would help by how much.  Pure.
 *
 * The model: work of four kinds, each done by what there is of it.  Requests
 * wait for the API, so many at once; one thread decodes; one thread stores and
 * computes features; all of it, and a mock that runs beside it, shares the
 * cores; requests are no faster than the rate allows; and the pages of one job
 * come one after another.  The run takes as long as the slowest,
 *
 *	T = max(api / j, decode, database + features, processor / cores,
 *	    requests / rate, longest)
 *
 * times what the measured run took over that (what the model does not know:
 * the beginning, the end, waiting for each other).  What changes one of its
 * terms is told with the T that then comes out.
 */
#ifndef MD_BASELINE_BOTTLENECK_H
#define MD_BASELINE_BOTTLENECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bottleneck {
	BOTTLENECK_API,
	BOTTLENECK_DATABASE,
	BOTTLENECK_FEATURES,
	BOTTLENECK_BALANCED
};

#define BOTTLENECK_JOBS_MAX 32 /* more at once is not recommended */

/* What the client keeps to when no pace is set, a minute (pacing.h). */
#define BOTTLENECK_PACE 6000.0

/* The vendor's plans, as far as the rate goes: the free one allows so many
 * requests a minute, and every paid one as many as are sent. */
#define BOTTLENECK_FREE_PLAN 5.0

/* Seconds; of all jobs together but for the first. */
struct bottleneck_figures {
	double wall;
	double longest; /* the job with the most work, without idleness */
	double first_byte, transfer, decode, database, features;
	double processor; /* of all threads, and of a mock; 0: not known */
	long cores;
	double limited;    /* waiting for the pace, or after 429s */
	double per_minute; /* the pace that was set; 0: the vendor's, of all */
	int64_t requests, rate_limited;
	unsigned jobs;   /* at once */
	bool finds_jobs; /* by itself: none are recommended */
	bool with_features;
};

/* Shares of busy time, in percent; zero when nothing was busy. */
struct bottleneck_shares {
	double api, decode, database, features;
};

struct bottleneck_shares bottleneck_shares(const struct bottleneck_figures *);

/*
 * Over 60 % of busy time on the API: the API; waiting for its rate limit
 * counts as such.  Over 60 % in the database: that.  Else features where they
 * take most and over 40 %, else none.
 */
enum bottleneck bottleneck_of(const struct bottleneck_figures *);

/* "api", "database", "features", "balanced" */
const char *bottleneck_name(enum bottleneck);

/* The model's T, as measured or with something changed. */
double bottleneck_seconds(const struct bottleneck_figures *measured,
    const struct bottleneck_figures *changed);

#define RECOMMENDATIONS_MAX 4
#define RECOMMENDATION_SIZE 240

struct recommendations {
	char v[RECOMMENDATIONS_MAX][RECOMMENDATION_SIZE];
	size_t len;
};

void bottleneck_recommend(const struct bottleneck_figures *,
    struct recommendations *);

#endif
