#include "load/stages.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mdtime.h"
#include "base/number.h"

#define RATE_MAX 1000000

/* "10", "10/s", "600/min" */
static bool
parse_target(const char *s, double *target, bool *rate)
{
	size_t n = strcspn(s, "/");
	char number[32];
	double per = 1;

	*rate = s[n] != '\0';
	if (strcmp(s + n, "/min") == 0)
		per = 60;
	else if (*rate && strcmp(s + n, "/s") != 0)
		return false;
	if (n == 0 || n >= sizeof(number))
		return false;
	memcpy(number, s, n);
	number[n] = '\0';
	if (!number_parse_real(number, 0, RATE_MAX, target))
		return false;
	*target /= per;
	return true;
}

static bool
parse_one(struct load_stages *s, const char *text, size_t len,
    struct md_error *e)
{
	struct load_stage *stage = &s->v[s->len];
	char word[64], *colon;
	int64_t ms;
	bool rate;

	if (s->len == LOAD_STAGES_MAX)
		return md_fail(e, MD_EUSAGE, "expected at most %d stages",
		    LOAD_STAGES_MAX);
	(void)snprintf(word, sizeof(word), "%.*s", (int)len, text);
	colon = strchr(word, ':');
	if (colon != NULL)
		*colon = '\0';
	if (len >= sizeof(word) || colon == NULL ||
	    !md_duration_parse(word, &ms) ||
	    !parse_target(colon + 1, &stage->target, &rate))
		return md_fail(e, MD_EUSAGE,
		    "'%.*s': expected a time and a number of users or a "
		    "rate, such as 30s:10 or 30s:10/s",
		    len < 60 ? (int)len : 60, text);
	if (s->len > 0 && rate != s->rate)
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected stages of users or of a rate, not of both",
		    s->text);
	stage->seconds = (double)ms / 1000;
	s->rate = rate;
	s->len++;
	return true;
}

bool
load_stages_parse(struct load_stages *s, const char *text, struct md_error *e)
{
	const char *at = text;

	memset(s, 0, sizeof(*s));
	if (strlen(text) >= sizeof(s->text))
		return md_fail(e, MD_EUSAGE, "expected fewer stages");
	memcpy(s->text, text, strlen(text) + 1);
	for (;;) {
		size_t n = strcspn(at, ",");

		if (!parse_one(s, at, n, e))
			return false;
		if (at[n] == '\0')
			break;
		at += n + 1;
	}
	s->start = s->rate ? 0 : 1;
	if (load_stages_seconds(s) <= 0 || load_stages_seconds(s) > 86400)
		return md_fail(e, MD_EUSAGE,
		    "'%s': expected stages of up to 1d altogether", text);
	return load_stages_most(s) > 0 ||
	       md_fail(e, MD_EUSAGE, "'%s': expected some load", text);
}

double
load_stages_seconds(const struct load_stages *s)
{
	double sum = 0;

	for (size_t i = 0; i < s->len; i++)
		sum += s->v[i].seconds;
	return sum;
}

double
load_stages_at(const struct load_stages *s, double seconds)
{
	double from = s->start;

	for (size_t i = 0; i < s->len; i++) {
		const struct load_stage *v = &s->v[i];

		if (seconds < v->seconds)
			return from + (v->target - from) * seconds / v->seconds;
		seconds -= v->seconds;
		from = v->target;
	}
	return from;
}

/* At an end of some stage; a start that is left at once is none. */
double
load_stages_most(const struct load_stages *s)
{
	double most = s->len > 0 && s->v[0].seconds > 0 ? s->start : 0;

	for (size_t i = 0; i < s->len; i++)
		most = fmax(most, s->v[i].target);
	return most;
}

double
load_stages_count(const struct load_stages *s)
{
	double from = s->start, sum = 0;

	for (size_t i = 0; i < s->len; i++) {
		sum += s->v[i].seconds * (from + s->v[i].target) / 2;
		from = s->v[i].target;
	}
	return ceil(sum - 1e-9);
}

/* How long after a stage's begin so many requests have become due: a x²/2 +
 * from x = k, by the form that is exact for a small a, too. */
static double
within(double from, const struct load_stage *v, double k)
{
	double a = (v->target - from) / v->seconds;
	double root = sqrt(fmax(0, from * from + 2 * a * k));

	return k <= 0 ? 0 : fmin(v->seconds, 2 * k / (from + root));
}

double
load_stages_due(const struct load_stages *s, double k)
{
	double from = s->start, at = 0;

	for (size_t i = 0; i < s->len; i++) {
		const struct load_stage *v = &s->v[i];
		double n = v->seconds * (from + v->target) / 2;

		if (k < n)
			return at + within(from, v, k);
		k -= n;
		at += v->seconds;
		from = v->target;
	}
	return at;
}
