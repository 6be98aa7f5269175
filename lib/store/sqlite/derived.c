/*
 * Which bars of a series are not the API's own.
 */
#include "store/sqlite/sqlite.h"

/* What was marked of the range is no more. */
bool
sqlite_unmark_derived(struct store *base, int64_t series_id,
    const struct range *r, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;

	return sqlite_run(st, e,
		   "INSERT INTO derived SELECT series_id, ?2, to_ts, "
		   "timeframe, derived_at FROM derived WHERE series_id = ?1 "
		   "AND from_ts < ?2 AND to_ts > ?2",
		   "ii", series_id, r->to) &&
	       sqlite_run(st, e,
		   "UPDATE derived SET to_ts = ?2 WHERE series_id = ?1 "
		   "AND from_ts < ?2 AND to_ts > ?2",
		   "ii", series_id, r->from) &&
	       sqlite_run(st, e,
		   "DELETE FROM derived WHERE series_id = ?1 "
		   "AND from_ts >= ?2 AND from_ts < ?3",
		   "iii", series_id, r->from, r->to);
}

/* Bars that were made give way to the API's own: those that it does not have
 * go, too, and the others are no restatements. */
bool
sqlite_drop_derived(struct sqlite_store *st, const struct page_put *p,
    struct md_error *e)
{
	int64_t dropped = 0;
	bool good = true;

	if (p->derived_from != NULL || !p->had_derived)
		return true;
	for (size_t i = 0; good && i < p->covered_len; i++) {
		good = sqlite_run(st, e,
		    "DELETE FROM bars WHERE series_id = ?1 AND ts >= ?2 "
		    "AND ts < ?3 AND EXISTS (SELECT 1 FROM derived d "
		    "WHERE d.series_id = ?1 AND bars.ts >= d.from_ts "
		    "AND bars.ts < d.to_ts)",
		    "iii", p->lease->series_id, p->covered[i].from,
		    p->covered[i].to);
		dropped += sqlite3_changes(st->db);
	}
	return good && (dropped == 0 ||
			   sqlite_run(st, e,
			       "UPDATE series SET bar_count = bar_count - ?2 "
			       "WHERE series_id = ?1",
			       "ii", p->lease->series_id, dropped));
}

/* Marked, as one with what ends where it begins. */
bool
sqlite_mark_derived(struct store *base, const struct page_put *p,
    const struct range *r, struct md_error *e)
{
	struct sqlite_store *st = (struct sqlite_store *)base;

	if (!sqlite_run(st, e,
		"UPDATE derived SET to_ts = ?3, derived_at = ?5 "
		"WHERE series_id = ?1 AND to_ts = ?2 AND timeframe = ?4",
		"iiiti", p->lease->series_id, r->from, r->to, p->derived_from,
		p->now))
		return false;
	return sqlite3_changes(st->db) > 0 ||
	       sqlite_run(st, e,
		   "INSERT INTO derived VALUES (?1, ?2, ?3, ?4, ?5)", "iiiti",
		   p->lease->series_id, r->from, r->to, p->derived_from,
		   p->now);
}
