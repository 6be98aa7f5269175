#include <math.h>
#include <string.h>

#include "base/mdtime.h"
#include "market/alerts.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* All is well. */
static struct health_facts
well(void)
{
	struct health_facts f;

	memset(&f, 0, sizeof(f));
	f.has_good = f.has_finished = f.has_before = true;
	f.since_good_ms = 6 * MD_HOUR;
	f.jobs = 10;
	f.failed_jobs = 2;
	f.series = 20;
	f.without_features = 2;
	f.requests = 100;
	f.rate_limited = 4;
	f.longest_before_ms = 20 * MD_MINUTE;
	f.running_ms = 40 * MD_MINUTE;
	for (int t = 0; t < 3; t++)
		f.tiers[t] = (struct tier_facts){ 5, 5, 0, 0, MD_HOUR };
	return f;
}

static size_t found;

/* Does that rule speak, and no other? */
static bool
only(const struct health_facts *f, enum alert_rule rule, double value,
    double threshold, enum health_status status)
{
	struct alert v[ALERT_RULES];

	found = alerts_find(&alert_bounds_default, f, v);
	return found == 1 && v[0].rule == rule && v[0].message[0] != '\0' &&
	       (v[0].value == value || (isnan(v[0].value) && isnan(value))) &&
	       v[0].threshold == threshold && health_of(v, found) == status;
}

static void
bounds(void)
{
	struct alert v[ALERT_RULES];
	struct health_facts f = well();

	ok(alerts_find(&alert_bounds_default, &f, v) == 0 &&
		health_of(v, 0) == HEALTH_HEALTHY,
	    "at every bound all is well");
	f.since_good_ms++;
	ok(only(&f, ALERT_NO_SUCCESS, 21600.001, 21600, HEALTH_DEGRADED),
	    "a millisecond more than six hours is too long");
	f.has_good = false;
	ok(only(&f, ALERT_NO_SUCCESS, (double)NAN, 21600, HEALTH_DEGRADED),
	    "never is too long");
	f = well();
	f.failed_jobs = 3;
	ok(only(&f, ALERT_FAILED_JOBS, 30, 20, HEALTH_CRITICAL),
	    "three failures of ten are critical");
	f.has_finished = false;
	ok(alerts_find(&alert_bounds_default, &f, v) == 0,
	    "unless no run has ended");
	f = well();
	f.without_features = 3;
	ok(only(&f, ALERT_NO_FEATURES, 15, 10, HEALTH_DEGRADED),
	    "three series of twenty without features are too many");
	f = well();
	f.rate_limited = 5;
	ok(only(&f, ALERT_RATE_LIMITED, 5, 5, HEALTH_DEGRADED),
	    "five limited requests of a hundred are");
	f.requests = f.rate_limited = 0;
	ok(alerts_find(&alert_bounds_default, &f, v) == 0,
	    "none of none are not");
}

static void
runs(void)
{
	struct alert v[ALERT_RULES];
	struct health_facts f = well();

	f.running_ms++;
	ok(only(&f, ALERT_RUNNING_LONG, 2400.001, 2400, HEALTH_DEGRADED),
	    "over twice as long as the longest before is too long");
	f.has_before = false;
	ok(alerts_find(&alert_bounds_default, &f, v) == 0,
	    "the first run may take its time");
	f = well();
	f.longest_before_ms = MD_SECOND;
	f.running_ms = 10 * MD_MINUTE;
	ok(alerts_find(&alert_bounds_default, &f, v) == 0,
	    "ten minutes are never too long");
	f.running_ms++;
	ok(only(&f, ALERT_RUNNING_LONG, 600.001, 600, HEALTH_DEGRADED),
	    "more are, after short ones");
	f = well();
	f.gone = "an-id";
	ok(only(&f, ALERT_PROCESS_GONE, 1, 0, HEALTH_DEGRADED),
	    "a process that is gone is told");
}

static void
standbys(void)
{
	struct alert v[ALERT_RULES];
	struct health_facts f = well();

	f.standby = f.standby_connected = f.standby_known = true;
	f.standby_lag_ms = 5 * MD_MINUTE;
	ok(alerts_find(&alert_bounds_default, &f, v) == 0,
	    "a standby may be five minutes behind");
	f.standby_lag_ms++;
	ok(only(&f, ALERT_STANDBY, 300.001, 300, HEALTH_DEGRADED), "not more");
	f.standby = false;
	ok(alerts_find(&alert_bounds_default, &f, v) == 0,
	    "a primary is never behind");
	f.standby = true;
	f.standby_known = false;
	ok(alerts_find(&alert_bounds_default, &f, v) == 0,
	    "one that is connected will know soon");
	f.standby_connected = false;
	ok(only(&f, ALERT_STANDBY, (double)NAN, 300, HEALTH_DEGRADED),
	    "one that is cut off and does not know is told");
}

