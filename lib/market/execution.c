#include "market/execution.h"

#include <string.h>

#include "base/name.h"

static const char *const status_names[] = {
	[EXECUTION_RUNNING] = "running",
	[EXECUTION_COMPLETED] = "completed",
	[EXECUTION_COMPLETED_WITH_ERRORS] = "completed_with_errors",
	[EXECUTION_FAILED] = "failed",
	[EXECUTION_INTERRUPTED] = "interrupted",
};

const char *
execution_status_name(enum execution_status s)
{
	return status_names[s];
}

static const char *const job_names[] = {
	[JOB_PENDING] = "pending",
	[JOB_IN_PROGRESS] = "in_progress",
	[JOB_COMPLETED] = "completed",
	[JOB_FAILED] = "failed",
};

const char *
job_status_name(enum job_status s)
{
	return job_names[s];
}

bool
execution_status_parse(const char *s, enum execution_status *out)
{
	int i = NAME_FIND(status_names, s);

	if (i < 0)
		return false;
	*out = (enum execution_status)i;
	return true;
}

bool
job_status_parse(const char *s, enum job_status *out)
{
	int i = NAME_FIND(job_names, s);

	if (i < 0)
		return false;
	*out = (enum job_status)i;
	return true;
}

double
execution_limited_percent(const struct execution *x)
{
	if (x->requests == 0)
		return 0;
	return 100.0 * (double)x->rate_limited / (double)x->requests;
}

const char execution_vanished_message[] = "its process ended without a word";

bool
execution_vanished(const struct execution *x)
{
	return x->status == EXECUTION_INTERRUPTED &&
	       strcmp(x->message, execution_vanished_message) == 0;
}

bool
run_id_valid(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz"
			     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:");

	return n > 0 && n < RUN_ID_SIZE && s[n] == '\0';
}
