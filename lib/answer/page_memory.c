/*
 * The memory of a page: what both decoders fill, and stand on.
 */
#include <stdint.h>
#include <stdlib.h>

#include "answer/page_internal.h"

static void
drop(char **text)
{
	free(*text);
	*text = NULL;
}

void
page_reset(struct page *page)
{
	for (size_t i = 0; i < page->refused_len; i++)
		free(page->refused[i].raw);
	free(page->refused);
	page->refused = NULL;
	page->refused_len = 0;
	drop(&page->ticker);
	drop(&page->status);
	drop(&page->message);
	drop(&page->next_url);
	page->len = 0;
	page->results_count = -1;
	page->scanned = false;
}

static bool
reserve_names(struct page *page, size_t cap)
{
	struct page_name *names;

	if (!page->named || cap <= page->names_cap)
		return true;
	if (cap > SIZE_MAX / sizeof(*names))
		return false;
	names = realloc(page->names, cap * sizeof(*names));
	if (names == NULL)
		return false;
	page->names = names;
	page->names_cap = cap;
	return true;
}

bool
page_reserve(struct page *page, size_t cap)
{
	struct bar *bars;

	if (cap > SIZE_MAX / sizeof(*bars) || !reserve_names(page, cap))
		return false;
	if (cap <= page->cap)
		return reserve_names(page, page->cap);
	bars = realloc(page->bars, cap * sizeof(*bars));
	if (bars == NULL)
		return false;
	page->bars = bars;
	page->cap = cap;
	return true;
}

void
page_free(struct page *page)
{
	page_reset(page);
	free(page->bars);
	free(page->names);
	*page = (struct page)PAGE_INIT;
}
