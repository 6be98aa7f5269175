/*
 * Answers that tell of closures to come.
 */
#include "answer/closures.h"
#include "calendar.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	size_t len = in.left;
	char *body = input_rest(&in);
	const md_date today = 20605;
	struct closures none = { NULL, 0, 0 }, put = none, drop = none;
	struct closures_answer a;
	struct md_error e = { MD_OK, "" };

	if (!closures_answer_read(&a, calendar_once(), today, body, len, &e))
		must_tell(&e);
	else {
		for (size_t i = 0; i < a.clear.len; i++) {
			const struct closure *c = &a.clear.v[i];
			int weekday = md_weekday(c->date);

			must(c->date >= today && weekday > 0 && weekday < 6);
			must(c->kind == CLOSURE_CLOSED ||
			     (c->close_clock_ms > REGULAR_OPEN &&
				 c->close_clock_ms < REGULAR_CLOSE));
			must(i == 0 || c[-1].date < c->date);
		}
		must(closures_compare(&a, &none, "u", today, &put, &drop));
		must(drop.len == 0);
	}
	closures_free(&put);
	closures_free(&drop);
	closures_answer_free(&a);
	free(body);
	return 0;
}
