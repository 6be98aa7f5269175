-- Queries for a store: sqlite3 -readonly -box market.db <queries.sql
-- mdkit(7) describes the tables.

-- How fresh each active series is: its newest bar, and how long ago that bar's
-- window began.
SELECT r.symbol, r.timeframe, s.tier, r.bar_count AS bars,
    strftime('%Y-%m-%dT%H:%M:%SZ', r.newest_ts / 1000, 'unixepoch') AS newest,
    round((julianday('now') - 2440587.5) * 24 - r.newest_ts / 3600000.0, 1)
	AS hours_ago
FROM series r JOIN symbols s USING (symbol)
WHERE r.active AND s.active
ORDER BY r.newest_ts IS NOT NULL, r.newest_ts;

-- The last ten runs.
SELECT started_at, status, successful_symbols AS good, failed_symbols AS failed,
    total_records_processed AS bars, total_requests AS requests,
    rate_limited_count AS limited, round(duration_seconds, 1) AS seconds,
    error_message
FROM scheduler_execution_log ORDER BY started_at DESC LIMIT 10;

-- What failed in the last run, and why.
SELECT c.symbol, c.timeframe, c.error_message
FROM symbol_computation_status c
WHERE c.status = 'failed' AND c.execution_id = (SELECT execution_id
    FROM scheduler_execution_log ORDER BY started_at DESC LIMIT 1);

-- The slowest jobs of the last day.
SELECT symbol, timeframe, records_processed AS bars,
    round(duration_seconds, 2) AS seconds
FROM symbol_computation_status
WHERE started_at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 day')
ORDER BY duration_seconds DESC LIMIT 10;

-- The daily return of each symbol, from adjusted closes.
SELECT symbol, substr(ts_utc, 1, 10) AS day, close,
    round(100 * (close / lag(close) OVER (PARTITION BY symbol ORDER BY ts_ms)
	- 1), 2) AS percent
FROM market_data
WHERE timeframe = '1d' AND ts_ms > (strftime('%s', 'now') - 10 * 86400) * 1000
ORDER BY symbol, day;

-- Closes as traded and adjusted, around every split.
SELECT r.symbol, substr(r.ts_utc, 1, 10) AS day, r.close AS as_traded,
    m.close AS adjusted
FROM splits p JOIN market_data_raw r ON r.symbol = p.symbol
    AND r.timeframe = '1d'
    AND abs(julianday(p.execution_date) - julianday(r.ts_utc)) < 4
JOIN market_data m USING (symbol, timeframe, ts_ms)
ORDER BY r.symbol, r.ts_ms;

-- The coverage of each series: answered with bars, believed empty, refused (rows
-- that cannot be right) or denied (not in the plan), and whether it is final.
SELECT r.symbol, r.timeframe, c.kind, c.final,
    strftime('%Y-%m-%dT%H:%M:%SZ', c.from_ts / 1000, 'unixepoch') AS from_utc,
    strftime('%Y-%m-%dT%H:%M:%SZ', c.to_ts / 1000, 'unixepoch') AS to_utc
FROM coverage c JOIN series r USING (series_id)
ORDER BY r.symbol, r.timeframe, c.from_ts;

-- Ranges where bars are expected but none have arrived.
SELECT r.symbol, r.timeframe, d.answers,
    strftime('%Y-%m-%dT%H:%M:%SZ', d.from_ts / 1000, 'unixepoch') AS from_utc,
    strftime('%Y-%m-%dT%H:%M:%SZ', d.to_ts / 1000, 'unixepoch') AS to_utc
FROM doubts d JOIN series r USING (series_id)
ORDER BY r.symbol, r.timeframe, d.from_ts;

-- Bars that the vendor changed afterwards.
SELECT r.symbol, r.timeframe,
    strftime('%Y-%m-%dT%H:%M:%SZ', x.ts / 1000, 'unixepoch') AS bar,
    strftime('%Y-%m-%dT%H:%M:%SZ', x.seen_at / 1000, 'unixepoch') AS seen,
    x.old_close, x.new_close, x.old_volume, x.new_volume
FROM restatements x JOIN series r USING (series_id)
ORDER BY x.seen_at DESC LIMIT 50;

-- Rows that were rejected, by reason.
SELECT r.symbol, r.timeframe, x.reason, count(*) AS kinds, sum(x.times) AS times
FROM rejected_bars x JOIN series r USING (series_id)
GROUP BY 1, 2, 3 ORDER BY times DESC;

-- Series that a run is writing now.
SELECT r.symbol, r.timeframe, l.execution_id,
    strftime('%Y-%m-%dT%H:%M:%SZ', l.lease_until / 1000, 'unixepoch')
	AS until_utc
FROM leases l JOIN series r USING (series_id)
WHERE l.lease_until > strftime('%s', 'now') * 1000;

-- How much disk space a bar takes, everything included.
SELECT page_count * page_size AS bytes, sum(bar_count) AS bars,
    page_count * page_size / max(sum(bar_count), 1) AS bytes_a_bar
FROM series, pragma_page_count, pragma_page_size;

-- The series whose features could not be computed, and how many retries failed.
SELECT symbol, timeframe, error_message, failed_at, retry_count
FROM feature_computation_failures WHERE NOT resolved ORDER BY failed_at;

-- Up to which bar the features of each series are computed, and when they were.
SELECT symbol, timeframe, data_point_count AS rows, last_bar_at,
    last_computed_at
FROM feature_freshness ORDER BY last_computed_at;
