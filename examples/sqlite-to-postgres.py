#!/usr/bin/env python3
"""Print a SQLite store as a script for psql, to move it to PostgreSQL:

    mdbackfill --db "$pg" -t 1d --days 7 SPY          # makes the tables
    sqlite-to-postgres.py market.db | psql -q -1 -v ON_ERROR_STOP=1 -d "$pg"

The script first empties the tables of the PostgreSQL store.  Let no run write to
either store in the meantime.  Numbers arrive bit for bit."""

import datetime
import sqlite3
import sys

ISO = {'scheduler_execution_log', 'symbol_computation_status',
       'feature_freshness', 'feature_computation_failures',
       'backfill_requests'}
TIMES = {'ts', 'from_ts', 'to_ts', 'open_ts', 'close_ts', 'newest_ts',
         'gone_ts', 'features_from', 'history_from', 'fetched_at',
         'answered_at', 'received_at', 'last_received_at', 'seen_at',
         'denied_at', 'lease_until', 'at_ms', 'until_ms', 'splits_checked_ms',
         'derived_at', 'dividends_checked_ms', 'dividends_derived_ms'}
TRUTHS = {'active', 'resolved'}
PARTITIONED = ('bars', 'quant_features')
# Their numbers are shorter in SQLite: the view has them as they are.
FEATURES = '''SELECT f.series_id, f.ts, v.log_return,
    CASE WHEN f.return_1h IS NOT NULL THEN v.return_1h END,
    CASE WHEN f.return_1d IS NOT NULL THEN v.return_1d END,
    v.volatility_20, v.volatility_50, v.atr, v.rolling_volume_20,
    v.volume_ratio, f.states & 8191
    FROM series s JOIN quant_features f ON f.series_id = s.series_id
    JOIN market_features v ON v.symbol = s.symbol
    AND v.timeframe = s.timeframe AND v.ts_ms = f.ts'''
EPOCH = datetime.datetime(1970, 1, 1)


def text(table, column, value):
    if value is None or (value == '' and column.endswith('_at')):
        return '\\N'
    # a day of such a name is text already
    if table not in ISO and column in TIMES and isinstance(value, int):
        return (EPOCH + datetime.timedelta(milliseconds=value)).isoformat() \
            + 'Z'
    if column in TRUTHS:
        return 't' if value else 'f'
    if isinstance(value, float):
        return repr(value)
    return (str(value).replace('\\', '\\\\').replace('\t', '\\t')
            .replace('\n', '\\n').replace('\r', '\\r'))


def partitions(db, table):
    low, high = db.execute(f'SELECT min(ts), max(ts) FROM {table}').fetchone()
    if low is None:
        return
    for year in range((EPOCH + datetime.timedelta(milliseconds=low)).year,
                      (EPOCH + datetime.timedelta(milliseconds=high)).year
                      + 1):
        print(f"""SELECT to_regclass('{table}_y{year}') IS NULL AS new \\gset
\\if :new
CREATE TABLE {table}_y{year} (LIKE {table} INCLUDING ALL);
ALTER TABLE {table} ATTACH PARTITION {table}_y{year}
    FOR VALUES FROM ('{year}-01-01 00:00+00') TO ('{year + 1}-01-01 00:00+00');
\\endif""")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    db = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True)
    for (table,) in db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' "
            "AND name NOT LIKE 'sqlite_%' AND name <> 'schema_migrations' "
            "ORDER BY name").fetchall():
        columns = [c[1] for c in db.execute(f'PRAGMA table_info({table})')
                   if c[1] != 'rejected_id']
        rows = FEATURES if table == 'quant_features' else \
            f"SELECT {', '.join(columns)} FROM {table}"
        print(f'TRUNCATE {table};')
        if table in PARTITIONED:
            partitions(db, table)
        print(f"COPY {table} ({', '.join(columns)}) FROM stdin;")
        for row in db.execute(rows):
            print('\t'.join(text(table, c, v)
                            for c, v in zip(columns, row)))
        print('\\.')


main()
