/*
 * The ways to fetch what is missing, beside each other.
 */
#include <string.h>

#include "backfill/ways.h"

/* The bytes of answers that calls bring. */
static int64_t
answer_bytes(const struct needs *needs, const struct mix_prices *p)
{
	int64_t bytes = 0;

	for (size_t i = 0; i < needs->len; i++) {
		const struct need *n = &needs->v[i];

		for (size_t k = 0; k < n->calls.len; k++)
			bytes += mix_bytes(grid_bars_expected(&n->grid,
			    n->calls.v[k].from, n->calls.v[k].to));
	}
	for (size_t i = 0; i < needs->days.len; i++)
		bytes += p->grouped_bytes[needs->days.v[i].market];
	return bytes;
}

static void
add_way(struct backfill_plan *p, const char *name, const struct needs *needs,
    const struct file_plan *files)
{
	struct backfill_way *w = &p->ways[p->ways_len++];
	int64_t answers = answer_bytes(needs, &files->prices), us;

	*w = (struct backfill_way){ .name = name,
		.calls_grouped = (int64_t)needs->days.len,
		.files = files->files,
		.bytes = answers + files->bytes };
	for (size_t i = 0; i < needs->len; i++)
		w->calls_range += needs->v[i].pages;
	us = mix_calls_us(&files->prices, w->calls_range + w->calls_grouped,
		 answers) +
	     mix_files_us(&files->prices, files->files, files->bytes);
	w->seconds = (double)us / 1000000;
}

/* What else could be done; a call each for the series is the last resort. */
static bool
add_other_ways(const struct backfill_options *o, const struct planning *g,
    struct backfill_plan *p)
{
	const struct {
		const char *name;
		bool files, no_grouped;
	} ways[] = {
		{ "files", true, o->no_grouped },
		{ "grouped", false, false },
		{ "range", false, true },
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct backfill_options other = *o;
		struct file_plan files = { .prices = g->files->prices,
			.all = true,
			.list = g->files->list };
		struct needs needs;
		bool good;

		if ((ways[i].files && files.list == NULL) ||
		    (!ways[i].files && o->no_grouped && !ways[i].no_grouped))
			continue;
		other.no_grouped = ways[i].no_grouped;
		good = plan_needs(&other, g->calendar, g->series, g->sources,
		    g->denials, g->rights, ways[i].files ? &files : NULL,
		    g->now, &needs);
		if (good)
			add_way(p, ways[i].name, &needs, &files);
		needs_free(&needs);
		files.list = NULL; /* borrowed */
		file_plan_free(&files);
		if (!good)
			return false;
	}
	return true;
}

bool
plan_ways(const struct backfill_options *o, const struct planning *g,
    const struct needs *chosen, struct backfill_plan *p)
{
	add_way(p, "chosen", chosen, g->files);
	return add_other_ways(o, g, p);
}

int64_t
plan_calls_without_files(const struct backfill_options *o,
    const struct backfill_plan *p)
{
	const char *name = o->no_grouped ? "range" : "grouped";

	for (size_t i = 0; i < p->ways_len; i++)
		if (strcmp(p->ways[i].name, name) == 0)
			return p->ways[i].calls_range +
			       p->ways[i].calls_grouped;
	return p->calls_range + p->calls_grouped;
}
