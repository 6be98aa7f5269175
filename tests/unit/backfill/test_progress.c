#include <string.h>

#include "backfill/progress.h"
#include "base/mdtime.h"
#include "tap.h"

static const struct backfill_progress busy = {
	.jobs = 12000,
	.jobs_done = 11000,
	.jobs_failed = 17,
	.bars = INT64_C(123456789),
	.requests = 54321,
	.rate_limited = 33,
	.calls_planned = 60000,
	.calls_done = 54000,
	.elapsed_ms = 3 * MD_HOUR,
};

static const char *
line(const struct backfill_progress *p, size_t columns)
{
	static struct buf b;

	buf_clear(&b);
	progress_format(p, columns, false, &b);
	return buf_str(&b);
}

int
main(void)
{
	const struct backfill_progress begins = { .jobs = 3 };
	const struct backfill_progress files = { .file_bytes = 131250000,
		.file_bytes_planned = 525000000,
		.bars = 40,
		.elapsed_ms = 10000 };
	struct buf coloured = BUF_INIT;
	bool fits = true;

	ok(strcmp(line(&begins, 80), "[                        ] 0/3 series, "
				     "0 bars, 0 requests") == 0,
	    "a run that begins: %s", line(&begins, 80));
	for (size_t columns = 1; columns <= 200; columns++)
		fits = fits && strlen(line(&busy, columns)) < columns &&
		       strlen(line(&begins, columns)) < columns;
	ok(fits, "no terminal is written full");
	ok(strcmp(line(&busy, 200),
	       "[======================  ] 11000/12000 series, 123456789 bars, "
	       "54321 requests (33 limited), 17 failed, 20 min 00 s left") == 0,
	    "with all that there is to say: %s", line(&busy, 200));
	ok(strstr(line(&busy, 60), "11000/12000 series") != NULL &&
		strstr(line(&busy, 60), ", 17 failed, 20 min 00 s left") !=
		    NULL,
	    "on 60 columns what failed is said: %s", line(&busy, 60));
	ok(strcmp(line(&busy, 32), "11000/12000 series, 17 failed") == 0,
	    "on 32 nothing else is: %s", line(&busy, 32));
	ok(strcmp(line(&files, 120),
	       "[======                  ] 131.2/525.0 MB of files, 40 bars, "
	       "0 requests, 30.0 s left") == 0,
	    "while files are read it goes by bytes: %s", line(&files, 120));
	progress_format(&busy, 200, true, &coloured);
	ok(strlen(buf_str(&coloured)) ==
		strlen(line(&busy, 200)) + strlen("\033[32m\033[0m"),
	    "colours take no columns");
	buf_free(&coloured);
	return done();
}
