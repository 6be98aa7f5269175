#include <string.h>

#include "baseline/bottleneck.h"
#include "tap.h"

/* A run of 30 s whose API takes 90 s of three jobs at once. */
static const struct bottleneck_figures of_api = {
	.wall = 30,
	.longest = 1,
	.first_byte = 80,
	.transfer = 10,
	.decode = 0.5,
	.database = 2,
	.features = 3,
	.requests = 400,
	.jobs = 3,
	.with_features = true,
};

static bool
says(const struct bottleneck_figures *f, const char *what)
{
	struct recommendations r;

	bottleneck_recommend(f, &r);
	for (size_t i = 0; i < r.len; i++)
		if (strstr(r.v[i], what) != NULL)
			return true;
	for (size_t i = 0; i < r.len; i++)
		printf("# %s\n", r.v[i]);
	return false;
}

static void
test_shares(void)
{
	static const struct {
		double api, decode, database, features, limited;
		enum bottleneck is;
	} rows[] = {
		{ 61, 0, 20, 19, 0, BOTTLENECK_API },
		{ 60, 0, 20, 20, 0, BOTTLENECK_BALANCED },
		{ 20, 0, 61, 19, 0, BOTTLENECK_DATABASE },
		{ 20, 0, 60, 20, 0, BOTTLENECK_BALANCED },
		{ 30, 0, 20, 50, 0, BOTTLENECK_FEATURES },
		{ 10, 0, 5, 85, 0, BOTTLENECK_FEATURES },
		{ 30, 5, 30, 35, 0, BOTTLENECK_BALANCED },
		{ 20, 0, 20, 60, 200, BOTTLENECK_API },
		{ 0, 0, 0, 0, 0, BOTTLENECK_BALANCED },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bottleneck_figures f = {
			.wall = 100,
			.first_byte = rows[i].api,
			.decode = rows[i].decode,
			.database = rows[i].database,
			.features = rows[i].features,
			.limited = rows[i].limited,
			.jobs = 1,
		};

		ok(bottleneck_of(&f) == rows[i].is,
		    "api %g, database %g, features %g, limited %g: %s",
		    rows[i].api, rows[i].database, rows[i].features,
		    rows[i].limited, bottleneck_name(rows[i].is));
	}
}

static void
test_model(void)
{
	struct bottleneck_figures f = of_api;

	f.jobs = 6;
	ok(bottleneck_seconds(&of_api, &f) == 15, "twice the jobs, half of it");
	f.jobs = 100;
	ok(bottleneck_seconds(&of_api, &f) == 5,
	    "no faster than the writer stores");
	f.database = f.features = 0;
	ok(bottleneck_seconds(&of_api, &f) == 4,
	    "no faster than the client's pace");
	f.longest = 7;
	ok(bottleneck_seconds(&of_api, &f) == 7,
	    "no faster than the longest job");
	f.processor = 18;
	f.cores = 2;
	ok(bottleneck_seconds(&of_api, &f) == 9,
	    "no faster than the cores can do it");
	ok(bottleneck_seconds(&of_api, &of_api) == 30,
	    "with nothing changed as long as measured");
}

static void
test_recommended(void)
{
	struct bottleneck_figures f = of_api;

	ok(says(&f, "-j 32 would take about 5 s instead of 30 s"),
	    "more at once, as far as that is worth it");
	f.rate_limited = 20;
	f.wall = 60; /* half of it waiting after 429s */
	ok(!says(&f, "-j ") && says(&f, "none of the vendor's plans") &&
		!says(&f, "a plan with") && !says(&f, "cheaper"),
	    "not where 5 %% were limited, by a limit that no plan has");
	f.requests = 20;
	f.rate_limited = 3;
	f.wall = 200;
	f.limited = 190;
	f.first_byte = 3;
	f.longest = 1;
	ok(says(&f, "a paid plan, which has no limit") &&
		says(&f, "the free plan allows 5"),
	    "where the free plan may have limited it: a paid one");
	f.rate_limited = 0;
	f.limited = 0;
	f.jobs = 32;
	ok(says(&f, "the free plan is enough"), "5 a minute: the free plan");
	f.requests = 400;
	f.wall = 30;
	ok(says(&f, "a paid plan, which has no limit, is needed") &&
		says(&f, "about 80 min"),
	    "more: a paid one, and what the free one would take");
	f = of_api;
	f.rate_limited = 19;
	ok(says(&f, "-j "), "under 5 %%: more at once");
	f = of_api;
	f.per_minute = 400;
	f.wall = 60;
	f.limited = 200;
	ok(says(&f, "a larger --rate") && !says(&f, "at twice"),
	    "the pace that was set holds it up");
	f = of_api;
	f.first_byte = f.transfer = 1;
	f.database = 25;
	ok(bottleneck_of(&f) == BOTTLENECK_DATABASE && says(&f, "synchronous"),
	    "the database: a faster disk");
	f.database = 2;
	f.features = 25;
	ok(bottleneck_of(&f) == BOTTLENECK_FEATURES &&
		says(&f, "--no-features"),
	    "features: without them");
	ok(says(&f, "about 4.44 s"), "and how long that takes");
	f.with_features = false;
	ok(!says(&f, "--no-features"), "not what is left out already");
}

int
main(void)
{
	test_shares();
	test_model();
	test_recommended();
	return done();
}
