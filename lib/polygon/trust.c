#include "polygon/trust.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool
copy(char to[TRUST_PATH], const char *name, const char *path,
    struct md_error *e)
{
	size_t len = strlen(path);

	if (len >= TRUST_PATH)
		return md_fail(e, MD_EUSAGE,
		    "%s: expected a path of %d bytes at most", name,
		    TRUST_PATH - 1);
	memcpy(to, path, len + 1);
	return true;
}

/* libcurl would only say that "it" cannot be loaded. */
static bool
has_certificate(FILE *f)
{
	char line[256];

	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "-----BEGIN ", 11) == 0 &&
		    strstr(line, "CERTIFICATE-----") != NULL)
			return true;
	return false;
}

static bool
check_file(const char *name, const char *path, struct md_error *e)
{
	FILE *f = fopen(path, "r");
	bool good;

	if (f == NULL)
		return md_fail(e, MD_EUSAGE, "%s: %s: %s", name, path,
		    strerror(errno));
	errno = 0;
	good = has_certificate(f);
	if (!good)
		(void)md_fail(e, MD_EUSAGE, "%s: %s: %s", name, path,
		    errno != 0 ? strerror(errno)
			       : "holds no certificate: expected the "
				 "authority's in PEM form (-----BEGIN "
				 "CERTIFICATE-----)");
	(void)fclose(f);
	return good;
}

static bool
take_file(struct trust *t, const char *name, const char *path,
    struct md_error *e)
{
	return copy(t->file, name, path, e) && check_file(name, path, e);
}

static const char *
given(char *(*env)(const char *), const char *name)
{
	const char *value = env(name);

	return value == NULL || *value == '\0' ? NULL : value;
}

bool
trust_find(struct trust *t, const char *file, char *(*env)(const char *),
    struct md_error *e)
{
	const char *path;

	*t = (struct trust){ "", "" };
	if (file[0] != '\0')
		return take_file(t, "--ca-file", file, e);
	if ((path = given(env, "CURL_CA_BUNDLE")) != NULL)
		return take_file(t, "CURL_CA_BUNDLE", path, e);
	if ((path = given(env, "SSL_CERT_FILE")) != NULL &&
	    !take_file(t, "SSL_CERT_FILE", path, e))
		return false;
	return (path = given(env, "SSL_CERT_DIR")) == NULL ||
	       copy(t->dir, "SSL_CERT_DIR", path, e);
}
