#include "plan/mix.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "plan/grouped.h"
#include "plan/weigh.h"

#define SECOND_US 1000000.0

/* What is taken for granted until it is known better. */
#define CALL_US     100000 /* an answer, and those of other jobs meanwhile */
#define ANSWERS     1e7    /* bytes a second */
#define FILES       1e7
#define FOLDER      1e8 /* as fast as it is unpacked and read */
#define FILE_US     500 /* the next is asked for while one is read */
#define BAR_BYTES   30  /* compressed */
#define STOCKS_BARS 11000
#define CRYPTO_BARS 600
#define FX_BARS     1200

int64_t
mix_bytes(int64_t bars)
{
	return bars > INT64_MAX / BAR_BYTES ? INT64_MAX : bars * BAR_BYTES;
}

struct mix_prices
mix_prices(double per_minute, double files_per_second, bool local)
{
	struct mix_prices p = { .call_us = CALL_US,
		.bytes_per_second = ANSWERS,
		.file_us = FILE_US,
		.files_per_second = local ? FOLDER : FILES };

	p.grouped_bytes[GROUPED_STOCKS] = mix_bytes(STOCKS_BARS);
	p.grouped_bytes[GROUPED_CRYPTO] = mix_bytes(CRYPTO_BARS);
	p.grouped_bytes[GROUPED_FX] = mix_bytes(FX_BARS);
	if (per_minute > 0 && 60 * SECOND_US / per_minute > CALL_US)
		p.call_us = 60 * SECOND_US / per_minute < WEIGH_MOST
				? (int64_t)(60 * SECOND_US / per_minute)
				: WEIGH_MOST;
	if (!local && files_per_second > 1)
		p.files_per_second = files_per_second;
	return p;
}

static int64_t
microseconds(int64_t n, int64_t each_us, int64_t bytes, double per_second)
{
	double us = (double)n * (double)each_us +
		    (double)bytes * SECOND_US / per_second;

	return us < (double)WEIGH_MOST ? (int64_t)us : WEIGH_MOST;
}

int64_t
mix_calls_us(const struct mix_prices *p, int64_t calls, int64_t bytes)
{
	return microseconds(calls, p->call_us, bytes, p->bytes_per_second);
}

int64_t
mix_files_us(const struct mix_prices *p, int64_t files, int64_t bytes)
{
	return microseconds(files, p->file_us, bytes, p->files_per_second);
}

int64_t
mix_day_us(const struct mix_prices *p, const struct mix_day *d, enum mix_by *by)
{
	int64_t file =
	    d->file_bytes < 0 ? INT64_MAX : mix_files_us(p, 1, d->file_bytes);
	int64_t grouped = d->grouped_bytes < 0
			      ? INT64_MAX
			      : mix_calls_us(p, 1, d->grouped_bytes);

	/* Grouped calls bring the vwap. */
	*by = file < grouped        ? MIX_FILE
	      : grouped < INT64_MAX ? MIX_GROUPED
				    : MIX_NONE;
	return file < grouped ? file : grouped;
}

bool
mix_lack(struct mix *m, size_t first_span, size_t day)
{
	struct mix_span *v;

	if (m->spans_len > first_span && m->spans[m->spans_len - 1].to == day) {
		m->spans[m->spans_len - 1].to++;
		return true;
	}
	v = array_room(m->spans, m->spans_len, &m->spans_cap, sizeof(*v));
	if (v == NULL)
		return false;
	m->spans = v;
	m->spans[m->spans_len++] = (struct mix_span){ day, day + 1 };
	return true;
}

static bool
add_row(struct weigh *w, const struct mix *m, const struct mix_prices *p,
    const struct mix_row *r)
{
	if (!weigh_row(w, mix_calls_us(p, r->calls, r->bytes)))
		return false;
	for (size_t i = 0; i < r->spans_len; i++) {
		const struct mix_span *s = &m->spans[r->spans_first + i];

		if (!weigh_mark(w, s->from, s->to))
			return false;
	}
	return true;
}

bool
mix_solve(struct mix *m, const struct mix_prices *p, int64_t *us)
{
	struct weigh *w = weigh_create(m->days_len);
	bool good = w != NULL;

	for (size_t i = 0; good && i < m->days_len; i++)
		weigh_column(w, i, mix_day_us(p, &m->days[i], &m->days[i].by));
	for (size_t i = 0; good && i < m->rows_len; i++)
		good = add_row(w, m, p, &m->rows[i]);
	good = good && weigh_solve(w, us);
	for (size_t i = 0; good && i < m->rows_len; i++)
		m->rows[i].range = weigh_has_row(w, i);
	for (size_t i = 0; good && i < m->days_len; i++)
		if (!weigh_has_column(w, i))
			m->days[i].by = MIX_NONE;
	weigh_destroy(&w);
	return good;
}

void
mix_free(struct mix *m)
{
	free(m->days);
	free(m->rows);
	free(m->spans);
	memset(m, 0, sizeof(*m));
}