static void
tiers(void)
{
	struct health_facts f = well();
	struct alert v[ALERT_RULES];

	f.tiers[TIER_LOW].within = 4;
	ok(only(&f, ALERT_RPO_LOW, 80, 100, HEALTH_DEGRADED),
	    "the low tier's objective missed is a warning");
	f = well();
	f.tiers[TIER_STANDARD].within = 0;
	f.tiers[TIER_STANDARD].missing = 5;
	ok(only(&f, ALERT_RPO_STANDARD, 0, 100, HEALTH_DEGRADED),
	    "so is the standard tier's");
	f = well();
	f.tiers[TIER_CRITICAL].within = 4;
	ok(only(&f, ALERT_RPO_CRITICAL, 80, 100, HEALTH_CRITICAL),
	    "the critical tier's is critical");
	f.api = "no route";
	ok(alerts_find(&alert_bounds_default, &f, v) == 2 &&
		v[1].rule == ALERT_API && health_of(v, 2) == HEALTH_CRITICAL,
	    "the worst decides");
	f = well();
	f.tiers[TIER_LOW].series = f.tiers[TIER_LOW].within = 0;
	ok(alerts_find(&alert_bounds_default, &f, v) == 0,
	    "a tier without series misses nothing");
}

static void
names(void)
{
	bool good = true;

	for (int i = 0; i < ALERT_RULES; i++)
		for (int k = 0; k < i; k++)
			good = good &&
			       strcmp(alert_rule_name((enum alert_rule)i),
				   alert_rule_name((enum alert_rule)k)) != 0;
	ok(good, "each rule has a name of its own");
	ok(percent_of(1, 8) == 12.5 && percent_of(0, 0) == 0,
	    "a share of nothing is none");
}

static void
stores(void)
{
	static const struct {
		const char *db, *command;
	} rows[] = {
		{ NULL, "mdhealth --failures -o series | mdbackfill -" },
		{ "/a/b.db", "mdhealth --db /a/b.db --failures -o series | "
			     "mdbackfill --db /a/b.db -" },
		{ "a'b; md", "mdhealth --db 'a'\\''b; md' --failures -o "
			     "series | mdbackfill --db 'a'\\''b; md' -" },
		{ "", "mdhealth --db '' --failures -o series | "
		      "mdbackfill --db '' -" },
	};
	struct alert v[ALERT_RULES];
	struct health_facts f = well();
	char longest[1000];

	f.failed_jobs = 10;
	for (size_t i = 0; i < COUNT(rows); i++) {
		f.db = rows[i].db;
		ok(alerts_find(&alert_bounds_default, &f, v) == 1 &&
			strcmp(v[0].command, rows[i].command) == 0,
		    "a command names the store %s",
		    rows[i].db == NULL ? "of the environment" : rows[i].db);
	}
	for (char c = 'x'; c != 0; c = c == 'x' ? '\'' : '\0')
		for (size_t n = 150; n < sizeof(longest); n += 7) {
			memset(longest, c, n);
			longest[n] = '\0';
			f.db = longest;
			(void)alerts_find(&alert_bounds_default, &f, v);
			if (v[0].command[0] != '\0' &&
			    v[0].command[strlen(v[0].command) - 1] != '-')
				ok(false, "%zu of %c: cut", n, c);
		}
	ok(v[0].command[0] == '\0', "one that does not fit is none");
	f.config = "my conf";
	f.db = "a.db";
	ok(alerts_find(&alert_bounds_default, &f, v) == 1 &&
		strcmp(v[0].command,
		    "mdhealth --config 'my conf' --db a.db --failures -o "
		    "series | mdbackfill --config 'my conf' --db a.db -") == 0,
	    "a command names the configuration that was given");
	f.config = NULL;
	f.held = "since then, by ops@host: why";
	f.failed_jobs = 0;
	f.db = NULL;
	ok(alerts_find(&alert_bounds_default, &f, v) == 1 &&
		v[0].rule == ALERT_HELD && health_of(v, 1) == HEALTH_DEGRADED,
	    "runs on hold are a warning");
}

static void
suspected(void)
{
	struct alert v[ALERT_RULES];
	struct health_facts f = well();

	f.refused = 2;
	f.refused_series = 1;
	f.refusal = "X1 1d on 2024-06-28, \"v\" is below zero";
	ok(only(&f, ALERT_REFUSED, 2, 0, HEALTH_DEGRADED),
	    "windows that were refused are a warning");
	(void)alerts_find(&alert_bounds_default, &f, v);
	ok(strcmp(v[0].message,
	       "2 windows of 1 series got only rows that cannot be right: "
	       "X1 1d on 2024-06-28, \"v\" is below zero") == 0,
	    "which names the series and says why");
}

int
main(void)
{
	bounds();
	runs();
	standbys();
	tiers();
	names();
	suspected();
	stores();
	return done();
}
