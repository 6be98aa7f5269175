/*
 * Reading XML as services answer it: elements, their text, the five named
 * entities and numbered ones.  Attributes are passed over.  Strict: what is not
 * well-formed is refused, and so are document types, CDATA and whatever else no
 * service sends.  No memory is allocated.
 */
#ifndef MD_BASE_XML_H
#define MD_BASE_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define XML_DEPTH 8    /* elements within each other, at most */
#define XML_NAME  64   /* with its NUL */
#define XML_TEXT  8192 /* of one element, with its NUL */

struct xml {
	const char *at, *end;
	size_t depth;
	char names[XML_DEPTH][XML_NAME]; /* of what is open, and closed last */
	const char *name;                /* of what was opened or closed */
	bool leaf;                       /* what was closed had text alone */
	bool any;                        /* the root was there */
	bool pending;                    /* <name/>: it closes next */
	char text[XML_TEXT]; /* since the last tag, without its entities */
	size_t text_len;
};

/* XML_CLOSES: depth is already that of what is around it, and text is its own
 * if it is a leaf.  XML_BROKEN: MD_EDATA says what is wrong. */
enum xml_step { XML_OPENS, XML_CLOSES, XML_ENDS, XML_BROKEN };

/* The text is borrowed, and may hold any bytes. */
void xml_begin(struct xml *, const char *text, size_t len);
enum xml_step xml_next(struct xml *, struct md_error *);

#endif
