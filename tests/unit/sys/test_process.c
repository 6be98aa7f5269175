#include <sys/resource.h>

#include "sys/process.h"
#include "tap.h"

static void
open_files_are_limited(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    limit.rlim_max == RLIM_INFINITY || limit.rlim_max < 64) {
		skip("no limit of open files");
		return;
	}
	limit.rlim_max = 64;
	limit.rlim_cur = 32;
	if (!ok(setrlimit(RLIMIT_NOFILE, &limit) == 0, "a limit is set"))
		return;
	ok(process_open_files(16) == 32, "a limit that suffices stays");
	ok(process_open_files(48) == 48 &&
		getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == 48,
	    "a lower one is raised");
	ok(process_open_files(100) == 64, "no further than is allowed");
}

int
main(void)
{
	open_files_are_limited();
	return done();
}
