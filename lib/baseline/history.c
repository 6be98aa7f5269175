#include "baseline/history.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"

#define STEPS_MAX  64
#define FILE_BYTES ((off_t)64 << 20) /* no measurement is so large */

/* -- pure -- */

/* Of the values from that index on, the last so many of those that count. */
static struct samples
level_of(const double v[], const size_t at[], size_t from, size_t to)
{
	struct samples s = { .len = 0 };

	if (to - from > SAMPLES_MAX)
		from = to - SAMPLES_MAX;
	for (size_t i = from; i < to; i++)
		(void)samples_add(&s, v[at[i]]);
	return s;
}

static double
spread(const struct samples *s)
{
	double confidence;
	struct interval in = samples_interval(s, &confidence);

	return (in.high - in.low) / in.high;
}

/* Apart by more than `least`, and by more than either side varies. */
#define LEAST 0.02

static bool
stands_apart(const struct samples *before, const struct samples *run,
    struct difference *d)
{
	double gap;

	*d = samples_compare(before, run, LEAST);
	gap = d->interval.low > 0 ? d->interval.low : -d->interval.high;
	return d->significant && gap > spread(before) && gap > spread(run);
}

static size_t
find_steps(const double v[], const size_t at[], size_t n,
    struct history_step *out, size_t max)
{
	size_t found = 0, level = 0, k = HISTORY_RUN;

	while (k + HISTORY_RUN <= n && found < max) {
		struct samples before = level_of(v, at, level, k);
		struct samples run = level_of(v, at, k, k + HISTORY_RUN);
		struct difference d;

		if (k - level < HISTORY_RUN ||
		    !stands_apart(&before, &run, &d)) {
			k++;
			continue;
		}
		out[found++] = (struct history_step){ at[k], at[level], d };
		level = k;
		k += HISTORY_RUN;
	}
	return found;
}

size_t
history_steps(const double v[], size_t n, struct history_step *out, size_t max)
{
	size_t at[HISTORY_MAX], len = 0;

	for (size_t i = 0; i < n && len < HISTORY_MAX; i++)
		if (isfinite(v[i]) && v[i] > 0)
			at[len++] = i;
	return find_steps(v, at, len, out, max);
}

/* -- the folder -- */

bool
history_prepare(const char *folder, struct md_error *e)
{
	struct stat sb;

	if (mkdir(folder, 0777) != 0 && errno != EEXIST)
		return md_fail(e, MD_EIO, "%s: cannot be made: %s", folder,
		    strerror(errno));
	if (stat(folder, &sb) != 0 || !S_ISDIR(sb.st_mode))
		return md_fail(e, MD_EUSAGE,
		    "%s: expected a folder for the history", folder);
	return access(folder, R_OK | W_OK | X_OK) == 0 ||
	       md_fail(e, MD_EIO, "%s: %s", folder, strerror(errno));
}

bool
history_path(const char *folder, const char *commit, char out[1200],
    struct md_error *e)
{
	int n = snprintf(out, 1200, "%s/%s.json", folder, commit);

	return (n > 0 && n < 1200) ||
	       md_fail(e, MD_EUSAGE, "%.200s…: the path is too long", folder);
}

/* A plain file of a size that is read in a moment: no pipe, no device. */
static bool
is_file(const char *path, struct md_error *e)
{
	struct stat sb;

	if (stat(path, &sb) != 0)
		return md_fail(e, MD_EIO, "%s: %s", path, strerror(errno));
	return (S_ISREG(sb.st_mode) && sb.st_size <= FILE_BYTES) ||
	       md_fail(e, MD_EUSAGE, "%s: is no measurement", path);
}

/* A file that --save wrote has no commit in it: its name is one. */
static bool
name_commit(struct baseline_earlier *x, const char *name)
{
	size_t len = strlen(name) - strlen(".json");

	if (x->commit[0] == '\0' && len < sizeof(x->commit)) {
		memcpy(x->commit, name, len);
		x->commit[len] = '\0';
	}
	return x->commit[0] != '\0';
}

static bool
read_one(struct baseline_history *h, const char *name,
    const struct baseline_options *o, struct md_error *e)
{
	struct baseline_earlier *x;
	size_t len = strlen(name);
	char path[1400];

	if (snprintf(path, sizeof(path), "%s/%s", h->folder, name) >=
	    (int)sizeof(path))
		return md_fail(e, MD_EUSAGE, "%.200s…: the path is too long",
		    name);
	if (len <= strlen(".json") || strcmp(name + len - 5, ".json") != 0)
		return md_fail(e, MD_EUSAGE, "%s: is no measurement", path);
	x = ARRAY_NEXT(h);
	if (x == NULL)
		return md_nomem(e);
	if (is_file(path, e) && baseline_earlier_read(path, x, e) &&
	    baseline_earlier_fits(x, path, o, e)) {
		if (name_commit(x, name))
			return true;
		(void)md_fail(e, MD_EUSAGE, "%s: names no commit", path);
	}
	h->len--;
	return false;
}

