#include "baseline/baseline.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mdtime.h"
#include "polygon/http.h"
#include "sys/process.h"

const char *
baseline_mode_name(enum baseline_mode m)
{
	return m == MODE_SEQUENTIAL ? "sequential" : "parallel";
}

/* clang-format off: a row a figure */
const struct baseline_figure_kind baseline_figures[SAMPLED_COUNT] = {
	[FIGURE_DURATION] = { "total_duration_seconds", "duration", "s",
	    FIGURE_OF_CLOCK | FIGURE_BOUND },
	[FIGURE_RATE] = { "total_records_per_second", "records", "/s",
	    FIGURE_MORE_IS_BETTER | FIGURE_OF_CLOCK | FIGURE_BOUND },
	[FIGURE_REQUESTS] = { "total_requests", "requests", "",
	    FIGURE_UNDISTURBED | FIGURE_BOUND },
	[FIGURE_FIRST_BYTE] = { "first_byte_ms_per_request", "first byte",
	    "ms/request", 0 },
	[FIGURE_TRANSFER] = { "transfer_us_per_thousand_records", "transfer",
	    "us/1000", 0 },
	[FIGURE_STORING] = { "database_us_per_thousand_records", "database",
	    "us/1000", 0 },
	[FIGURE_DECODE_CPU] = { "decode_cpu_us_per_thousand_records",
	    "decode cpu", "us/1000",
	    FIGURE_OF_PROCESSOR | FIGURE_UNDISTURBED | FIGURE_BOUND },
	[FIGURE_DATABASE_CPU] = { "database_cpu_us_per_thousand_records",
	    "database cpu", "us/1000", FIGURE_OF_PROCESSOR | FIGURE_BOUND },
	[FIGURE_FEATURES_CPU] = { "features_cpu_us_per_thousand_records",
	    "features cpu", "us/1000", FIGURE_OF_PROCESSOR | FIGURE_BOUND },
	[SAMPLED_CALIBRATION] = { .name = "yardstick_us" },
	[SAMPLED_CORE_SHARE] = { .name = "core_share" },
	[SAMPLED_OTHER_LOAD] = { .name = "company_cores" },
	[SAMPLED_CALIBRATION_AROUND] = { .name = "yardstick_beside_us" },
};

/* clang-format on */

/* -- a run -- */

static void
remove_scratch(const char *path)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char file[1200];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		(void)snprintf(file, sizeof(file), "%.1100s%s", path, ends[i]);
		(void)unlink(file);
	}
}

static bool
run_once(const struct baseline_options *o, const struct calendar *cal,
    enum baseline_mode mode, const volatile sig_atomic_t *stop,
    struct backfill_result *out, struct md_error *e)
{
	struct backfill_options b = o->backfill;
	bool good;

	b.db = o->db != NULL ? o->db : o->scratch;
	b.measured = true;
	if (o->as_of_ms != 0)
		b.now_offset_ms = o->as_of_ms - md_now_ms();
	if (mode == MODE_SEQUENTIAL)
		b.jobs = 1;
	if (o->db == NULL)
		remove_scratch(o->scratch);
	good = backfill_run(&b, cal, stop, out, e);
	if (o->db == NULL)
		remove_scratch(o->scratch);
	if (!good)
		return false;
	if (out->stopped.code == MD_OK)
		return true;
	*e = out->stopped;
	return false;
}

/* -- figures -- */

static double
seconds(int64_t us)
{
	return (double)us / 1e6;
}

static struct stage_times
busy_of(const struct backfill_result *r)
{
	struct stage_times t = r->actions.busy;

	for (size_t i = 0; i < r->jobs_len; i++)
		stage_times_add(&t, &r->stages[i].busy);
	return t;
}

/* Pages of fewer bars cost what a page costs, not what bars do. */
#define COST_BARS 1000

/*
 * What a thousand bars cost where other load disturbed least, of pages that
 * have so many if one has; NaN of none.  A page that is read while others have
 * the caches takes up to twice as long, so that sums and medians tell of them;
 * the least varies by a few per cent.
 */
static double
cost(const struct backfill_result *r, enum stage stage)
{
	double least = (double)NAN, least_of_few = (double)NAN;

	for (size_t i = 0; i < r->jobs_len; i++)
		for (size_t k = 0; k < r->stages[i].costs_len; k++) {
			const struct stage_cost *c = &r->stages[i].costs[k];
			double us = 1000 * (double)c->us / (double)c->bars;

			if (c->stage != stage)
				continue;
			if (c->bars >= COST_BARS)
				least = fmin(least, us);
			least_of_few = fmin(least_of_few, us);
		}
	return isnan(least) ? least_of_few : least;
}

