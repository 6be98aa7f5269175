/*
 * A measurement against an earlier one of the same work.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/json_file.h"
#include "base/mdtime.h"
#include "baseline/baseline.h"

/* What differs by a smaller share is the same. */
#define LEAST 0.02

const char *
baseline_verdict_name(enum baseline_verdict v)
{
	static const char *const names[] = {
		[VERDICT_NOISE] = "within noise",
		[VERDICT_FASTER] = "faster",
		[VERDICT_SLOWER] = "slower",
		[VERDICT_DISTURBED] = "not judged",
	};

	return names[v];
}

void
baseline_work(const struct baseline_options *o, char out[256])
{
	const struct symbol_list *l = o->backfill.symbols;
	uint64_t h = HASH_EMPTY;
	char limits[96] = "", list[64] = "";
	size_t n = 0;

	for (size_t i = 0; i < l->len; i++) {
		unsigned bits = l->v[i].timeframes;

		h = hash_text(h, l->v[i].symbol);
		h = hash_number(h, bits);
	}
	for (int tf = 0; tf < TF_COUNT; tf++)
		if (o->backfill.timeframes & 1U << tf)
			n += (size_t)snprintf(list + n, sizeof(list) - n,
			    "%s%s", n > 0 ? "," : "",
			    timeframe_name((enum timeframe)tf));
	if (o->mock)
		(void)snprintf(limits, sizeof(limits),
		    ", latency %lld ms, rate %s", (long long)o->mock_latency_ms,
		    o->mock_rate[0] != '\0' ? o->mock_rate : "unlimited");
	(void)snprintf(out, 256, "%zu symbols (%08llx), %s, %d days%s%s",
	    l->len, (unsigned long long)(h & 0xffffffffU), list,
	    o->backfill.days, limits,
	    o->backfill.no_features ? ", no features" : "");
}

/* -- reading -- */

static bool
read_samples(json_t *list, struct samples *s)
{
	size_t n = json_array_size(list);

	for (size_t i = 0; i < n; i++) {
		json_t *x = json_array_get(list, i);

		/* Null: there was nothing to measure it by. */
		if (!json_is_null(x) &&
		    (!json_is_number(x) ||
			!samples_add(s, json_number_value(x))))
			return false;
	}
	return n > 0;
}

static bool
read_mode(json_t *object, struct baseline_earlier *out)
{
	const char *name = json_string_value(json_object_get(object, "mode"));
	json_t *samples = json_object_get(object, "samples");
	size_t n;
	int m = 0;

	while (m < MODE_COUNT &&
	       (name == NULL ||
		   strcmp(name, baseline_mode_name((enum baseline_mode)m)) !=
		       0))
		m++;
	if (m == MODE_COUNT)
		return false;
	out->has[m] = true;
	/* "auto" is no integer, and 0 as one. */
	out->jobs_at_once[m] =
	    (unsigned)json_integer_value(json_object_get(object, "jobs"));
	for (int f = 0; f < SAMPLED_COUNT; f++)
		/* Two were not looked at yet in what was saved long ago. */
		if (!read_samples(json_object_get(samples,
				      baseline_figures[f].name),
			&out->figure[m][f]) &&
		    f != SAMPLED_OTHER_LOAD && f != SAMPLED_CALIBRATION_AROUND)
			return false;
	n = out->figure[m][SAMPLED_CALIBRATION].len;
	if (n == 0)
		return false;
	if (out->repeats == 0 || n < out->repeats)
		out->repeats = n;
	return true;
}

static bool
read_root(json_t *root, struct baseline_earlier *out)
{
	json_t *modes = json_object_get(root, "modes");
	const char *target = json_string_value(json_object_get(root, "target"));
	const char *work = json_string_value(json_object_get(root, "work"));
	const char *cpu =
	    json_string_value(json_object_get(json_object_get(root,
						  "environment"),
		"cpu"));
	const char *commit = json_string_value(json_object_get(root, "commit"));
	const char *at =
	    json_string_value(json_object_get(root, "commit_time"));
	size_t n = json_array_size(modes);

	if (at == NULL)
		at = json_string_value(json_object_get(root, "timestamp"));
	if (at == NULL || !md_time_parse(at, &out->commit_ms))
		out->commit_ms = 0;
	if (commit != NULL && commit_is_valid(commit))
		memcpy(out->commit, commit, strlen(commit) + 1);
	if (n == 0 || target == NULL || work == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!read_mode(json_array_get(modes, i), out))
			return false;
	(void)snprintf(out->target, sizeof(out->target), "%.15s", target);
	(void)snprintf(out->work, sizeof(out->work), "%.250s", work);
	(void)snprintf(out->cpu, sizeof(out->cpu), "%.120s",
	    cpu == NULL ? "" : cpu);
	return true;
}

bool
baseline_earlier_read(const char *path, struct baseline_earlier *out,
    struct md_error *e)
{
	json_t *root;
	bool good;

	memset(out, 0, sizeof(*out));
	if (!json_file_read(path, &root, e))
		return false;
	good = read_root(root, out);
	json_decref(root);
	return good || md_fail(e, MD_EUSAGE,
			   "%s: expected what mdbaseline --save writes", path);
}

