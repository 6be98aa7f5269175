/*
 * A program's messages to its operator: lines in the FILE it is given, as text
 * or JSON.  May be used by several threads.
 */
#ifndef MD_BASE_LOG_H
#define MD_BASE_LOG_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

struct log {
	FILE *f;
	const char *program;
	enum log_level level; /* less urgent messages are not written */
	bool json;
	bool bar_drawn;     /* the terminal's last line is a progress bar */
	char execution[40]; /* the run that it is about; or "" */
};

/* What a message is about, for JSON: null, or MD_OK, where it is of none. */
struct log_about {
	const char *symbol, *timeframe;
	enum md_code code;
};

/* Write one line.  Text: "mdbackfill: …"; JSON: {"time", "level", "program",
 * "message"}, and "execution_id" where that is known.  Write errors are
 * ignored: there is nowhere to report them. */
void log_write(struct log *, enum log_level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, with what it is about: "symbol", "timeframe" and "code" in JSON. */
void log_tell(struct log *, enum log_level, const struct log_about *,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Parse a value of --log-format: "text" or "json". */
bool log_format_parse(const char *, bool *json);

#endif