static void
add_figures(struct samples to[], const struct backfill_result *r)
{
	const struct execution *x = &r->execution;
	double requests = (double)x->requests;
	double bars = (double)x->bars.received;
	struct stage_times busy = busy_of(r);
	const double figures[] = {
		[FIGURE_DURATION] = r->seconds,
		[FIGURE_RATE] = bars / r->seconds,
		[FIGURE_REQUESTS] = requests,
		[FIGURE_FIRST_BYTE] =
		    (double)busy.us[STAGE_FIRST_BYTE] / 1000 / requests,
		[FIGURE_TRANSFER] =
		    1000 * (double)busy.us[STAGE_TRANSFER] / bars,
		[FIGURE_STORING] =
		    1000 * (double)busy.us[STAGE_DATABASE] / bars,
		[FIGURE_DATABASE_CPU] = cost(r, STAGE_DATABASE),
		[FIGURE_FEATURES_CPU] = cost(r, STAGE_FEATURES),
	};

	for (int f = 0; f < FIGURE_COUNT; f++)
		if (f != FIGURE_DECODE_CPU) /* measured apart */
			(void)samples_add(&to[f], figures[f]);
}

static bool
measure(const struct baseline_options *o, const struct calendar *cal,
    long cores, struct baseline_mode_result *m,
    const volatile sig_atomic_t *stop, struct md_error *e)
{
	struct backfill_result *r = &m->runs[m->len++];
	struct samples *to = m->figure;
	double before = machine_calibration_us(), after, calibration;
	double ran = -seconds(md_thread_cpu_us());
	double waited = -process_wait_seconds();
	struct machine_use since = machine_use(o->mock_pid), until;

	if (!run_once(o, cal, m->mode, stop, r, e))
		return false;
	until = machine_use(o->mock_pid);
	ran += seconds(md_thread_cpu_us());
	waited += process_wait_seconds();
	after = machine_calibration_us();
	calibration = fmin(before, after);
	add_figures(to, r);
	(void)samples_add(&to[FIGURE_DECODE_CPU],
	    decode_sample_cost(&r->sample, o->backfill.slow, &calibration));
	(void)samples_add(&to[SAMPLED_CALIBRATION], calibration);
	(void)samples_add(&to[SAMPLED_CALIBRATION_AROUND], fmax(before, after));
	(void)samples_add(&to[SAMPLED_OTHER_LOAD],
	    machine_other_load(&since, &until, cores));
	(void)samples_add(&to[SAMPLED_CORE_SHARE],
	    ran > 0 ? ran / (ran + waited) : 1);
	(void)samples_add(&m->processor, until.ours - since.ours);
	return true;
}

/* -- what a mode comes to -- */

static const struct backfill_result *
median_run(const struct baseline_mode_result *m)
{
	const struct samples *s = &m->figure[FIGURE_DURATION];
	const struct backfill_result *found = &m->runs[0];
	size_t wanted = (s->len - 1) / 2;

	for (size_t i = 0; i < s->len; i++) {
		size_t below = 0, equal = 0;

		for (size_t k = 0; k < s->len; k++) {
			below += s->v[k] < s->v[i];
			equal += s->v[k] <= s->v[i];
		}
		if (below <= wanted && wanted < equal)
			found = &m->runs[i];
	}
	return found;
}

static bool
account_jobs(struct baseline_mode_result *m, struct md_error *e)
{
	const struct backfill_result *r = m->run;
	int64_t began = INT64_MAX;

	m->jobs = calloc(r->jobs_len + 1, sizeof(*m->jobs));
	if (m->jobs == NULL)
		return md_nomem(e);
	for (size_t i = 0; i < r->jobs_len; i++)
		if (r->stages[i].begun && r->stages[i].from < began)
			began = r->stages[i].from;
	for (size_t i = 0; i < r->jobs_len; i++) {
		struct baseline_job *j = &m->jobs[i];

		j->record = &r->jobs[i];
		j->log = &r->stages[i];
		if (j->log->failed ||
		    !stage_wall(j->log, &j->wall, &j->unaccounted))
			return md_nomem(e);
		if (j->log->begun)
			j->started = seconds(j->log->from - began);
		j->seconds = seconds(j->log->to - j->log->from);
		stage_times_add(&m->wall, &j->wall);
		m->completed += j->record->status == JOB_COMPLETED;
		m->failed += j->record->status == JOB_FAILED;
		if (m->slowest == NULL || j->seconds > m->slowest->seconds)
			m->slowest = j;
	}
	return true;
}

static void
find_slowest_timeframe(struct baseline_mode_result *m)
{
	double sum[TF_COUNT] = { 0 };
	size_t n[TF_COUNT] = { 0 };

	m->slowest_timeframe = -1;
	for (size_t i = 0; i < m->run->jobs_len; i++) {
		sum[m->jobs[i].record->timeframe] += m->jobs[i].seconds;
		n[m->jobs[i].record->timeframe]++;
	}
	for (int tf = 0; tf < TF_COUNT; tf++)
		if (n[tf] > 0 &&
		    sum[tf] / (double)n[tf] > m->slowest_timeframe_seconds) {
			m->slowest_timeframe = tf;
			m->slowest_timeframe_seconds = sum[tf] / (double)n[tf];
		}
}

/* A job's own work, without what it waited for others. */
static double
longest_work(const struct baseline_mode_result *m)
{
	int64_t longest = 0;

	for (size_t i = 0; i < m->run->jobs_len; i++) {
		int64_t us = stage_times_busy(&m->jobs[i].wall);

		if (us > longest)
			longest = us;
	}
	return seconds(longest);
}

