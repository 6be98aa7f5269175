/*
 * Measurements of commits, a file each in a folder, and since which commit a
 * figure is another.
 *
 * A figure has changed for good at a commit if that one and the two after it
 * all stand apart from those before it: a single measurement, or two, may be
 * off, three in a row are not, as run rules of control charts have it (Western
 * Electric, Statistical Quality Control Handbook, 1956).  Each commit counts by
 * its median, in the units and without the disturbed repeats of a comparison of
 * two measurements.  Apart is what samples_compare() calls so, and by more than
 * either side varies itself.  Since then the later ones are what is compared
 * with; three commits at least are needed before a change, and three after it.
 * Of made-up histories without a change, 30 commits of 1 to 6 % noise, this is
 * wrong for a figure in 0 to 3 of 100; a step of 4 times the noise it finds in
 * half of the cases, and one of 6 times in nearly all.
 */
#ifndef MD_BASELINE_HISTORY_H
#define MD_BASELINE_HISTORY_H

#include "baseline/baseline.h"

#define HISTORY_RUN 3    /* commits, on each side of a change */
#define HISTORY_MAX 1000 /* commits; the latest count */

/* -- pure: where a figure's level changed -- */

struct history_step {
	size_t at;  /* index of the first value of the new level */
	size_t old; /* and of the first one of the level before */
	struct difference difference;
};

/*
 * The steps of a figure's values, in order; those that are not positive and
 * finite are passed over.  At most max are found; returns how many.
 */
size_t history_steps(const double v[], size_t n, struct history_step *out,
    size_t max);

/* -- a folder of measurements -- */

struct history_change {
	enum baseline_mode mode;
	enum baseline_figure figure;
	size_t first, last_before; /* indices of commits */
	double before, now;        /* medians of commits' medians */
	double worse_percent;      /* negative: better */
	struct interval worse;
	bool lasts; /* no later change of the same figure */
};

struct baseline_history {
	const char *folder; /* borrowed */
	struct baseline_earlier *v;
	size_t len, cap;
	size_t left_out; /* files that are none, or of other work */
	struct history_change *change;
	size_t changes, changes_cap;
};

/* The folder is made, if it is not there.  MD_EIO, MD_EUSAGE. */
bool history_prepare(const char *folder, struct md_error *);

/* FOLDER/COMMIT.json */
bool history_path(const char *folder, const char *commit, char out[1200],
    struct md_error *);

/*
 * Reads the folder and finds the changes, of the modes and the work of the
 * options.  What is left out is told, a sentence a file.  MD_EIO, MD_ENOMEM.
 */
bool history_read(struct baseline_history *, const char *folder,
    const struct baseline_options *, void (*tell)(void *ctx, const char *),
    void *ctx, struct md_error *);

void history_free(struct baseline_history *);

/* Has something become slower, and is it still? */
bool history_is_worse(const struct baseline_history *);

#endif
