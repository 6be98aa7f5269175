/*
 * Shared libraries that only some runs need, loaded when they are.
 */
#ifndef MD_SYS_LIBRARY_H
#define MD_SYS_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct library_symbol {
	const char *name;
	void *pointer; /* the address of a pointer to such a function */
};

struct library {
	const char *file; /* as the dynamic linker looks for it */
	const char *user; /* what needs it, for the message */
	const struct library_symbol *symbols;
	size_t n;
	enum md_code kind; /* of the error where it is missing */
	bool loaded;
};

/*
 * Fills in the pointers, once; the library stays loaded to the program's end.
 * May be called by several threads at once.  The library's own kind of error
 * where the library or a function of it is missing; a later call tries again.
 */
bool library_load(struct library *, struct md_error *);

/*
 * For the file that owns a library: with FUNCTIONS(X) its list of names,
 *	static struct { FUNCTIONS(LIBRARY_POINTER) } real;
 *	static const struct library_symbol symbols[] = {
 *		FUNCTIONS(LIBRARY_SYMBOL) };
 * and each function by its own name, so that its callers need not know:
 * LIBRARY_GIVES(type, name, (parameters), (arguments)), or LIBRARY_DOES where
 * it returns nothing.  Whoever begins loads the library first.
 */
/* NOLINTBEGIN(bugprone-macro-parentheses): types, names and lists. */
#define LIBRARY_POINTER(name) __typeof__(name) *name;
#define LIBRARY_SYMBOL(name)  { #name, &real.name },
#define LIBRARY_GIVES(type, name, parameters, arguments)                       \
	type name parameters                                                   \
	{                                                                      \
		return real.name arguments;                                    \
	}
#define LIBRARY_DOES(name, parameters, arguments)                              \
	void name parameters                                                   \
	{                                                                      \
		real.name arguments;                                           \
	}
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
