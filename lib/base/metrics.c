#include "base/metrics.h"

#include <math.h>

#include "base/number.h"

void
metric_head(FILE *f, const char *name, const char *type, const char *help)
{
	fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
label_value(FILE *f, const char *s)
{
	for (; *s != '\0'; s++)
		if (*s == '\n')
			fputs("\\n", f);
		else if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else
			fputc(*s, f);
}

void
metric_sample(FILE *f, const char *name, const char *const *labels,
    double value)
{
	char text[32];

	fputs(name, f);
	for (size_t i = 0; labels != NULL && labels[i] != NULL; i += 2) {
		fprintf(f, "%c%s=\"", i == 0 ? '{' : ',', labels[i]);
		label_value(f, labels[i + 1]);
		fputc('"', f);
	}
	if (labels != NULL && labels[0] != NULL)
		fputc('}', f);
	(void)number_format(value, text);
	fprintf(f, " %s\n", isnan(value) ? "NaN" : text);
}
