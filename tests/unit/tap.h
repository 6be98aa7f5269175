/*
 * TAP for the unit tests: ok(condition, name…), then return done().
 */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tap_run, tap_failed;

__attribute__((format(printf, 3, 4), unused)) static bool
ok_at(int line, bool good, const char *fmt, ...)
{
	va_list ap;

	tap_run++;
	if (!good)
		tap_failed++;
	printf("%sok %d - ", good ? "" : "not ", tap_run);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	if (!good)
		printf("# line %d\n", line);
	return good;
}

#define ok(good, ...) ok_at(__LINE__, (good), __VA_ARGS__)

__attribute__((unused)) static void
skip(const char *why)
{
	tap_run++;
	printf("ok %d # skip %s\n", tap_run, why);
}

__attribute__((unused)) static int
done(void)
{
	printf("1..%d\n", tap_run);
	return tap_failed == 0 ? 0 : 1;
}

#endif
