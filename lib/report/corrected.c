#include "report/corrected.h"

#include <stdlib.h>

#include "cli/zoneinfo.h"
#include "store/vendor.h"

bool
corrected_by(struct calendar **out, const struct closures *told,
    const struct calendar_changes *own, struct md_error *e)
{
	struct calendar_changes *all;
	bool good = true;

	*out = NULL;
	if (told->len == 0)
		return true;
	all = calloc(1, sizeof(*all));
	if (all == NULL)
		return md_nomem(e);
	if (own != NULL)
		*all = *own;
	closures_correct(told, all);
	if (all->told_len > 0)
		good = zoneinfo_calendar_changed(out, all, e);
	free(all);
	return good;
}

bool
corrected_calendar(struct calendar **out, struct store *st,
    const struct calendar_changes *own, struct md_error *e)
{
	struct closures told = { NULL, 0, 0 };
	bool good =
	    store_closures(st, &told, e) && corrected_by(out, &told, own, e);

	closures_free(&told);
	return good;
}

bool
corrected_store_open(const char *db, const struct calendar_changes *own,
    struct store **st, struct calendar **corrected, struct md_error *e)
{
	if (!store_open_readonly(db, st, e))
		return false;
	if (*st == NULL)
		return md_fail(e, MD_ESTORE,
		    "store %s: does not exist: run mdbackfill first, or name "
		    "another with --db",
		    db);
	return corrected_calendar(corrected, *st, own, e);
}
