/*
 * The words of options: what is understood is in range and, written again,
 * understood as the same; what is not is answered with a sentence.
 */
#include "base/mdtime.h"
#include "base/number.h"
#include "cli/report_options.h"
#include "fuzz.h"
#include "market/coverage.h"
#include "market/execution.h"
#include "market/grid.h"
#include "market/objectives.h"
#include "market/series.h"
#include "market/staleness.h"
#include "mock/fault.h"
#include "mock/source.h"
#include "pace/pacing.h"
#include "plan/grouped.h"

static void
times(const char *text)
{
	char again[MD_TIME_MAX], date_text[11];
	int64_t ms, back, duration;
	md_date date;
	int y, m, d;

	if (md_date_parse(text, &date)) {
		md_date_format(date, date_text);
		must(strcmp(date_text, text) == 0);
		md_date_split(date, &y, &m, &d);
		must(md_date_of(y, m, d) == date && y >= 1900 && y < 2200);
		must(md_weekday(date) >= 0 && md_weekday(date) <= 6);
	}
	if (md_time_parse(text, &ms)) {
		md_time_format(ms, again);
		must(strlen(again) < sizeof(again));
		must(md_time_parse(again, &back) && back == ms);
	}
	if (md_duration_parse(text, &duration)) {
		char words[32];

		must(duration >= 0 && duration <= 36600 * MD_DAY);
		md_duration_format(duration, words);
		must(words[0] != '\0' && strlen(words) < sizeof(words));
	}
}

/* --as-of: what is taken is the date or the time that stands there. */
static void
as_of(const char *text)
{
	const struct option_value v = { .text = text };
	struct report_options o = { .now_ms = 0 };
	struct md_error e = { MD_OK, "" };
	int64_t ms;
	md_date date;

	if (!report_take_as_of(&o, &v, &e)) {
		must_tell(&e);
		must(!md_date_parse(text, &date) && !md_time_parse(text, &ms));
		return;
	}
	must(md_date_parse(text, &date)
		 ? o.now_ms == (int64_t)date * MD_DAY
		 : md_time_parse(text, &ms) && o.now_ms == ms);
}

static void
symbols(const char *text)
{
	for (int c = CLASS_STOCK; c <= CLASS_INDEX; c++) {
		enum asset_class class = (enum asset_class)c;
		struct md_error e = { MD_OK, "" };
		char one[SYMBOL_MAX], two[SYMBOL_MAX];

		if (!symbol_normalize(text, class, one, &e)) {
			must_tell(&e);
			must(e.code == MD_EUSAGE);
			continue;
		}
		must(one[0] != '\0' && strlen(one) < SYMBOL_MAX);
		must(strpbrk(one, " \t\r\n\"'\\,") == NULL);
		must(symbol_normalize(one, class, two, &e));
		must(strcmp(one, two) == 0);
	}
}

static void
names(const char *text)
{
	enum timeframe tf;
	enum asset_class class;
	enum tier tier;
	enum coverage_kind kind;
	enum execution_status execution;
	enum job_status job;
	enum staleness_action action;
	enum staleness_basis basis;
	enum staleness_clock clock;
	enum grouped_market market;
	const char *grid = grid_kind_name(grid_kind_parse(text));

	must(grid == NULL || strcmp(grid, text) == 0);
	if (timeframe_parse(text, strlen(text), &tf))
		must(strcmp(timeframe_name(tf), text) == 0);
	if (asset_class_parse(text, &class))
		must(strcmp(asset_class_name(class), text) == 0);
	if (tier_parse(text, &tier))
		must(strcmp(tier_name(tier), text) == 0);
	if (coverage_kind_parse(text, &kind))
		must(strcmp(coverage_kind_name(kind), text) == 0);
	if (action_parse(text, &action))
		must(strcmp(action_name(action), text) == 0);
	if (staleness_clock_parse(text, &clock))
		must(strcmp(staleness_clock_name(clock), text) == 0);
	(void)staleness_basis_parse(text, &basis);
	(void)execution_status_parse(text, &execution);
	(void)job_status_parse(text, &job);
	(void)grouped_market_parse(text, &market);
}

static void
lists(const char *text)
{
	struct md_error e = { MD_OK, "" };
	unsigned bits = 0;
	double pace;

	if (timeframes_parse(text, &bits, &e))
		must(bits > 0 && bits < 1U << TF_COUNT);
	else
		must_tell(&e);
	if (staleness_parse(text, &bits, &e))
		must(bits > 0 && bits < 1U << STALENESS_COUNT);
	else
		must_tell(&e);
	if (pacing_parse(text, &pace, &e))
		must(pace >= 0 && pace < 1e9);
	else
		must_tell(&e);
}

static void
faults(const char *text)
{
	struct md_error e = { MD_OK, "" };
	struct fault f;
	const struct fault_subject subject = { .endpoint = ENDPOINT_AGGS,
		.ticker = "AAPL",
		.timeframe = "1d",
		.target = "/v2/aggs/ticker/AAPL",
		.page = 1 };

	if (!fault_parse(text, &f, &e)) {
		must_tell(&e);
		return;
	}
	must(f.page >= 0 && f.after >= 0 && f.times >= 0 && f.every >= 0);
	must(f.chance >= 0 && f.chance <= 1);
	must(f.matched == 0 && f.fired == 0);
	for (int i = 0; i < 8; i++)
		must(fault_fires(&f, 1, &subject) <= 1);
	must(f.fired <= f.matched && (f.times == 0 || f.fired <= f.times));
}

static void
windows(const char *text)
{
	struct md_error e = { MD_OK, "" };
	const char *space = strchr(text, ' ');
	struct window w;
	enum timeframe tf;
	int64_t n;
	char *first;

	if (space == NULL)
		return;
	first = strndup(text, (size_t)(space - text));
	must(first != NULL);
	if (number_parse_int(first, INT32_MIN, INT32_MAX, &n)) {
		if (window_of_api((int)n, space + 1, &w, &e))
			must(w.length_ms >= 0 && w.length_ms <= MD_DAY);
		else
			must_tell(&e);
		if (timeframe_of_api((int)n, space + 1, &tf)) {
			must(timeframe_multiplier(tf) == n);
			must(strcmp(timeframe_timespan(tf), space + 1) == 0);
		}
	}
	free(first);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	char *line;

	while ((line = input_line(&in)) != NULL) {
		times(line);
		as_of(line);
		symbols(line);
		names(line);
		lists(line);
		faults(line);
		windows(line);
		free(line);
	}
	return 0;
}