static int
by_time(const void *a, const void *b)
{
	const struct baseline_earlier *x = a, *y = b;

	if (x->commit_ms != y->commit_ms)
		return x->commit_ms < y->commit_ms ? -1 : 1;
	return strcmp(x->commit, y->commit);
}

static bool
read_folder(struct baseline_history *h, const struct baseline_options *o,
    void (*tell)(void *, const char *), void *ctx, struct md_error *e)
{
	DIR *d = opendir(h->folder);
	const struct dirent *entry;
	bool good = true;

	if (d == NULL)
		return md_fail(e, MD_EIO, "%s: %s", h->folder, strerror(errno));
	while (good && (entry = readdir(d)) != NULL) {
		struct md_error why;

		if (entry->d_name[0] == '.' ||
		    read_one(h, entry->d_name, o, &why))
			continue;
		h->left_out++;
		if (why.code == MD_ENOMEM) {
			*e = why;
			good = false;
		} else
			tell(ctx, why.text);
	}
	(void)closedir(d);
	if (h->len > 0)
		qsort(h->v, h->len, sizeof(*h->v), by_time);
	return good;
}

/* -- the changes -- */

/* Medians of the medians from one commit to another, as they were measured. */
static double
level_median(const struct baseline_history *h, int mode, int figure,
    size_t from, size_t to)
{
	struct samples s = { .len = 0 };

	if (to - from > SAMPLES_MAX)
		from = to - SAMPLES_MAX;
	for (size_t i = from; i < to; i++)
		(void)samples_add(&s,
		    samples_median(&h->v[i].figure[mode][figure]));
	return samples_median(&s);
}

static bool
add_changes(struct baseline_history *h, int mode, int figure,
    const struct history_step *step, size_t steps, struct md_error *e)
{
	for (size_t i = 0; i < steps; i++) {
		size_t end = i + 1 < steps ? step[i + 1].at : h->len;
		const struct difference *d = &step[i].difference;
		struct history_change *c = array_next(&h->change, &h->changes,
		    &h->changes_cap, sizeof(*c));

		if (c == NULL)
			return md_nomem(e);
		*c = (struct history_change){
			.mode = (enum baseline_mode)mode,
			.figure = (enum baseline_figure)figure,
			.first = step[i].at,
			.last_before = step[i].at - 1,
			.before = level_median(h, mode, figure, step[i].old,
			    step[i].at),
			.now = level_median(h, mode, figure, step[i].at, end),
			.worse_percent = 100 * d->ratio,
			.worse = { 100 * d->interval.low,
			    100 * d->interval.high },
			.lasts = i + 1 == steps,
		};
	}
	return true;
}

static double
fastest_of(const struct baseline_history *h, size_t from, int mode)
{
	double fastest = (double)NAN;

	for (size_t i = from; i < h->len; i++)
		fastest = fmin(fastest,
		    samples_best(&h->v[i].figure[mode][SAMPLED_CALIBRATION],
			false));
	return fastest;
}

static bool
find_changes(struct baseline_history *h, int mode, struct md_error *e)
{
	double fastest = fastest_of(h, 0, mode), v[HISTORY_MAX];
	struct history_step step[STEPS_MAX];

	for (int f = 0; f < FIGURE_COUNT; f++) {
		for (size_t i = 0; i < h->len; i++) {
			struct samples s =
			    baseline_comparable(h->v[i].figure[mode],
				(enum baseline_figure)f, fastest);

			v[i] = samples_median(&s);
		}
		if (!add_changes(h, mode, f, step,
			history_steps(v, h->len, step, STEPS_MAX), e))
			return false;
	}
	return true;
}

bool
history_read(struct baseline_history *h, const char *folder,
    const struct baseline_options *o, void (*tell)(void *, const char *),
    void *ctx, struct md_error *e)
{
	memset(h, 0, sizeof(*h));
	h->folder = folder;
	if (!read_folder(h, o, tell, ctx, e))
		return false;
	if (h->len > HISTORY_MAX) {
		size_t old = h->len - HISTORY_MAX;

		memmove(h->v, h->v + old, HISTORY_MAX * sizeof(*h->v));
		h->len = HISTORY_MAX;
		h->left_out += old;
	}
	for (int m = 0; m < MODE_COUNT; m++)
		if ((o->modes & 1U << m) && h->len > 0 &&
		    !find_changes(h, m, e))
			return false;
	return true;
}

void
history_free(struct baseline_history *h)
{
	free(h->v);
	free(h->change);
	memset(h, 0, sizeof(*h));
}

bool
history_is_worse(const struct baseline_history *h)
{
	for (size_t i = 0; i < h->changes; i++)
		if (h->change[i].lasts && h->change[i].worse_percent > 0)
			return true;
	return false;
}
