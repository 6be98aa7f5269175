/*
 * Measuring a backfill: the very code of mdbackfill, run into an empty store
 * again and again; where its time went, what limits it; and whether it got
 * slower than it was.
 */
#ifndef MD_BASELINE_H
#define MD_BASELINE_H

#include "backfill/backfill.h"
#include "baseline/bottleneck.h"
#include "measure/machine.h"
#include "measure/statistics.h"
#include "sys/commit.h"

enum baseline_mode { MODE_SEQUENTIAL, MODE_PARALLEL, MODE_COUNT };

const char *baseline_mode_name(enum baseline_mode);

/* What is measured of each run: figures, which are told and compared, then
 * what the machine was like meanwhile. */
enum baseline_figure {
	FIGURE_DURATION,   /* seconds */
	FIGURE_RATE,       /* records a second */
	FIGURE_REQUESTS,   /* how many */
	FIGURE_FIRST_BYTE, /* ms a request */
	FIGURE_TRANSFER,   /* of the clock, µs a thousand records; so: */
	FIGURE_STORING,
	FIGURE_DECODE_CPU, /* of a processor, µs a thousand records; so: */
	FIGURE_DATABASE_CPU,
	FIGURE_FEATURES_CPU,
	FIGURE_COUNT,
	SAMPLED_CALIBRATION = FIGURE_COUNT, /* µs; the least of a repeat */
	SAMPLED_CORE_SHARE, /* of the time that the fetching thread wanted */
	SAMPLED_OTHER_LOAD, /* cores: machine_other_load() */
	SAMPLED_CALIBRATION_AROUND, /* µs; just before or after, the larger */
	SAMPLED_COUNT
};

/* How a figure is compared. */
#define FIGURE_MORE_IS_BETTER 1U
#define FIGURE_OF_PROCESSOR   2U  /* in units of the calibration */
#define FIGURE_OF_CLOCK       4U  /* by the share of a core that there was */
#define FIGURE_UNDISTURBED    8U  /* counted, or taken after the run */
#define FIGURE_BOUND          16U /* past the bound it fails */

struct baseline_figure_kind {
	const char *name; /* in JSON */
	const char *title, *unit;
	unsigned is;
};

extern const struct baseline_figure_kind baseline_figures[SAMPLED_COUNT];

struct baseline_options {
	struct backfill_options backfill; /* jobs: those of parallel */
	unsigned modes;                   /* bits */
	unsigned repeat;
	bool mock; /* the target is one, started for this */
	pid_t mock_pid;
	int64_t mock_latency_ms;
	char mock_rate[32];  /* "300/min"; "" for none */
	int64_t as_of_ms;    /* each run begins at that time; 0: now */
	const char *db;      /* the user's, for a single run; or null: */
	const char *scratch; /* a file to be made and removed for each */
};

/* A job of a run: where the time of its length went. */
struct baseline_job {
	const struct job_record *record;
	const struct stage_log *log;
	double started, seconds; /* since the run began; its length */
	struct stage_times wall;
	int64_t unaccounted; /* µs of its length that no stage has */
};

struct baseline_mode_result {
	enum baseline_mode mode;
	unsigned jobs_at_once;        /* as given; 0: to be found */
	struct backfill_result *runs; /* as many as were asked for */
	size_t len;
	struct samples figure[SAMPLED_COUNT];
	struct samples
	    processor; /* seconds, a mock's among them; NaN: not told */
	/* Of the run whose duration is the median (of two, the lower). */
	const struct backfill_result *run;
	struct stage_times busy; /* calls for splits among it */
	struct stage_times wall; /* of jobs */
	struct baseline_job *jobs;
	size_t completed, failed;
	const struct baseline_job *slowest; /* null when there is none */
	int slowest_timeframe;              /* -1 */
	double slowest_timeframe_seconds;   /* the mean of its jobs */
	struct bottleneck_figures figures;
	struct recommendations recommendations;
};

