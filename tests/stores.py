"""A store of either engine for the Python of tests: connect(url).execute(...)
returns rows.  PostgreSQL is read through psql, so that no driver is needed."""

import csv
import io
import os
import sqlite3
import subprocess


class Rows(list):
    def fetchall(self):
        return self

    def fetchone(self):
        return self[0] if self else None


def value(text):
    if text == '\\N':
        return None
    if text[:1] not in '0123456789-.NI':  # a symbol, mostly
        return text
    for kind in int, float:
        try:
            return kind(text)
        except ValueError:
            pass
    return text


class Psql:
    row_factory = None

    def __init__(self, url):
        here = os.path.dirname(os.path.abspath(__file__))
        where = subprocess.run([here + '/postgres.sh', 'psql'], check=True,
                               capture_output=True, text=True).stdout.strip()
        self.command = [where, '-XqAt', '-v', 'ON_ERROR_STOP=1',
                        '--csv', '-P', 'null=\\N', '-d', url,
                        '-c', 'SET search_path = as_sqlite, public']

    def execute(self, sql, values=()):
        for v in values:
            sql = sql.replace('?', "'" + str(v).replace("'", "''") + "'", 1)
        out = subprocess.run(self.command + ['-c', sql], check=True,
                             capture_output=True, text=True).stdout
        return Rows(tuple(value(c) for c in row)
                    for row in csv.reader(io.StringIO(out)))


def connect(url, **options):
    if url.startswith('postgresql:'):
        return Psql(url)
    return sqlite3.connect(url, **options)
