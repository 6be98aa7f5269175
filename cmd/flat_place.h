/*
 * Where mdbackfill takes flat files from, and its keys to them.
 */
#ifndef MD_FLAT_PLACE_H
#define MD_FLAT_PLACE_H

#include <stdlib.h>
#include <string.h>

#include "backfill/backfill.h"
#include "base/weburl.h"
#include "cli/options.h"
#include "polygon/s3.h"
#include "sys/key.h"

struct flat_place {
	char where[1024];    /* a folder, or a URL */
	char key_file[1024]; /* or "" */
	struct s3_keys keys;
};

/* "file:DIR" or a URL. */
static inline bool
flat_place_is(const char *word)
{
	return strncmp(word, "file:", 5) == 0 ||
	       strncmp(word, "https:", 6) == 0 ||
	       strncmp(word, "http:", 5) == 0 || weburl_scheme(word) > 0;
}

/* Null is the vendor's bucket; or another, or a folder that is laid out as it
 * is. */
static inline bool
flat_place_take(struct flat_place *f, const char *where,
    struct backfill_options *o, struct md_error *e)
{
	bool folder;

	if (where == NULL)
		where = S3_URL;
	folder = strncmp(where, "file:", 5) == 0;
	if (!flat_place_is(where) || (folder && where[5] == '\0'))
		return md_fail(e, MD_EUSAGE,
		    "'%.200s': expected a URL such as " S3_URL ", or file: and "
		    "a folder of flat files, such as file:/data/flatfiles",
		    where);
	o->flat_files = f->where;
	o->s3 = folder ? NULL : &f->keys;
	return option_text(folder ? where + 5 : where, f->where,
	    sizeof(f->where), e);
}

/* The keys to a bucket, and whom it is believed to be by; a folder needs none.
 */
static inline bool
flat_place_keys(struct flat_place *f, struct backfill_options *o,
    struct trust *trust, const char *ca_file, struct md_error *e)
{
	if (o->s3 == NULL || o->features_only)
		return true;
	if (!s3_url_check(o->flat_files, e))
		return md_context(e, "--flat-files");
	o->polygon.trust = trust;
	return s3_keys_find(f->key_file, getenv, &f->keys, e) &&
	       trust_find(trust, ca_file, getenv, e);
}

#endif
