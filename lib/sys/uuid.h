/*
 * Names that nobody else has.
 */
#ifndef MD_SYS_UUID_H
#define MD_SYS_UUID_H

#include <stdbool.h>

#define UUID_SIZE 37 /* its text and a NUL */

/* A random UUID (version 4).  False when the system has no randomness. */
bool uuid_create(char out[UUID_SIZE]);

#endif
