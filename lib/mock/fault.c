#include "mock/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "base/number.h"

enum value { NO_VALUE, MAY_NUMBER, NUMBER, NUMBER_PAUSE, MAY_WORDS };

#define DAY_MS 86400000

#define ANYWHERE 0x1ffu
#define BARS                                                                   \
	(1u << ENDPOINT_AGGS | 1u << ENDPOINT_GROUPED | 1u << ENDPOINT_PREV)
#define OBJECTS    (1u << ENDPOINT_OBJECT)
#define NAMED      (1u << ENDPOINT_GROUPED | 1u << ENDPOINT_PREV)
#define DATED      (1u << ENDPOINT_AGGS | 1u << ENDPOINT_GROUPED)
#define LISTED     (1u << ENDPOINT_SPLITS | 1u << ENDPOINT_DIVIDENDS)
#define PAGED      (1u << ENDPOINT_AGGS | LISTED)
#define BARS_PAGED (BARS | LISTED)

static const struct {
	const char *name;
	enum value value;
	unsigned endpoints;
	int64_t min, max, number; /* a number's bounds and default */
	const char *words;        /* the default, or what is expected */
} kinds[] = {
	[FAULT_STATUS] = { "status", NUMBER, ANYWHERE, 200, 599, 0,
	    "an HTTP status" },
	[FAULT_HTML] = { "html", MAY_NUMBER, ANYWHERE, 200, 599, 200,
	    "an HTTP status" },
	[FAULT_ERROR200] = { "error200", NO_VALUE, ANYWHERE, 0, 0, 0, NULL },
	[FAULT_REDIRECT] = { "redirect", MAY_WORDS, ANYWHERE, 0, 0, 0,
	    "https://evil.example.com" },
	[FAULT_RETRY_AFTER] = { "retry-after", NUMBER, ANYWHERE, 0, 86400, 0,
	    "seconds" },
	[FAULT_RETRY_DATE] = { "retry-date", MAY_NUMBER, ANYWHERE, 0, 86400, 2,
	    "seconds from now" },
	[FAULT_EMPTY429] = { "empty429", NO_VALUE, ANYWHERE, 0, 0, 0, NULL },
	[FAULT_TRUNCATED] = { "truncated", NO_VALUE, ANYWHERE, 0, 0, 0, NULL },
	[FAULT_STALLED] = { "stalled", NO_VALUE, ANYWHERE, 0, 0, 0, NULL },
	[FAULT_SILENT] = { "silent", NO_VALUE, ANYWHERE, 0, 0, 0, NULL },
	[FAULT_RESET] = { "reset", NO_VALUE, ANYWHERE, 0, 0, 0, NULL },
	[FAULT_ENDLESS] = { "endless", NO_VALUE, ANYWHERE, 0, 0, 0, NULL },
	[FAULT_SLOW] = { "slow", NUMBER, ANYWHERE, 1, 1000000000, 0,
	    "bytes a second" },
	[FAULT_LATENCY] = { "latency", NUMBER, ANYWHERE, 1, DAY_MS, 0,
	    "milliseconds" },
	[FAULT_BANDWIDTH] = { "bandwidth", NUMBER, ANYWHERE, 1, 1000000000, 0,
	    "bytes a second" },
	[FAULT_SLICER] = { "slicer", NUMBER_PAUSE, ANYWHERE, 1, 1000000000, 0,
	    "bytes, or bytes/milliseconds, the bytes" },
	[FAULT_LIMIT_DATA] = { "limit_data", NUMBER, ANYWHERE, 0, 1000000000, 0,
	    "bytes" },
	[FAULT_SLOW_CLOSE] = { "slow_close", NUMBER, ANYWHERE, 1, DAY_MS, 0,
	    "milliseconds" },
	[FAULT_TIMEOUT] = { "timeout", NUMBER, ANYWHERE, 0, DAY_MS, 0,
	    "milliseconds" },
	[FAULT_RESET_PEER] = { "reset_peer", MAY_NUMBER, ANYWHERE, 0, DAY_MS, 0,
	    "milliseconds" },
	[FAULT_DOWN] = { "down", MAY_NUMBER, ANYWHERE, 0, DAY_MS, 0,
	    "milliseconds" },
	[FAULT_BADJSON] = { "badjson", NO_VALUE, ANYWHERE & ~OBJECTS, 0, 0, 0,
	    NULL },
	[FAULT_TYPES] = { "types", NO_VALUE, BARS, 0, 0, 0, NULL },
	[FAULT_NAN] = { "nan", NO_VALUE, BARS, 0, 0, 0, NULL },
	[FAULT_MISSING] = { "missing", NO_VALUE, BARS, 0, 0, 0, NULL },
	[FAULT_NUL] = { "nul", NO_VALUE, NAMED, 0, 0, 0, NULL },
	[FAULT_DUPLICATE] = { "duplicate", NO_VALUE, BARS | OBJECTS, 0, 0, 0,
	    NULL },
	[FAULT_CONFLICTING] = { "conflicting", NO_VALUE, BARS | OBJECTS, 0, 0,
	    0, NULL },
	[FAULT_UNORDERED] = { "unordered", NO_VALUE, BARS | OBJECTS, 0, 0, 0,
	    NULL },
	[FAULT_REVERSED] = { "reversed", NO_VALUE, BARS, 0, 0, 0, NULL },
	[FAULT_TICKER] = { "ticker", MAY_WORDS, BARS, 0, 0, 0, "WRONG" },
	[FAULT_OUTSIDE] = { "outside", NO_VALUE, BARS, 0, 0, 0, NULL },
	[FAULT_OFFGRID] = { "offgrid", NO_VALUE, BARS, 0, 0, 0, NULL },
	[FAULT_HIGHLOW] = { "highlow", NO_VALUE, BARS, 0, 0, 0, NULL },
	[FAULT_NEGATIVE] = { "negative", NO_VALUE, BARS, 0, 0, 0, NULL },
	[FAULT_EMPTY] = { "empty", NO_VALUE, BARS_PAGED | OBJECTS, 0, 0, 0,
	    NULL },
	[FAULT_DELAYED] = { "delayed", NO_VALUE, BARS_PAGED, 0, 0, 0, NULL },
	[FAULT_LATE] = { "late", NUMBER, BARS, 1, 10000, 0,
	    "a number of sessions" },
	[FAULT_RESTATE] = { "restate", NO_VALUE, BARS, 0, 0, 0, NULL },
	[FAULT_CLOSED_DAY] = { "closed_day", NO_VALUE, DATED, 0, 0, 0, NULL },
	[FAULT_EMPTYPAGE] = { "emptypage", NO_VALUE, PAGED, 0, 0, 0, NULL },
	[FAULT_LOOP] = { "loop", NO_VALUE, PAGED, 0, 0, 0, NULL },
	[FAULT_FOREIGN] = { "foreign", MAY_WORDS, PAGED, 0, 0, 0,
	    "https://evil.example.com" },
	[FAULT_SHORT] = { "short", NO_VALUE, OBJECTS, 0, 0, 0, NULL },
	[FAULT_REPLACED] = { "replaced", NO_VALUE, OBJECTS, 0, 0, 0, NULL },
	[FAULT_OTHERDAY] = { "otherday", NO_VALUE, OBJECTS, 0, 0, 0, NULL },
	[FAULT_BADGZIP] = { "badgzip", NO_VALUE, OBJECTS, 0, 0, 0, NULL },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const char *const endpoints[ENDPOINT_COUNT] = { "aggs", "splits",
	"grouped", "prev", "status", "tickers", "dividends", "object", "list" };

void
fault_kinds(char *out, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < KINDS && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%s",
		    i == 0 ? "" : " ", kinds[i].name);
}

