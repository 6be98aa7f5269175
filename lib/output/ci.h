/*
 * What CI systems and trackers of benchmarks read: the JSON of
 * github-action-benchmark's custom tools, Bencher Metric Format, JUnit's XML,
 * and the annotations of GitHub's workflow commands.
 */
#ifndef MD_OUTPUT_CI_H
#define MD_OUTPUT_CI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/json.h"

/* A figure as an object of github-action-benchmark's array; nothing if it is
 * not a number.  range and extra may be null. */
void ci_github_figure(struct json_writer *, const char *name, const char *unit,
    double value, const char *range, const char *extra);

/* A measure as a member of a Bencher benchmark; its name gets hyphens for what
 * is no letter or digit.  A bound that is NaN is left out, a value that is not
 * finite is no measure. */
void ci_bencher_measure(struct json_writer *, const char *measure, double value,
    double low, double high);

/* -- JUnit -- */

enum ci_state { CI_PASSED, CI_FAILED, CI_SKIPPED };

struct ci_case {
	char group[64];
	char name[160];
	enum ci_state state;
	char message[400]; /* why it failed or was skipped; else what was */
};

struct ci_suite {
	const char *name;
	const char *target;
	int64_t at_ms;
	double seconds;
	const struct ci_case *v;
	size_t len;
};

void ci_junit(FILE *, const struct ci_suite *);

/* -- annotations -- */

enum ci_level { CI_ERROR, CI_WARNING, CI_NOTICE };

/*
 * One line, "::error title=…::…", of which nothing in the texts can make two or
 * another command.  The runner reads it on either standard stream.
 */
void ci_annotate(FILE *, enum ci_level, const char *title, const char *text);

/* Those that failed as errors, those that were skipped as warnings. */
void ci_annotate_cases(FILE *, const struct ci_case *, size_t len);

/* Is it GitHub that runs this?  env: getenv, or a test's own. */
bool ci_annotates(char *(*env)(const char *));

#endif
