/*
 * What the ends of every program have in common: the command line at the
 * beginning, and the message and exit code when it could not do its job.
 */
#ifndef MD_PROGRAM_H
#define MD_PROGRAM_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/options.h"
#include "exit.h"
#include "sys/process.h"

/* The code of a program that a signal ended. */
static inline int
exit_signal(int number)
{
	return number == SIGTERM ? EXIT_SIGTERM : EXIT_SIGINT;
}

/* stop: the number of a signal that is reported as such; null: none is. */
static inline int
program_report(struct log *log, const volatile sig_atomic_t *stop,
    const struct md_error *e)
{
	struct md_error why = *e;

	if (stop != NULL && e->code == MD_EINTR) {
		log_write(log, LOG_WARNING, "interrupted");
		return exit_signal((int)*stop);
	}
	(void)md_error_check(&why);
	log_tell(log, LOG_ERROR, &(struct log_about){ NULL, NULL, why.code },
	    "%s", why.text);
	return exit_code(why.code);
}

/* Of a check: whatever went wrong, what was asked is not known.  Who runs it as
 * a monitoring plugin reads no more than its standard output. */
static inline int
check_report(struct log *log, const char *format, const struct md_error *e)
{
	struct md_error why = *e;

	(void)md_error_check(&why);
	md_printable(why.text);
	if (strcmp(format, "nagios") == 0)
		printf("UNKNOWN: %.*s\n", (int)strcspn(why.text, "|\n"),
		    why.text);
	log_tell(log, LOG_ERROR, &(struct log_about){ NULL, NULL, why.code },
	    "%s", why.text);
	return EXIT_UNKNOWN;
}

/* Takes the options into the settings, then runs with the operands. */
static inline int
program_main(const struct program *p, int argc, char **argv, void *settings,
    int (*run)(void *settings, int argc, char **argv),
    int (*report)(void *settings, const struct md_error *))
{
	char config[OPTIONS_PATH];
	struct options_sources from = options_sources_usual(getenv, config);
	struct md_error e;
	int operands;

	process_open_standard();
	process_leave_no_core();
	if (p->no_configuration)
		from.config = NULL;
	switch (options_parse(p, argc, argv, &from, settings, &operands, stdout,
	    &e)) {
	case OPTIONS_SHOWN:
		return EXIT_DONE;
	case OPTIONS_BAD:
		return report(settings, &e);
	case OPTIONS_RUN:
		break;
	}
	return run(settings, argc - operands, argv + operands);
}

#endif
