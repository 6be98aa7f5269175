/*
 * Which bars of a series are not the API's own.
 */
#include "store/postgres/postgres.h"

/* What was marked of the range is no more. */
bool
postgres_unmark_derived(struct store *base, int64_t series_id,
    const struct range *r, struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;

	return postgres_run(st, e, NULL,
		   "INSERT INTO derived SELECT series_id, $2, to_ts, "
		   "timeframe, derived_at FROM derived WHERE series_id = $1 "
		   "AND from_ts < $2 AND to_ts > $2",
		   "im", series_id, r->to) &&
	       postgres_run(st, e, NULL,
		   "UPDATE derived SET to_ts = $2 WHERE series_id = $1 "
		   "AND from_ts < $2 AND to_ts > $2",
		   "im", series_id, r->from) &&
	       postgres_run(st, e, NULL,
		   "DELETE FROM derived WHERE series_id = $1 "
		   "AND from_ts >= $2 AND from_ts < $3",
		   "imm", series_id, r->from, r->to);
}

/* Bars that were made give way to the API's own: those that it does not have
 * go, too, and the others are no restatements.  This is before the page looks
 * at its lease, and so looks itself. */
bool
postgres_drop_derived(struct postgres_store *st, const struct page_put *p,
    struct md_error *e)
{
	int64_t dropped = 0, n;

	if (p->derived_from != NULL || !p->had_derived)
		return true;
	if (!postgres_hold_lease(st, p->lease, p->wall, e))
		return false;
	for (size_t i = 0; i < p->covered_len; i++) {
		if (!postgres_run(st, e, &n,
			"DELETE FROM bars b WHERE b.series_id = $1 "
			"AND b.ts >= $2 AND b.ts < $3 AND EXISTS (SELECT 1 "
			"FROM derived d WHERE d.series_id = $1 "
			"AND b.ts >= d.from_ts AND b.ts < d.to_ts)",
			"imm", p->lease->series_id, p->covered[i].from,
			p->covered[i].to))
			return false;
		dropped += n;
	}
	return dropped == 0 ||
	       postgres_run(st, e, NULL,
		   "UPDATE series SET bar_count = bar_count - $2 "
		   "WHERE series_id = $1",
		   "ii", p->lease->series_id, dropped);
}

/* Marked, as one with what ends where it begins. */
bool
postgres_mark_derived(struct store *base, const struct page_put *p,
    const struct range *r, struct md_error *e)
{
	struct postgres_store *st = (struct postgres_store *)base;
	int64_t changed;

	if (!postgres_run(st, e, &changed,
		"UPDATE derived SET to_ts = $3, derived_at = $5 "
		"WHERE series_id = $1 AND to_ts = $2 AND timeframe = $4",
		"immtm", p->lease->series_id, r->from, r->to, p->derived_from,
		p->now))
		return false;
	return changed > 0 ||
	       postgres_run(st, e, NULL,
		   "INSERT INTO derived VALUES ($1, $2, $3, $4, $5)", "immtm",
		   p->lease->series_id, r->from, r->to, p->derived_from,
		   p->now);
}
