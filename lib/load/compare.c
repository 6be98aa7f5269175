/*
 * A report against an earlier one: what got worse by more than a bound.
 */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/json_file.h"
#include "load/load.h"

/* What is compared, and what mdload's JSON calls it. */
static const struct {
	const char *name;
	enum load_metric metric;
	bool more_is_worse;
} compared[] = {
	{ "avg_response_time_ms", METRIC_AVG, true },
	{ "p50_response_time_ms", METRIC_P50, true },
	{ "p95_response_time_ms", METRIC_P95, true },
	{ "p99_response_time_ms", METRIC_P99, true },
	{ "requests_per_second", METRIC_RPS, false },
	{ "success_rate", METRIC_SUCCESS, false },
};

#define COMPARED (sizeof(compared) / sizeof(compared[0]))

static void
read_scenario(json_t *object, struct load_earlier *out)
{
	const char *name =
	    json_string_value(json_object_get(object, "scenario"));

	for (int s = 0; s < SCENARIO_COUNT && name != NULL; s++) {
		if (strcmp(name, load_scenario_name((enum load_scenario)s)) !=
		    0)
			continue;
		out->has[s] = true;
		for (size_t i = 0; i < COMPARED; i++) {
			json_t *v = json_object_get(object, compared[i].name);

			if (json_is_number(v))
				out->figure[s][compared[i].metric] =
				    json_number_value(v);
		}
	}
}

static bool
read_root(json_t *root, const char *path, struct load_earlier *out,
    struct md_error *e)
{
	json_t *list = json_object_get(root, "scenarios");
	const char *target = json_string_value(json_object_get(root, "target"));
	size_t n = json_array_size(list);

	if (n == 0 || target == NULL)
		return md_fail(e, MD_EUSAGE,
		    "%s: expected what mdload -o json writes", path);
	for (size_t i = 0; i < n; i++)
		read_scenario(json_array_get(list, i), out);
	(void)snprintf(out->target, sizeof(out->target), "%s", target);
	out->connections =
	    json_integer_value(json_object_get(root, "concurrency"));
	out->rate = json_number_value(json_object_get(root, "rate"));
	return true;
}

bool
load_earlier_read(const char *path, struct load_earlier *out,
    struct md_error *e)
{
	json_t *root;
	bool good;

	memset(out, 0, sizeof(*out));
	for (int s = 0; s < SCENARIO_COUNT; s++)
		for (int m = 0; m < METRIC_COUNT; m++)
			out->figure[s][m] = (double)NAN;
	if (!json_file_read(path, &root, e))
		return false;
	good = read_root(root, path, out, e);
	json_decref(root);
	return good;
}

/* By how much of what it was; from nothing to something is endless. */
static double
worse_percent(double before, double now, bool more_is_worse)
{
	double change = more_is_worse ? now - before : before - now;

	if (change == 0)
		return 0;
	return before > 0 ? 100 * change / before : (double)INFINITY;
}

static void
compare_one(struct load_report *p, const struct load_result *r, size_t i,
    double before)
{
	double now =
	    load_figure(&r->all, r->effort.seconds, compared[i].metric);
	struct load_change *c = &p->change[p->changes++];

	c->scenario = r->scenario;
	c->metric = compared[i].metric;
	c->before = before;
	c->now = now;
	/* What was measured before and could not be now is worse, too. */
	c->worse_percent =
	    isnan(now) ? (double)INFINITY
		       : worse_percent(before, now, compared[i].more_is_worse);
	c->regressed = c->worse_percent > p->max_regress;
}

void
load_compare(struct load_report *p, const struct load_earlier *old,
    const char *path, double max_regress)
{
	p->compared = path;
	p->max_regress = max_regress;
	for (size_t k = 0; k < p->results; k++) {
		const struct load_result *r = &p->result[k];

		for (size_t i = 0; i < COMPARED; i++) {
			double before =
			    old->figure[r->scenario][compared[i].metric];

			if (!isnan(before))
				compare_one(p, r, i, before);
		}
	}
}
