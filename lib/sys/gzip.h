/*
 * Compressing answers, and reading and writing compressed files.
 */
#ifndef MD_SYS_GZIP_H
#define MD_SYS_GZIP_H

#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/error.h"

/* Replaces the buffer's bytes by their gzip, at a fast level.  False when out
 * of memory; the bytes are then unchanged. */
bool gzip_buf(struct buf *);

/*
 * A gzip that is written as its text comes, in little memory, at a fast level.
 * The same text has the same bytes, however it is cut.
 */
struct gzip;

/* Where its bytes go. */
struct gzip_sink {
	bool (*write)(void *ctx, const char *bytes, size_t len,
	    struct md_error *);
	void *ctx;
};

/* MD_ENOMEM, or the sink's error. */
bool gzip_create(struct gzip **, const struct gzip_sink *, struct md_error *);
bool gzip_write(struct gzip *, const char *text, size_t len, struct md_error *);
/* Nothing more comes.  Without it the gzip is no whole one. */
bool gzip_end(struct gzip *, struct md_error *);
void gzip_destroy(struct gzip **);

/*
 * A gzip file that is read as it is decompressed, in little memory whatever its
 * size.  It may consist of several gzips, as tools join them.
 */
struct gunzip;

/* Where its bytes come from: at most cap of them; *len 0 is their end. */
struct gunzip_source {
	bool (*read)(void *ctx, char *to, size_t cap, size_t *len,
	    struct md_error *);
	void (*close)(void *ctx);
	void *ctx;
};

/* Adopts the source, or the file, also on failure.  MD_ENOMEM. */
bool gunzip_create_from(struct gunzip **, const struct gunzip_source *,
    struct md_error *);
bool gunzip_create(struct gunzip **, FILE *, struct md_error *);

/*
 * Up to cap bytes of its text; *len 0: it has ended, and its length and
 * checksum are right.  MD_EDATA: it is no gzip, was cut, or is damaged; MD_EIO:
 * the file could not be read; or the source's error.
 */
bool gunzip_read(struct gunzip *, char *to, size_t cap, size_t *len,
    struct md_error *);
/* Of the file as it is, so far. */
int64_t gunzip_bytes(const struct gunzip *);
void gunzip_destroy(struct gunzip **);

#endif
