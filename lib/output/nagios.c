#include "output/nagios.h"

#include <math.h>

static void
bound(FILE *f, double v)
{
	fputc(';', f);
	if (!isnan(v))
		fprintf(f, "%.10g", v);
}

void
nagios_figure(FILE *f, const struct nagios_figure *g)
{
	if (isnan(g->value))
		return;
	fprintf(f, " '%s'=%.10g%s", g->label, g->value, g->unit);
	bound(f, g->warning);
	bound(f, g->critical);
	bound(f, 0);
	bound(f, g->max);
}

void
nagios_text(FILE *f, const char *s)
{
	for (; *s != '\0'; s++)
		fputc(*s == '|' ? '/' : *s == '\n' ? ' ' : *s, f);
}
