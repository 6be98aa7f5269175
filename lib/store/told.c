/*
 * Which alerts the receivers of notifications were told of.
 */
#include <string.h>

#include "store/operator.h"
#include "store/sql.h"

static bool
find_rule(const char *name, enum alert_rule *out)
{
	for (int i = 0; i < ALERT_RULES; i++)
		if (strcmp(alert_rule_name((enum alert_rule)i), name) == 0) {
			*out = (enum alert_rule)i;
			return true;
		}
	return false;
}

bool
store_told_read(struct store *st, const char *receiver, struct alerts_told *out,
    struct md_error *e)
{
	enum alert_rule rule;
	struct sql_rows r;

	memset(out, 0, sizeof(*out));
	sql_select(&r, st, e,
	    "SELECT rule, since_ms FROM alerts_told WHERE receiver = $1",
	    SQL_VALUES(sql_text(receiver)));
	while (sql_next(&r))
		if (find_rule(sql_column_text(&r, 0), &rule))
			out->since_ms[rule] = sql_column_int(&r, 1);
	return sql_end(&r);
}

struct claiming {
	const char *receiver, *claim;
	int64_t now;
	bool *mine;
	struct alerts_told *told;
};

static bool
claim(struct store *st, void *ctx, struct md_error *e)
{
	const struct claiming *c = ctx;
	int64_t changed = 0;

	*c->mine = false;
	if (!sql_run_counted(st, e, &changed,
		"INSERT INTO alert_receivers (receiver, claim, "
		"claimed_until_ms) VALUES ($1, $2, $3) "
		"ON CONFLICT (receiver) DO UPDATE SET claim = $2, "
		"claimed_until_ms = $3 "
		"WHERE alert_receivers.claimed_until_ms <= $4 "
		"OR alert_receivers.claimed_until_ms > $3",
		SQL_VALUES(sql_text(c->receiver), sql_text(c->claim),
		    sql_int(c->now + TOLD_CLAIM_MS), sql_int(c->now))))
		return false;
	*c->mine = changed > 0;
	return store_told_read(st, c->receiver, c->told, e);
}

bool
store_told_claim(struct store *st, const char *receiver, const char *id,
    int64_t now, bool *mine, struct alerts_told *told, struct md_error *e)
{
	struct claiming c = { receiver, id, now, mine, told };

	return sql_write(st, claim, &c, e);
}

struct settling {
	const char *receiver, *claim;
	const struct alerts_told *told;
	int64_t now;
};

static bool
put_rule(struct store *st, const struct settling *s, enum alert_rule rule,
    struct md_error *e)
{
	const char *name = alert_rule_name(rule);
	int64_t since = s->told->since_ms[rule];

	if (since == 0)
		return sql_run(st, e,
		    "DELETE FROM alerts_told WHERE receiver = $1 "
		    "AND rule = $2",
		    SQL_VALUES(sql_text(s->receiver), sql_text(name)));
	return sql_run(st, e,
	    "INSERT INTO alerts_told (receiver, rule, since_ms) "
	    "VALUES ($1, $2, $3) ON CONFLICT (receiver, rule) "
	    "DO UPDATE SET since_ms = $3",
	    SQL_VALUES(sql_text(s->receiver), sql_text(name), sql_int(since)));
}

static bool
settle(struct store *st, void *ctx, struct md_error *e)
{
	const struct settling *s = ctx;
	int64_t changed = 0;
	bool good = sql_run_counted(st, e, &changed,
	    "UPDATE alert_receivers SET claim = '', claimed_until_ms = 0, "
	    "told_ms = coalesce(CAST ($3 AS bigint), told_ms) "
	    "WHERE receiver = $1 AND claim = $2",
	    SQL_VALUES(sql_text(s->receiver), sql_text(s->claim),
		sql_int_or_null(s->told == NULL ? -1 : s->now)));

	if (s->told == NULL || changed == 0)
		return good;
	for (int i = 0; good && i < ALERT_RULES; i++)
		good = put_rule(st, s, (enum alert_rule)i, e);
	return good;
}

bool
store_told_settle(struct store *st, const char *receiver, const char *id,
    const struct alerts_told *told, int64_t now, struct md_error *e)
{
	struct settling s = { receiver, id, told, now };

	return sql_write(st, settle, &s, e);
}
