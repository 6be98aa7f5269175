#include "report/silent.h"

#include <stdio.h>
#include <string.h>

#include "base/mdtime.h"
#include "market/knowledge.h"

static bool
suspect(const struct calendar *cal, const struct tail_row *r,
    struct suspicions *out)
{
	const struct grid g = { cal, r->class, r->timeframe, r->grid };
	struct suspicion *s = suspicions_append(out);
	char date[11];

	if (s == NULL)
		return false;
	s->kind = SUSPICION_SILENT;
	memcpy(s->symbol, r->symbol, sizeof(s->symbol));
	s->date = grid_date(&g, r->newest_ts);
	md_date_format(s->date, date);
	(void)snprintf(s->detail, sizeof(s->detail),
	    "no bar since %s: delisted or renamed?", date);
	return true;
}

/* Once a symbol: its series follow each other. */
static bool
is_suspected(const struct suspicions *l, const char *symbol)
{
	const struct suspicion *last = l->len == 0 ? NULL : &l->v[l->len - 1];

	return last != NULL && last->kind == SUSPICION_SILENT &&
	       strcmp(last->symbol, symbol) == 0;
}

/* The spans of one series. */
static bool
look_at_tail(const struct calendar *cal, const struct tail_row *v, size_t len,
    struct suspicions *out)
{
	struct grid g = { cal, v->class, v->timeframe, v->grid };
	struct coverage c = { NULL, 0, 0 };
	int64_t since;
	bool good = true;

	if (is_suspected(out, v->symbol))
		return true;
	for (size_t i = 0; good && i < len; i++)
		good = coverage_append(&c, v[i].span);
	/* Unless another series has had one since. */
	if (good && knowledge_silent_since(&g, &c, &since) &&
	    v->newest_ts < since)
		good = suspect(cal, v, out);
	coverage_free(&c);
	return good;
}

bool
suspect_silent(struct store *st, const struct calendar *cal, int64_t now,
    struct suspicions *out, struct md_error *e)
{
	struct tail_rows l = { NULL, 0, 0 };
	/* Sessions take as many days or more. */
	bool good = store_report_tails(st,
	    now - KNOWLEDGE_SILENT_SESSIONS * MD_DAY, &l, e);

	for (size_t i = 0, n; good && i < l.len; i += n) {
		for (n = 1; i + n < l.len; n++)
			if (l.v[i + n].series_id != l.v[i].series_id)
				break;
		good = look_at_tail(cal, &l.v[i], n, out) || md_nomem(e);
	}
	tail_rows_free(&l);
	return good;
}

/* Is it among those from there on? */
static bool
is_told(const struct suspicions *l, size_t from, const char *symbol)
{
	for (size_t i = from; i < l->len; i++)
		if (strcmp(l->v[i].symbol, symbol) == 0)
			return true;
	return false;
}

bool
suspect_gone(struct store *st, const struct calendar *cal, int64_t now,
    struct suspicions *out, struct md_error *e)
{
	struct suspicions silent = { NULL, 0, 0 };
	size_t before = out->len;
	bool good = store_report_gone(st, out, e) &&
		    suspect_silent(st, cal, now, &silent, e);

	for (size_t i = 0; good && i < silent.len; i++) {
		const struct suspicion *s = &silent.v[i];
		struct suspicion *v;

		if (is_told(out, before, s->symbol))
			continue;
		v = suspicions_append(out);
		if (v != NULL)
			*v = *s;
		good = v != NULL || md_nomem(e);
	}
	suspicions_free(&silent);
	return good;
}

bool
suspect_reused(struct store *st, struct suspicions *out, struct md_error *e)
{
	struct hole_rows holes = { NULL, 0, 0 };
	bool good = store_report_holes(st, REUSE_HOLE_MS, &holes, e);

	for (size_t i = 0; good && i < holes.len; i++) {
		const struct hole_row *h = &holes.v[i];
		struct suspicion *s;

		if (!hole_is_reuse(h))
			continue;
		s = suspicions_append(out);
		if (s == NULL) {
			good = md_nomem(e);
			break;
		}
		s->kind = SUSPICION_REUSED;
		memcpy(s->symbol, h->symbol, sizeof(s->symbol));
		s->date = (md_date)(h->to_ts / MD_DAY);
		(void)snprintf(s->detail, sizeof(s->detail),
		    "%lld days without a bar, then %.6g after %.6g",
		    (long long)((h->to_ts - h->from_ts) / MD_DAY), h->after,
		    h->before);
	}
	hole_rows_free(&holes);
	return good;
}
