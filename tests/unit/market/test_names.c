#include <stdlib.h>
#include <string.h>

#include "cli/zoneinfo.h"
#include "market/names.h"
#include "tap.h"

static struct calendar *cal;

static struct former_names
names_of(const char *a, md_date a_until, const char *b, md_date b_until)
{
	struct former_names l = { .len = 0 };
	struct md_error e;

	if (!former_names_add(&l, a, a_until, &e) ||
	    (b != NULL && !former_names_add(&l, b, b_until, &e)))
		abort();
	return l;
}

static void
lists(void)
{
	md_date d1 = md_date_of(2015, 5, 5), d2 = md_date_of(2020, 1, 2);
	struct former_names l = names_of("B", d2, "A", d1), other;
	char text[FORMER_NAMES_TEXT];
	struct md_error e = { MD_OK, "" };

	former_names_format(&l, text);
	ok(strcmp(text, " was=A until=2015-05-05 was=B until=2020-01-02") == 0,
	    "names are kept and printed the oldest first");
	ok(strcmp(names_on(&l, "X", d1 - 1), "A") == 0 &&
		strcmp(names_on(&l, "X", d1), "B") == 0 &&
		strcmp(names_on(&l, "X", d2 - 1), "B") == 0 &&
		strcmp(names_on(&l, "X", d2), "X") == 0,
	    "a name ends before its day");
	ok(!former_names_add(&l, "C", d1, &e) && e.code == MD_ECONFIG,
	    "two names until one day are refused");
	ok(former_names_check(&l, "X", &e) && !former_names_check(&l, "B", &e),
	    "a change leads to another name");
	other = names_of("B", d1, "B", d2);
	ok(!former_names_check(&other, "X", &e), "so does one of before");
	other = names_of("X", d1, "B", d2);
	ok(former_names_check(&other, "X", &e), "a name may come back");
	while (l.len < FORMER_NAMES_MAX &&
	       former_names_add(&l, "Y", d2 + 1 + (md_date)l.len, &e))
		;
	ok(!former_names_add(&l, "Z", d2 + 999, &e), "there is an end of them");
}

static void
parts(void)
{
	/* A Thursday. */
	md_date day = md_date_of(2022, 6, 9);
	struct former_names l = names_of("FB", day, NULL, 0);
	struct grid g = { cal, CLASS_STOCK, TF_1D, GRID_UNKNOWN };
	int64_t at = grid_midnight(&g, day);
	struct range r = { at - 30 * MD_DAY, at + 30 * MD_DAY };
	struct names_part p = names_last_part(&l, &g, r);

	ok(p.range.from == at && p.range.to == r.to && p.first == 1 &&
		p.last == 1,
	    "the days of the new name begin on the day");
	r.to = p.range.from;
	p = names_last_part(&l, &g, r);
	ok(p.range.from == r.from && p.first == 0 && p.last == 0,
	    "those before it are of the old name");
	g.kind = GRID_UTC;
	ok(names_last_part(&l, &g, (struct range){ at - MD_DAY, at + MD_DAY })
		    .range.from == day * MD_DAY,
	    "days that start at UTC's midnight change at that");
	g.kind = GRID_UNKNOWN;
	g.timeframe = TF_1W;
	r = (struct range){ grid_start(&g, at - 21 * MD_DAY),
		grid_end(&g, at + 21 * MD_DAY) };
	p = names_last_part(&l, &g, r);
	ok(p.range.from == grid_end(&g, at) && p.first == 1,
	    "weeks of the new name begin with the first whole one");
	r.to = p.range.from;
	p = names_last_part(&l, &g, r);
	ok(p.range.from == grid_start(&g, at) && p.range.to == r.to &&
		p.first == 0 && p.last == 1,
	    "the week of the change has both names");
	r.to = p.range.from;
	p = names_last_part(&l, &g, r);
	ok(p.range.from == r.from && p.first == 0 && p.last == 0,
	    "those before it have the old one");
	/* 2022-06-13 is a Monday, and weeks begin on Sunday. */
	l = names_of("FB", md_date_of(2022, 6, 12), NULL, 0);
	r = (struct range){ at - 21 * MD_DAY, at + 21 * MD_DAY };
	p = names_last_part(&l, &g, r);
	ok(p.first == 1 && p.range.from == grid_midnight(&g, day + 3),
	    "a change between weeks divides no week");
}

static void
changes(void)
{
	md_date d1 = md_date_of(2015, 5, 5), d2 = md_date_of(2020, 1, 2);
	struct former_names none = { .len = 0 },
			    ab = names_of("A", d1, "B", d2),
			    b = names_of("B", d2, NULL, 0),
			    c = names_of("A", d1, "C", d2);
	struct grid g = { cal, CLASS_STOCK, TF_1D, GRID_UNKNOWN };

	ok(names_same_from(&ab, &ab, &g) == INT64_MIN, "the same names");
	ok(names_same_from(&none, &b, &g) == grid_midnight(&g, d2) &&
		names_same_from(&b, &none, &g) == grid_midnight(&g, d2),
	    "from the only change on there is one name in both");
	ok(names_same_from(&ab, &b, &g) == grid_midnight(&g, d1),
	    "an older name more changes what is before it");
	ok(names_same_from(&ab, &c, &g) == grid_midnight(&g, d2),
	    "another name changes what is before its end");
}

int
main(void)
{
	struct md_error e;

	if (!zoneinfo_calendar(&cal, NULL, &e)) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	lists();
	parts();
	changes();
	calendar_destroy(&cal);
	return done();
}
