#include "load/threshold.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mdtime.h"
#include "base/number.h"

static const struct {
	const char *name, *other;
} names[METRIC_COUNT] = {
	[METRIC_SUCCESS] = { "success", "success_rate" },
	[METRIC_AVG] = { "avg", "mean" },
	[METRIC_P50] = { "p50", "median" },
	[METRIC_P90] = { "p90", "p90" },
	[METRIC_P95] = { "p95", "p95" },
	[METRIC_P99] = { "p99", "p99" },
	[METRIC_P999] = { "p99.9", "p999" },
	[METRIC_MIN] = { "min", "min" },
	[METRIC_MAX] = { "max", "max" },
	[METRIC_RPS] = { "rps", "requests_per_second" },
};

static const char *const ops[] = {
	[BELOW] = "<",
	[AT_MOST] = "<=",
	[AT_LEAST] = ">=",
	[ABOVE] = ">",
};

const struct thresholds thresholds_default = {
	.v = {
		{ METRIC_SUCCESS, AT_LEAST, 99 },
		{ METRIC_AVG, BELOW, 500 },
		{ METRIC_P95, BELOW, 1000 },
		{ METRIC_P99, BELOW, 2000 },
		{ METRIC_RPS, AT_LEAST, 20 },
	},
	.len = 5,
};

const char *
load_metric_name(enum load_metric m)
{
	return names[m].name;
}

bool
load_metric_is_time(enum load_metric m)
{
	return m >= METRIC_AVG && m <= METRIC_MAX;
}

double
load_metric_percent(enum load_metric m)
{
	static const double percents[METRIC_COUNT] = {
		[METRIC_P50] = 50,
		[METRIC_P90] = 90,
		[METRIC_P95] = 95,
		[METRIC_P99] = 99,
		[METRIC_P999] = 99.9,
		[METRIC_MAX] = 100,
	};

	return percents[m];
}

/* The word between blanks, copied; false when it does not fit or is empty. */
static bool
copy_word(const char *s, size_t len, char *out, size_t size)
{
	while (len > 0 && *s == ' ')
		s++, len--;
	while (len > 0 && s[len - 1] == ' ')
		len--;
	if (len == 0 || len >= size)
		return false;
	memcpy(out, s, len);
	out[len] = '\0';
	return true;
}

static bool
metric_parse(const char *s, enum load_metric *out)
{
	for (int m = 0; m < METRIC_COUNT; m++)
		if (strcasecmp(s, names[m].name) == 0 ||
		    strcasecmp(s, names[m].other) == 0) {
			*out = (enum load_metric)m;
			return true;
		}
	return false;
}

/* A bare number, or one with the unit that its metric has. */
static bool
bound_parse(enum load_metric m, char *s, double *out)
{
	static const char *const rates[] = { "requests/s", "/s", "rps" };
	size_t len = strlen(s);
	int64_t ms;

	if (number_parse_real(s, 0, 1e12, out))
		return true;
	if (load_metric_is_time(m)) {
		/* "1.5s", and parts of a millisecond, which it has none of */
		if (len > 2 && strcmp(s + len - 2, "ms") == 0) {
			s[len - 2] = '\0';
			return copy_word(s, len - 2, s, len) &&
			       number_parse_real(s, 0, 1e12, out);
		}
		if (!md_duration_parse(s, &ms))
			return false;
		*out = (double)ms;
		return true;
	}
	if (m == METRIC_SUCCESS && s[len - 1] == '%') {
		s[len - 1] = '\0';
		return copy_word(s, len - 1, s, len) &&
		       number_parse_real(s, 0, 100, out);
	}
	for (size_t i = 0; m == METRIC_RPS && i < 3; i++) {
		size_t n = strlen(rates[i]);

		if (len > n && strcmp(s + len - n, rates[i]) == 0) {
			s[len - n] = '\0';
			return copy_word(s, len - n, s, len) &&
			       number_parse_real(s, 0, 1e12, out);
		}
	}
	return false;
}

static bool
parse_one(const char *s, size_t len, struct threshold *t, struct md_error *e)
{
	char text[80], metric[32], bound[48];
	const char *at, *value;

	if (!copy_word(s, len, text, sizeof(text)))
		return md_fail(e, MD_EUSAGE,
		    "expected a threshold such as p95<1000ms");
	at = text + strcspn(text, "<>");
	value = at;
	if (*at != '\0')
		value += at[1] == '=' ? 2 : 1;
	if (*at == '\0' || !copy_word(text, (size_t)(at - text), metric, 32) ||
	    !copy_word(value, strlen(value), bound, sizeof(bound)))
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected a threshold such as p95<1000ms", text);
	if (!metric_parse(metric, &t->metric))
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected one of " METRIC_NAMES, metric);
	if (at[0] == '<')
		t->op = at[1] == '=' ? AT_MOST : BELOW;
	else
		t->op = at[1] == '=' ? AT_LEAST : ABOVE;
	memmove(text, value, strlen(value) + 1);
	if (!bound_parse(t->metric, bound, &t->bound))
		return md_fail(e, MD_EUSAGE, "'%s': expected %s", text,
		    load_metric_is_time(t->metric)
			? "a time such as 500ms or 1.5s"
		    : t->metric == METRIC_SUCCESS ? "a percentage such as 99%"
						  : "requests a second");
	return true;
}

static bool
is_upper(const struct threshold *t)
{
	return t->op == BELOW || t->op == AT_MOST;
}

bool
thresholds_put(struct thresholds *l, const struct threshold *t,
    struct md_error *e)
{
	size_t i = 0;

	while (i < l->len && (l->v[i].metric != t->metric ||
				 is_upper(&l->v[i]) != is_upper(t)))
		i++;
	if (i == THRESHOLDS_MAX)
		return md_fail(e, MD_EUSAGE, "too many thresholds");
	l->v[i] = *t;
	if (i == l->len)
		l->len++;
	return true;
}

bool
thresholds_parse(struct thresholds *l, const char *s, struct md_error *e)
{
	if (strcmp(s, "none") == 0) {
		l->len = 0;
		return true;
	}
	for (;;) {
		size_t n = strcspn(s, ",");
		struct threshold t = { 0 };

		if (!parse_one(s, n, &t, e) || !thresholds_put(l, &t, e))
			return false;
		if (s[n] == '\0')
			return true;
		s += n + 1;
	}
}

bool
threshold_met(const struct threshold *t, double measured)
{
	if (isnan(measured))
		return false;
	switch (t->op) {
	case BELOW:
		return measured < t->bound;
	case AT_MOST:
		return measured <= t->bound;
	case AT_LEAST:
		return measured >= t->bound;
	case ABOVE:
		return measured > t->bound;
	}
	return false;
}

void
load_metric_format(enum load_metric m, double x, char out[48])
{
	const char *unit = " requests/s";

	if (load_metric_is_time(m))
		unit = " ms";
	else if (m == METRIC_SUCCESS)
		unit = " %";
	if (isnan(x))
		(void)snprintf(out, 48, "nothing");
	else if (fabs(x) >= 1000 || x == floor(x))
		(void)snprintf(out, 48, "%.0f%s", x, unit);
	else
		(void)snprintf(out, 48, "%.4g%s", x, unit);
}

void
threshold_format(const struct threshold *t, char out[64])
{
	char bound[48];

	load_metric_format(t->metric, t->bound, bound);
	(void)snprintf(out, 64, "%s %s %s", names[t->metric].name, ops[t->op],
	    bound);
}
