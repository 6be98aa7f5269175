/*
 * Errors as values.  A function that can fail returns false and fills the
 * struct md_error that it was handed: a code for programs, a finished sentence
 * for people.  Nothing here prints or exits; exit codes exist only in cmd/.
 */
#ifndef MD_BASE_ERROR_H
#define MD_BASE_ERROR_H

#include <stdbool.h>

enum md_code {
	MD_OK,
	MD_EUSAGE,  /* wrong input: an argument, a date, a symbol */
	MD_ECONFIG, /* a configuration file, watchlist or key file */
	MD_ENOMEM,
	MD_EIO,     /* a local file or socket */
	MD_EDATA,   /* the other side sent data that cannot be right */
	MD_ENET,    /* no connection, or it broke: worth a retry */
	MD_ETLS,    /* the other side's certificate is not trusted */
	MD_EHTTP,   /* an HTTP status that is final for this request */
	MD_EABSENT, /* the API has no such thing (404, 405, 410, 501) */
	MD_EAPI,    /* the API is down: out of retries */
	MD_EKEY,    /* the API refused the key, or there is none */
	MD_EDENIED, /* the plan does not include this range (403) */
	MD_ESTORE,  /* the store cannot be opened, read or written */
	MD_EEMPTY,  /* the store was read, and has nothing of what was asked */
	MD_ELEASE,  /* another run holds the series, or took it over */
	MD_EHELD,   /* an operator has put the store's runs on hold */
	MD_EINTR,   /* the operator asked to stop */
};

/* "usage", "config", …, "stopped" */
const char *md_code_name(enum md_code);

struct md_error {
	enum md_code code;
	char text[480];
};

/*
 * Fill in *e and return false, so that a failure takes one statement.  Text
 * that does not fit is truncated.  A null e is allowed.
 */
bool md_fail(struct md_error *e, enum md_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Put "what: " in front of the sentence in *e; returns false. */
bool md_context(struct md_error *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Make text from outside safe to print on a terminal, in lines and in tables:
 * each byte of a control character (C0, DEL, C1), of Unicode's marks that turn
 * the direction or end a line (U+061C, U+200E, U+200F, U+2028 to U+202E, U+2066
 * to U+2069, U+FEFF) and of what is no UTF-8 becomes '?'.
 */
void md_printable(char *text);

/*
 * Is it filled in?  Asked at the end of a program: an error without a code or
 * words would end it as if all were well, or with what stood there before.
 * One that is not is filled in to say so.
 */
bool md_error_check(struct md_error *e);

/* md_fail() with MD_ENOMEM and the usual message. */
bool md_nomem(struct md_error *e);

#endif
