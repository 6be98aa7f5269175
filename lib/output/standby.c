#include "output/standby.h"

#include <math.h>

#include "base/mdtime.h"
#include "base/metrics.h"

void
standby_words(const struct store_lag *l, char out[STANDBY_WORDS])
{
	const char *cut = l->connected ? "" : ", and cut off from it";
	char behind[32];

	out[0] = '\0';
	if (!l->standby)
		return;
	md_duration_format(l->ms, behind);
	if (!l->known)
		(void)snprintf(out, STANDBY_WORDS,
		    "nobody knows how far behind its primary%s", cut);
	else if (l->ms == 0)
		(void)snprintf(out, STANDBY_WORDS,
		    "has all that its primary sent");
	else
		(void)snprintf(out, STANDBY_WORDS, "%s%s behind its primary%s",
		    l->connected ? "" : "up to ", behind, cut);
}

static double
seconds(const struct store_lag *l)
{
	return l->known ? (double)l->ms / 1000 : (double)NAN;
}

void
standby_json(struct json_writer *w, const struct store_lag *l)
{
	if (!l->standby)
		return;
	json_object_begin(w, "standby");
	json_bool(w, "connected", l->connected);
	json_number(w, "lag_seconds", seconds(l));
	json_int(w, "lag_bytes", l->bytes);
	json_object_end(w);
}

void
standby_metrics(FILE *f, const struct store_lag *l)
{
	if (!l->standby)
		return;
	metric_head(f, "mdkit_standby_connected", "gauge",
	    "Whether the standby that was read hears of its primary.");
	metric_sample(f, "mdkit_standby_connected", NULL, l->connected);
	metric_head(f, "mdkit_standby_lag_bytes", "gauge",
	    "What it has received and not applied yet.");
	metric_sample(f, "mdkit_standby_lag_bytes", NULL, (double)l->bytes);
	if (!l->known)
		return;
	metric_head(f, "mdkit_standby_lag_seconds", "gauge",
	    "How far it is behind its primary, at most.");
	metric_sample(f, "mdkit_standby_lag_seconds", NULL, seconds(l));
}
