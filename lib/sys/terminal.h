/*
 * The terminal that people look at: what it can show, and how wide it is.
 */
#ifndef MD_SYS_TERMINAL_H
#define MD_SYS_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Does it place a cursor, as a line redrawn in place needs?  One of TERM=dumb
 * does not.  env: getenv, or a test's own. */
bool terminal_moves(char *(*env)(const char *));

/* Are colours wanted there?  Not by TERM=dumb, nor where NO_COLOR is set and
 * not empty (https://no-color.org). */
bool terminal_colors(char *(*env)(const char *));

/* The columns of the terminal behind a descriptor; else, or where it does not
 * say, those of COLUMNS; else 80. */
size_t terminal_columns(int fd, char *(*env)(const char *));

#endif
