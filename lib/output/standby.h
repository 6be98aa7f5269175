/*
 * How far the standby that was read is behind its primary, for each format.
 */
#ifndef MD_OUTPUT_STANDBY_H
#define MD_OUTPUT_STANDBY_H

#include <stdio.h>

#include "base/json.h"
#include "store/store.h"

#define STANDBY_WORDS 80

/* "3s behind its primary"; "" where it is none. */
void standby_words(const struct store_lag *, char out[STANDBY_WORDS]);
/* An object, nothing where it is none. */
void standby_json(struct json_writer *, const struct store_lag *);
/* Gauges, none where it is none. */
void standby_metrics(FILE *, const struct store_lag *);

#endif
