#include "polygon/probe.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mdtime.h"
#include "polygon/polygon.h"

struct asking {
	bool ended;
	struct md_error error;
};

static enum polygon_next
answered(void *ctx, char *body, size_t len, const char **next_url,
    struct md_error *e)
{
	(void)ctx, (void)body, (void)len, (void)next_url, (void)e;
	return POLYGON_DONE;
}

static void
ended(void *ctx, const struct md_error *e)
{
	struct asking *a = ctx;

	a->ended = true;
	a->error = *e;
}

static bool
request_status(struct polygon *p, struct asking *a, struct md_error *e)
{
	static const struct polygon_handler handler = { answered, ended };

	if (!polygon_get(p, "", "/v1/marketstatus/now", &handler, a, e))
		return false;
	while (!a->ended)
		if (!polygon_step(p, 1000, e))
			return false;
	return true;
}

void
probe_api(const char *base_url, const char *key, const struct trust *trust,
    struct probe *out)
{
	const struct polygon_options o = {
		.base_url = base_url,
		.key = key,
		.trust = trust,
		.backoff = { 0, 0, 0 },
		.connect_timeout_ms = 5 * MD_SECOND,
		.stall_timeout_ms = 5 * MD_SECOND,
		.request_timeout_ms = 10 * MD_SECOND,
	};
	struct asking a = { false, { MD_OK, "" } };
	struct polygon *p = NULL;
	int64_t began = md_monotonic_us();
	struct md_error e = { MD_OK, "" };

	memset(out, 0, sizeof(*out));
	out->asked = true;
	if (polygon_create(&p, &o, &e) && request_status(p, &a, &e))
		e = a.error;
	polygon_destroy(&p);
	out->took_us = md_monotonic_us() - began;
	out->good = e.code == MD_OK;
	if (!out->good)
		(void)snprintf(out->message, sizeof(out->message), "%s",
		    e.text);
}
