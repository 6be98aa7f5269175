#include "answer/closures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* The calendar's are the first two; another's hours say nothing of them. */
enum exchange { NYSE, NASDAQ, OTHER, EXCHANGES };

/* What is told of one day. */
struct told {
	md_date date;
	unsigned exchanges; /* bits: of which */
	bool unclear;
	struct closure by[OTHER];
};

ARRAY_OF(told_days, struct told);

struct reading {
	struct closures_answer *a;
	const struct calendar *calendar;
	md_date today;
	struct told_days days;
};

static bool
refuse(struct closures_answer *a, const char *reason, char *raw)
{
	return list_refuse(&a->refused, &a->refused_len, &a->refused_cap,
	    reason, raw);
}

/* -- a row -- */

static bool
read_exchange(const json_t *row, enum exchange *out)
{
	const char *name = list_text(row, "exchange");

	if (name == NULL)
		return false;
	*out = strcmp(name, "NYSE") == 0     ? NYSE
	       : strcmp(name, "NASDAQ") == 0 ? NASDAQ
	       : strcmp(name, "OTC") == 0    ? OTHER
					     : EXCHANGES;
	return *out != EXCHANGES;
}

/* Null, or why the date is none of a session to come. */
static const char *
read_date(const json_t *row, md_date today, md_date *out)
{
	const char *text = list_text(row, "date");
	int weekday;

	if (text == NULL || !md_date_parse(text, out))
		return "date is no date";
	if (*out < today)
		return "the date is past";
	if (*out > today + CLOSURES_DAYS_AHEAD)
		return "the date is years ahead";
	weekday = md_weekday(*out);
	return weekday == 0 || weekday == 6
		   ? "the date is on a weekend, which is no session"
		   : NULL;
}

/* In New York, ms after that date's midnight. */
static bool
read_clock(const struct calendar *cal, const json_t *row, const char *name,
    md_date date, int64_t *ms)
{
	const char *text = list_text(row, name);

	if (text == NULL || !md_time_parse(text, ms))
		return false;
	*ms += calendar_ny_offset(cal, *ms) - date * MD_DAY;
	return true;
}

static const char *
read_hours(const struct calendar *cal, const json_t *row, struct closure *out)
{
	const json_t *open = json_object_get(row, "open");
	int64_t clock;

	if (open != NULL && !json_is_null(open) &&
	    (!read_clock(cal, row, "open", out->date, &clock) ||
		clock != REGULAR_OPEN))
		return "open is not 09:30 in New York on that date";
	if (!read_clock(cal, row, "close", out->date, &clock) ||
	    clock <= REGULAR_OPEN || clock >= REGULAR_CLOSE ||
	    clock % MD_MINUTE != 0)
		return "close is no minute before 16:00 in New York on that "
		       "date";
	out->kind = CLOSURE_EARLY;
	out->close_clock_ms = clock;
	return NULL;
}

static void
read_name(const json_t *row, struct closure *out)
{
	const char *name = list_text(row, "name");

	(void)snprintf(out->name, sizeof(out->name), "%s",
	    name == NULL ? "" : name);
	md_printable(out->name);
}

/* Null, or why the row tells nothing.  *has_date: of a session to come. */
static const char *
read_row(const struct reading *r, const json_t *row, enum exchange *exchange,
    struct closure *out, bool *has_date)
{
	const char *status = list_text(row, "status");
	const char *why;

	memset(out, 0, sizeof(*out));
	*has_date = false;
	if (!json_is_object(row))
		return "the row is no object";
	why = read_date(row, r->today, &out->date);
	*has_date = why == NULL;
	if (why != NULL)
		return why;
	if (!read_exchange(row, exchange)) {
		*has_date = false;
		return "of an exchange that is not known";
	}
	read_name(row, out);
	if (status != NULL && strcmp(status, "closed") == 0) {
		out->kind = CLOSURE_CLOSED;
		return NULL;
	}
	if (status == NULL || strcmp(status, "early-close") != 0)
		return "status is neither closed nor early-close";
	return read_hours(r->calendar, row, out);
}

/* -- the days -- */

