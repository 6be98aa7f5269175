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
