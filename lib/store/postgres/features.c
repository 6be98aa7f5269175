/*
 * Storing features, by COPY.
 */
#include "store/postgres/postgres.h"

bool
postgres_insert_features(struct store *base, const struct features_put *p,
    struct md_error *e)
{
	struct postgres_copy c;

	if (!postgres_copy_begin(&c, (struct postgres_store *)base,
		"COPY quant_features (series_id, ts, log_return, return_1h, "
		"return_1d, volatility_20, volatility_50, atr, "
		"rolling_volume_20, volume_ratio, states) "
		"FROM STDIN (FORMAT binary)",
		e))
		return false;
	for (size_t i = 0; i < p->len; i++) {
		const struct features *f = &p->rows[i];

		postgres_copy_row(&c, 11);
		postgres_copy_int(&c, p->lease->series_id);
		postgres_copy_time(&c, f->t);
		postgres_copy_double(&c, f->log_return);
		postgres_copy_double(&c, f->return_1h);
		postgres_copy_double(&c, f->return_1d);
		postgres_copy_double(&c, f->volatility_20);
		postgres_copy_double(&c, f->volatility_50);
		postgres_copy_double(&c, f->atr);
		postgres_copy_double(&c, f->rolling_volume_20);
		postgres_copy_double(&c, f->volume_ratio);
		postgres_copy_int4(&c, (int32_t)features_states(f));
	}
	return postgres_copy_end(&c);
}
