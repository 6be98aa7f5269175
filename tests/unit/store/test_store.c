#include <stdio.h>
#include <string.h>

#include "store/store.h"
#include "tap.h"

static struct execution
ended(enum execution_status status, const char *message)
{
	struct execution x = { .status = status };

	(void)snprintf(x.message, sizeof(x.message), "%s", message);
	return x;
}

static void
test_failures(void)
{
	char url[600];
	struct md_error e = { MD_OK, "" };
	struct execution x;

	ok(!store_fail(&e, "/m.db", "locked for %d s", 3) &&
		e.code == MD_ESTORE &&
		strcmp(e.text, "store /m.db: locked for 3 s") == 0,
	    "a store's error names the store");
	x = ended(EXECUTION_FAILED, e.text);
	ok(store_ended(&x), "the log of runs tells it from others");
	x = ended(EXECUTION_FAILED, "the API is down");
	ok(!store_ended(&x), "an error of the API is none of the store");
	memset(url, 'x', sizeof(url) - 1);
	url[sizeof(url) - 1] = '\0';
	ok(!store_fail(&e, url, "locked") &&
		strlen(e.text) == sizeof(e.text) - 1,
	    "what does not fit is cut");
	ok(!store_fail(NULL, "/m.db", "locked"), "nobody need listen");
}

static void
test_vanished(void)
{
	struct execution x =
	    ended(EXECUTION_INTERRUPTED, execution_vanished_message);

	ok(execution_vanished(&x), "a run that was marked has vanished");
	x = ended(EXECUTION_INTERRUPTED, "interrupted by SIGTERM");
	ok(!execution_vanished(&x), "one that was stopped has not");
}

int
main(void)
{
	test_failures();
	test_vanished();
	return done();
}
