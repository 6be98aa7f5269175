/*
 * Takers of options, a line each.  Who includes this says what SETTINGS is: the
 * program's own, of `into`.
 */
#ifndef MD_CLI_OPTION_TAKERS_H
#define MD_CLI_OPTION_TAKERS_H

#include "cli/options.h"

/* The head of one, take_NAME; its body follows.  Others have other names. */
#ifndef TAKE
#define TAKE(name)                                                             \
	static bool take_##name(void *into, const char *value, bool first,     \
	    struct md_error *e)
#endif

/* A flag: what it does. */
#define TAKE_FLAG(name, what)                                                  \
	TAKE(name)                                                             \
	{                                                                      \
		(void)first, (void)value, (void)e;                             \
		what;                                                          \
		return true;                                                   \
	}

/* A text, into the member of that name. */
#define TAKE_TEXT(name)                                                        \
	TAKE(name)                                                             \
	{                                                                      \
		(void)first;                                                   \
		return option_text(value, SETTINGS->name,                      \
		    sizeof(SETTINGS->name), e);                                \
	}

#endif
