#include "base/log.h"

#include <stdarg.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mdtime.h"

static const char *const level_names[] = {
	[LOG_ERROR] = "error",
	[LOG_WARNING] = "warning",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

static void
write_json(struct log *log, enum log_level level, const char *text)
{
	char now[MD_TIME_MAX];

	md_time_format(md_now_ms(), now);
	fprintf(log->f, "{\"time\": \"%s\", \"level\": \"%s\", ", now,
	    level_names[level]);
	fprintf(log->f, "\"program\": \"%s\", \"message\": \"", log->program);
	json_escape(log->f, text);
	fputs("\"}\n", log->f);
}

void
log_write(struct log *log, enum log_level level, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	int n;

	if (level > log->level)
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if (!log->json)
		md_printable(text);
	flockfile(log->f);
	if (log->bar_drawn) {
		fputs("\r\033[K", log->f);
		log->bar_drawn = false;
	}
	if (log->json)
		write_json(log, level, text);
	else
		fprintf(log->f, "%s: %s%s\n", log->program,
		    level == LOG_WARNING ? "warning: " : "", text);
	(void)fflush(log->f);
	funlockfile(log->f);
}

bool
log_format_parse(const char *s, bool *json)
{
	*json = strcmp(s, "json") == 0;
	return *json || strcmp(s, "text") == 0;
}
