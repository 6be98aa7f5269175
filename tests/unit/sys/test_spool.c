#include <stdlib.h>
#include <string.h>

#include "sys/spool.h"
#include "tap.h"

#define BLOCK  1000
#define BLOCKS 200

/* Blocks of one byte each come back, whether from memory or the file. */
static bool
comes_back(struct spool *s, size_t blocks)
{
	static int64_t at[BLOCKS];
	char block[BLOCK];
	struct md_error e;

	for (size_t i = 0; i < blocks; i++) {
		memset(block, (int)(i % 127), sizeof(block));
		if (!spool_append(s, block, sizeof(block), &at[i], &e))
			return false;
	}
	for (size_t i = blocks; i-- > 0;) {
		if (!spool_read(s, at[i], block, sizeof(block), &e) ||
		    block[0] != (char)(i % 127) ||
		    block[BLOCK - 1] != (char)(i % 127))
			return false;
	}
	return spool_clear(s, &e);
}

static void
test_memory(size_t most)
{
	struct spool *s = spool_create("/tmp", most);

	ok(s != NULL && comes_back(s, BLOCKS), "%zu bytes in memory", most);
	ok(comes_back(s, BLOCKS) && comes_back(s, 3), "... and again");
	spool_destroy(&s);
}

static void
test_folder(void)
{
	struct spool *s = spool_create("/not/there", 10);
	struct md_error e = { .code = MD_OK };
	int64_t at;

	ok(spool_append(s, "12345678", 8, &at, &e) && at == 0,
	    "no file is needed for what fits in memory");
	ok(!spool_append(s, "12345678", 8, &at, &e) && e.code == MD_EUSAGE &&
		strstr(e.text, "/not/there") != NULL,
	    "a folder that is not there is named");
	ok(spool_room(s) == 0, "... and has no room");
	spool_destroy(&s);
	s = spool_create("/tmp", 10);
	ok(spool_room(s) > 0, "one that is there has");
	spool_destroy(&s);
	spool_destroy(&s);
}

int
main(void)
{
	test_memory(0);
	test_memory(2500);
	test_memory(10000000);
	test_folder();
	return done();
}
