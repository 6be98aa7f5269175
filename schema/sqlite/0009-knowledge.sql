-- Windows of which a row came that cannot be right are a kind of their own.
-- final: the answers of the span can no longer change; null: judged by the next
-- run, since that takes the calendar.
CREATE TABLE coverage_of_0009 (
	series_id INTEGER NOT NULL,
	from_ts INTEGER NOT NULL,
	to_ts INTEGER NOT NULL,
	fetched_at INTEGER NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('bars', 'empty', 'denied',
	    'refused')),
	final INTEGER,
	PRIMARY KEY (series_id, from_ts),
	CHECK (from_ts < to_ts)
) WITHOUT ROWID;
INSERT INTO coverage_of_0009 (series_id, from_ts, to_ts, fetched_at, kind)
SELECT series_id, from_ts, to_ts, fetched_at, kind FROM coverage
ORDER BY series_id, from_ts;
DROP TABLE coverage;
ALTER TABLE coverage_of_0009 RENAME TO coverage;
CREATE INDEX coverage_unjudged ON coverage (series_id) WHERE final IS NULL;

-- Few windows are refused, of many: reports look for them alone.
CREATE INDEX coverage_refused ON coverage (series_id, from_ts)
    WHERE kind = 'refused';

-- Which midnight and first day of the week its windows have; null: no bar has
-- told yet.
ALTER TABLE series ADD COLUMN grid TEXT;

-- The same views, with a last column: 1 if the bar can no longer change.
DROP VIEW market_data_raw;
CREATE VIEW market_data_raw AS
SELECT s.symbol, s.timeframe, b.ts AS ts_ms,
    strftime('%Y-%m-%dT%H:%M:%SZ', b.ts / 1000, 'unixepoch') AS ts_utc,
    b.open, b.high, b.low, b.close, b.volume, b.vwap, b.transactions,
    ifnull((SELECT c.final FROM coverage c WHERE c.series_id = b.series_id
	AND c.from_ts <= b.ts AND b.ts < c.to_ts
	ORDER BY c.from_ts DESC LIMIT 1), 0) AS final
FROM series s JOIN bars b ON b.series_id = s.series_id;

DROP VIEW market_data;
CREATE VIEW market_data AS
SELECT s.symbol, s.timeframe, b.ts AS ts_ms,
    strftime('%Y-%m-%dT%H:%M:%SZ', b.ts / 1000, 'unixepoch') AS ts_utc,
    b.open / ifnull(a.factor, 1.0) AS open,
    b.high / ifnull(a.factor, 1.0) AS high,
    b.low / ifnull(a.factor, 1.0) AS low,
    b.close / ifnull(a.factor, 1.0) AS close,
    b.volume * ifnull(a.factor, 1.0) AS volume,
    b.vwap / ifnull(a.factor, 1.0) AS vwap,
    b.transactions,
    ifnull((SELECT c.final FROM coverage c WHERE c.series_id = b.series_id
	AND c.from_ts <= b.ts AND b.ts < c.to_ts
	ORDER BY c.from_ts DESC LIMIT 1), 0) AS final
FROM series s JOIN bars b ON b.series_id = s.series_id
LEFT JOIN adjustments a ON a.symbol = s.symbol
    AND a.from_ts <= b.ts AND b.ts < a.to_ts;
