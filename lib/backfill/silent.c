/*
 * What became of symbols that stopped answering, or whose bars have a hole: the
 * vendor may know them by another name, or know their last day.  A few are
 * asked about at the end of a run, each once a day, and what is told is kept.
 */
#include <stdlib.h>
#include <string.h>

#include "backfill/internal.h"
#include "polygon/events.h"
#include "polygon/tickers.h"
#include "report/silent.h"
#include "store/vendor.h"

/* So many a run, and no longer than that for all of them. */
#define ASKED_MAX   3
#define PATIENCE_MS (2 * MD_MINUTE)
#define STEP_MS     200

/* Their names in the store's list of endpoints that APIs lack. */
#define EVENTS_ENDPOINT  "events"
#define TICKERS_ENDPOINT "tickers"

/* -- which -- */

/* As far as what was known before the run tells: mostly none is, and the store
 * need not be asked. */
static bool
may_be_silent(const struct run *r, const struct stored_series *s)
{
	const struct coverage *c = &s->coverage;
	const struct grid g = { r->calendar, s->class, s->timeframe, s->grid };
	int64_t since, bars_to = INT64_MAX;

	if (!knowledge_has_bars(c))
		return false;
	if (knowledge_silent_since(&g, c, &since))
		return true;
	for (size_t i = 0; i < c->len; i++) {
		if (c->v[i].kind != COVERAGE_BARS)
			continue;
		if (c->v[i].from > bars_to &&
		    c->v[i].from - bars_to >= REUSE_HOLE_MS - 7 * MD_DAY)
			return true;
		bars_to = c->v[i].to;
	}
	return false;
}

static bool
any_may_be(const struct run *r)
{
	for (size_t i = 0; i < r->series.len; i++)
		if (may_be_silent(r, &r->series.v[i]))
			return true;
	return false;
}

static const struct stored_series *
series_named(const struct run *r, const char *symbol)
{
	for (size_t i = 0; i < r->series.len; i++)
		if (strcmp(r->series.v[i].symbol, symbol) == 0)
			return &r->series.v[i];
	return NULL;
}

/* Those of the run of which nothing is known yet, at most ASKED_MAX. */
static bool
find_silent(struct run *r, struct suspicions *out, struct md_error *e)
{
	struct suspicions all = { NULL, 0, 0 };
	struct symbol_list asked = { .v = NULL };
	bool good =
	    suspect_silent(r->store, r->calendar, run_now(r), &all, e) &&
	    suspect_reused(r->store, &all, e) &&
	    store_silent_asked(r->store, run_now(r) - MD_DAY, &asked, e);

	for (size_t i = 0; good && i < all.len && out->len < ASKED_MAX; i++) {
		struct suspicion *v;

		if (series_named(r, all.v[i].symbol) == NULL ||
		    symbol_list_find(&asked, all.v[i].symbol) != NULL)
			continue;
		v = suspicions_append(out);
		good = v != NULL || md_nomem(e);
		if (v != NULL)
			*v = all.v[i];
	}
	suspicions_free(&all);
	symbol_list_free(&asked);
	return good;
}

/* -- the calls -- */

struct asking {
	struct run *run;
	int64_t until; /* monotonic ms */
	bool ended;
	struct md_error error;
	bool without_events, without_tickers; /* the API, or the plan */
	bool events_absent; /* of one the API had nothing (404) */
};

static void
on_ended(void *ctx, const struct md_error *e)
{
	struct asking *a = ctx;

	a->ended = true;
	a->error = *e;
}

/* Of a ticker that is none, nothing is known. */
static void
on_refused(void *ctx, const char *raw, const char *reason)
{
	const struct asking *a = ctx;

	log_write(a->run->o->log, LOG_DEBUG,
	    "tickers: a row is left out: %s: %.200s", reason, raw);
}

/* Until the call has ended; the run's heart beats on. */
static bool
wait_for(struct asking *a)
{
	struct run *r = a->run;
	struct md_error why;

	while (!a->ended) {
		run_notice_stall(r);
		if (*r->stop != 0 || md_monotonic_ms() > a->until) {
			(void)md_fail(&why, MD_EINTR, "no more time for it");
			polygon_cancel(r->polygon, &why);
			break;
		}
		if (!polygon_step(r->polygon, STEP_MS, &why)) {
			polygon_cancel(r->polygon, &why);
			break;
		}
		(void)writer_collect(r->writer);
		run_heartbeat(r);
		run_budget_check(r, md_monotonic_ms());
	}
	return a->error.code == MD_OK;
}

static bool
is_absent(const struct md_error *e)
{
	return e->code == MD_EABSENT || e->code == MD_EDENIED;
}

/* Its names, as the vendor has them.  False: nothing is told. */
static bool
ask_names(struct asking *a, const struct suspicion *s, struct ticker_names *out)
{
	struct run *r = a->run;
	const struct events_query q = { s->symbol,
		calendar_date(r->calendar, CLASS_STOCK, run_now(r)), out };

	a->ended = false;
	if (a->without_events ||
	    !polygon_events(r->polygon, &q, on_ended, a, &a->error))
		return false;
	if (wait_for(a))
		return true;
	/* It may be the ticker that is unknown; a refusal is of all. */
	a->events_absent = a->error.code == MD_EABSENT;
	if (a->error.code == MD_EDENIED)
		a->without_events = true;
	log_write(r->o->log, LOG_DEBUG, "%s: its names: %s", s->symbol,
	    a->error.text);
	return false;
}

/* Its last day: not before its newest bar, which is the suspicion's date, nor
 * in days to come. */
