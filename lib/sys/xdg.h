/*
 * The places of the XDG base directory specification.
 */
#ifndef MD_SYS_XDG_H
#define MD_SYS_XDG_H

#include <stdbool.h>
#include <stddef.h>

/*
 * $VARIABLE/mdkit/FILE, or $HOME/UNDER_HOME/mdkit/FILE; env is getenv, or a
 * test's own.  False when neither is an absolute path, or it does not fit.
 */
bool xdg_path(char *(*env)(const char *), const char *variable,
    const char *under_home, const char *file, char *out, size_t size);

/* Make the folders above that file; whether it worked shows when it is used. */
void xdg_make_folders(char *path);

#endif
