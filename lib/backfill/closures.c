/*
 * The run's question for closures to come: one call a day and API, if the run
 * has other calls to make and wants bars of the present.  It follows the first
 * answer, so that an API that is not there is found out by a call for bars, and
 * what it tells corrects the calendar from the next program on.
 */
#include <stdio.h>
#include <string.h>

#include "backfill/internal.h"
#include "pace/budget.h"
#include "store/vendor.h"

/* Who wants bars up to some day less ago than this looks at the present. */
#define NEAR_MS (7 * MD_DAY)

/* Where the call failed, it is made again by a run that much later. */
#define FAILED_MS MD_HOUR

/* It holds up a run whose jobs have ended for so long at most. */
#define LINGER_MS (75 * MD_SECOND)

/* -- is it due? -- */

static bool
wants_present(const struct stored_series_list *l, const struct needs *needs,
    int64_t now)
{
	for (size_t i = 0; i < l->len; i++)
		if (needs->v[i].gaps.len > 0 &&
		    (asset_class_splits(l->v[i].class) ||
			l->v[i].class == CLASS_INDEX) &&
		    needs->v[i].wanted.to > now - NEAR_MS)
			return true;
	return false;
}

bool
plan_closures(const struct backfill_options *o, const struct calendar *cal,
    struct store *st, const struct stored_series_list *l,
    const struct needs *needs, int64_t now, bool *due, struct md_error *e)
{
	struct key_right seen;
	md_date today = calendar_date(cal, CLASS_STOCK, now);

	*due = false;
	if (!o->present || o->features_only || !wants_present(l, needs, now))
		return true;
	if (st == NULL) {
		*due = true;
		return true;
	}
	if (!store_right_read(st, NULL, o->polygon.base_url, RIGHT_CLOSURES,
		&seen, e))
		return false;
	*due =
	    seen.noted_ms == 0 || seen.noted_ms > now ||
	    (strcmp(seen.status, RIGHT_FAILED) == 0
		    ? now - seen.noted_ms >= FAILED_MS
		    : calendar_date(cal, CLASS_STOCK, seen.noted_ms) != today);
	return true;
}

/* -- the call -- */

static enum polygon_next
on_answer(void *ctx, char *body, size_t len, const char **next_url,
    struct md_error *e)
{
	struct run *r = ctx;
	md_date today = calendar_date(r->calendar, CLASS_STOCK, run_now(r));

	(void)next_url;
	closures_answer_free(&r->closures.answer);
	if (!closures_answer_read(&r->closures.answer, r->calendar, today, body,
		len, e)) {
		md_printable(e->text);
		return POLYGON_STOP;
	}
	r->closures.answered = true;
	return POLYGON_DONE;
}

static void
on_ended(void *ctx, const struct md_error *e)
{
	struct run *r = ctx;

	r->closures.asking = false;
	r->closures.ended = r->closures.answered || e->code != MD_OK;
	r->closures.error = *e;
	r->calls_done++;
}

void
run_closures_step(struct run *r)
{
	static const struct polygon_handler handler = { on_answer, on_ended };
	struct md_error e;

	if (!r->closures.due || !polygon_reached(r->polygon))
		return;
	r->closures.due = false;
	polygon_charge(r->polygon, NULL);
	r->closures.asking = polygon_get(r->polygon, "",
	    "/v1/marketstatus/upcoming", &handler, r, &e);
}

bool
run_closures_open(struct run *r)
{
	int64_t now = md_monotonic_ms();

	if (!r->closures.asking)
		return false;
	if (r->closures.alone_since == 0)
		r->closures.alone_since = now;
	return now - r->closures.alone_since < LINGER_MS;
}

/* -- what follows -- */

static void
tell_refused(const struct run *r)
{
	const struct closures_answer *a = &r->closures.answer;

	for (size_t i = 0; i < a->refused_len; i++)
		log_write(r->o->log, i == 0 ? LOG_WARNING : LOG_DEBUG,
		    "closures to come: left out: %s: %.200s",
		    a->refused[i].reason, a->refused[i].raw);
	if (a->refused_len > 1)
		log_write(r->o->log, LOG_WARNING,
		    "closures to come: %zu rows and days are left out",
		    a->refused_len);
}

static void
tell_put(const struct run *r, const struct closures *put)
{
	char date[11], words[CLOSURE_WORDS];

	for (size_t i = 0; i < put->len; i++) {
		const struct closure *c = &put->v[i];

		if (c->told_ms != 0)
			continue;
		md_date_format(c->date, date);
		closure_words(c, words);
		log_write(r->o->log,
		    c->kind == CLOSURE_UNLISTED ? LOG_INFO : LOG_WARNING,
		    "the exchange on %s: %s%s%s; the built-in calendar has it "
		    "otherwise%s",
		    date, words, c->name[0] == '\0' ? "" : ": ", c->name,
		    c->kind == CLOSURE_UNLISTED ? ", and is kept"
						: ", and is corrected");
	}
}

static void
tell_dropped(const struct run *r, const struct closures *drop)
{
	char date[11], words[CLOSURE_WORDS];

	for (size_t i = 0; i < drop->len; i++) {
		md_date_format(drop->v[i].date, date);
		closure_words(&drop->v[i], words);
		log_write(r->o->log,
		    drop->v[i].kind == CLOSURE_UNLISTED ? LOG_INFO
							: LOG_WARNING,
		    "the exchange on %s: \"%s\" is not told any more; the "
		    "built-in calendar holds",
		    date, words);
	}
}

static bool
keep(struct run *r, struct md_error *e)
{
	const char *base_url = r->o->polygon.base_url;
	struct closures kept = { NULL, 0, 0 }, put = { NULL, 0, 0 };
	struct closures drop = { NULL, 0, 0 };
	int64_t now = run_now(r);
	bool good = store_closures(r->store, &kept, e);

	if (good)
		good = closures_compare(&r->closures.answer, &kept, base_url,
			   calendar_date(r->calendar, CLASS_STOCK, now), &put,
			   &drop) ||
		       md_nomem(e);
	good = good && store_closures_put(r->store, &put, &drop, now, e);
	if (good) {
		tell_put(r, &put);
		tell_dropped(r, &drop);
	}
	closures_free(&kept);
	closures_free(&put);
	closures_free(&drop);
	return good;
}

/* How the call ended, as it is kept. */
static const char *
status_of(const struct run *r)
{
	switch (r->closures.error.code) {
	case MD_OK:
		return RIGHT_YES;
	case MD_EDENIED:
		return RIGHT_NO;
	case MD_EABSENT:
		return RIGHT_ABSENT;
	case MD_EDATA:
		return RIGHT_UNCLEAR;
	default:
		return RIGHT_FAILED;
	}
}

void
run_closures_end(struct run *r)
{
	const char *status = status_of(r);
	struct md_error e = { .code = MD_OK, .text = "" };

	/* A run that was stopped has not asked. */
	if (!r->closures.ended || r->fatal.code != MD_OK)
		return;
	if (r->closures.error.code != MD_OK)
		log_write(r->o->log,
		    strcmp(status, RIGHT_UNCLEAR) == 0 ? LOG_WARNING : LOG_INFO,
		    "closures to come: %s; the calendar stays as it is",
		    r->closures.error.text);
	tell_refused(r);
	if ((r->closures.answered && !keep(r, &e)) ||
	    !run_note_right(r, RIGHT_CLOSURES, status, &e))
		log_write(r->o->log, LOG_WARNING,
		    "closures to come are not kept: %s", e.text);
}