static struct told *
day_of(struct told_days *days, md_date date)
{
	struct told *t;

	for (size_t i = 0; i < days->len; i++)
		if (days->v[i].date == date)
			return &days->v[i];
	t = told_days_append(days);
	if (t != NULL)
		t->date = date;
	return t;
}

static void
add_told(struct told *t, enum exchange exchange, const struct closure *c)
{
	unsigned bit = 1U << exchange;

	if ((t->exchanges & bit) != 0 && !closure_same(&t->by[exchange], c)) {
		t->unclear = true;
		return;
	}
	t->exchanges |= bit;
	t->by[exchange] = *c;
}

/* False: out of memory. */
static bool
take_row(struct reading *r, const json_t *row)
{
	enum exchange exchange = OTHER;
	struct closure c;
	struct told *t;
	bool has_date;
	const char *why = read_row(r, row, &exchange, &c, &has_date);

	if (why != NULL && !refuse(r->a, why, body_raw_row(row)))
		return false;
	if (!has_date || exchange == OTHER)
		return true;
	t = day_of(&r->days, c.date);
	if (t == NULL)
		return false;
	if (why != NULL)
		t->unclear = true;
	else
		add_told(t, exchange, &c);
	return true;
}

static int
by_date(const void *a, const void *b)
{
	const struct told *x = a, *y = b;

	return (x->date > y->date) - (x->date < y->date);
}

static bool
add_unclear(struct closures_answer *a, md_date date)
{
	md_date *v =
	    array_room(a->unclear, a->unclear_len, &a->unclear_cap, sizeof(*v));

	if (v == NULL)
		return false;
	a->unclear = v;
	v[a->unclear_len++] = date;
	return true;
}

/* What each of the two has, for people; null: out of memory. */
static char *
both_words(const struct told *t)
{
	static const char *const names[] = { "NYSE", "NASDAQ" };
	char date[11], words[OTHER][CLOSURE_WORDS], text[200];

	md_date_format(t->date, date);
	for (int i = 0; i < OTHER; i++)
		if ((t->exchanges & 1U << i) != 0)
			closure_words(&t->by[i], words[i]);
		else
			(void)snprintf(words[i], CLOSURE_WORDS,
			    "is not told of");
	(void)snprintf(text, sizeof(text), "%s: %s %s, %s %s", date, names[0],
	    words[0], names[1], words[1]);
	return body_raw_text(text, strlen(text));
}

static bool
conclude_day(struct closures_answer *a, const struct told *t)
{
	bool both = t->exchanges == (1U << NYSE | 1U << NASDAQ);
	struct closure *v;

	if (!t->unclear && both && closure_same(&t->by[NYSE], &t->by[NASDAQ])) {
		v = closures_append(&a->clear);
		if (v == NULL)
			return false;
		*v = t->by[NYSE];
		return true;
	}
	/* A row that is no answer has been told of by itself. */
	return add_unclear(a, t->date) &&
	       (t->exchanges == 0 ||
		   refuse(a, "the exchanges are not told of alike",
		       both_words(t)));
}

static bool
is_plausible(const struct closures_answer *a, struct md_error *e)
{
	size_t n = 0;

	for (size_t i = 0; i < a->clear.len; i++)
		n += closure_corrects(&a->clear.v[i]);
	return n <= CLOSURES_CORRECTIONS_MAX ||
	       md_fail(e, MD_EDATA,
		   "%zu days unlike the calendar's: expected at most %d", n,
		   CLOSURES_CORRECTIONS_MAX);
}

static bool
read_rows(struct reading *r, const json_t *rows, struct md_error *e)
{
	size_t n = json_array_size(rows);
	bool good = true;

	if (!json_is_array(rows))
		return md_fail(e, MD_EDATA, "%s instead of an array",
		    body_type_name(rows));
	if (n > CLOSURES_ROWS_MAX)
		return md_fail(e, MD_EDATA, "%zu rows: expected at most %d", n,
		    CLOSURES_ROWS_MAX);
	for (size_t i = 0; good && i < n; i++)
		good = take_row(r, json_array_get(rows, i));
	if (r->days.len > 1)
		qsort(r->days.v, r->days.len, sizeof(*r->days.v), by_date);
	for (size_t i = 0; good && i < r->days.len; i++)
		good = conclude_day(r->a, &r->days.v[i]);
	return good ? is_plausible(r->a, e) : md_nomem(e);
}

