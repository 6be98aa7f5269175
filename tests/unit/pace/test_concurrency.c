#include "pace/concurrency.h"

#include <string.h>

#include "tap.h"

#define MS INT64_C(1000)

/* A server that has so many workers, each for so long, behind a pace and a
 * line; and a store that takes so long for each page. */
struct world {
	unsigned workers;
	int64_t works;  /* µs */
	int64_t away;   /* µs, of every answer */
	int64_t apart;  /* µs between starts, as the pace has it; 0: none */
	int64_t bytes;  /* of an answer */
	double line;    /* bytes a µs; 0: any */
	int64_t stores; /* µs a page */
	unsigned fails_one; /* in so many; 0: none */
	unsigned limit_at;  /* the answer that is a 429; 0: none */
	int64_t slow_from;  /* answers from that one on take `away` twice */
};

struct outcome {
	unsigned least, most, last;
};

/* Rounds of as many requests as there may be, all sent and answered together:
 * what matters is how the number follows from the facts. */
static struct outcome
live(const struct world *w, struct concurrency *c, unsigned answers)
{
	struct outcome o = { c->now, c->now, c->now };
	int64_t now = 0;
	unsigned done = 0;

	while (done < answers) {
		unsigned n = c->now;
		unsigned inside = w->apart > 0 && w->apart * n > w->away
				      ? (unsigned)(w->away / w->apart) + 1
				      : n;
		int64_t queued = inside > w->workers
				     ? w->works * inside / w->workers
				     : w->works;
		struct concurrency_answer a = {
			.first_byte = w->away + queued,
			.paced = w->apart > 0 && w->apart * n > w->away
				     ? w->apart * n - w->away
				     : 0,
			.transfer = w->line > 0 ? (int64_t)((double)w->bytes *
							    n / w->line)
						: 0,
			.bytes = w->bytes,
			.more = true,
		};
		int64_t round = a.first_byte + a.paced + a.transfer;

		if (w->slow_from > 0 && done >= w->slow_from)
			a.first_byte += w->away;
		if (w->stores * n > round) {
			concurrency_stored(c, w->stores * n - round);
			round = w->stores * n;
		}
		now += round;
		for (unsigned i = 0; i < n; i++) {
			a.at = now;
			done++;
			a.outcome =
			    done == w->limit_at ? ANSWER_LIMITED
			    : w->fails_one > 0 && done % w->fails_one == 0
				? ANSWER_FAILED
				: ANSWER_GOOD;
			concurrency_answered(c, &a);
			o.most = c->now > o.most ? c->now : o.most;
			o.least = c->now < o.least ? c->now : o.least;
		}
	}
	o.last = c->now;
	return o;
}

static struct outcome
found(const struct world *w, unsigned answers, struct concurrency *c)
{
	concurrency_init(c, 0, 0);
	return live(w, c, answers);
}

static void
grows(void)
{
	struct world w = { .workers = 1000, .away = 200 * MS };
	struct concurrency c;
	struct outcome o;

	o = found(&w, 3, &c);
	ok(o.most == 3, "three until more came than the smallest plan allows");
	o = found(&w, 6, &c);
	ok(o.last == 9, "then three times as many (%u)", o.last);
	o = found(&w, 15, &c);
	ok(o.last == 27, "and again (%u)", o.last);
	o = found(&w, 1000, &c);
	ok(o.last == CONCURRENCY_MOST && o.most == CONCURRENCY_MOST,
	    "but never more than the most (%u)", o.most);
	ok(c.reason == CONCURRENCY_FULL, "which is said");
	ok(concurrency_mean(&c) > 28 && concurrency_mean(&c) < 32,
	    "the mean is that of all answers (%.1f)", concurrency_mean(&c));
}

static void
needs_work(void)
{
	struct concurrency_answer a = { .first_byte = 200 * MS };
	struct concurrency c;

	concurrency_init(&c, 0, 0);
	for (int i = 0; i < 100; i++)
		concurrency_answered(&c, &a);
	ok(c.now == 3 && c.reason == CONCURRENCY_WORK,
	    "nothing grows for which there is no more work");
}

