#include "report/refused.h"

#include <stdio.h>
#include <string.h>

#include "base/mdtime.h"

int64_t
refused_windows(const struct calendar *cal, const struct refused_row *r)
{
	struct grid g = { cal, r->class, r->timeframe, r->grid };
	int64_t length = timeframe_nominal_ms(r->timeframe), n = 0;

	if (timeframe_intraday(r->timeframe))
		return (r->to_ts - r->from_ts + length - 1) / length;
	for (int64_t t = r->from_ts; t < r->to_ts; t = grid_end(&g, t))
		n++;
	return n;
}

static void
describe(const struct calendar *cal, const struct refused_row *r,
    struct refused_summary *out)
{
	const struct grid g = { cal, r->class, r->timeframe, r->grid };
	char at[MD_TIME_MAX];

	if (timeframe_intraday(r->timeframe))
		md_time_format(r->from_ts, at);
	else
		md_date_format(grid_date(&g, r->from_ts), at);
	(void)snprintf(out->worst, sizeof(out->worst), "%s %s %s %s%s%s",
	    r->symbol, timeframe_name(r->timeframe),
	    timeframe_intraday(r->timeframe) ? "at" : "on", at,
	    r->reason[0] == '\0' ? "" : ", ", r->reason);
}

/* Each series' newest span is the one that is described. */
bool
refused_sum_up(struct store *st, const struct calendar *cal,
    struct refused_summary *out, struct md_error *e)
{
	struct refused_rows l = { NULL, 0, 0 };
	bool good = store_report_refused(st, &l, e);
	int64_t of_series = 0, most = 0;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; good && i < l.len; i++) {
		const struct refused_row *r = &l.v[i];

		if (i == 0 || r->series_id != l.v[i - 1].series_id) {
			out->series++;
			of_series = 0;
		}
		of_series += refused_windows(cal, r);
		out->windows += refused_windows(cal, r);
		if (i + 1 < l.len && l.v[i + 1].series_id == r->series_id)
			continue;
		if (of_series > most) {
			most = of_series;
			describe(cal, r, out);
		}
	}
	refused_rows_free(&l);
	return good;
}
