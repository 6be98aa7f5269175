#!/usr/bin/env python3
"""The features of mdkit(7) once more, in vectorised pandas: what lib/market/feature.c
is compared with.  Needs python3-pandas.

    features_reference.py compare STORE SYMBOL TIMEFRAME ...
        computes the features of each series from market_data and compares them
        with market_features: 1e-9 relative, flags and labels equal
    features_reference.py fixture
        prints tests/unit/feature_reference.h: synthetic bars, their features
    features_reference.py bench BARS
        prints how many seconds the features of so many minutes take
"""
import sqlite3
import sys
import time

import numpy as np
import pandas as pd

NUMBERS = ["log_return", "return_1h", "return_1d", "volatility_20",
           "volatility_50", "atr", "rolling_volume_20", "volume_ratio"]
FLAGS = ["hh", "hl", "lh", "ll"]
LABELS = ["structure_label", "trend_direction", "volatility_regime",
          "trend_regime", "compression_regime"]
HOUR = {"1m": 60, "5m": 12, "15m": 4, "30m": 2, "1h": 1}
HOURS = {"1m": 1 / 60, "5m": 1 / 12, "15m": 1 / 4, "30m": 1 / 2, "1h": 1,
         "4h": 4}


def bars_a_year(crypto, timeframe):
    if timeframe == "1w":
        return 52
    if timeframe == "1mo":
        return 12
    days, hours = (365, 24) if crypto else (252, 6.5)
    return days if timeframe == "1d" else days * hours / HOURS[timeframe]


def features(d, crypto, timeframe):
    """d: ts_ms, open, high, low, close, volume; ascending."""
    h, l, c, v = d.high, d.low, d.close, d.volume
    f = pd.DataFrame(index=d.index)
    f["log_return"] = np.log(c / c.shift(1))
    f["return_1h"] = np.nan
    if timeframe in HOUR:
        f["return_1h"] = np.log(c / c.shift(HOUR[timeframe]))
    f["return_1d"] = np.nan
    if timeframe == "1d":
        f["return_1d"] = f.log_return
    elif timeframe in HOURS:
        zone = "UTC" if crypto else "America/New_York"
        day = pd.to_datetime(d.ts_ms, unit="ms", utc=True)
        day = day.dt.tz_convert(zone).dt.date
        before = c.groupby(day).last().shift(1)
        f["return_1d"] = np.log(c / day.map(before).astype(float))
    year = np.sqrt(bars_a_year(crypto, timeframe))
    f["volatility_20"] = f.log_return.rolling(20).std() * year
    f["volatility_50"] = f.log_return.rolling(50).std() * year
    ranges = pd.concat([h - l, (h - c.shift(1)).abs(),
                        (l - c.shift(1)).abs()], axis=1).max(axis=1)
    ranges.iloc[:1] = np.nan
    # Wilder's average: a mean of the first 14, then an EMA of alpha 1/14.
    seeded = ranges.copy()
    seeded.iloc[:15] = np.nan
    if len(d) > 14:
        seeded.iloc[14] = ranges.iloc[1:15].mean()
    f["atr"] = seeded.ewm(alpha=1 / 14, adjust=False,
                          ignore_na=True).mean()
    f["rolling_volume_20"] = v.rolling(20).mean()
    f["volume_ratio"] = v / f.rolling_volume_20.where(f.rolling_volume_20 > 0)
    top, bottom = h.shift(1).rolling(5).max(), l.shift(1).rolling(5).min()
    known = top.notna()
    for name, flag in (("hh", h > top), ("hl", l > bottom),
                       ("lh", h < top), ("ll", l < bottom)):
        f[name] = flag.astype(float).where(known)
    label = np.select([(f.hh == 1) & (f.hl == 1), (f.lh == 1) & (f.ll == 1)],
                      ["bullish", "bearish"], "range")
    f["structure_label"] = pd.Series(label, d.index).where(known)
    change = c / c.shift(5) - 1
    label = np.select([change > 0.01, change < -0.01], ["up", "down"],
                      "neutral")
    f["trend_direction"] = pd.Series(label, d.index).where(known)
    median = f.volatility_50.rolling(50).median()
    label = np.select([f.volatility_50 < 0.7 * median,
                       f.volatility_50 > 1.3 * median], ["low", "high"],
                      "medium")
    f["volatility_regime"] = pd.Series(label, d.index).where(median.notna())
    fast = c.ewm(span=20, adjust=False).mean()
    slow = c.ewm(span=50, adjust=False).mean()
    f["trend_regime"] = np.select([fast > slow, fast < slow],
                                  ["uptrend", "downtrend"], "ranging")
    width = 2 * c.rolling(20).std() / c.rolling(20).mean()
    median = width.rolling(50).median()
    label = np.where(width < 0.7 * median, "compressed", "expanded")
    f["compression_regime"] = pd.Series(label, d.index).where(median.notna())
    return f


