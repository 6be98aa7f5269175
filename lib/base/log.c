#include "base/log.h"

#include <stdarg.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mdtime.h"

static const char *const level_names[] = {
	[LOG_ERROR] = "error",
	[LOG_WARNING] = "warning",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

static void
member(FILE *f, const char *name, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	fprintf(f, ", \"%s\": \"", name);
	json_escape(f, text);
	fputc('"', f);
}

static void
write_json(struct log *log, enum log_level level, const struct log_about *about,
    const char *text)
{
	char now[MD_TIME_MAX];

	md_time_format(md_now_ms(), now);
	fprintf(log->f, "{\"time\": \"%s\", \"level\": \"%s\", ", now,
	    level_names[level]);
	fprintf(log->f, "\"program\": \"%s\", \"message\": \"", log->program);
	json_escape(log->f, text);
	fputc('"', log->f);
	member(log->f, "execution_id", log->execution);
	member(log->f, "symbol", about->symbol);
	member(log->f, "timeframe", about->timeframe);
	if (about->code != MD_OK)
		member(log->f, "code", md_code_name(about->code));
	fputs("}\n", log->f);
}

__attribute__((format(printf, 4, 0))) static void
write_line(struct log *log, enum log_level level, const struct log_about *about,
    const char *fmt, va_list ap)
{
	char text[1024];

	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		return;
	if (!log->json)
		md_printable(text);
	flockfile(log->f);
	if (log->bar_drawn) {
		fputs("\r\033[K", log->f);
		log->bar_drawn = false;
	}
	if (log->json)
		write_json(log, level, about, text);
	else
		fprintf(log->f, "%s: %s%s\n", log->program,
		    level == LOG_WARNING ? "warning: " : "", text);
	(void)fflush(log->f);
	funlockfile(log->f);
}

void
log_write(struct log *log, enum log_level level, const char *fmt, ...)
{
	const struct log_about none = { NULL, NULL, MD_OK };
	va_list ap;

	if (level > log->level)
		return;
	va_start(ap, fmt);
	write_line(log, level, &none, fmt, ap);
	va_end(ap);
}

void
log_tell(struct log *log, enum log_level level, const struct log_about *about,
    const char *fmt, ...)
{
	va_list ap;

	if (level > log->level)
		return;
	va_start(ap, fmt);
	write_line(log, level, about, fmt, ap);
	va_end(ap);
}

bool
log_format_parse(const char *s, bool *json)
{
	*json = strcmp(s, "json") == 0;
	return *json || strcmp(s, "text") == 0;
}
