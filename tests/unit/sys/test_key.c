#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/key.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT_MAX 1024

static char dir[] = "/tmp/test_key.XXXXXX", path[64];

static void
write_file(const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0 ||
	    chmod(path, mode) != 0)
		printf("Bail out! %s cannot be written\n", path);
}

/* No part of the key is in the message. */
static bool
silent(const struct md_error *e, const char *text)
{
	char part[5];

	for (size_t i = 0; i + 4 <= strlen(text); i++) {
		memcpy(part, text + i, 4);
		part[4] = '\0';
		if (strpbrk(part, " \t\r\n") == NULL &&
		    strstr(e->text, part) != NULL)
			return false;
	}
	return true;
}

static void
long_text(char *out, size_t n, const char *end)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (char)('A' + i % 7);
	(void)strcpy(out + n, end);
}

static void
modes(void)
{
	static const struct {
		mode_t mode;
		bool good;
	} cases[] = {
		{ 0600, true },
		{ 0400, true },
		{ 0700, true },
		{ 0644, false },
		{ 0640, false },
		{ 0604, false },
		{ 0620, false },
		{ 0601, false },
		{ 0666, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct md_error e = { MD_OK, "" };
		char key[KEY_MAX] = "";
		bool good;

		write_file("S3CR3TKEY\n", cases[i].mode);
		good = key_read(path, key, &e);
		if (cases[i].good)
			ok(good && strcmp(key, "S3CR3TKEY") == 0,
			    "a file of mode %04o is read",
			    (unsigned)cases[i].mode);
		else
			ok(!good && e.code == MD_EKEY &&
				strstr(e.text, path) != NULL &&
				strstr(e.text, "chmod 600") != NULL &&
				silent(&e, "S3CR3TKEY"),
			    "one of mode %04o is refused",
			    (unsigned)cases[i].mode);
	}
}

static void
contents(void)
{
	static const struct {
		const char *name, *text;
		const char *key; /* null: refused */
	} cases[] = {
		{ "a key without a newline", "S3CR3TKEY", "S3CR3TKEY" },
		{ "a key with one", "S3CR3TKEY\n", "S3CR3TKEY" },
		{ "a key with a DOS one", "S3CR3TKEY\r\n", "S3CR3TKEY" },
		{ "the first of two lines", "S3CR3TKEY\nother\n", "S3CR3TKEY" },
		{ "any printable character", "~!\"#_-:{}9\n", "~!\"#_-:{}9" },
		{ "an empty file", "", NULL },
		{ "an empty first line", "\nS3CR3TKEY\n", NULL },
		{ "a blank within", "S3CR3T KEYTEXT\n", NULL },
		{ "a blank before", " S3CR3TKEY\n", NULL },
		{ "a blank after", "S3CR3TKEY \n", NULL },
		{ "a tab", "S3CR3T\tKEYTEXT\n", NULL },
		{ "a control character", "S3CR3T\001KEYTEXT\n", NULL },
		{ "a character past ASCII", "S3CR3T\303\251KEYTEXT\n", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct md_error e = { MD_OK, "" };
		char key[KEY_MAX] = "";
		bool good;

		write_file(cases[i].text, 0600);
		good = key_read(path, key, &e);
		if (cases[i].key != NULL)
			ok(good && strcmp(key, cases[i].key) == 0, "%s is read",
			    cases[i].name);
		else
			ok(!good && e.code == MD_EKEY &&
				strstr(e.text, path) != NULL &&
				silent(&e, cases[i].text),
			    "%s is refused: %s", cases[i].name,
			    strchr(e.text + strlen(path), ':') == NULL
				? ""
				: "with the file's name, without the key");
	}
}

static void
lengths(void)
{
	static const struct {
		size_t n;
		const char *end;
		bool good;
	} cases[] = {
		{ 254, "\nmore\n", true },
		{ 255, "", true },
		{ 255, "\n", true },
		{ 255, "\r\n", true },
		{ 256, "", false },
		{ 256, "\n", false },
		{ 300, "\n", false },
		{ 900, "\n", false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct md_error e = { MD_OK, "" };
		char text[TEXT_MAX], key[KEY_MAX] = "";
		bool good;

		long_text(text, cases[i].n, cases[i].end);
		write_file(text, 0600);
		good = key_read(path, key, &e);
		ok(good == cases[i].good &&
			(good ? strlen(key) == cases[i].n
			      : e.code == MD_EKEY && silent(&e, text)),
		    "a key of %zu bytes is %s", cases[i].n,
		    cases[i].good ? "read whole" : "refused, not cut");
	}
}

static void
not_files(void)
{
	struct md_error e = { MD_OK, "" };
	char key[KEY_MAX] = "";

	(void)unlink(path);
	ok(!key_read(path, key, &e) && e.code == MD_EKEY &&
		strstr(e.text, path) != NULL &&
		strstr(e.text, "No such file") != NULL,
	    "a file that is not there is named");
	ok(!key_read(dir, key, &e) && e.code == MD_EKEY &&
		strstr(e.text, dir) != NULL,
	    "a folder is no key file");
	ok(!key_read("/dev/null", key, &e) && e.code == MD_EKEY,
	    "nor is a device");
}

static void
checks(void)
{
	struct md_error e = { MD_OK, "" };
	char text[TEXT_MAX];

	ok(key_check("abcDEF123_-", &e), "a key from elsewhere is checked too");
	ok(!key_check("", &e) && e.code == MD_EKEY, "an empty one is refused");
	ok(!key_check("S3CR3T\nInjected: 1", &e) && silent(&e, "S3CR3T"),
	    "one that would end a header's line is refused");
	long_text(text, 255, "");
	ok(key_check(text, &e), "255 bytes are a key");
	long_text(text, 256, "");
	ok(!key_check(text, &e) && silent(&e, text), "256 bytes are none");
}

int
main(void)
{
	if (mkdtemp(dir) == NULL) {
		printf("Bail out! no folder to write to\n");
		return 1;
	}
	(void)snprintf(path, sizeof(path), "%s/key", dir);
	modes();
	contents();
	lengths();
	not_files();
	checks();
	(void)unlink(path);
	(void)rmdir(dir);
	return done();
}
