#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json_file.h"
#include "tap.h"

static bool
fails_with(const char *path, const char *words)
{
	struct md_error e = { MD_OK, "" };
	json_t *root = NULL;

	return !json_file_read(path, &root, &e) && root == NULL &&
	       e.code == MD_EUSAGE && strcmp(e.text, words) == 0;
}

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) != 0)
		printf("Bail out! cannot write %s\n", path);
}

int
main(void)
{
	char path[] = "/tmp/test_json_file.XXXXXX", words[80];
	int fd = mkstemp(path);
	struct md_error e;
	json_t *root = NULL;

	ok(fd >= 0, "there is a file");
	put(path, "{\"a\": 1}\n");
	ok(json_file_read(path, &root, &e) &&
		json_integer_value(json_object_get(root, "a")) == 1,
	    "a file is read");
	json_decref(root);
	put(path, "{\"a\":\n nil}\n");
	(void)snprintf(words, sizeof(words), "%s:2:4: invalid token near 'nil'",
	    path);
	ok(fails_with(path, words), "what is no JSON is told with its place");
	(void)close(fd);
	(void)unlink(path);
	(void)snprintf(words, sizeof(words),
	    "%s: cannot be read: No such file or directory", path);
	ok(fails_with(path, words), "a file that is not there is told");
	return done();
}
