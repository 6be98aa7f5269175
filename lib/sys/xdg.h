/*
 * The places of the XDG base directory specification.
 */
#ifndef MD_SYS_XDG_H
#define MD_SYS_XDG_H

#include <stdbool.h>
#include <stddef.h>

/*
 * $VARIABLE/mdkit/FILE, or $HOME/UNDER_HOME/mdkit/FILE; env is getenv, or a
 * test's own.  False if neither is an absolute path, or the path does not fit.
 */
bool xdg_path(char *(*env)(const char *), const char *variable,
    const char *under_home, const char *file, char *out, size_t size);

/* Create the folders above that file.  A failure shows when the file is used.
 */
void xdg_make_folders(char *path);

#endif
