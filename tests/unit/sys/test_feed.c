#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mdtime.h"
#include "sys/feed.h"
#include "tap.h"

int
main(void)
{
	struct md_error e = { MD_OK, "" };
	size_t n = 1 << 20; /* more than a pipe holds */
	char *text = malloc(n + 1);
	int64_t began;

	if (text == NULL)
		return 1;
	memset(text, 'x', n);
	text[n] = '\0';
	(void)signal(SIGPIPE, SIG_IGN);
	ok(feed_command("test $(wc -c) -eq 1048576", text, 10000, &e),
	    "a command reads all of it");
	ok(feed_command("true", text, 10000, &e), "it need not");
	ok(!feed_command("exit 3", "", 10000, &e) &&
		strstr(e.text, "exit code 3") != NULL,
	    "its code tells");
	ok(!feed_command("kill -9 $$", "", 10000, &e) &&
		strstr(e.text, "signal 9") != NULL,
	    "so does a signal");
	began = md_monotonic_ms();
	ok(!feed_command("sleep 60 & wait", text, 300, &e) &&
		strstr(e.text, "killed") != NULL &&
		md_monotonic_ms() - began < 30000,
	    "one that does not end is ended");
	(void)setenv("POLYGON_API_KEY", "secret", 1);
	(void)setenv("PGPASSWORD", "secret", 1);
	ok(feed_command("test -z \"$POLYGON_API_KEY$PGPASSWORD\"", "", 10000,
	       &e),
	    "secrets are not handed on");
	free(text);
	return done();
}
