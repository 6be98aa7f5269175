#include "measure/slow.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mdtime.h"
#include "base/number.h"

static bool
parse_one(struct slow *s, const char *word)
{
	static const enum stage known[] = { STAGE_DECODE, STAGE_DATABASE,
		STAGE_FEATURES };

	size_t n = strcspn(word, "=");
	char number[32];
	size_t len;

	if (word[n] != '=')
		return false;
	len = strcspn(word + n + 1, "%");
	if (len >= sizeof(number))
		return false;
	memcpy(number, word + n + 1, len);
	number[len] = '\0';
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const char *name = stage_name(known[i]);
		double percent;
		int64_t ms;

		if (strlen(name) != n || strncmp(name, word, n) != 0)
			continue;
		if (strcmp(word + n + 1 + len, "%") == 0 &&
		    number_parse_real(number, 0, 10000, &percent)) {
			s->of[known[i]].share = percent / 100;
			return true;
		}
		if (md_duration_parse(word + n + 1, &ms) && ms <= MD_MINUTE) {
			s->of[known[i]].us = ms * 1000;
			return true;
		}
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
