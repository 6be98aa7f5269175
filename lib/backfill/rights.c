/*
 * What an API was seen to give to the key, or to refuse it: kept for a day, so
 * that runs do not find it out one after the other.  A run as of another time
 * neither goes by it nor adds to it.
 */
#include <stdio.h>
#include <string.h>

#include "backfill/internal.h"
#include "pace/budget.h"
#include "store/vendor.h"

/* "today_stock": bars that may still change, of a class that is sold so. */
static void
name_today(enum asset_class class, char out[static 16])
{
	(void)snprintf(out, 16, "today_%s", asset_class_name(class));
}

/* Was it refused a day ago or less?  A plan that is made without a key takes
 * any of the API's. */
static bool
was_refused(const struct backfill_options *o, struct store *st,
    const char *what, int64_t now, bool *refused, struct md_error *e)
{
	char budget[BUDGET_ID_SIZE];
	struct key_right seen;

	if (o->polygon.key != NULL)
		budget_id(o->polygon.base_url, o->polygon.key, budget);
	if (!store_right_read(st, o->polygon.key != NULL ? budget : NULL,
		o->polygon.base_url, what, &seen, e))
		return false;
	*refused = seen.noted_ms != 0 && seen.noted_ms <= now &&
		   now - seen.noted_ms < MD_DAY &&
		   strcmp(seen.status, RIGHT_NO) == 0;
	return true;
}

bool
plan_rights(const struct backfill_options *o, struct store *st, int64_t now,
    struct rights *out, struct md_error *e)
{
	memset(out, 0, sizeof(*out));
	if (!o->present || o->features_only || st == NULL)
		return true;
	for (int kind = 0; kind < ACTION_COUNT; kind++)
		if (!was_refused(o, st, actions_name((enum action)kind), now,
			&out->without[kind], e))
			return false;
	for (int c = 0; c < CLASS_COUNT; c++) {
		enum asset_class class = (enum asset_class)c;
		char what[16];

		name_today(class, what);
		if (plan_sold_as(class) == class &&
		    !was_refused(o, st, what, now, &out->withheld[c], e))
			return false;
	}
	return true;
}

static bool
note_today(struct run *r, struct md_error *e)
{
	for (int c = 0; c < CLASS_COUNT; c++) {
		bool no = r->withheld[c] && !r->granted[c];
		char what[16];

		/* What was known by then keeps its time. */
		if (!(no && !r->rights.withheld[c]) &&
		    !(r->granted[c] && r->rights.withheld[c]))
			continue;
		name_today((enum asset_class)c, what);
		if (!run_note_right(r, what, no ? RIGHT_NO : RIGHT_YES, e))
			return false;
	}
	return true;
}

static bool
note_actions(struct run *r, struct md_error *e)
{
	bool good = true;

	for (int kind = 0; good && kind < ACTION_COUNT; kind++) {
		const char *what = actions_name((enum action)kind);

		if (r->denied[kind] && !r->rights.without[kind])
			good = run_note_right(r, what, RIGHT_NO, e);
		else if (r->given[kind])
			good = run_note_right(r, what, RIGHT_YES, e);
	}
	return good;
}

void
run_rights_end(struct run *r)
{
	struct md_error e = { .code = MD_OK, .text = "" };

	if (!r->o->present || r->budget[0] == '\0')
		return;
	if (!note_actions(r, &e) || !note_today(r, &e))
		log_write(r->o->log, LOG_WARNING,
		    "what the key may do is found out again by the next run: "
		    "%s",
		    e.text);
}