def compare(store, symbol, timeframe):
    db = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    crypto = db.execute("SELECT asset_class = 'crypto' FROM symbols "
                        "WHERE symbol = ?", (symbol,)).fetchone()[0]
    where = "WHERE symbol = ? AND timeframe = ? ORDER BY ts_ms"
    bars = pd.read_sql("SELECT ts_ms, open, high, low, close, volume "
                       f"FROM market_data {where}", db,
                       params=(symbol, timeframe))
    ours = pd.read_sql(f"SELECT * FROM market_features {where}", db,
                       params=(symbol, timeframe))
    wanted = features(bars, crypto, timeframe)
    bad = 0
    if list(bars.ts_ms) != list(ours.ts_ms) or not len(bars):
        print(f"{len(bars)} bars, {len(ours)} rows of features")
        bad = 1
    for name in NUMBERS if not bad else []:
        a = ours[name].astype(float).to_numpy()
        b = wanted[name].astype(float).to_numpy()
        if (np.isnan(a) != np.isnan(b)).any():
            print(f"{name}: null in {np.isnan(a).sum()} rows, "
                  f"wanted {np.isnan(b).sum()}")
            bad += 1
            continue
        # What is zero up to the reference's own rounding is equal to zero.
        off = np.abs(a - b) / np.maximum(np.abs(b), 1e-7)
        worst = np.nanmax(off) if (~np.isnan(off)).any() else 0
        if worst > 1e-9:
            i = np.nanargmax(off)
            print(f"{name}: {a[i]!r}, wanted {b[i]!r}, at {bars.ts_ms[i]}")
            bad += 1
    for name in FLAGS + LABELS if not bad else []:
        a = ours[name].astype(object).where(ours[name].notna(), None)
        b = wanted[name].astype(object).where(wanted[name].notna(), None)
        differ = [i for i in range(len(a)) if a[i] != b[i]]
        if differ:
            i = differ[0]
            print(f"{name}: {len(differ)} rows differ, first {a[i]!r}, "
                  f"wanted {b[i]!r}, at {bars.ts_ms[i]}")
            bad += 1
    print(f"{symbol} {timeframe}: {len(bars)} bars, {bad} features differ")
    return 1 if bad or not len(bars) else 0


def synthetic(n, step_ms, seed):
    """A walk with calm and wild stretches, and a volume that is often 0."""
    r = np.random.default_rng(seed)
    wild = np.where((np.arange(n) // 90) % 2, 4e-3, 5e-4)
    c = np.round(100 * np.exp(np.cumsum(r.normal(0, 1, n) * wild)), 2)
    o = np.round(c * (1 + r.normal(0, 1, n) * wild / 2), 2)
    h = np.round(np.maximum(o, c) * (1 + np.abs(r.normal(0, 1, n)) * wild), 2)
    l = np.round(np.minimum(o, c) * (1 - np.abs(r.normal(0, 1, n)) * wild), 2)
    v = np.where(r.random(n) < 0.2, 0, np.round(r.lognormal(6, 1, n)))
    # 2024-01-02 14:30 UTC, an opening.
    return pd.DataFrame({"ts_ms": 1704205800000 + step_ms * np.arange(n),
                         "open": o, "high": h, "low": l, "close": c,
                         "volume": v})


def fixture():
    bars = synthetic(400, 3600000, 7)
    f = features(bars, False, "1h")
    code = {None: 0, "down": 1, "neutral": 2, "up": 3, "low": 1, "medium": 2,
            "high": 3, "downtrend": 1, "ranging": 2, "uptrend": 3,
            "expanded": 1, "compressed": 2}
    print("/* Printed by tests/features_reference.py fixture: synthetic 1h "
          "bars of a stock,\n * and what pandas makes of them. */\n"
          "/* clang-format off */\n"
          "static const struct {\n\tstruct bar bar;\n"
          "\tdouble numbers[8];\n\tint states;\n} reference[] = {")

    def text(x):
        return "NAN" if pd.isna(x) else repr(float(x))
    for b, row in zip(bars.itertuples(), f.itertuples()):
        states = 0
        if not pd.isna(row.hh):
            states = int(16 + row.hh + 2 * row.lh + 4 * row.hl + 8 * row.ll)
        labels = [row.trend_direction, row.volatility_regime,
                  row.trend_regime, row.compression_regime]
        for i, name in enumerate(labels):
            states |= code[None if pd.isna(name) else name] << (5 + 2 * i)
        numbers = ", ".join(text(getattr(row, n)) for n in NUMBERS)
        print(f"\t{{ {{ INT64_C({b.ts_ms}), {b.open}, {b.high}, {b.low}, "
              f"{b.close}, {b.volume}, NAN, -1 }},\n"
              f"\t  {{ {numbers} }}, {states} }},")
    print("};")
    return 0


def bench(n):
    bars = synthetic(n, 60000, 1)
    start = time.perf_counter()
    features(bars, True, "1m")
    print(f"{time.perf_counter() - start:.3f}")
    return 0


def main():
    if len(sys.argv) >= 5 and sys.argv[1] == "compare":
        series = zip(sys.argv[3::2], sys.argv[4::2])
        return max([compare(sys.argv[2], *s) for s in series])
    if sys.argv[1:] == ["fixture"]:
        return fixture()
    if len(sys.argv) == 3 and sys.argv[1] == "bench":
        return bench(int(sys.argv[2]))
    print(__doc__, file=sys.stderr)
    return 64


sys.exit(main())
