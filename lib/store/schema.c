#include "store/schema.h"

#include <stdlib.h>
#include <string.h>

int64_t
schema_newest(const char *engine)
{
	int64_t newest = 0;

	for (const struct schema_file *f = schema_files; f->engine != NULL; f++)
		if (strcmp(f->engine, engine) == 0)
			newest = strtoll(f->name, NULL, 10);
	return newest;
}
