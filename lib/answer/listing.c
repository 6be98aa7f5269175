#include "answer/listing.h"

#include <stdio.h>
#include <string.h>

#include "base/mdtime.h"
#include "base/number.h"
#include "base/xml.h"

void
listing_etag(const char *text, size_t len, char out[LISTING_ETAG])
{
	out[0] = '\0';
	if (len >= 2 && text[0] == '"' && text[len - 1] == '"') {
		text++;
		len -= 2;
	}
	if (len >= LISTING_ETAG)
		return;
	/* It is sent again in a header: nothing may end that. */
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '"')
			return;
	memcpy(out, text, len);
	out[len] = '\0';
}

static bool
copy(char *to, size_t size, const struct xml *x)
{
	if (x->text_len >= size)
		return false;
	memcpy(to, x->text, x->text_len + 1);
	return true;
}

/* -- a listing -- */

/* Which members an object has had. */
enum { HAS_KEY = 1, HAS_SIZE = 2, HAS_TIME = 4, HAS_ALL = 7 };

struct listing_reading {
	struct xml xml;
	struct listing_object object;
	unsigned has;
	listing_taker *take;
	void *ctx;
	struct listing *out;
	bool truth; /* IsTruncated was there */
};

static bool
take_member(struct listing_reading *r, struct md_error *e)
{
	const struct xml *x = &r->xml;
	struct listing_object *o = &r->object;
	bool good = true;

	if (strcmp(x->name, "Key") == 0) {
		good = x->text_len > 0 && copy(o->key, sizeof(o->key), x);
		r->has |= HAS_KEY;
	} else if (strcmp(x->name, "Size") == 0) {
		good =
		    number_parse_int(x->text, 0, INT64_C(1) << 48, &o->bytes);
		r->has |= HAS_SIZE;
	} else if (strcmp(x->name, "LastModified") == 0) {
		good = md_time_parse(x->text, &o->modified_ms) &&
		       o->modified_ms >= 0;
		r->has |= HAS_TIME;
	} else if (strcmp(x->name, "ETag") == 0)
		listing_etag(x->text, x->text_len, o->etag);
	return good ||
	       md_fail(e, MD_EDATA, "its %.20s cannot be read", x->name);
}

static bool
take_object(struct listing_reading *r, struct md_error *e)
{
	if (r->has != HAS_ALL)
		return md_fail(e, MD_EDATA,
		    "an object without a key, a size or a time");
	r->take(r->ctx, &r->object);
	r->out->objects++;
	return true;
}

static bool
take_head(struct listing_reading *r, struct md_error *e)
{
	const struct xml *x = &r->xml;

	if (strcmp(x->name, "IsTruncated") == 0) {
		r->truth = true;
		r->out->truncated = strcmp(x->text, "true") == 0;
		if (!r->out->truncated && strcmp(x->text, "false") != 0)
			return md_fail(e, MD_EDATA,
			    "its IsTruncated is neither true nor false");
	} else if (strcmp(x->name, "NextContinuationToken") == 0 &&
		   !copy(r->out->token, sizeof(r->out->token), x))
		return md_fail(e, MD_EDATA, "its token is too long");
	return true;
}

static bool
take_close(struct listing_reading *r, struct md_error *e)
{
	const struct xml *x = &r->xml;
	bool object = x->depth >= 1 && strcmp(x->names[1], "Contents") == 0;

	if (x->depth == 2 && object && x->leaf)
		return take_member(r, e);
	if (x->depth == 1 && object)
		return take_object(r, e);
	if (x->depth == 1 && x->leaf)
		return take_head(r, e);
	return true;
}

static bool
take_open(struct listing_reading *r, struct md_error *e)
{
	const struct xml *x = &r->xml;

	if (x->depth == 1 && strcmp(x->name, "ListBucketResult") != 0)
		return md_fail(e, MD_EDATA, "it is no listing");
	if (x->depth == 2 && strcmp(x->name, "Contents") == 0) {
		memset(&r->object, 0, sizeof(r->object));
		r->has = 0;
	}
	return true;
}

bool
listing_decode(const char *text, size_t len, listing_taker *take, void *ctx,
    struct listing *out, struct md_error *e)
{
	struct listing_reading r = { .take = take, .ctx = ctx, .out = out };
	enum xml_step step;

	memset(out, 0, sizeof(*out));
	xml_begin(&r.xml, text, len);
	while ((step = xml_next(&r.xml, e)) != XML_ENDS)
		if (step == XML_BROKEN ||
		    !(step == XML_OPENS ? take_open(&r, e) : take_close(&r, e)))
			return false;
	if (!r.truth || (out->truncated && out->token[0] == '\0'))
		return md_fail(e, MD_EDATA,
		    "it does not tell whether it is all, or where it goes on");
	if (!out->truncated)
		out->token[0] = '\0';
	return true;
}

/* -- an error -- */

bool
listing_error_decode(const char *text, size_t len, struct listing_error *out)
{
	struct xml x;
	struct md_error e;
	enum xml_step step;
	bool error = false;

	memset(out, 0, sizeof(*out));
	xml_begin(&x, text, len);
	while ((step = xml_next(&x, &e)) != XML_ENDS && step != XML_BROKEN) {
		if (step == XML_OPENS && x.depth == 1)
			error = strcmp(x.name, "Error") == 0;
		if (step != XML_CLOSES || x.depth != 1 || !error || !x.leaf)
			continue;
		if (strcmp(x.name, "Code") == 0)
			(void)snprintf(out->code, sizeof(out->code), "%.63s",
			    x.text);
		else if (strcmp(x.name, "Message") == 0)
			(void)snprintf(out->message, sizeof(out->message),
			    "%.199s", x.text);
		else if (strcmp(x.name, "Endpoint") == 0)
			(void)snprintf(out->endpoint, sizeof(out->endpoint),
			    "%.199s", x.text);
	}
	md_printable(out->code);
	md_printable(out->endpoint);
	md_printable(out->message);
	return step == XML_ENDS && error && out->code[0] != '\0';
}
