#include "market/execution.h"

#include <string.h>

const char *
execution_status_name(enum execution_status s)
{
	static const char *const names[] = {
		[EXECUTION_RUNNING] = "running",
		[EXECUTION_COMPLETED] = "completed",
		[EXECUTION_COMPLETED_WITH_ERRORS] = "completed_with_errors",
		[EXECUTION_FAILED] = "failed",
		[EXECUTION_INTERRUPTED] = "interrupted",
	};

	return names[s];
}

const char *
job_status_name(enum job_status s)
{
	static const char *const names[] = {
		[JOB_PENDING] = "pending",
		[JOB_IN_PROGRESS] = "in_progress",
		[JOB_COMPLETED] = "completed",
		[JOB_FAILED] = "failed",
	};

	return names[s];
}

bool
execution_status_parse(const char *s, enum execution_status *out)
{
	for (int i = 0; i <= EXECUTION_INTERRUPTED; i++)
		if (strcmp(execution_status_name((enum execution_status)i),
			s) == 0) {
			*out = (enum execution_status)i;
			return true;
		}
	return false;
}

bool
job_status_parse(const char *s, enum job_status *out)
{
	for (int i = 0; i <= JOB_FAILED; i++)
		if (strcmp(job_status_name((enum job_status)i), s) == 0) {
			*out = (enum job_status)i;
			return true;
		}
	return false;
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
