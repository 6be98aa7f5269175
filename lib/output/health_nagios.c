#include <math.h>

#include "output/health.h"
#include "output/nagios.h"

static double
seconds(int64_t ms)
{
	return (double)ms / 1000;
}

static void
counts(FILE *f, const struct health *h)
{
	const double none = (double)NAN, all = (double)h->freshness.len;

	for (int s = 0; s < STALENESS_COUNT; s++)
		nagios_figure(f,
		    &(struct nagios_figure){ staleness_name((enum staleness)s),
			"", (double)h->freshness.counts[s], none, none, all });
	nagios_figure(f, &(struct nagios_figure){ "failures", "",
			     (double)h->failures.len, none, none, none });
	nagios_figure(f, &(struct nagios_figure){ "rate_limited", "%",
			     percent_of(h->rate_limited, h->requests),
			     h->bounds->rate_limited_percent, none, 100 });
	nagios_figure(f,
	    &(struct nagios_figure){ "since_success", "s",
		h->has_good ? seconds(h->now_ms - h->good.x.completed_ms)
			    : none,
		seconds(h->bounds->no_success_ms), none, none });
}

/* The oldest series of each tier, against its objective. */
static void
ages(FILE *f, const struct health *h)
{
	static const char *const labels[TIER_COUNT] = {
		[TIER_CRITICAL] = "worst_critical",
		[TIER_STANDARD] = "worst_standard",
		[TIER_LOW] = "worst_low",
	};

	for (int t = 0; t < TIER_COUNT; t++) {
		const struct tier_facts *v = &h->tiers[t];
		double rpo = seconds(v->rpo_ms);
		bool critical = t == TIER_CRITICAL;

		nagios_figure(f,
		    &(struct nagios_figure){ labels[t], "s",
			v->series > v->missing ? seconds(v->worst_ms)
					       : (double)NAN,
			critical ? (double)NAN : rpo,
			critical ? rpo : (double)NAN, (double)NAN });
	}
}

void
output_health_nagios(FILE *f, const struct health *h,
    const struct report_view *view)
{
	static const char *const codes[] = { "OK", "WARNING", "CRITICAL" };

	(void)view;
	fprintf(f, "%s: %s, %zu alert%s; %lld symbols, %zu series |",
	    codes[h->status], health_status_name(h->status), h->alerts_len,
	    h->alerts_len == 1 ? "" : "s", (long long)h->symbols,
	    h->freshness.len);
	counts(f, h);
	ages(f, h);
	fputc('\n', f);
	for (size_t i = 0; i < h->alerts_len; i++) {
		const struct alert *a = &h->alerts[i];

		fprintf(f,
		    "%s %s: ", alert_level_name(alert_rule_level(a->rule)),
		    alert_rule_name(a->rule));
		nagios_text(f, a->message);
		if (a->series[0] != '\0')
			fputs("; ", f);
		nagios_text(f, a->series);
		fputc('\n', f);
	}
}
