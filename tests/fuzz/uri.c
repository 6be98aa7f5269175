/*
 * URIs of a PostgreSQL store: none with a password is taken, and no message
 * repeats what may be one, which is SECRET here.
 */
#include "../../lib/store/postgres/postgres.c"
#include "fuzz.h"

static bool
has_password(const char *uri)
{
	PQconninfoOption *options = PQconninfoParse(uri, NULL);
	bool has = false;

	must(options != NULL);
	for (const PQconninfoOption *o = options; o->keyword != NULL; o++)
		if (o->val != NULL && o->val[0] != '\0' &&
		    strstr(o->keyword, "password") != NULL &&
		    o->dispchar[0] == '*')
			has = true;
	PQconninfoFree(options);
	return has;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct md_error e = { MD_OK, "" };
	char *uri = input_rest(&in);

	if (check_uri(uri, &e))
		must(!has_password(uri));
	else {
		must_tell(&e);
		must(strstr(e.text, "SECRET") == NULL);
	}
	free(uri);
	return 0;
}
