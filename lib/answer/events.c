#include "answer/events.h"

#include <stdlib.h>
#include <string.h>

#include "answer/body.h"
#include "answer/list.h"

/* No company has had so many names. */
#define EVENTS_MAX 100

/* From that day on it has that name. */
struct event {
	md_date date;
	const char *ticker; /* borrowed from the answer */
};

/* False, and *e, if it is none. */
static bool
read_event(const json_t *row, const char *of, struct event *out,
    struct md_error *e)
{
	const char *date = list_text(row, "date");
	const json_t *change = json_object_get(row, "ticker_change");
	char symbol[SYMBOL_MAX];
	struct md_error why;

	*out = (struct event){ 0, list_text(change, "ticker") };
	if (date == NULL || !md_date_parse(date, &out->date))
		return md_fail(e, MD_EDATA, "an event without a date");
	if (out->ticker == NULL ||
	    symbol_class(out->ticker) != symbol_class(of) ||
	    !symbol_normalize(out->ticker, symbol_class(of), symbol, &why) ||
	    strcmp(symbol, out->ticker) != 0)
		return md_fail(e, MD_EDATA, "a ticker_change to no ticker");
	return true;
}

/* Those that are changes of tickers, by today; others may come to be told. */
static bool
read_events(const json_t *list, const char *of, md_date today, struct event *v,
    size_t *len, struct md_error *e)
{
	size_t n = json_array_size(list);

	if (n > EVENTS_MAX)
		return md_fail(e, MD_EDATA, "%zu events of one ticker", n);
	for (size_t i = 0; i < n; i++) {
		const json_t *row = json_array_get(list, i);
		const char *type = list_text(row, "type");

		if (json_object_get(row, "ticker_change") == NULL &&
		    type != NULL && strcmp(type, "ticker_change") != 0)
			continue;
		if (!read_event(row, of, &v[*len], e))
			return false;
		*len += v[*len].date <= today;
	}
	return true;
}

static int
by_date(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return (x->date > y->date) - (x->date < y->date);
}

static bool
take_names(struct event *v, size_t len, const char *of,
    struct ticker_names *out, struct md_error *e)
{
	bool seen = false;

	if (len == 0)
		return md_fail(e, MD_EDATA, "no event of the ticker");
	qsort(v, len, sizeof(*v), by_date);
	memset(out, 0, sizeof(*out));
	memcpy(out->symbol, v[len - 1].ticker, strlen(v[len - 1].ticker) + 1);
	for (size_t i = len; i-- > 0;) {
		seen = seen || strcmp(v[i].ticker, of) == 0;
		if (i == 0)
			break;
		if (v[i].date == v[i - 1].date)
			return md_fail(e, MD_EDATA,
			    "two names from one day on");
		if (strcmp(v[i].ticker, v[i - 1].ticker) != 0 &&
		    out->names.len < FORMER_NAMES_MAX &&
		    !former_names_add(&out->names, v[i - 1].ticker, v[i].date,
			e))
			return false;
	}
	return seen || md_fail(e, MD_EDATA, "events of another ticker");
}

static bool
read_answer(const json_t *root, const char *ticker, md_date today,
    struct ticker_names *out, char **status, struct md_error *e)
{
	const json_t *results = json_object_get(root, "results");
	const json_t *events = json_object_get(results, "events");
	struct event v[EVENTS_MAX];
	size_t len = 0;

	if (!json_is_object(root))
		return md_fail(e, MD_EDATA, "%s instead of an object",
		    body_type_name(root));
	if (!body_string(root, "status", status, e))
		return false;
	if (!json_is_array(events))
		return md_fail(e, MD_EDATA, "an answer without events");
	return read_events(events, ticker, today, v, &len, e) &&
	       take_names(v, len, ticker, out, e);
}

bool
events_read(struct ticker_names *out, const char *ticker, md_date today,
    char **status, const char *text, size_t len, struct md_error *e)
{
	json_error_t why;
	json_t *root;
	bool good;

	*status = NULL;
	if (!body_look(text, len, e))
		return md_context(e, "events");
	root = body_parse(text, len, &why);
	good = root == NULL ? body_not_json(&why, e)
			    : read_answer(root, ticker, today, out, status, e);
	json_decref(root);
	return good || md_context(e, "events");
}
