#!/usr/bin/env python3
"""The total return, computed anew: dividends_reference.py FOLDER SYMBOL FROM
TO < ROWS

FOLDER holds bars/SYMBOL/1d.csv, splits.csv and dividends.csv; ROWS are lines
time|open|high|low|close|volume of the store's total prices.  They must be those
that this finds, to 1e-12, of every bar from FROM to TO (dates)."""

import csv
import datetime
import sys
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo('America/New_York')


def day_of(ms):
    return datetime.datetime.fromtimestamp(int(ms) / 1000, NEW_YORK) \
        .date().isoformat()


def rows(path):
    with open(path, newline='') as f:
        return list(csv.DictReader(f))


def main():
    folder, symbol, first, last = sys.argv[1:]
    bars = [(int(r['t']), day_of(r['t']), *(float(r[c]) for c in 'ohlcv'))
            for r in rows(f'{folder}/bars/{symbol}/1d.csv')]
    bars = [b for b in bars if first <= b[1] <= last]
    splits = [(r['execution_date'], float(r['split_to']) /
               float(r['split_from']))
              for r in rows(f'{folder}/splits.csv') if r['ticker'] == symbol]
    cash = {}
    for r in rows(f'{folder}/dividends.csv'):
        if r['ticker'] == symbol and r['currency'] == 'USD':
            day = r['ex_dividend_date']
            cash[day] = cash.get(day, 0) + float(r['cash_amount'])

    def between(after, until):
        product = 1.0
        for day, ratio in splits:
            if after < day <= until:
                product *= ratio
        return product

    factors = []
    for day, amount in cash.items():
        before = [b for b in bars if b[1] < day]
        if not before or amount <= 0:
            continue
        close = before[-1][5] / between(before[-1][1], day)
        if amount < close:
            factors.append((day, 1 - amount / close))

    want = {}
    for t, day, o, h, l, c, v in bars:
        split = between(day, '9999')
        dividend = 1.0
        for ex, factor in factors:
            if day < ex:
                dividend *= factor
        want[t] = [x / split * dividend for x in (o, h, l, c)] + [v * split]
    assert len(factors) >= 3, factors

    seen = 0
    for line in sys.stdin:
        t, *got = line.rstrip('\n').split('|')
        for g, w in zip(map(float, got), want[int(t)], strict=True):
            assert abs(g - w) <= 1e-12 * abs(w), (day_of(t), g, w)
        seen += 1
    assert seen == len(want) > 0, (seen, len(want))
    print(len(factors), 'factors of', seen, 'bars')


main()