static bool
ask_last_day(struct asking *a, const struct suspicion *s,
    enum asset_class class, md_date *day)
{
	static const struct tickers_handler handler = { on_refused, on_ended };
	struct run *r = a->run;
	md_date today = calendar_date(r->calendar, class, run_now(r));
	struct tickers found = { NULL, 0, 0 };
	struct tickers_query q = {
		.wanted = { asset_class_market(class), NULL,
		    symbol_class(s->symbol), &found },
		.delisted = true,
		.ticker = s->symbol,
	};
	bool has = false;

	a->ended = false;
	if (a->without_tickers ||
	    !polygon_tickers(r->polygon, &q, &handler, a, &a->error))
		return false;
	if (!wait_for(a)) {
		a->without_tickers = is_absent(&a->error);
		log_write(r->o->log, LOG_DEBUG, "%s: its last day: %s",
		    s->symbol, a->error.text);
	}
	for (size_t i = 0; a->error.code == MD_OK && i < found.len; i++) {
		const struct ticker *t = &found.v[i];

		if (strcmp(t->symbol, s->symbol) != 0 || !t->has_delisted ||
		    t->delisted < s->date || t->delisted > today ||
		    (has && t->delisted <= *day))
			continue;
		has = true;
		*day = t->delisted;
	}
	tickers_free(&found);
	return has;
}

/* -- what they tell -- */

/* Does a name of the company tell why its series ends, or has a hole? */
static bool
explains(const struct suspicion *s, const struct ticker_names *n)
{
	if (n->names.len == 0)
		return false;
	if (s->kind == SUSPICION_SILENT)
		return strcmp(n->symbol, s->symbol) != 0;
	/* The first bar after the hole is of the new name. */
	return strcmp(n->symbol, s->symbol) == 0 &&
	       n->names.v[n->names.len - 1].until <= s->date + 7 &&
	       n->names.v[n->names.len - 1].until >
		   s->date - (md_date)(REUSE_HOLE_MS / MD_DAY) - 7;
}

static void
tell(const struct asking *a, const struct silent_answer *told)
{
	char names[FORMER_NAMES_TEXT], date[11];

	if (told->names != NULL) {
		former_names_format(told->names, names);
		log_write(a->run->o->log, LOG_WARNING,
		    "%s: renamed, as the API has it; for one series write "
		    "into the watchlist: %s%s",
		    told->symbol, told->present, names);
	} else if (told->has_delisted) {
		md_date_format(told->delisted, date);
		log_write(a->run->o->log, LOG_WARNING,
		    "%s: delisted, its last day was %s", told->symbol, date);
	}
}

static bool
ask_about(struct asking *a, const struct suspicion *s, struct md_error *e)
{
	struct run *r = a->run;
	const struct stored_series *series = series_named(r, s->symbol);
	struct grid days = { r->calendar, series->class, TF_1D, GRID_UNKNOWN };
	struct silent_answer told = { .symbol = s->symbol,
		.asked_at = run_now(r) };
	struct ticker_names names;

	if (asset_class_splits(series->class) && ask_names(a, s, &names) &&
	    explains(s, &names)) {
		told.present = names.symbol;
		told.names = &names.names;
	} else if (s->kind == SUSPICION_SILENT &&
		   ask_last_day(a, s, series->class, &told.delisted)) {
		told.has_delisted = true;
		told.gone_ts = grid_midnight(&days, told.delisted + 1);
	}
	writer_drain(r->writer);
	/* Who was interrupted has not been told. */
	if (*r->stop != 0)
		return true;
	if (!store_put_silent(r->store, &told, e))
		return false;
	tell(a, &told);
	return true;
}

/* An API without these is not asked again for a day. */
static bool
look_for_endpoints(struct asking *a, struct md_error *e)
{
	const struct run *r = a->run;
	const char *url = r->o->polygon.base_url;
	int64_t since = run_now(r) - MD_DAY;

	return store_endpoint_absent(r->store, url, EVENTS_ENDPOINT, since,
		   &a->without_events, e) &&
	       store_endpoint_absent(r->store, url, TICKERS_ENDPOINT, since,
		   &a->without_tickers, e);
}

static bool
note_endpoints(const struct asking *a, const struct asking *before,
    struct md_error *e)
{
	const struct run *r = a->run;
	const char *url = r->o->polygon.base_url;

	return (a->without_events == before->without_events ||
		   store_note_endpoint_absent(r->store, url, EVENTS_ENDPOINT,
		       run_now(r), e)) &&
	       (a->without_tickers == before->without_tickers ||
		   store_note_endpoint_absent(r->store, url, TICKERS_ENDPOINT,
		       run_now(r), e));
}

static bool
ask_all(struct asking *a, struct suspicions *silent, struct md_error *e)
{
	struct asking before;
	bool good = look_for_endpoints(a, e) && find_silent(a->run, silent, e);

	before = *a;
	for (size_t i = 0; good && i < silent->len && *a->run->stop == 0 &&
			   md_monotonic_ms() < a->until &&
			   !(a->without_events && a->without_tickers);
	     i++) {
		a->error.code = MD_OK;
		good = ask_about(a, &silent->v[i], e);
	}
	/* An API that has no list of tickers has no events either. */
	if (a->without_tickers && a->events_absent)
		a->without_events = true;
	return good && *a->run->stop == 0 ? note_endpoints(a, &before, e)
					  : good;
}

void
run_ask_silent(struct run *r)
{
	struct asking a = { .run = r,
		.until = md_monotonic_ms() + PATIENCE_MS };
	struct suspicions silent = { NULL, 0, 0 };
	struct md_error e;

	if (r->o->features_only || r->fatal.code != MD_OK || *r->stop != 0 ||
	    !any_may_be(r))
		return;
	if (!ask_all(&a, &silent, &e))
		log_write(r->o->log, LOG_WARNING,
		    "what became of silent symbols is asked by the next run: "
		    "%s",
		    e.text);
	suspicions_free(&silent);
}
