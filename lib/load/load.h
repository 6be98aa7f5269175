/*
 * A load test: scenarios of requests, their results, and whether these are
 * within the thresholds.  Every figure reported was measured.
 */
#ifndef MD_LOAD_H
#define MD_LOAD_H

#include "load/job.h"
#include "load/threshold.h"
#include "load/timeline.h"
#include "measure/histogram.h"

enum load_scenario {
	SCENARIO_CACHED,     /* one request repeatedly */
	SCENARIO_UNCACHED,   /* symbols in turn, no request twice */
	SCENARIO_LIMITS,     /* few rows and many in turn */
	SCENARIO_TIMEFRAMES, /* timeframes in turn */
	SCENARIO_PATH,       /* a path that the user named */
	SCENARIO_COUNT
};

#define SCENARIO_NAMES "cached uncached limits timeframes all"
#define SCENARIO_ALL   0xfU

const char *load_scenario_name(enum load_scenario);
/* "cached,limits" or "all": bits. */
bool load_scenarios_parse(const char *, unsigned *bits, struct md_error *);

#define LOAD_SYMBOLS_MAX 256

struct load_options {
	unsigned scenarios; /* bits */
	unsigned connections;
	uint64_t count;      /* requests per scenario; 0: for duration_ms */
	int64_t duration_ms; /* of a scenario */
	double rate; /* per second, of stages the mean; 0: closed loop */
	struct load_stages stages; /* instead of count and duration, if any */
	int64_t interval_ms;       /* of figures over time */
	bool abort_on_fail;        /* a threshold that is lost ends it */
	int64_t timeout_ms;
	uint64_t warmup; /* uncounted requests before a scenario */
	char symbols[LOAD_SYMBOLS_MAX][SYMBOL_MAX];
	size_t symbols_len;
	const char *path; /* SCENARIO_PATH */
	struct thresholds thresholds;
	uint64_t seed; /* makes uncached requests differ from the last run's */
	bool (*stopped)(void);
};

enum load_place_kind { PLACE_URL, PLACE_STAND_IN, PLACE_STORE };

struct load_place {
	enum load_place_kind kind;
	struct load_target target; /* unless it is the store */
	const char *db;            /* if it is the store */
};

struct load_figures {
	uint64_t total, good;
	uint64_t bytes;
	struct histogram latency; /* ns, of successful requests */
	/* Open loop, of those that this side sent in time: how many there were,
	 * how many good, and their latency. */
	uint64_t prompt_total, prompt_good;
	struct histogram prompt;
};

/* A request is sent in time if no later than this after it was due, or after a
 * connection came free for it: the server's part stays, ours goes. */
#define LOAD_PROMPT_NS UINT64_C(1000000)

#define LOAD_VALUES 5
#define LOAD_ERRORS 16

/* The faults of one kind, with an example. */
struct load_error {
	enum load_fault fault;
	int status;
	uint64_t count;
	char example[320];
};

/* The first answer to what a scenario asks, to tell whether others were the
 * same. */
struct load_sample {
	bool known;
	uint64_t digest;
	char symbol[SYMBOL_MAX];
	enum timeframe timeframe;
	int64_t limit;
};

struct load_result {
	enum load_scenario scenario;
	struct load_figures all;
	/* One for each limit or timeframe; for other scenarios just one. */
	struct load_figures value[LOAD_VALUES];
	size_t values;
	struct load_error errors[LOAD_ERRORS];
	size_t errors_len;
	struct load_generator effort;
	uint64_t warmup;
	double warmup_seconds;
	struct load_timeline timeline;
	struct load_sample sample[LOAD_VALUES];
};

struct load_verdict {
	enum load_scenario scenario;
	struct threshold threshold;
	double measured;
	bool met;
};

/* A figure compared with the same one of an earlier report. */
struct load_change {
	enum load_scenario scenario;
	enum load_metric metric;
	double before, now;
	double worse_percent; /* negative: better */
	bool regressed;
};

#define LOAD_SAME 4

#define LOAD_CHANGES (SCENARIO_COUNT * METRIC_COUNT)

struct load_report {
	int64_t at_ms;
	const struct load_place *place;
	const struct load_options *options;
	struct load_result result[SCENARIO_COUNT];
	size_t results;
	struct load_verdict verdict[SCENARIO_COUNT * THRESHOLDS_MAX];
	size_t verdicts;
	const char *compared; /* the earlier report's file, or null */
	double max_regress;   /* percent */
	struct load_change change[LOAD_CHANGES];
	size_t changes;
	char aborted[256];         /* why it was, or "" */
	char same[LOAD_SAME][320]; /* different requests, the same bytes */
	size_t sames;
};

/* "limit", "timeframe", or null if the scenario has no values; and the values.
 */
const char *load_value_kind(enum load_scenario);
const char *load_value_name(enum load_scenario, size_t i);
int64_t load_value_limit(size_t i);

/* NaN if there was nothing to measure. */
double load_figure(const struct load_figures *, double seconds,
    enum load_metric);

/* Of those alone that were sent in time; the histogram is borrowed. */
struct load_figures load_prompt(const struct load_figures *);

/* Is that percentile of so few answers the maximum itself?  p99.9 of fewer than
 * 1000 is. */
bool load_is_maximum(const struct load_figures *, enum load_metric);

/* The kind as in JSON: "http_500", "timeout". */
void load_error_kind(const struct load_error *, char out[32]);

/* "http://127.0.0.1:8000", "local stand-in", "store" */
const char *load_place_name(const struct load_place *);

/*
 * Was mdload itself the limit in that scenario, and not the target?  Writes a
 * sentence to out, or "".
 */
void load_generator_limit(const struct load_report *,
    const struct load_result *, char out[256]);

/* Are all figures within thresholds and bounds? */
bool load_within_bounds(const struct load_report *);

/*
 * Does the target answer /health and a request for features (or the path)?
 * Chooses an address that does.  False with *e otherwise: MD_ENET if there is
 * no answer, MD_EHTTP if it is not a success.
 */
bool load_probe(struct load_target *, const struct load_options *,
    struct md_error *);

/*
 * Sets the symbols to those that the target lists (/api/v1/symbols), those with
 * most timeframes first; none if it does not list any.
 */
void load_symbols_fetch(struct load_target *, struct load_options *);

/*
 * Runs the load test; the report borrows options and place.  MD_EINTR when
 * stopped.  Call load_report_free() in any case.
 */
bool load_run(const struct load_options *, const struct load_place *,
    struct load_report *, struct md_error *);
void load_report_free(struct load_report *);

/* -- same.c -- */

/* Which different requests were answered with the same bytes. */
void load_find_same(struct load_report *);

/* -- compare.c: against an earlier report -- */

struct load_earlier {
	bool has[SCENARIO_COUNT];
	double figure[SCENARIO_COUNT][METRIC_COUNT]; /* NaN: not in it */
	char target[512];
	double rate;
	int64_t connections;
};

/* Reads what mdload wrote as JSON.  MD_EUSAGE says what is wrong. */
bool load_earlier_read(const char *path, struct load_earlier *,
    struct md_error *);

/*
 * Fills in the report's changes: a figure that got worse by more than this many
 * percent has regressed.
 */
void load_compare(struct load_report *, const struct load_earlier *,
    const char *path, double max_regress);

#endif
