#include "split.h"

size_t
split_adjustments(const struct calendar *cal, const struct split *s, size_t n,
    md_date today, struct adjustment *out)
{
	double from = 1, to = 1;
	size_t len = 0;

	while (n > 0 && s[n - 1].date > today)
		n--;
	/* From the newest back: each older bar has one split more ahead. */
	for (size_t i = n; i-- > 0;) {
		struct adjustment *a = &out[i];

		from *= s[i].from;
		to *= s[i].to;
		a->from_ts =
		    i == 0 ? ADJUSTMENT_SINCE
			   : calendar_midnight(cal, CLASS_STOCK, s[i - 1].date);
		a->to_ts = calendar_midnight(cal, CLASS_STOCK, s[i].date);
		a->factor = to / from;
	}
	/* Two splits of one date leave an empty range between them. */
	for (size_t i = 0; i < n; i++)
		if (out[i].from_ts < out[i].to_ts)
			out[len++] = out[i];
	return len;
}
