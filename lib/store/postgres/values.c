/*
 * Values as PostgreSQL's binary formats have them: exact both ways.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
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

int64_t
postgres_ms(int64_t us)
{
	if (us == INT64_MAX || us == INT64_MIN)
		return us;
	/* Somebody else's µs are cut towards the past. */
	return (us - (us % 1000 + 1000) % 1000) / 1000 + EPOCH_2000_MS;
}

static void
put_be(unsigned char *to, uint64_t n, size_t size)
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

static uint64_t
bits_of(double d)
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
	put_be(p->numbers[i], n, size);
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
		bind_number(p, i, OID_FLOAT8, bits_of(v->d), 8);
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
	assert(n <= PARAMS_MAX);
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
	for (int i = 0; i < PARAMS_MAX; i++)
		free(p->owned[i]);
	memset(p->owned, 0, sizeof(p->owned));
}

/* -- results -- */

bool
postgres_null(const PGresult *r, int row, int column)
{
	return PQgetisnull(r, row, column) != 0;
}

static uint64_t
column_bits(const PGresult *r, int row, int column)
{
	return get_be((const unsigned char *)PQgetvalue(r, row, column),
	    (size_t)PQgetlength(r, row, column));
}

int64_t
postgres_int(const PGresult *r, int row, int column)
{
	uint64_t n;

	if (postgres_null(r, row, column))
		return 0;
	n = column_bits(r, row, column);
	switch (PQgetlength(r, row, column)) {
	case 8:
		return (int64_t)n;
	case 4:
		return (int32_t)(uint32_t)n;
	case 2:
		return (int16_t)(uint16_t)n;
	default: /* a truth */
		return (int64_t)n;
	}
}

double
postgres_double(const PGresult *r, int row, int column)
{
	uint64_t n;
	double d;

	if (postgres_null(r, row, column))
		return (double)NAN;
	n = column_bits(r, row, column);
	memcpy(&d, &n, sizeof(d));
	return d;
}

int64_t
postgres_time(const PGresult *r, int row, int column)
{
	return postgres_null(r, row, column)
		   ? 0
		   : postgres_ms(postgres_int(r, row, column));
}

bool
postgres_date(const PGresult *r, int row, int column, md_date *out)
{
	if (postgres_null(r, row, column))
		return false;
	*out = (md_date)postgres_int(r, row, column) + EPOCH_2000_DAY;
	return true;
}

const char *
postgres_text(const PGresult *r, int row, int column)
{
	return PQgetvalue(r, row, column);
}

void
postgres_copy_text(char *to, size_t size, const PGresult *r, int row,
    int column)
{
	(void)snprintf(to, size, "%s", postgres_text(r, row, column));
}

struct bar
postgres_bar(const PGresult *r, int row, int first)
{
	struct bar b;

	b.t = postgres_time(r, row, first);
	b.o = postgres_double(r, row, first + 1);
	b.h = postgres_double(r, row, first + 2);
	b.l = postgres_double(r, row, first + 3);
	b.c = postgres_double(r, row, first + 4);
	b.v = postgres_double(r, row, first + 5);
	b.vw = postgres_double(r, row, first + 6);
	b.n = postgres_null(r, row, first + 7)
		  ? -1
		  : postgres_int(r, row, first + 7);
	return b;
}

/* -- COPY -- */

#define ROW_MOST 512 /* bytes of a row, and more */

static void
flush(struct postgres_copy *c)
{
	if (c->good && c->len > 0 &&
	    PQputCopyData(c->st->db, (const char *)c->bytes, (int)c->len) != 1)
		c->good = postgres_fail(c->st, NULL, c->e);
	c->len = 0;
}

static void
copy_bytes(struct postgres_copy *c, uint64_t n, size_t size)
{
	put_be(c->bytes + c->len, n, size);
	c->len += size;
}

static void
put_field(struct postgres_copy *c, uint64_t n, size_t size)
{
	copy_bytes(c, size, 4);
	copy_bytes(c, n, size);
}

bool
postgres_copy_begin(struct postgres_copy *c, struct postgres_store *st,
    const char *sql, struct md_error *e)
{
	static const char signature[11] = "PGCOPY\n\377\r\n";
	PGresult *r;

	c->st = st;
	c->e = e;
	c->len = 0;
	c->good = postgres_settle(st, e);
	if (!c->good)
		return false;
	r = PQexec(st->db, sql);
	c->good = r != NULL && PQresultStatus(r) == PGRES_COPY_IN;
	if (!c->good)
		(void)postgres_fail(st, r, e);
	PQclear(r);
	memcpy(c->bytes, signature, sizeof(signature));
	c->len = sizeof(signature);
	copy_bytes(c, 0, 4); /* flags */
	copy_bytes(c, 0, 4); /* no extension */
	return c->good;
}

void
postgres_copy_row(struct postgres_copy *c, int columns)
{
	if (c->len + ROW_MOST > sizeof(c->bytes))
		flush(c);
	copy_bytes(c, (uint64_t)columns, 2);
}

void
postgres_copy_int(struct postgres_copy *c, int64_t n)
{
	put_field(c, (uint64_t)n, 8);
}

void
postgres_copy_int4(struct postgres_copy *c, int32_t n)
{
	put_field(c, (uint32_t)n, 4);
}

void
postgres_copy_bool(struct postgres_copy *c, bool b)
{
	put_field(c, b ? 1 : 0, 1);
}

void
postgres_copy_time(struct postgres_copy *c, int64_t ms)
{
	put_field(c, (uint64_t)postgres_us(ms), 8);
}

void
postgres_copy_null(struct postgres_copy *c)
{
	copy_bytes(c, UINT32_MAX, 4);
}

void
postgres_copy_double(struct postgres_copy *c, double d)
{
	if (isnan(d))
		postgres_copy_null(c);
	else
		put_field(c, bits_of(d), 8);
}

void
postgres_copy_prices(struct postgres_copy *c, const struct bar *b)
{
	postgres_copy_double(c, b->o);
	postgres_copy_double(c, b->h);
	postgres_copy_double(c, b->l);
	postgres_copy_double(c, b->c);
	postgres_copy_double(c, b->v);
	postgres_copy_double(c, b->vw);
	if (b->n < 0)
		postgres_copy_null(c);
	else
		postgres_copy_int(c, b->n);
}

bool
postgres_copy_end(struct postgres_copy *c)
{
	PGresult *r;

	if (c->len + ROW_MOST > sizeof(c->bytes))
		flush(c);
	copy_bytes(c, UINT16_MAX, 2);
	flush(c);
	if (c->good && PQputCopyEnd(c->st->db, NULL) != 1)
		c->good = postgres_fail(c->st, NULL, c->e);
	/* Also after a failure: what the server said is read to its end. */
	while ((r = PQgetResult(c->st->db)) != NULL) {
		if (c->good && PQresultStatus(r) != PGRES_COMMAND_OK)
			c->good = postgres_fail(c->st, r, c->e);
		PQclear(r);
		if (PQstatus(c->st->db) == CONNECTION_BAD)
			break;
	}
	return c->good;
}