bool
baseline_earlier_fits(const struct baseline_earlier *old, const char *path,
    const struct baseline_options *o, struct md_error *e)
{
	const char *target = o->mock ? "mock" : "api";
	char work[256];

	baseline_work(o, work);
	if (strcmp(old->target, target) != 0)
		return md_fail(e, MD_EUSAGE,
		    "%s: was measured against the %.15s, this would be against "
		    "the %s: expected the same",
		    path, old->target, target);
	if (strcmp(old->work, work) != 0)
		return md_fail(e, MD_EUSAGE,
		    "%s: measured other work (%.120s; this is %.120s): "
		    "expected the same",
		    path, old->work, work);
	if (old->repeats < BASELINE_REPEATS_MIN)
		return md_fail(e, MD_EUSAGE,
		    "%s: has %zu repeats: what is noise is told from %d or "
		    "more",
		    path, old->repeats, BASELINE_REPEATS_MIN);
	for (int m = 0; m < MODE_COUNT; m++) {
		unsigned jobs = m == MODE_SEQUENTIAL ? 1 : o->backfill.jobs;
		char word[CONCURRENCY_WORD];

		if (!(o->modes & 1U << m))
			continue;
		if (!old->has[m] || old->jobs_at_once[m] != jobs)
			return md_fail(e, MD_EUSAGE,
			    "%s: has no %s run with -j %s to compare with",
			    path, baseline_mode_name((enum baseline_mode)m),
			    concurrency_word(jobs, word));
	}
	return true;
}

/* -- comparing -- */

/* Cores that others may have without being in the way. */
#define OTHER_LOAD_MOST 0.2

/* How much slower than at its fastest the machine may be: who shares the
 * processor from another virtual machine is seen by nothing else. */
#define SLOWER_MOST 1.1

static bool
is_disturbed(const struct samples of[], size_t i, double fastest)
{
	const struct samples *load = &of[SAMPLED_OTHER_LOAD];
	const struct samples *around = &of[SAMPLED_CALIBRATION_AROUND];

	return (i < load->len && load->v[i] > OTHER_LOAD_MOST) ||
	       (i < around->len && around->v[i] > SLOWER_MOST * fastest);
}

/*
 * Processor time is told in calibrations, of which the second fastest repeat
 * counts: a processor may have a higher clock for one moment, and by it all
 * work would look long.  Of the work the two fastest repeats count, since other
 * load only ever adds.  Time of the clock is told as though there had always
 * been a core when it was wanted.
 */
struct samples
baseline_comparable(const struct samples of[], enum baseline_figure f,
    double fastest)
{
	unsigned is = baseline_figures[f].is;
	struct samples fast = samples_least(&of[SAMPLED_CALIBRATION], 2);
	double unit = fast.v[fast.len - 1];
	const struct samples *share = &of[SAMPLED_CORE_SHARE];
	struct samples out = { .len = 0 };

	for (size_t i = 0; i < of[f].len; i++) {
		double x = of[f].v[i];

		if (!(is & FIGURE_UNDISTURBED) && is_disturbed(of, i, fastest))
			continue;
		if (is & FIGURE_MORE_IS_BETTER)
			x = 1 / x;
		if (is & FIGURE_OF_PROCESSOR)
			x /= unit;
		if (is & FIGURE_OF_CLOCK && i < share->len)
			x *= share->v[i];
		(void)samples_add(&out, x);
	}
	if (out.len < BASELINE_REPEATS_MIN)
		out.len = 0;
	return is & FIGURE_OF_PROCESSOR ? samples_least(&out, 2) : out;
}

static void
compare_one(struct baseline_change *c, const struct samples old[],
    const struct samples new[], double max_regress)
{
	double fastest = fmin(samples_best(&old[SAMPLED_CALIBRATION], false),
	    samples_best(&new[SAMPLED_CALIBRATION], false));
	struct samples before = baseline_comparable(old, c->figure, fastest);
	struct samples now = baseline_comparable(new, c->figure, fastest);
	struct difference d = samples_compare(&before, &now, LEAST);

	c->worse_percent = 100 * d.ratio;
	c->worse.low = 100 * d.interval.low;
	c->worse.high = 100 * d.interval.high;
	c->verdict = before.len == 0 || now.len == 0 ? VERDICT_DISTURBED
		     : !d.significant                ? VERDICT_NOISE
		     : d.ratio > 0                   ? VERDICT_SLOWER
						     : VERDICT_FASTER;
	/* By half of the bound it must be worse with certainty. */
	c->regressed = baseline_figures[c->figure].is & FIGURE_BOUND &&
		       c->verdict == VERDICT_SLOWER &&
		       c->worse_percent > max_regress &&
		       c->worse.low > max_regress / 2;
}

void
baseline_compare(struct baseline_report *p, const struct baseline_earlier *old,
    const char *path, double max_regress)
{
	p->compared = path;
	p->max_regress = max_regress;
	for (size_t k = 0; k < p->modes; k++) {
		const struct samples *new = p->mode[k].figure;
		const struct samples *before = old->figure[p->mode[k].mode];

		for (int f = 0; f < FIGURE_COUNT; f++) {
			struct baseline_change c = {
				.mode = p->mode[k].mode,
				.figure = (enum baseline_figure)f,
				.before = samples_median(&before[f]),
				.now = samples_median(&new[f]),
			};

			if (!isfinite(c.before) || !isfinite(c.now))
				continue;
			compare_one(&c, before, new, max_regress);
			p->change[p->changes++] = c;
		}
	}
}
