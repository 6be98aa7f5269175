-- The exchange's regular sessions, early closes included, from the first bar
-- within a day on: each run of mdbackfill keeps them as its calendar has them.
CREATE TABLE sessions (
	open_ts timestamptz NOT NULL,
	close_ts timestamptz NOT NULL,
	PRIMARY KEY (open_ts),
	CHECK (open_ts < close_ts)
);

-- market_data of regular hours.  Hours of stocks, ETFs and indices are not in
-- here, as half of the first one is before the open: mdbars makes them.
CREATE VIEW market_data_regular AS
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
FROM series s JOIN symbols y ON y.symbol = s.symbol
JOIN bars b ON b.series_id = s.series_id
LEFT JOIN adjustments a ON a.symbol = s.symbol
    AND a.from_ts <= b.ts AND b.ts < a.to_ts
WHERE y.asset_class IN ('crypto', 'fx')
    OR s.timeframe IN ('1d', '1w', '1mo')
    OR (s.timeframe IN ('1m', '5m', '15m', '30m')
	AND b.ts < (SELECT x.close_ts FROM sessions x
	    WHERE x.open_ts <= b.ts ORDER BY x.open_ts DESC LIMIT 1));
