/*
 * Decimal text to double and back, exactly, whatever the locale.
 */
#ifndef MD_BASE_NUMBER_H
#define MD_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads one JSON number at *s (before end) and moves *s past it.  The result is
 * the double nearest to the decimal text, ties to even, the same as strtod() in
 * the C locale: mantissa and power of ten as exact doubles if they fit
 * (Clinger), otherwise a 128-bit product (Eisel–Lemire: Lemire, "Number Parsing
 * at a Gigabyte per Second", 2021), and strtod() if that is undecided.  False,
 * with *s unchanged, if there is no JSON number ("01", ".5", "1.", "+1" are
 * not) or it overflows.
 */
bool number_scan(const char **s, const char *end, double *out);

/*
 * The shortest JSON number that reads back as the same double: without exponent
 * from 1e-6 to below 1e17 ("0.00012", "642646396"), else "1.5e-7", "1e22";
 * minus zero is "-0.0".  NaN and infinities are "null".  out: 32 bytes with the
 * NUL; returns the length.
 */
size_t number_format(double, char out[32]);

/* Decimal, NUL-terminated; returns the length. */
size_t number_format_int(int64_t, char out[24]);

/* An integer in [min, max], in decimal, with nothing around it; "007" is 7. */
bool number_parse_int(const char *, int64_t min, int64_t max, int64_t *out);

/* A finite decimal number in [min, max], with nothing after it, whatever the
 * locale. */
bool number_parse_real(const char *, double min, double max, double *out);

#endif
