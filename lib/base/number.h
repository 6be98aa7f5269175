/*
 * Decimal text to double and back, exactly, whatever the locale.
 */
#ifndef MD_BASE_NUMBER_H
#define MD_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads one JSON number at *s (before end) and moves *s past it.  The double
 * nearest to the decimal text, ties to even, as strtod() in the C locale
 * gives it: mantissa and power of ten exact in doubles where they fit
 * (Clinger), a 128-bit product where not (Eisel–Lemire: Lemire, "Number
 * Parsing at a Gigabyte per Second", 2021), strtod() where that is undecided.
 * False, *s unmoved, when no JSON number is there ("01", ".5", "1.", "+1" are
 * none) or it overflows.
 */
bool number_scan(const char **s, const char *end, double *out);

/*
 * The shortest text that reads back as the same double, a JSON number: plain
 * from 1e-6 to below 1e17 ("0.00012", "642646396"), else "1.5e-7", "1e22";
 * minus zero is "-0.0".  NaN and infinities are "null".  out: 32 bytes with the
 * NUL; returns the length.
 */
size_t number_format(double, char out[32]);

/* In decimal; returns the length. */
size_t number_format_int(int64_t, char out[24]);

/* A whole decimal number in [min, max] and nothing around it; "007" is 7. */
bool number_parse_int(const char *, int64_t min, int64_t max, int64_t *out);

/* A finite decimal number ≥ min and ≤ max, nothing after it, any locale. */
bool number_parse_real(const char *, double min, double max, double *out);

#endif
