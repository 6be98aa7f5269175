#include "output/html.h"

#include <string.h>

#include "base/mdtime.h"
#include "output/page_css.h"

void
html_text(FILE *f, const char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '&')
			fputs("&amp;", f);
		else if (c == '<')
			fputs("&lt;", f);
		else if (c == '>')
			fputs("&gt;", f);
		else if (c == '"')
			fputs("&quot;", f);
		else if (c == '\'')
			fputs("&#39;", f);
		else
			fputc(c < 0x20 ? ' ' : c, f);
	}
}

/* -- the head -- */

static const struct {
	const char *class, *sign;
	const char *icon; /* a shape of its own, for who sees no colour */
} verdicts[] = {
	[HTML_GOOD] = { "good", "✓",
	    "%3Ccircle cx='8' cy='8' r='7' fill='%230072b2'/%3E" },
	[HTML_PART] = { "part", "!",
	    "%3Cpath d='M8 1 15 15H1z' fill='%23e0a800'/%3E" },
	[HTML_BAD] = { "bad", "✗",
	    "%3Cpath d='M2 5 5 2l3 3 3-3 3 3-3 3 3 3-3 3-3-3-3 3-3-3 3-3z' "
	    "fill='%23c0480a'/%3E" },
};

void
html_begin(const struct html *p, const char *heading, enum html_verdict v,
    const char *word)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
	      "content=\"width=device-width,initial-scale=1\">\n",
	    p->f);
	if (p->look != NULL && p->look->refresh_ms > 0)
		fprintf(p->f,
		    "<meta http-equiv=\"refresh\" content=\"%lld\">\n",
		    (long long)(p->look->refresh_ms / MD_SECOND));
	fputs("<title>", p->f);
	html_text(p->f, heading);
	fputs(": ", p->f);
	html_text(p->f, word);
	fprintf(p->f,
	    "</title>\n<link rel=\"icon\" href=\"data:image/svg+xml,"
	    "%%3Csvg xmlns='http://www.w3.org/2000/svg' "
	    "viewBox='0 0 16 16'%%3E%s%%3C/svg%%3E\">\n<style>\n%s</style>\n"
	    "</head>\n<body>\n<h1>",
	    verdicts[v].icon, page_css);
	html_text(p->f, heading);
	fprintf(p->f, " <span class=\"status %s\">%s ", verdicts[v].class,
	    verdicts[v].sign);
	html_text(p->f, word);
	fputs("</span></h1>\n", p->f);
}

void
html_end(const struct html *p)
{
	fputs("</body>\n</html>\n", p->f);
}

/* -- times -- */

void
html_ago(int64_t now, int64_t ms, char out[HTML_AGO])
{
	static const struct {
		int64_t upto, unit;
		const char *name;
	} units[] = {
		{ 2 * MD_MINUTE, MD_SECOND, "s" },
		{ 2 * MD_HOUR, MD_MINUTE, "min" },
		{ 2 * MD_DAY, MD_HOUR, "h" },
		{ INT64_MAX, MD_DAY, "d" },
	};

	int64_t span = now > ms ? now - ms : ms - now;
	size_t i = 0;

	while (span >= units[i].upto)
		i++;
	(void)snprintf(out, HTML_AGO, now >= ms ? "%lld %s ago" : "in %lld %s",
	    (long long)(span / units[i].unit), units[i].name);
}

/* "17:30 +02:00", with the date where it is another one; or nothing. */
static void
local(const struct html *p, int64_t ms)
{
	int64_t offset;
	char utc[MD_TIME_MAX], here[MD_TIME_MAX];

	if (p->look == NULL || p->look->zone == NULL)
		return;
	offset = zone_offset_ms(p->look->zone, ms);
	if (offset == 0)
		return;
	md_time_format(ms, utc);
	md_time_format(ms + offset, here);
	if (strncmp(utc, here, 10) != 0)
		fprintf(p->f, "%.10s ", here);
	fprintf(p->f, "%.5s %c%02d:%02d, ", here + 11, offset < 0 ? '-' : '+',
	    (int)((offset < 0 ? -offset : offset) / MD_HOUR),
	    (int)((offset < 0 ? -offset : offset) / MD_MINUTE % 60));
}

void
html_moment(const struct html *p, int64_t ms)
{
	char utc[MD_TIME_MAX], ago[HTML_AGO];

	if (ms == 0) {
		fputs("–", p->f);
		return;
	}
	md_time_format(ms - ms % MD_SECOND, utc);
	html_ago(p->now_ms, ms, ago);
	fprintf(p->f, "<time datetime=\"%s\">%s</time><small>", utc, utc);
	local(p, ms);
	fprintf(p->f, "%s</small>", ago);
}

/* -- links -- */

void
html_series_link(FILE *f, const char *symbol, const char *timeframe)
{
	fputs("/series/", f);
	for (; *symbol != '\0'; symbol++) {
		unsigned char c = (unsigned char)*symbol;

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') || c == '.' || c == '-' ||
		    c == '_' || c == ':')
			fputc(c, f);
		else
			fprintf(f, "%%%02X", c);
	}
	fprintf(f, "/%s", timeframe);
}
