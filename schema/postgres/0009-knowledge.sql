-- Windows of which a row came that cannot be right are a kind of their own.
-- final: the answers of the span can no longer change; null: judged by the next
-- run, since that takes the calendar.
ALTER TABLE coverage DROP CONSTRAINT coverage_kind_check;
ALTER TABLE coverage ADD CONSTRAINT coverage_kind_check
    CHECK (kind IN ('bars', 'empty', 'denied', 'refused'));
ALTER TABLE coverage ADD COLUMN final boolean;
CREATE INDEX coverage_unjudged ON coverage (series_id) WHERE final IS NULL;

-- Few windows are refused, of many: reports look for them alone.
CREATE INDEX coverage_refused ON coverage (series_id, from_ts)
    WHERE kind = 'refused';

-- Which midnight and first day of the week its windows have; null: no bar has
-- told yet.
ALTER TABLE series ADD COLUMN grid text COLLATE "C";

-- The same views, with a last column: 1 if the bar can no longer change.
CREATE OR REPLACE VIEW market_data_raw AS
SELECT s.symbol, s.timeframe,
    (extract(epoch FROM b.ts) * 1000)::bigint AS ts_ms,
    to_char(b.ts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS ts_utc,
    b.open, b.high, b.low, b.close, b.volume, b.vwap, b.transactions,
    coalesce((SELECT c.final FROM coverage c WHERE c.series_id = b.series_id
	AND c.from_ts <= b.ts AND b.ts < c.to_ts
	ORDER BY c.from_ts DESC LIMIT 1), false)::integer AS final
FROM series s JOIN bars b ON b.series_id = s.series_id;

CREATE OR REPLACE VIEW market_data AS
SELECT s.symbol, s.timeframe,
    (extract(epoch FROM b.ts) * 1000)::bigint AS ts_ms,
    to_char(b.ts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS ts_utc,
    b.open / coalesce(a.factor, 1) AS open,
    b.high / coalesce(a.factor, 1) AS high,
    b.low / coalesce(a.factor, 1) AS low,
    b.close / coalesce(a.factor, 1) AS close,
    b.volume * coalesce(a.factor, 1) AS volume,
    b.vwap / coalesce(a.factor, 1) AS vwap,
    b.transactions,
    coalesce((SELECT c.final FROM coverage c WHERE c.series_id = b.series_id
	AND c.from_ts <= b.ts AND b.ts < c.to_ts
	ORDER BY c.from_ts DESC LIMIT 1), false)::integer AS final
FROM series s JOIN bars b ON b.series_id = s.series_id
LEFT JOIN adjustments a ON a.symbol = s.symbol
    AND a.from_ts <= b.ts AND b.ts < a.to_ts;
