#include "market/zone.h"

#include <stdlib.h>
#include <string.h>

#include "base/integer.h"
#include "base/mdtime.h"

#define HEADER_BYTES 44
#define FILE_MAX     (1 << 20) /* the largest in the database is 4 KiB */
#define DAY_S        INT64_C(86400)
#define PERIOD_S     (146097 * DAY_S) /* the Gregorian calendar repeats */

/* -- what a zone is; all in seconds, as in the file -- */

enum rule_kind { RULE_MONTH, RULE_JULIAN, RULE_YEARDAY };

/* When the clock changes in a year: "M3.2.0", "J60" or "59", at a time. */
struct rule {
	enum rule_kind kind;
	int month, week, day;
	int64_t clock;
};

struct footer {
	bool present, dst;
	int32_t standard, summer;
	struct rule start, end;
};

struct zone {
	size_t count;
	int64_t *at;      /* transitions, ascending */
	int32_t *offset;  /* the offset from each on */
	int32_t earliest; /* before the first */
	struct footer footer;
};

/* -- the footer: a POSIX TZ string -- */

static bool
number(const char **s, int min, int max, int *out)
{
	const char *p = *s;
	int value = 0;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		value = value * 10 + (*p - '0');
		if (value > max)
			return false;
	}
	if (value < min)
		return false;
	*s = p;
	*out = value;
	return true;
}

