#include "base/json_file.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/json_memory.h"

const char *
json_file_why(const struct json_error_t *why)
{
	/* Its own words name a flag of the library. */
	return json_error_code(why) == json_error_null_character
		   ? "a string with a NUL (\\u0000) in it"
		   : why->text;
}

bool
json_file_read(const char *path, struct json_t **out, struct md_error *e)
{
	json_error_t je;
	FILE *f = fopen(path, "r");

	if (f == NULL)
		return md_fail(e, MD_EUSAGE, "%s: cannot be read: %s", path,
		    strerror(errno));
	json_memory_watch();
	*out = json_memory_checked(json_loadf(f, JSON_REJECT_DUPLICATES, &je),
	    &je);
	(void)fclose(f);
	if (*out == NULL && json_error_code(&je) == json_error_out_of_memory)
		return md_nomem(e);
	return *out != NULL || md_fail(e, MD_EUSAGE, "%s:%d:%d: %s", path,
				   je.line, je.column, json_file_why(&je));
}
