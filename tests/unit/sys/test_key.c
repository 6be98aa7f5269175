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

/* -- the pair of flat files -- */

static char variables[8][2][64];

static char *
environment(const char *name)
{
	for (size_t i = 0; i < COUNT(variables); i++)
		if (strcmp(variables[i][0], name) == 0)
			return variables[i][1];
	return NULL;
}

static void
pair_files(void)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{ "ACCESS99\nS3CR3T/+=KEY\n", true },
		{ "ACCESS99\nS3CR3T/+=KEY", true },
		{ "\357\273\277ACCESS99\r\nS3CR3T/+=KEY\r\n\r\n", true },
		{ "ACCESS99\n", false },
		{ "ACCESS99\n\n", false },
		{ "\nS3CR3T/+=KEY\n", false },
		{ "ACCESS99\nS3CR3T KEY\n", false },
		{ "ACCESS99\nS3CR3T/+=KEY\nmore\n", false },
		{ "", false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct md_error e = { MD_OK, "" };
		struct s3_keys k;
		bool good;

		write_file(cases[i].text, 0600);
		good = s3_keys_find(path, environment, &k, &e);
		ok(good == cases[i].good &&
			(good ? strcmp(k.id, "ACCESS99") == 0 &&
				    strcmp(k.secret, "S3CR3T/+=KEY") == 0 &&
				    k.token[0] == '\0'
			      : e.code == MD_EKEY &&
				    strstr(e.text, path) != NULL &&
				    strstr(e.text, "S3CR3T") == NULL),
		    "S3 keys, case %zu: %s", i,
		    good ? "read" : "refused without a word of them");
		write_file(cases[i].text, 0644);
		ok(!s3_keys_find(path, environment, &k, &e) &&
			e.code == MD_EKEY,
		    "and not where others may read them");
	}
}

static void
set(size_t i, const char *name, const char *value)
{
	(void)snprintf(variables[i][0], sizeof(variables[i][0]), "%s", name);
	(void)snprintf(variables[i][1], sizeof(variables[i][1]), "%s", value);
}

static void
pair_environment(void)
{
	struct md_error e = { MD_OK, "" };
	struct s3_keys k;

	ok(!s3_keys_find("", environment, &k, &e) && e.code == MD_EKEY &&
		strstr(e.text, "MASSIVE_S3_ACCESS_KEY_ID") != NULL &&
		strstr(e.text, "--s3-key-file") != NULL,
	    "no S3 keys: it is said where they come from");
	set(0, "AWS_ACCESS_KEY_ID", "aws-id");
	ok(!s3_keys_find("", environment, &k, &e) &&
		strstr(e.text, "AWS_SECRET_ACCESS_KEY is not") != NULL,
	    "one of a pair is none");
	set(1, "AWS_SECRET_ACCESS_KEY", "aws-secret");
	set(2, "AWS_SESSION_TOKEN", "token/1+2==");
	ok(s3_keys_find("", environment, &k, &e) &&
		strcmp(k.id, "aws-id") == 0 &&
		strcmp(k.secret, "aws-secret") == 0 &&
		strcmp(k.token, "token/1+2==") == 0,
	    "those of AWS, and the token of lent ones");
	set(3, "MASSIVE_S3_ACCESS_KEY_ID", "our-id");
	set(4, "MASSIVE_S3_SECRET_ACCESS_KEY", "our-secret\n");
	ok(s3_keys_find("", environment, &k, &e) &&
		strcmp(k.id, "our-id") == 0 &&
		strcmp(k.secret, "our-secret") == 0 && k.token[0] == '\0',
	    "the vendor's own go first, without that token");
	set(4, "MASSIVE_S3_SECRET_ACCESS_KEY", "our\nsecret");
	ok(!s3_keys_find("", environment, &k, &e) &&
		strstr(e.text, "secret\n") == NULL,
	    "one that would end a header's line is refused");
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
	pair_files();
	pair_environment();
	(void)unlink(path);
	(void)rmdir(dir);
	return done();
}