/* -- conditions -- */

/* Each takes its value's text; false: it is not what was expected. */
typedef bool take_condition(struct fault *, const char *value);

static bool
copy(char *to, size_t size, const char *value)
{
	size_t len = strlen(value);

	if (len == 0 || len >= size)
		return false;
	memcpy(to, value, len + 1);
	return true;
}

static bool
take_ticker(struct fault *f, const char *value)
{
	return copy(f->ticker, sizeof(f->ticker), value);
}

static bool
take_timeframe(struct fault *f, const char *value)
{
	return copy(f->timeframe, sizeof(f->timeframe), value);
}

static bool
take_path(struct fault *f, const char *value)
{
	return copy(f->path, sizeof(f->path), value);
}

static bool
take_endpoint(struct fault *f, const char *value)
{
	int i = NAME_FIND(endpoints, value);

	if (i < 0)
		return false;
	f->endpoint = (enum endpoint)i;
	f->has_endpoint = true;
	return true;
}

static bool
take_page(struct fault *f, const char *value)
{
	return number_parse_int(value, 1, INT32_MAX, &f->page);
}

static bool
take_after(struct fault *f, const char *value)
{
	return number_parse_int(value, 0, INT32_MAX, &f->after);
}

static bool
take_times(struct fault *f, const char *value)
{
	return number_parse_int(value, 1, INT32_MAX, &f->times);
}

static bool
take_every(struct fault *f, const char *value)
{
	return number_parse_int(value, 1, INT32_MAX, &f->every);
}

