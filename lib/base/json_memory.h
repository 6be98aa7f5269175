/*
 * jansson's memory while it reads a text.  Where an allocation fails its lexer
 * loses the byte that it was to keep and goes on: a number comes out with a
 * digit less, or an assertion ends the program.  So its allocations are ours: a
 * failed one is noted, the lexer is given what it wants out of a reserve, and
 * what was read is thrown away.
 */
#ifndef MD_BASE_JSON_MEMORY_H
#define MD_BASE_JSON_MEMORY_H

struct json_t; /* jansson's */
struct json_error_t;

/* Before a text is read; the reading is this thread's. */
void json_memory_watch(void);

/*
 * After it: what was read, or null and *why says so where memory failed
 * meanwhile, whatever the reader made of that.
 */
struct json_t *json_memory_checked(struct json_t *read,
    struct json_error_t *why);

#endif
