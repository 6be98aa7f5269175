/*
 * A command of the operator's, run by the shell, which reads a text.
 */
#ifndef MD_SYS_FEED_H
#define MD_SYS_FEED_H

#include <stdint.h>

#include "base/error.h"

/*
 * Run the command by /bin/sh with the text on its standard input; what it
 * prints goes to our standard error.  In its environment are neither the API's
 * key nor the database's password.  After so many ms it is killed, with what it
 * started.  MD_EIO says how it failed: it could not be run, took too long, or
 * ended with a code other than 0.
 */
bool feed_command(const char *command, const char *text, int64_t within_ms,
    struct md_error *);

#endif