static bool
literal(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* "EST" or "<-03>"; only its place matters. */
static bool
skip_name(const char **s)
{
	const char *p = *s;
	size_t len = 0;

	if (literal(&p, '<')) {
		len = strcspn(p, ">");
		if (p[len] == '\0')
			return false;
		*s = p + len + 1;
		return len >= 3;
	}
	while ((p[len] >= 'A' && p[len] <= 'Z') ||
	       (p[len] >= 'a' && p[len] <= 'z'))
		len++;
	*s = p + len;
	return len >= 3;
}

/* "[+-]h[h][:mm[:ss]]" */
static bool
clock_time(const char **s, int max_hours, int64_t *out)
{
	bool negative = **s == '-';
	int h, m = 0, sec = 0;

	if (!literal(s, '-'))
		(void)literal(s, '+');
	if (!number(s, 0, max_hours, &h))
		return false;
	if (literal(s, ':')) {
		if (!number(s, 0, 59, &m))
			return false;
		if (literal(s, ':') && !number(s, 0, 59, &sec))
			return false;
	}
	*out = h * INT64_C(3600) + m * 60 + sec;
	if (negative)
		*out = -*out;
	return true;
}

static bool
rule_parse(const char **s, struct rule *r)
{
	if (literal(s, 'M')) {
		r->kind = RULE_MONTH;
		if (!number(s, 1, 12, &r->month) || !literal(s, '.') ||
		    !number(s, 1, 5, &r->week) || !literal(s, '.') ||
		    !number(s, 0, 6, &r->day))
			return false;
	} else if (literal(s, 'J')) {
		r->kind = RULE_JULIAN;
		if (!number(s, 1, 365, &r->day))
			return false;
	} else {
		r->kind = RULE_YEARDAY;
		if (!number(s, 0, 365, &r->day))
			return false;
	}
	r->clock = 2 * 3600;
	/* Version 3 lets it lie up to a week from the day. */
	return !literal(s, '/') || clock_time(s, 167, &r->clock);
}

static bool
footer_parse(const char *s, struct footer *f)
{
	int64_t west;

	if (*s == '\0')
		return true;
	if (!skip_name(&s) || !clock_time(&s, 24, &west))
		return false;
	f->present = true;
	f->standard = (int32_t)-west;
	if (*s == '\0')
		return true;
	f->dst = true;
	f->summer = f->standard + 3600;
	if (!skip_name(&s))
		return false;
	if (*s != ',') {
		if (!clock_time(&s, 24, &west))
			return false;
		f->summer = (int32_t)-west;
	}
	return literal(&s, ',') && rule_parse(&s, &f->start) &&
	       literal(&s, ',') && rule_parse(&s, &f->end) && *s == '\0';
}

static md_date
rule_date(const struct rule *r, int year)
{
	md_date first = md_date_of(year, 1, 1), date;
	bool leap = md_date_of(year, 3, 1) - first == 60;

	switch (r->kind) {
	case RULE_JULIAN: /* never counts 29 February */
		return first + r->day - 1 + (leap && r->day >= 60);
	case RULE_YEARDAY:
		return first + r->day;
	case RULE_MONTH:
		break;
	}
	first = md_date_of(year, r->month, 1);
	date = first + (r->day - md_weekday(first) + 7) % 7 + 7 * (r->week - 1);
	/* The fifth is the last: a month has four or five. */
	if (r->week == 5 && date >= md_date_of(year, r->month + 1, 1))
		date -= 7;
	return date;
}

/* Its time of change in UTC, the clock then standing at offset. */
static int64_t
rule_time(const struct rule *r, int year, int32_t offset)
{
	return rule_date(r, year) * DAY_S + r->clock - offset;
}

static int32_t
footer_offset(const struct footer *f, int64_t t)
{
	int year, month, day;
	int64_t local, start, end;
	bool summer;

	if (!f->dst)
		return f->standard;
	/* Into four centuries around 2000, so that any time has a date. */
	t %= PERIOD_S;
	local = t + f->standard;
	md_date_split((md_date)floor_div(local, DAY_S), &year, &month, &day);
	start = rule_time(&f->start, year, f->standard);
	end = rule_time(&f->end, year, f->summer);
	if (start < end)
		summer = t >= start && t < end;
	else
		summer = t >= start || t < end;
	return summer ? f->summer : f->standard;
}

/* -- the file -- */

struct bytes {
	const unsigned char *p;
	size_t left;
};

struct header {
	int version;
	uint32_t isut, isstd, leap, time, type, chars;
};

static uint32_t
be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

/* Two's complement by arithmetic: what a cast does is up to the compiler. */
static int64_t
signed_be(const unsigned char *p, size_t width)
{
	if (width == 4)
		return (int64_t)(be32(p) ^ 0x80000000U) - INT64_C(0x80000000);
	return ((int64_t)(be32(p) ^ 0x80000000U) - INT64_C(0x80000000)) *
		   INT64_C(0x100000000) +
	       (int64_t)be32(p + 4);
}

static bool
broken(struct md_error *e, const char *what)
{
	return md_fail(e, MD_EIO, "broken time zone data: %s", what);
}

static const unsigned char *
take_bytes(struct bytes *b, size_t n)
{
	const unsigned char *p = b->p;

	if (n > b->left)
		return NULL;
	b->p += n;
	b->left -= n;
	return p;
}

static bool
header_read(struct bytes *b, struct header *h, struct md_error *e)
{
	const unsigned char *p = take_bytes(b, HEADER_BYTES);

	if (p == NULL || memcmp(p, "TZif", 4) != 0)
		return broken(e, "no TZif header");
	h->version = p[4] == '\0' ? 1 : p[4] - '0';
	if (h->version < 1)
		return broken(e, "unknown version");
	h->isut = be32(p + 20);
	h->isstd = be32(p + 24);
	h->leap = be32(p + 28);
	h->time = be32(p + 32);
	h->type = be32(p + 36);
	h->chars = be32(p + 40);
	/* The file is small; larger counts could overflow the sums below. */
	if (h->isut > FILE_MAX || h->isstd > FILE_MAX || h->leap > FILE_MAX ||
	    h->time > FILE_MAX || h->type > FILE_MAX || h->chars > FILE_MAX)
		return broken(e, "an impossible count");
	return true;
}

static size_t
block_bytes(const struct header *h, size_t width)
{
	return (size_t)h->time * (width + 1) + (size_t)h->type * 6 + h->chars +
	       (size_t)h->leap * (width + 4) + h->isstd + h->isut;
}

/* A type's offset; RFC 8536 bounds it to a day and an hour or so. */
static bool
type_offset(const unsigned char *types, size_t i, int32_t *out)
{
	int64_t offset = signed_be(types + i * 6, 4);

	if (offset < -89999 || offset > 93599)
		return false;
	*out = (int32_t)offset;
	return true;
}

static bool
transitions_read(struct zone *z, const unsigned char *p, const struct header *h,
    size_t width, struct md_error *e)
{
	const unsigned char *index = p + h->time * width;
	const unsigned char *types = index + h->time;

	if (!type_offset(types, 0, &z->earliest))
		return broken(e, "an impossible offset");
	if (h->time == 0)
		return true;
	z->at = calloc(h->time, sizeof(*z->at));
	z->offset = calloc(h->time, sizeof(*z->offset));
	if (z->at == NULL || z->offset == NULL)
		return md_nomem(e);
	for (size_t i = 0; i < h->time; i++) {
		z->at[i] = signed_be(p + i * width, width);
		if (i > 0 && z->at[i] <= z->at[i - 1])
			return broken(e, "transitions out of order");
		if (index[i] >= h->type)
			return broken(e, "a transition to no known type");
		if (!type_offset(types, index[i], &z->offset[i]))
			return broken(e, "an impossible offset");
	}
	z->count = h->time;
	return true;
}

static bool
block_read(struct zone *z, struct bytes *b, const struct header *h,
    size_t width, struct md_error *e)
{
	const unsigned char *p = take_bytes(b, block_bytes(h, width));

	if (p == NULL)
		return broken(e, "truncated");
	if (h->type == 0 || h->type > 256)
		return broken(e, "an impossible count");
	if (h->leap != 0)
		return broken(e, "it counts leap seconds");
	return transitions_read(z, p, h, width, e);
}

static bool
footer_read(struct zone *z, struct bytes *b, struct md_error *e)
{
	const unsigned char *end;
	char text[128];
	size_t len;

	if (b->left < 2 || b->p[0] != '\n')
		return broken(e, "no footer");
	end = memchr(b->p + 1, '\n', b->left - 1);
	if (end == NULL)
		return broken(e, "truncated in its footer");
	len = (size_t)(end - b->p) - 1;
	if (len >= sizeof(text))
		return broken(e, "its footer is too long");
	memcpy(text, b->p + 1, len);
	text[len] = '\0';
	if (strlen(text) != len || !footer_parse(text, &z->footer))
		return broken(e, "its footer is no rule");
	return true;
}

static bool
zone_read(struct zone *z, struct bytes b, struct md_error *e)
{
	struct header h = { 0 };

	if (!header_read(&b, &h, e))
		return false;
	if (h.version == 1)
		return block_read(z, &b, &h, 4, e);
	/* From version 2 on, the first block is for old readers. */
	if (take_bytes(&b, block_bytes(&h, 4)) == NULL)
		return broken(e, "truncated");
	return header_read(&b, &h, e) && block_read(z, &b, &h, 8, e) &&
	       footer_read(z, &b, e);
}

bool
zone_parse(struct zone **out, const void *bytes, size_t len, struct md_error *e)
{
	struct bytes b = { bytes, len };
	struct zone *z = calloc(1, sizeof(*z));

	if (z == NULL)
		return md_nomem(e);
	if (!zone_read(z, b, e)) {
		zone_destroy(&z);
		return false;
	}
	*out = z;
	return true;
}

void
zone_destroy(struct zone **z)
{
	if (*z == NULL)
		return;
	free((*z)->at);
	free((*z)->offset);
	free(*z);
	*z = NULL;
}

/* -- asking -- */

int64_t
zone_offset_ms(const struct zone *z, int64_t utc_ms)
{
	int64_t t = floor_div(utc_ms, 1000);
	size_t low = 0, high = z->count;

	if (z->footer.present && (high == 0 || t >= z->at[high - 1]))
		return footer_offset(&z->footer, t) * MD_SECOND;
	/* How many transitions are at t or before it. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (z->at[middle] <= t)
			low = middle + 1;
		else
			high = middle;
	}
	return (low == 0 ? z->earliest : z->offset[low - 1]) * MD_SECOND;
}
