"""What a store holds, exactly: bars, what is claimed of them, what follows from
splits; a line each, and the number of bars that the log counts.
   digest.py URL"""
import hashlib
import sys

import stores

db = stores.connect(sys.argv[1])
for query in (
    'SELECT symbol, timeframe, ts_ms, open, high, low, close, volume, vwap, '
    'transactions FROM market_data_raw ORDER BY 1, 2, 3',
    'SELECT symbol, timeframe, c.from_ts, c.to_ts, kind '
    'FROM coverage c JOIN series USING (series_id) ORDER BY 1, 2, 3',
    'SELECT symbol, timeframe, bar_count, newest_ts, features_from '
    'FROM series ORDER BY 1, 2',
    'SELECT symbol, from_ts, to_ts, factor FROM adjustments ORDER BY 1, 2',
):
    rows = [tuple(float(v) if isinstance(v, int) else v for v in r)
            for r in db.execute(query)]
    print(len(rows), hashlib.sha256(repr(rows).encode()).hexdigest())
print(db.execute('SELECT sum(records_inserted) FROM '
                 'symbol_computation_status').fetchone()[0],
      db.execute('SELECT count(*) FROM bars').fetchone()[0])
