#include "measure/slow.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mdtime.h"
#include "base/number.h"

/* "20%" of a stage's own time, or "5ms". */
static bool
parse_amount(struct slow *s, enum stage stage, char *amount)
{
	size_t n = strcspn(amount, "%");
	double percent;
	int64_t ms;

	if (strcmp(amount + n, "%") == 0) {
		amount[n] = '\0';
		if (!number_parse_real(amount, 0, 10000, &percent))
			return false;
		s->of[stage].share = percent / 100;
		return true;
	}
	if (!md_duration_parse(amount, &ms) || ms > MD_MINUTE)
		return false;
	s->of[stage].us = ms * 1000;
	return true;
}

static bool
parse_one(struct slow *s, const char *word)
{
	size_t n = strcspn(word, "=");
	char amount[64];

	if (word[n] != '=')
		return false;
	(void)snprintf(amount, sizeof(amount), "%s", word + n + 1);
	for (int i = STAGE_DECODE; i <= STAGE_FEATURES; i++) {
		const char *name = stage_name((enum stage)i);

		if (strlen(name) == n && strncmp(name, word, n) == 0)
			return parse_amount(s, (enum stage)i, amount);
	}
	return false;
}

bool
slow_parse(struct slow *s, const char *text, struct md_error *e)
{
	char word[64];

	memset(s, 0, sizeof(*s));
	while (text != NULL && *text != '\0') {
		size_t n = strcspn(text, ",");

		(void)snprintf(word, sizeof(word), "%.*s", (int)n, text);
		if (n >= sizeof(word) || !parse_one(s, word))
			return md_fail(e, MD_EUSAGE,
			    "MD_TEST_SLOW: '%s': expected decode, database or "
			    "features, =, and 20%% or 5ms",
			    word);
		text += n + (text[n] == ',' ? 1 : 0);
	}
	return true;
}

/* Work is made longer by work, waiting by waiting. */
void
slow_down(const struct slow *s, enum stage stage, int64_t cpu_us)
{
	int64_t until;
	struct timespec nap;

	if (s == NULL)
		return;
	until =
	    md_thread_cpu_us() + (int64_t)((double)cpu_us * s->of[stage].share);
	while (s->of[stage].share > 0 && md_thread_cpu_us() < until)
		;
	nap.tv_sec = (time_t)(s->of[stage].us / 1000000);
	nap.tv_nsec = (long)(s->of[stage].us % 1000000) * 1000;
	if (s->of[stage].us > 0)
		(void)nanosleep(&nap, NULL);
}
