/*
 * How well the objectives of age were kept day by day, for the writers of
 * mdhealth's formats.
 */
#ifndef MD_OUTPUT_HEALTH_BUDGET_H
#define MD_OUTPUT_HEALTH_BUDGET_H

#include "base/csv.h"
#include "base/json.h"
#include "output/health.h"

/* Of a health that was measured. */
void output_health_budget_table(FILE *, const struct health *,
    const struct report_view *);
/* A member of the object that is open; rows with the columns of objectives. */
void output_health_budget_json(struct json_writer *, const struct health *);
void output_health_budget_csv(struct csv_writer *, const struct health *);
void output_health_budget_metrics(FILE *, const struct health *);
void output_health_budget_html(FILE *, const struct health *);

#endif