struct baseline_history; /* history.h */

enum baseline_verdict {
	VERDICT_NOISE,
	VERDICT_FASTER,
	VERDICT_SLOWER,
	VERDICT_DISTURBED, /* too few repeats had the machine for themselves */
};

const char *baseline_verdict_name(enum baseline_verdict);

/* How a figure stands to the same one of an earlier measurement. */
struct baseline_change {
	enum baseline_mode mode;
	enum baseline_figure figure;
	double before, now;    /* medians */
	double worse_percent;  /* negative: better */
	struct interval worse; /* percent, 99 % */
	enum baseline_verdict verdict;
	bool regressed;
};

#define BASELINE_CHANGES     (MODE_COUNT * FIGURE_COUNT)
#define BASELINE_REPEATS_MIN 3 /* for a comparison, on both sides */

struct baseline_report {
	int64_t at_ms;
	const struct baseline_options *options;
	const char *target; /* "mock", "api" */
	const char *url;
	struct machine machine;
	const char *libcurl, *sqlite;           /* the libraries' versions */
	const char *commit;                     /* what was measured, or null */
	int64_t commit_ms;                      /* when that was made */
	const struct baseline_history *history; /* or null */
	int64_t peak_bytes; /* when the first run had ended */
	struct baseline_mode_result mode[MODE_COUNT];
	size_t modes;
	const char *compared; /* the earlier one's file, or null */
	double max_regress;   /* percent */
	struct baseline_change change[BASELINE_CHANGES];
	size_t changes;
};

/* The last of the modes: what the document is about as a whole. */
const struct baseline_mode_result *
baseline_main(const struct baseline_report *);

/* By how much parallel is faster, in percent of sequential; NaN: not both. */
double baseline_improvement(const struct baseline_report *);

bool baseline_good(const struct baseline_report *);

/* Could some figures not be judged, since other programs were busy? */
bool baseline_disturbed(const struct baseline_report *);

/*
 * Measures all modes in turn, as often as asked for; against a mock, once more
 * before, which is not counted.  False with *e: MD_EINTR
 * when stopped, or what kept a run from being one.  Options are borrowed;
 * baseline_free() the report in any case.
 */
bool baseline_run(const struct baseline_options *, const struct calendar *,
    const volatile sig_atomic_t *stop, struct baseline_report *,
    struct md_error *);
void baseline_free(struct baseline_report *);

/* -- baseline_compare.c: against an earlier measurement -- */

struct baseline_earlier {
	bool has[MODE_COUNT];
	unsigned jobs_at_once[MODE_COUNT];
	struct samples figure[MODE_COUNT][SAMPLED_COUNT];
	char target[16];
	char work[256]; /* baseline_work()'s */
	char cpu[128];
	size_t repeats;           /* the fewest */
	char commit[COMMIT_SIZE]; /* "": not told */
	int64_t commit_ms;        /* else when it was measured */
};

/* What is measured, in a line: only the same compares. */
void baseline_work(const struct baseline_options *, char out[256]);

/* Reads what mdbaseline wrote as JSON.  MD_EUSAGE says what is wrong. */
bool baseline_earlier_read(const char *path, struct baseline_earlier *,
    struct md_error *);

/* Is it the same work, of the same target, often enough?  MD_EUSAGE. */
bool baseline_earlier_fits(const struct baseline_earlier *, const char *path,
    const struct baseline_options *, struct md_error *);

/*
 * A figure's samples of the repeats that had the machine for themselves, in
 * units that its speed does not change, the less the better; none if they are
 * fewer than BASELINE_REPEATS_MIN.  fastest: µs of the calibration at its best.
 */
struct samples baseline_comparable(const struct samples of[],
    enum baseline_figure, double fastest);

/* Fills in the report's changes. */
void baseline_compare(struct baseline_report *, const struct baseline_earlier *,
    const char *path, double max_regress);

#endif
