/*
 * The exit codes of mdkit's programs, in one place; sysexits where the
 * convention has a number.
 */
#ifndef MD_EXIT_H
#define MD_EXIT_H

#include "base/error.h"

enum md_exit {
	EXIT_DONE = 0,
	EXIT_SOME_FAILED = 1,
	EXIT_ALL_FAILED = 2,
	EXIT_USAGE = 64,
	EXIT_UNAVAILABLE = 69,
	EXIT_SOFTWARE = 70,
	EXIT_HELD = 75, /* EX_TEMPFAIL: on hold, to be tried again later */
	EXIT_KEY = 77,
	EXIT_CONFIG = 78,
	EXIT_SIGINT = 130,
	EXIT_SIGTERM = 143,
};

/* Those of a check, as the monitoring plugins have them (mdstale, mdhealth):
 * misuse and every error are unknown. */
enum md_check {
	EXIT_OK = 0,
	EXIT_WARNING = 1,
	EXIT_CRITICAL = 2,
	EXIT_UNKNOWN = 3,
};

/* The code of a program that could not do its job at all. */
static inline int
exit_code(enum md_code code)
{
	switch (code) {
	case MD_OK: /* then nothing says what failed */
		break;
	case MD_EUSAGE:
		return EXIT_USAGE;
	case MD_ECONFIG:
		return EXIT_CONFIG;
	case MD_EKEY:
		return EXIT_KEY;
	case MD_ENOMEM:
		return EXIT_SOFTWARE;
	case MD_EIO:
	case MD_EDATA:
	case MD_ENET:
	case MD_ETLS:
	case MD_EHTTP:
	case MD_EABSENT:
	case MD_EAPI:
	case MD_EDENIED:
	case MD_ESTORE:
	case MD_EEMPTY:
	case MD_ELEASE:
		return EXIT_UNAVAILABLE;
	case MD_EHELD:
		return EXIT_HELD;
	case MD_EINTR:
		return EXIT_SIGINT;
	}
	return EXIT_SOFTWARE;
}

#endif