static bool
conclude(const struct baseline_options *o, long cores,
    struct baseline_mode_result *m, struct md_error *e)
{
	const struct execution *x;

	m->run = median_run(m);
	x = &m->run->execution;
	m->busy = busy_of(m->run);
	if (!account_jobs(m, e))
		return false;
	find_slowest_timeframe(m);
	m->figures = (struct bottleneck_figures){
		.wall = m->run->seconds,
		.longest = longest_work(m),
		.first_byte = seconds(m->busy.us[STAGE_FIRST_BYTE]),
		.transfer = seconds(m->busy.us[STAGE_TRANSFER]),
		.decode = seconds(m->busy.us[STAGE_DECODE]),
		.database = seconds(m->busy.us[STAGE_DATABASE]),
		.features = seconds(m->busy.us[STAGE_FEATURES]),
		.processor = m->processor.v[m->run - m->runs],
		.cores = cores,
		.limited = seconds(m->wall.us[STAGE_PACING] +
				   m->wall.us[STAGE_BACKOFF]),
		.per_minute = o->backfill.polygon.per_minute,
		.requests = x->requests,
		.rate_limited = x->rate_limited,
		.jobs =
		    (unsigned)lround(concurrency_mean(&m->run->concurrency)),
		.finds_jobs = m->jobs_at_once == 0,
		.with_features = !o->backfill.no_features,
	};
	bottleneck_recommend(&m->figures, &m->recommendations);
	return true;
}

/* -- all of it -- */

static bool
make_modes(const struct baseline_options *o, struct baseline_report *p,
    struct md_error *e)
{
	for (int i = 0; i < MODE_COUNT; i++) {
		struct baseline_mode_result *m = &p->mode[p->modes];

		if (!(o->modes & 1U << i))
			continue;
		p->modes++;
		m->mode = (enum baseline_mode)i;
		m->jobs_at_once = i == MODE_SEQUENTIAL ? 1 : o->backfill.jobs;
		m->runs = calloc(o->repeat, sizeof(*m->runs));
		if (m->runs == NULL)
			return md_nomem(e);
	}
	return true;
}

/* The mock makes each answer the first time, at the cost of what is measured,
 * and has it ready then. */
static bool
warm_up(const struct baseline_options *o, const struct calendar *cal,
    const volatile sig_atomic_t *stop, struct md_error *e)
{
	struct backfill_result r = { 0 };
	bool good = !o->mock || o->repeat < 2 ||
		    run_once(o, cal, MODE_PARALLEL, stop, &r, e);

	backfill_result_free(&r);
	return good;
}

bool
baseline_run(const struct baseline_options *o, const struct calendar *cal,
    const volatile sig_atomic_t *stop, struct baseline_report *p,
    struct md_error *e)
{
	memset(p, 0, sizeof(*p));
	p->options = o;
	p->target = o->mock ? "mock" : "api";
	p->url = o->backfill.polygon.base_url;
	p->at_ms = md_now_ms();
	machine_look(&p->machine);
	p->libcurl = http_library_version();
	p->sqlite = store_sqlite_library_version();
	if (!make_modes(o, p, e) || !warm_up(o, cal, stop, e))
		return false;
	for (unsigned i = 0; i < o->repeat; i++)
		for (size_t k = 0; k < p->modes; k++) {
			if (!measure(o, cal, p->machine.cores, &p->mode[k],
				stop, e))
				return false;
			if (p->peak_bytes == 0)
				p->peak_bytes = machine_peak_bytes();
		}
	for (size_t k = 0; k < p->modes; k++)
		if (!conclude(o, p->machine.cores, &p->mode[k], e))
			return false;
	return true;
}

void
baseline_free(struct baseline_report *p)
{
	for (size_t k = 0; k < p->modes; k++) {
		struct baseline_mode_result *m = &p->mode[k];

		for (size_t i = 0; i < m->len; i++)
			backfill_result_free(&m->runs[i]);
		free(m->runs);
		free(m->jobs);
	}
	p->modes = 0;
}

const struct baseline_mode_result *
baseline_main(const struct baseline_report *p)
{
	return &p->mode[p->modes - 1];
}

double
baseline_improvement(const struct baseline_report *p)
{
	double before, after;

	if (p->modes < MODE_COUNT)
		return (double)NAN;
	before = samples_median(&p->mode[0].figure[FIGURE_DURATION]);
	after = samples_median(&p->mode[1].figure[FIGURE_DURATION]);
	return 100 * (before - after) / before;
}

bool
baseline_disturbed(const struct baseline_report *p)
{
	for (size_t i = 0; i < p->changes; i++)
		if (p->change[i].verdict == VERDICT_DISTURBED)
			return true;
	return false;
}

bool
baseline_good(const struct baseline_report *p)
{
	for (size_t i = 0; i < p->changes; i++)
		if (p->change[i].regressed)
			return false;
	return true;
}