static void
is_given(void)
{
	struct world w = { .workers = 1, .works = 9 * MS, .limit_at = 8 };
	struct concurrency c;
	struct outcome o;

	concurrency_init(&c, 5, 0);
	o = live(&w, &c, 500);
	ok(o.least == 5 && o.most == 5, "a number that is given stays");
	ok(c.reason == CONCURRENCY_GIVEN, "which is said");
}

static void
limits(void)
{
	struct concurrency c;
	struct outcome o;
	struct world server = { .workers = 8, .works = 100 * MS },
		     store = { .workers = 1000,
			     .away = 100 * MS,
			     .stores = 20 * MS },
		     line = { .workers = 1000,
			     .away = 20 * MS,
			     .bytes = 1000000,
			     .line = 5 },
		     pace = { .workers = 1000,
			     .away = 200 * MS,
			     .apart = 50 * MS };

	o = found(&server, 3000, &c);
	ok(o.last >= 7 && o.last <= 13, "a server of eight workers: %u",
	    o.last);
	o = found(&store, 3000, &c);
	ok(o.last >= 4 && o.last <= 11, "a store of 20 ms a page at 100 ms: %u",
	    o.last);
	ok(c.reason == CONCURRENCY_STORE, "which is said");
	o = found(&line, 3000, &c);
	ok(o.last <= 4, "a line that is full with one: %u", o.last);
	ok(c.reason == CONCURRENCY_NETWORK, "which is said");
	o = found(&pace, 3000, &c);
	ok(o.last >= 4 && o.last <= 6, "20 requests a second at 200 ms: %u",
	    o.last);
	ok(c.reason == CONCURRENCY_PACE, "which is said");
}

static void
falls(void)
{
	struct world
	    limited = { .workers = 1000, .away = 200 * MS, .limit_at = 50 },
	    bad = { .workers = 1000, .away = 200 * MS, .fails_one = 3 },
	    one_bad = { .workers = 1000, .away = 200 * MS, .fails_one = 40 },
	    slower = { .workers = 1000, .away = 200 * MS, .slow_from = 300 };
	struct concurrency c;
	struct outcome o;

	o = found(&limited, 51, &c);
	ok(o.last <= CONCURRENCY_MOST / 2 && c.reason == CONCURRENCY_LIMITED,
	    "a 429 halves it (%u)", o.last);
	o = found(&bad, 500, &c);
	ok(o.last == CONCURRENCY_LEAST && c.reason == CONCURRENCY_FAILED,
	    "where a third of requests fails, it is the least (%u)", o.last);
	o = found(&one_bad, 500, &c);
	ok(o.last == CONCURRENCY_MOST, "one bad ticker is none of that (%u)",
	    o.last);
	o = found(&slower, 300, &c);
	ok(o.last == CONCURRENCY_MOST, "before the server is slow: %u", o.last);
	o = found(&slower, 2000, &c);
	ok(o.last == CONCURRENCY_MOST,
	    "where fewer do not help it is taken back (%u)", o.last);
}

static void
stray(void)
{
	struct concurrency_answer a = { .outcome = ANSWER_LIMITED };
	struct concurrency c;

	concurrency_init(&c, 0, 0);
	for (int i = 0; i < 100; i++)
		concurrency_answered(&c, &a);
	ok(c.now == CONCURRENCY_LEAST, "nothing but 429s: the least");
	concurrency_init(&c, 0, 0);
	a = (struct concurrency_answer){ .more = true };
	for (int i = 0; i < 100; i++)
		concurrency_answered(&c, &a);
	ok(c.now >= CONCURRENCY_LEAST && c.now <= CONCURRENCY_MOST,
	    "answers in no time at all break nothing");
}

static void
words(void)
{
	char word[CONCURRENCY_WORD];

	ok(strcmp(concurrency_word(0, word), "auto") == 0, "0 is auto");
	ok(strcmp(concurrency_word(256, word), "256") == 0, "256 is 256");
	for (int r = 0; r < CONCURRENCY_REASONS; r++)
		ok(*concurrency_reason_words((enum concurrency_reason)r) !=
			'\0',
		    "reason %d has words", r);
}

int
main(void)
{
	grows();
	needs_work();
	is_given();
	limits();
	falls();
	stray();
	words();
	return done();
}
