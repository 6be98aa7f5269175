-- What the store held at a time that is past (mdbars --as-of).

-- Since when that is known; null: from the first bar on.  What an older version
-- stored came by then at the latest.
ALTER TABLE series ADD COLUMN history_from INTEGER;
UPDATE series SET history_from = max(
    ifnull((SELECT max(c.fetched_at) FROM coverage c
	WHERE c.series_id = series.series_id),
	CAST(strftime('%s', 'now') AS INTEGER) * 1000),
    ifnull((SELECT max(r.seen_at) FROM restatements r
	WHERE r.series_id = series.series_id), 0),
    ifnull((SELECT max(d.derived_at) FROM derived d
	WHERE d.series_id = series.series_id), 0),
    ifnull((SELECT max(ifnull(y.splits_checked_ms, 0),
	    ifnull(y.dividends_checked_ms, 0))
	FROM symbols y WHERE y.symbol = series.symbol), 0))
WHERE newest_ts IS NOT NULL;

-- Ranges of window starts whose bars came, or were final, at that time and not
-- before.
CREATE TABLE range_history (
	series_id INTEGER NOT NULL,
	event TEXT NOT NULL CHECK (event IN ('came', 'final')),
	from_ts INTEGER NOT NULL,
	to_ts INTEGER NOT NULL,
	at_ms INTEGER NOT NULL,
	PRIMARY KEY (series_id, event, from_ts, to_ts, at_ms),
	CHECK (from_ts < to_ts)
) WITHOUT ROWID;

-- Bars as they were until a time: those that changed without a restatement (as
-- their windows had not ended), and those that were removed.
CREATE TABLE bar_history (
	series_id INTEGER NOT NULL,
	ts INTEGER NOT NULL,
	until_ms INTEGER NOT NULL,
	open REAL NOT NULL,
	high REAL NOT NULL,
	low REAL NOT NULL,
	close REAL NOT NULL,
	volume REAL,
	vwap REAL,
	transactions INTEGER,
	removed INTEGER NOT NULL, -- else it has others since
	PRIMARY KEY (series_id, ts, until_ms)
) WITHOUT ROWID;

-- All adjustments of a symbol as they were until a time.  A range from 1900 on
-- that is empty stands for itself: without others, there were none.
CREATE TABLE adjustment_history (
	symbol TEXT NOT NULL,
	cause TEXT NOT NULL CHECK (cause IN ('splits', 'dividends')),
	until_ms INTEGER NOT NULL,
	from_ts INTEGER NOT NULL,
	to_ts INTEGER NOT NULL,
	factor REAL NOT NULL,
	PRIMARY KEY (symbol, cause, until_ms, from_ts, to_ts)
) WITHOUT ROWID;
