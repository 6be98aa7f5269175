/*
 * Small files of what mdmock knows beyond its bars: a line of names, then a row
 * a line.
 */
#ifndef MD_MOCK_LINES_H
#define MD_MOCK_LINES_H

#include "base/error.h"

/* Appends the row to the list; *is_row false: it is none, and nothing was
 * appended.  False: out of memory. */
typedef bool mock_line(void *list, char *line, bool *is_row);

/* DIR/name: MD_EDATA names the line that has not those columns.  Without the
 * file there are none. */
bool mock_lines_read(const char *dir, const char *name, const char *columns,
    mock_line *, void *list, struct md_error *);

#endif
