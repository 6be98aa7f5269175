/*
 * Values as PostgreSQL's binary formats have them: exact both ways.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "store/postgres/postgres.h"

/* Of the server's catalog; fixed. */
#define OID_BOOL        16
#define OID_INT8        20
#define OID_TEXT        25
#define OID_FLOAT8      701
#define OID_DATE        1082
#define OID_TIMESTAMPTZ 1184

#define EPOCH_2000_MS  INT64_C(946684800000)
#define EPOCH_2000_DAY 10957
#define MOST_MS        INT64_C(9000000000000000) /* beyond: infinity */

int64_t
postgres_us(int64_t ms)
{
	if (ms >= MOST_MS)
		return INT64_MAX;
	if (ms <= -MOST_MS)
		return INT64_MIN;
	return (ms - EPOCH_2000_MS) * 1000;
}

static int64_t
ms_of(int64_t us)
{
	if (us == INT64_MAX || us == INT64_MIN)
		return us;
	/* Somebody else's µs are cut towards the past. */
	return (us - (us % 1000 + 1000) % 1000) / 1000 + EPOCH_2000_MS;
}

void
postgres_put(unsigned char *to, uint64_t n, size_t size)
{
	for (size_t i = size; i-- > 0; n >>= 8)
		to[i] = (unsigned char)n;
}

static uint64_t
get_be(const unsigned char *from, size_t size)
{
	uint64_t n = 0;

	for (size_t i = 0; i < size; i++)
		n = n << 8 | from[i];
	return n;
}

uint64_t
postgres_bits(double d)
{
	uint64_t n;

	memcpy(&n, &d, sizeof(n));
	return n;
}

/* -- parameters -- */

/* What others sent may not be UTF-8, which the server refuses: the bytes that
 * are not become '?'. */
static bool
bind_text(struct params *p, int i, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len = 0, n;

	while (s[len] != '\0' && (n = utf8_length(s + len)) > 0)
		len += n;
	p->values[i] = text;
	if (s[len] != '\0') {
		char *copy = strdup(text);

		if (copy == NULL)
			return false;
		p->owned[i] = copy;
		p->values[i] = copy;
		for (; copy[len] != '\0'; len += n) {
			n = utf8_length((unsigned char *)copy + len);
			if (n == 0) {
				copy[len] = '?';
				n = 1;
			}
		}
	}
	p->lengths[i] = (int)len;
	return true;
}

static void
bind_number(struct params *p, int i, Oid type, uint64_t n, size_t size)
{
	p->types[i] = type;
	postgres_put(p->numbers[i], n, size);
	p->values[i] = (const char *)p->numbers[i];
	p->lengths[i] = (int)size;
}

static bool
bind_one(struct params *p, int i, const struct sql_value *v)
{
	p->formats[i] = 1;
	switch (v->type) {
	case SQL_INT:
		bind_number(p, i, OID_INT8, (uint64_t)v->n, 8);
		break;
	case SQL_REAL:
		bind_number(p, i, OID_FLOAT8, postgres_bits(v->d), 8);
		break;
	case SQL_BOOL:
		bind_number(p, i, OID_BOOL, v->n != 0, 1);
		break;
	case SQL_TIME:
	case SQL_STAMP:
		bind_number(p, i, OID_TIMESTAMPTZ, (uint64_t)postgres_us(v->n),
		    8);
		break;
	case SQL_DATE:
		bind_number(p, i, OID_DATE,
		    (uint32_t)(int32_t)(v->n - EPOCH_2000_DAY), 4);
		break;
	case SQL_TEXT:
		p->types[i] = OID_TEXT;
		if (!v->null && !bind_text(p, i, v->text))
			return false;
		break;
	}
	if (v->null) {
		p->values[i] = NULL;
		p->lengths[i] = 0;
	}
	return true;
}

bool
params_of(struct params *p, const struct sql_value *v, size_t n,
    struct md_error *e)
{
	assert(n <= SQL_PARAMS_MAX);
	memset(p->owned, 0, sizeof(p->owned));
	p->n = (int)n;
	for (size_t i = 0; i < n; i++)
		if (!bind_one(p, (int)i, &v[i])) {
			params_free(p);
			return md_nomem(e);
		}
	return true;
}

void
params_free(struct params *p)
{
	for (int i = 0; i < SQL_PARAMS_MAX; i++)
		free(p->owned[i]);
	memset(p->owned, 0, sizeof(p->owned));
}

/* -- columns of a row -- */

bool
postgres_is_null(const struct sql_rows *r, int column)
{
	return PQgetisnull(r->handle, r->row, column) != 0;
}

static uint64_t
column_bits(const struct sql_rows *r, int column)
{
	return get_be((const unsigned char *)PQgetvalue(r->handle, r->row,
			  column),
	    (size_t)PQgetlength(r->handle, r->row, column));
}

int64_t
postgres_int(const struct sql_rows *r, int column)
{
	uint64_t n;

	if (postgres_is_null(r, column))
		return 0;
	n = column_bits(r, column);
	switch (PQgetlength(r->handle, r->row, column)) {
	case 4:
		return (int32_t)(uint32_t)n;
	case 2:
		return (int16_t)(uint16_t)n;
	default: /* eight bytes, or a truth */
		return (int64_t)n;
	}
}

double
postgres_real(const struct sql_rows *r, int column)
{
	uint64_t n;
	double d;

	if (postgres_is_null(r, column))
		return (double)NAN;
	n = column_bits(r, column);
	memcpy(&d, &n, sizeof(d));
	return d;
}

int64_t
postgres_time(const struct sql_rows *r, int column)
{
	return postgres_is_null(r, column) ? 0 : ms_of(postgres_int(r, column));
}

bool
postgres_date(const struct sql_rows *r, int column, md_date *out)
{
	if (postgres_is_null(r, column))
		return false;
	*out = (md_date)postgres_int(r, column) + EPOCH_2000_DAY;
	return true;
}

const char *
postgres_text(const struct sql_rows *r, int column)
{
	return PQgetvalue(r->handle, r->row, column);
}

struct bar
postgres_bar(const struct sql_rows *r, int first)
{
	return (struct bar){
		.t = postgres_time(r, first),
		.o = postgres_real(r, first + 1),
		.h = postgres_real(r, first + 2),
		.l = postgres_real(r, first + 3),
		.c = postgres_real(r, first + 4),
		.v = postgres_real(r, first + 5),
		.vw = postgres_real(r, first + 6),
		.n = postgres_is_null(r, first + 7)
			 ? -1
			 : postgres_int(r, first + 7),
	};
}
