"""as_file.py URL FILE: a store of the tests' in PostgreSQL as the file that
SQLite would keep of its series, for what compares two stores in one query."""

import glob
import os
import sqlite3
import sys

import stores


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    old = stores.connect(sys.argv[1])
    if os.path.exists(sys.argv[2]):
        os.remove(sys.argv[2])
    new = sqlite3.connect(sys.argv[2])
    for path in sorted(glob.glob(here + '/../schema/sqlite/*.sql')):
        new.executescript(open(path).read())
    for table in ('symbols', 'series', 'bars', 'coverage', 'quant_features',
                  'feature_freshness', 'adjustments', 'splits'):
        columns = [c[1] for c in new.execute(f'PRAGMA table_info({table})')]
        rows = old.execute(f"SELECT {', '.join(columns)} FROM {table}")
        new.executemany(f"INSERT INTO {table} ({', '.join(columns)}) "
                        f"VALUES ({', '.join('?' * len(columns))})", rows)
    new.commit()


main()
