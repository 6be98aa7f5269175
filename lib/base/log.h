/*
 * A program's talk to its operator: lines to the FILE it is handed, as text or
 * JSON.  Used from more than one thread.
 */
#ifndef MD_BASE_LOG_H
#define MD_BASE_LOG_H

#include <stdbool.h>
#include <stdio.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

struct log {
	FILE *f;
	const char *program;
	enum log_level level; /* what is less urgent is not written */
	bool json;
	bool bar_drawn; /* a progress bar stands on the terminal's last line */
};

/* One line.  Text: "mdbackfill: …"; JSON: {"time", "level", "program",
 * "message"}.  Errors of writing are ignored: there is nobody to tell. */
void log_write(struct log *, enum log_level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Is this text's format among those of --log-format? */
bool log_format_parse(const char *, bool *json);

#endif