static bool
take_chance(struct fault *f, const char *value)
{
	return number_parse_real(value, 0, 1, &f->chance);
}

static const struct {
	const char *name;
	take_condition *take;
	const char *expected;
} conditions[] = {
	{ "ticker", take_ticker, "a symbol" },
	{ "timeframe", take_timeframe, "a timeframe such as 1d" },
	{ "path", take_path, "a part of the path" },
	{ "endpoint", take_endpoint,
	    "aggs, splits, dividends, grouped, prev, status, tickers, object "
	    "or "
	    "list" },
	{ "page", take_page, "a page's number, from 1" },
	{ "after", take_after, "a number of requests" },
	{ "times", take_times, "a number of requests, from 1" },
	{ "every", take_every, "a number of requests, from 1" },
	{ "chance", take_chance, "a number from 0 to 1" },
};

#define CONDITIONS (sizeof(conditions) / sizeof(conditions[0]))

/* The condition that the text begins with ("name="), or CONDITIONS. */
static size_t
condition_at(const char *text)
{
	for (size_t i = 0; i < CONDITIONS; i++) {
		size_t len = strlen(conditions[i].name);

		if (strncmp(text, conditions[i].name, len) == 0 &&
		    text[len] == '=')
			return i;
	}
	return CONDITIONS;
}

static bool
parse_conditions(char *text, struct fault *out, struct md_error *e)
{
	while (text != NULL) {
		char *next = strchr(text, ',');
		size_t i = condition_at(text);
		const char *value;

		if (next != NULL)
			*next++ = '\0';
		if (i == CONDITIONS)
			return md_fail(e, MD_EUSAGE,
			    "'%s': expected a condition: ticker= timeframe= "
			    "path= endpoint= page= after= times= every= or "
			    "chance=",
			    text);
		value = text + strlen(conditions[i].name) + 1;
		if (!conditions[i].take(out, value))
			return md_fail(e, MD_EUSAGE, "%s='%s': expected %s",
			    conditions[i].name, value, conditions[i].expected);
		text = next;
	}
	return true;
}

/* -- rules -- */

static size_t
kind_of(const char *rule)
{
	size_t len = strcspn(rule, "=:,"), i = 0;

	while (i < KINDS && (strlen(kinds[i].name) != len ||
				strncmp(kinds[i].name, rule, len) != 0))
		i++;
	return i;
}

/*
 * Cuts off "KIND[=VALUE]"; what follows it, and in *by what divided them: ','
 * before another kind, ':' before conditions, or NUL.  A value may be a URL,
 * with commas and colons of its own: then what follows decides.
 */
static char *
cut_effect(char *text, bool words, char *by)
{
	char *at = text + strcspn(text, ":,");

	while (words && *at != '\0' &&
	       (*at == ':' ? condition_at(at + 1) == CONDITIONS
			   : kind_of(at + 1) == KINDS))
		at += 1 + strcspn(at + 1, ":,");
	*by = *at;
	if (*at != '\0')
		*at++ = '\0';
	return at;
}

/* BYTES[/MS] */
static bool
parse_paused(struct fault_effect *f, const char *value)
{
	const char *slash = strchr(value, '/');
	char bytes[24];

	if (slash == NULL)
		return number_parse_int(value, kinds[f->kind].min,
		    kinds[f->kind].max, &f->number);
	if ((size_t)(slash - value) >= sizeof(bytes))
		return false;
	memcpy(bytes, value, (size_t)(slash - value));
	bytes[slash - value] = '\0';
	return number_parse_int(bytes, kinds[f->kind].min, kinds[f->kind].max,
		   &f->number) &&
	       number_parse_int(slash + 1, 0, DAY_MS, &f->pause);
}

static bool
parse_value(struct fault_effect *f, const char *value, struct md_error *e)
{
	const char *name = kinds[f->kind].name;

	f->number = kinds[f->kind].number;
	switch (kinds[f->kind].value) {
	case NO_VALUE:
		if (value == NULL)
			return true;
		return md_fail(e, MD_EUSAGE, "%s='%s': %s takes no value", name,
		    value, name);
	case MAY_WORDS:
		if (value == NULL)
			value = kinds[f->kind].words;
		if (copy(f->text, sizeof(f->text), value))
			return true;
		return md_fail(e, MD_EUSAGE,
		    "%s='%s': expected 1 to %zu characters", name, value,
		    sizeof(f->text) - 1);
	case MAY_NUMBER:
		if (value == NULL)
			return true;
		break;
	case NUMBER_PAUSE:
		if (value != NULL && parse_paused(f, value))
			return true;
		value = value == NULL ? "" : value;
		break;
	case NUMBER:
		break;
	}
	if (value != NULL && number_parse_int(value, kinds[f->kind].min,
				 kinds[f->kind].max, &f->number))
		return true;
	return md_fail(e, MD_EUSAGE, "%s='%s': expected %s from %lld to %lld",
	    name, value == NULL ? "" : value, kinds[f->kind].words,
	    (long long)kinds[f->kind].min, (long long)kinds[f->kind].max);
}

