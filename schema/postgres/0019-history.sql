-- What the store held at a time that is past (mdbars --as-of).

-- Since when that is known; null: from the first bar on.  What an older version
-- stored came by then at the latest.
ALTER TABLE series ADD COLUMN history_from timestamptz;
UPDATE series SET history_from = greatest(
    coalesce((SELECT max(c.fetched_at) FROM coverage c
	WHERE c.series_id = series.series_id), now()),
    (SELECT max(r.seen_at) FROM restatements r
	WHERE r.series_id = series.series_id),
    (SELECT max(d.derived_at) FROM derived d
	WHERE d.series_id = series.series_id),
    (SELECT greatest(y.splits_checked_ms, y.dividends_checked_ms)
	FROM symbols y WHERE y.symbol = series.symbol))
WHERE newest_ts IS NOT NULL;

-- Ranges of window starts whose bars came, or were final, at that time and not
-- before.
CREATE TABLE range_history (
	series_id bigint NOT NULL,
	event text COLLATE "C" NOT NULL CHECK (event IN ('came', 'final')),
	from_ts timestamptz NOT NULL,
	to_ts timestamptz NOT NULL,
	at_ms timestamptz NOT NULL,
	PRIMARY KEY (series_id, event, from_ts, to_ts, at_ms),
	CHECK (from_ts < to_ts)
);

-- Bars as they were until a time: those that changed without a restatement (as
-- their windows had not ended), and those that were removed.
CREATE TABLE bar_history (
	series_id bigint NOT NULL,
	ts timestamptz NOT NULL,
	until_ms timestamptz NOT NULL,
	open double precision NOT NULL,
	high double precision NOT NULL,
	low double precision NOT NULL,
	close double precision NOT NULL,
	volume double precision,
	vwap double precision,
	transactions bigint,
	removed boolean NOT NULL, -- else it has others since
	PRIMARY KEY (series_id, ts, until_ms)
);

-- All adjustments of a symbol as they were until a time.  A range from 1900 on
-- that is empty stands for itself: without others, there were none.
CREATE TABLE adjustment_history (
	symbol text COLLATE "C" NOT NULL,
	cause text COLLATE "C" NOT NULL
	    CHECK (cause IN ('splits', 'dividends')),
	until_ms timestamptz NOT NULL,
	from_ts timestamptz NOT NULL,
	to_ts timestamptz NOT NULL,
	factor double precision NOT NULL,
	PRIMARY KEY (symbol, cause, until_ms, from_ts, to_ts)
);
