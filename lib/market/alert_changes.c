#include "market/alert_changes.h"

static const struct alert *
find(const struct alert *v, size_t n, enum alert_rule rule)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].rule == rule)
			return &v[i];
	return NULL;
}

size_t
alert_changes(const struct alerts_told *told, const struct alert *v, size_t n,
    unsigned looked, struct alert_change *out)
{
	size_t len = 0;

	for (int i = 0; i < ALERT_RULES; i++) {
		enum alert_rule rule = (enum alert_rule)i;
		const struct alert *a = find(v, n, rule);

		if ((looked & 1U << i) != 0 &&
		    (a != NULL) != (told->since_ms[i] != 0))
			out[len++] =
			    (struct alert_change){ rule, a, told->since_ms[i] };
	}
	return len;
}

void
alert_changes_told(struct alerts_told *told, const struct alert_change *v,
    size_t n, int64_t now_ms)
{
	for (size_t i = 0; i < n; i++)
		told->since_ms[v[i].rule] = v[i].raised != NULL ? now_ms : 0;
}