/* "KIND[=VALUE]" of the text, of which *rest is what follows. */
static bool
parse_effect(char *text, struct fault *out, char **rest, char *by,
    struct md_error *e)
{
	size_t kind = kind_of(text);
	struct fault_effect *f = &out->effect[out->effects];
	char names[640], *value;

	if (kind == KINDS) {
		fault_kinds(names, sizeof(names));
		return md_fail(e, MD_EUSAGE, "'%.60s': expected one of %s",
		    text, names);
	}
	if (out->effects == FAULT_EFFECTS)
		return md_fail(e, MD_EUSAGE,
		    "expected %d faults at once at most", FAULT_EFFECTS);
	out->effects++;
	f->kind = (enum fault_kind)kind;
	value = text + strlen(kinds[kind].name);
	*rest = cut_effect(text,
	    *value == '=' && kinds[kind].value == MAY_WORDS, by);
	return parse_value(f, *value == '=' ? value + 1 : NULL, e);
}

bool
fault_parse(const char *rule, struct fault *out, struct md_error *e)
{
	char text[1024], *rest = text, by = ',';

	if (!copy(text, sizeof(text), rule)) {
		/* Nothing is no kind, either. */
		if (rule[0] != '\0')
			return md_fail(e, MD_EUSAGE, "the rule is too long");
		text[0] = '\0';
	}
	memset(out, 0, sizeof(*out));
	out->chance = 1;
	while (by == ',')
		if (!parse_effect(rest, out, &rest, &by, e))
			return false;
	return by == '\0' || parse_conditions(rest, out, e);
}

const struct fault_effect *
fault_has(const struct fault *f, enum fault_kind kind)
{
	for (size_t i = 0; i < f->effects; i++)
		if (f->effect[i].kind == kind)
			return &f->effect[i];
	return NULL;
}

/* -- matching -- */

static bool
matches(const struct fault *f, const struct fault_subject *s)
{
	for (size_t i = 0; i < f->effects; i++)
		if ((kinds[f->effect[i].kind].endpoints >> s->endpoint & 1) ==
		    0)
			return false;
	if (f->has_endpoint && f->endpoint != s->endpoint)
		return false;
	if (fault_has(f, FAULT_EMPTYPAGE) != NULL && s->past_empty)
		return false;
	if (*f->ticker != '\0' &&
	    (s->ticker == NULL || strcmp(f->ticker, s->ticker) != 0))
		return false;
	if (*f->timeframe != '\0' &&
	    (s->timeframe == NULL || strcmp(f->timeframe, s->timeframe) != 0))
		return false;
	if (*f->path != '\0' &&
	    (s->target == NULL || strstr(s->target, f->path) == NULL))
		return false;
	return f->page == 0 || f->page == s->page;
}

/* The same draw for the nth request of a rule, in every run. */
static double
draw(size_t rule, int64_t n)
{
	uint64_t x = ((uint64_t)rule + 1) * UINT64_C(0x9e3779b97f4a7c15) +
		     (uint64_t)n * UINT64_C(0xd1b54a32d192ed03);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (double)((x ^ (x >> 31)) >> 11) * 0x1p-53;
}

/* Is it due, having matched so often? */
static bool
turn(const struct fault *f, size_t rule, int64_t matched)
{
	int64_t n = matched - f->after;

	if (n <= 0 || (f->times > 0 && f->fired >= f->times) ||
	    (f->every > 0 && n % f->every != 0))
		return false;
	return f->chance >= 1 || draw(rule, n) < f->chance;
}

size_t
fault_fires(struct fault *f, size_t n, const struct fault_subject *s)
{
	size_t first = n;

	for (size_t i = 0; i < n; i++) {
		if (!matches(&f[i], s))
			continue;
		f[i].matched++;
		if (first == n && turn(&f[i], i, f[i].matched)) {
			f[i].fired++;
			first = i;
		}
	}
	return first;
}

size_t
fault_would_fire(const struct fault *f, size_t n, const struct fault_subject *s)
{
	for (size_t i = 0; i < n; i++)
		if (matches(&f[i], s) && turn(&f[i], i, f[i].matched + 1))
			return i;
	return n;
}
