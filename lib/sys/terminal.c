#include "sys/terminal.h"

#include <string.h>
#include <sys/ioctl.h>

#include "base/number.h"

#define USUAL_COLUMNS 80

bool
terminal_moves(char *(*env)(const char *))
{
	const char *term = env("TERM");

	return term == NULL || strcmp(term, "dumb") != 0;
}

bool
terminal_colors(char *(*env)(const char *))
{
	const char *no = env("NO_COLOR");

	return (no == NULL || *no == '\0') && terminal_moves(env);
}

size_t
terminal_columns(int fd, char *(*env)(const char *))
{
	const char *said = env("COLUMNS");
	struct winsize w;
	int64_t columns;

	if (ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
		return w.ws_col;
	if (said != NULL && number_parse_int(said, 1, 10000, &columns))
		return (size_t)columns;
	return USUAL_COLUMNS;
}