bool
closures_answer_read(struct closures_answer *a, const struct calendar *cal,
    md_date today, const char *text, size_t len, struct md_error *e)
{
	struct reading r = { a, cal, today, { NULL, 0, 0 } };
	json_t *root = NULL;
	json_error_t why;
	bool good;

	memset(a, 0, sizeof(*a));
	good = body_look(text, len, e);
	if (good) {
		root = body_parse(text, len, &why);
		good = root != NULL ? read_rows(&r, root, e)
				    : body_not_json(&why, e);
	}
	json_decref(root);
	told_days_free(&r.days);
	return good || md_context(e, "closures to come");
}

void
closures_answer_free(struct closures_answer *a)
{
	for (size_t i = 0; i < a->refused_len; i++)
		free(a->refused[i].raw);
	free(a->refused);
	free(a->unclear);
	closures_free(&a->clear);
	memset(a, 0, sizeof(*a));
}

/* -- what follows -- */

static bool
is_unclear(const struct closures_answer *a, md_date date)
{
	for (size_t i = 0; i < a->unclear_len; i++)
		if (a->unclear[i] == date)
			return true;
	return false;
}

static bool
put_day(struct closures *put, const struct closures *kept,
    const struct closure *c, const char *base_url)
{
	const struct closure *old = closures_find(kept, c->date);
	struct closure *v;

	if (old != NULL && closure_same(old, c) &&
	    strcmp(old->base_url, base_url) == 0 &&
	    strcmp(old->name, c->name) == 0)
		return true;
	v = closures_append(put);
	if (v == NULL)
		return false;
	*v = *c;
	/* As before, but by another name, or told by another. */
	v->told_ms = old != NULL && closure_same(old, c) ? old->told_ms : 0;
	(void)snprintf(v->base_url, sizeof(v->base_url), "%s", base_url);
	return true;
}

/* A holiday or half day of the rules. */
static bool
by_rule(md_date date, struct closure *out)
{
	struct nyse_day day = nyse_day(date);
	int weekday = md_weekday(date);

	memset(out, 0, sizeof(*out));
	out->date = date;
	out->kind = CLOSURE_UNLISTED;
	if (day.why == NULL || weekday == 0 || weekday == 6)
		return false;
	(void)snprintf(out->name, sizeof(out->name), "%s", day.why);
	return true;
}

static bool
still_told(const struct closures_answer *a, const struct closure *kept)
{
	const struct closure *c = closures_find(&a->clear, kept->date);

	return is_unclear(a, kept->date) ||
	       (c == NULL ? kept->kind == CLOSURE_UNLISTED
			  : closure_corrects(c));
}

static bool
drop_days(const struct closures_answer *a, const struct closures *kept,
    const char *base_url, md_date today, struct closures *drop)
{
	md_date last = a->clear.v[a->clear.len - 1].date;

	for (size_t i = 0; i < kept->len; i++) {
		const struct closure *k = &kept->v[i];
		struct closure *v;

		/* Today's may be left out as it is under way. */
		if (k->date <= today || k->date > last || still_told(a, k) ||
		    strcmp(k->base_url, base_url) != 0)
			continue;
		v = closures_append(drop);
		if (v == NULL)
			return false;
		*v = *k;
	}
	return true;
}

bool
closures_compare(const struct closures_answer *a, const struct closures *kept,
    const char *base_url, md_date today, struct closures *put,
    struct closures *drop)
{
	bool good = true;

	if (a->clear.len == 0)
		return true;
	for (size_t i = 0; good && i < a->clear.len; i++)
		if (closure_corrects(&a->clear.v[i]))
			good = put_day(put, kept, &a->clear.v[i], base_url);
	for (md_date d = today + 1;
	     good && d < a->clear.v[a->clear.len - 1].date; d++) {
		const struct closure *old = closures_find(kept, d);
		struct closure rule;

		if (closures_find(&a->clear, d) != NULL || is_unclear(a, d) ||
		    (old != NULL && strcmp(old->base_url, base_url) != 0) ||
		    !by_rule(d, &rule))
			continue;
		good = put_day(put, kept, &rule, base_url);
	}
	return good && drop_days(a, kept, base_url, today, drop);
}
