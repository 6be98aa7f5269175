/*
 * Key files, of one line and of two, and the same in the environment: what is
 * taken can stand in a header, and what is not is named without its contents.
 */
#include <ctype.h>

#include "fuzz.h"
#include "sys/key.h"

static char *id, *secret, *token;

static char *
environment(const char *name)
{
	if (strcmp(name, "MASSIVE_S3_ACCESS_KEY_ID") == 0)
		return NULL;
	if (strcmp(name, "AWS_ACCESS_KEY_ID") == 0)
		return id;
	if (strcmp(name, "AWS_SECRET_ACCESS_KEY") == 0 ||
	    strcmp(name, "POLYGON_API_KEY") == 0)
		return secret;
	return strcmp(name, "AWS_SESSION_TOKEN") == 0 ? token : NULL;
}

static void
check_key(const char *key, size_t size)
{
	must(key[0] != '\0' && memchr(key, '\0', size) != NULL);
	for (const char *p = key; *p != '\0'; p++)
		must(*p > ' ' && *p <= '~');
}

static void
check_pair(const struct s3_keys *k)
{
	check_key(k->id, sizeof(k->id));
	check_key(k->secret, sizeof(k->secret));
	if (k->token[0] != '\0')
		check_key(k->token, sizeof(k->token));
}

/* A long word of what it read is the secret, or half of it. */
static void
check_refusal(const struct md_error *e, const char *text)
{
	must_tell(e);
	must(e->code == MD_EKEY);
	for (const char *p = e->text; *p != '\0'; p++)
		must(!iscntrl((unsigned char)*p));
	must(text == NULL || strlen(text) < 24 ||
	     strstr(e->text, text) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct input in = { data, size };
	struct s3_keys pair;
	char key[KEY_MAX];
	struct md_error e = { MD_OK, "" };

	id = input_line(&in);
	secret = input_line(&in);
	token = input_line(&in);
	if (key_read(path, key, &e))
		check_key(key, sizeof(key));
	else
		check_refusal(&e, id);
	if (s3_keys_find(path, environment, &pair, &e))
		check_pair(&pair);
	else
		check_refusal(&e, secret);
	if (s3_keys_find("", environment, &pair, &e))
		check_pair(&pair);
	else
		check_refusal(&e, secret);
	if (key_find("", environment, key, &e))
		check_key(key, sizeof(key));
	else
		check_refusal(&e, secret);
	free(id);
	free(secret);
	free(token);
	return 0;
}
