-- Times named *_ts and *_ms are epoch milliseconds, UTC; those of the two
-- observability tables, which people read, are ISO 8601 text, UTC.

CREATE TABLE symbols (
	symbol TEXT PRIMARY KEY NOT NULL,
	asset_class TEXT NOT NULL
	    CHECK (asset_class IN ('stock', 'etf', 'crypto', 'fx', 'index')),
	tier TEXT NOT NULL DEFAULT 'standard'
	    CHECK (tier IN ('critical', 'standard', 'low')),
	active INTEGER NOT NULL DEFAULT 1,
	splits_checked_ms INTEGER -- when its splits were last asked for
) WITHOUT ROWID;

CREATE TABLE series (
	series_id INTEGER PRIMARY KEY,
	symbol TEXT NOT NULL REFERENCES symbols (symbol),
	timeframe TEXT NOT NULL,
	active INTEGER NOT NULL DEFAULT 1,
	bar_count INTEGER NOT NULL DEFAULT 0,
	newest_ts INTEGER, -- of the bars stored; kept in the page's transaction
	UNIQUE (symbol, timeframe)
);

-- Raw: as traded.  Clustered, so that a series lies together in time order.
CREATE TABLE bars (
	series_id INTEGER NOT NULL,
	ts INTEGER NOT NULL,
	open REAL NOT NULL,
	high REAL NOT NULL,
	low REAL NOT NULL,
	close REAL NOT NULL,
	volume REAL, -- an index has none
	vwap REAL,
	transactions INTEGER,
	PRIMARY KEY (series_id, ts)
) WITHOUT ROWID;

CREATE TABLE splits (
	symbol TEXT NOT NULL,
	execution_date TEXT NOT NULL, -- YYYY-MM-DD
	split_from REAL NOT NULL,
	split_to REAL NOT NULL,
	PRIMARY KEY (symbol, execution_date, split_from, split_to)
) WITHOUT ROWID;

-- Derived from splits executed by the last run: what a bar that starts in
-- [from_ts, to_ts) is divided by.  Times not in here have the factor 1.
CREATE TABLE adjustments (
	symbol TEXT NOT NULL,
	from_ts INTEGER NOT NULL,
	to_ts INTEGER NOT NULL,
	factor REAL NOT NULL,
	PRIMARY KEY (symbol, from_ts)
) WITHOUT ROWID;

-- Ranges of window starts, asked of the API and answered in full.
CREATE TABLE coverage (
	series_id INTEGER NOT NULL,
	from_ts INTEGER NOT NULL,
	to_ts INTEGER NOT NULL,
	fetched_at INTEGER NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('bars', 'empty', 'denied')),
	PRIMARY KEY (series_id, from_ts),
	CHECK (from_ts < to_ts)
) WITHOUT ROWID;

-- Ranges answered without a usable bar where the calendar expects some.
CREATE TABLE doubts (
	series_id INTEGER NOT NULL,
	from_ts INTEGER NOT NULL,
	to_ts INTEGER NOT NULL,
	answered_at INTEGER NOT NULL,
	answers INTEGER NOT NULL,
	PRIMARY KEY (series_id, from_ts)
) WITHOUT ROWID;

CREATE TABLE rejected_bars (
	rejected_id INTEGER PRIMARY KEY,
	series_id INTEGER NOT NULL,
	ts INTEGER, -- null when it could not be read
	reason TEXT NOT NULL,
	raw TEXT NOT NULL, -- as received
	execution_id TEXT NOT NULL, -- of the run that saw it first
	received_at INTEGER NOT NULL,
	times INTEGER NOT NULL DEFAULT 1,
	last_received_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX rejected_bars_once
    ON rejected_bars (series_id, ifnull(ts, -1), reason, raw);

-- Bars whose values the vendor changed after they were answered for.
CREATE TABLE restatements (
	series_id INTEGER NOT NULL,
	ts INTEGER NOT NULL,
	seen_at INTEGER NOT NULL,
	execution_id TEXT NOT NULL,
	old_open REAL, old_high REAL, old_low REAL, old_close REAL,
	old_volume REAL, old_vwap REAL, old_transactions INTEGER,
	new_open REAL, new_high REAL, new_low REAL, new_close REAL,
	new_volume REAL, new_vwap REAL, new_transactions INTEGER,
	PRIMARY KEY (series_id, ts, seen_at)
) WITHOUT ROWID;

-- Who may write a series.  The token counts takeovers: a run that lost its
-- lease holds an old one.
CREATE TABLE leases (
	series_id INTEGER PRIMARY KEY,
	execution_id TEXT NOT NULL,
	token INTEGER NOT NULL,
	lease_until INTEGER NOT NULL
);

CREATE TABLE scheduler_execution_log (
	execution_id TEXT PRIMARY KEY NOT NULL,
	started_at TEXT NOT NULL,
	completed_at TEXT,
	duration_seconds REAL,
	total_symbols INTEGER NOT NULL DEFAULT 0,
	successful_symbols INTEGER NOT NULL DEFAULT 0,
	failed_symbols INTEGER NOT NULL DEFAULT 0,
	total_records_processed INTEGER NOT NULL DEFAULT 0,
	status TEXT NOT NULL CHECK (status IN ('running', 'completed',
	    'completed_with_errors', 'failed', 'interrupted')),
	error_message TEXT,
	host TEXT NOT NULL,
	pid INTEGER NOT NULL,
	total_requests INTEGER NOT NULL DEFAULT 0,
	rate_limited_count INTEGER NOT NULL DEFAULT 0,
	retry_count INTEGER NOT NULL DEFAULT 0,
	bytes_received INTEGER NOT NULL DEFAULT 0,
	api_seconds REAL NOT NULL DEFAULT 0,
	db_seconds REAL NOT NULL DEFAULT 0,
	features_seconds REAL NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX scheduler_execution_log_started
    ON scheduler_execution_log (started_at);

CREATE TABLE symbol_computation_status (
	execution_id TEXT NOT NULL,
	symbol TEXT NOT NULL,
	asset_class TEXT NOT NULL,
	timeframe TEXT NOT NULL,
	status TEXT NOT NULL CHECK (status IN ('pending', 'in_progress',
	    'completed', 'failed')),
	records_processed INTEGER NOT NULL DEFAULT 0,
	records_inserted INTEGER NOT NULL DEFAULT 0,
	features_computed INTEGER NOT NULL DEFAULT 0,
	started_at TEXT,
	completed_at TEXT,
	duration_seconds REAL,
	error_message TEXT,
	PRIMARY KEY (execution_id, symbol, timeframe)
) WITHOUT ROWID;

CREATE VIEW market_data_raw AS
SELECT s.symbol, s.timeframe, b.ts AS ts_ms,
    strftime('%Y-%m-%dT%H:%M:%SZ', b.ts / 1000, 'unixepoch') AS ts_utc,
    b.open, b.high, b.low, b.close, b.volume, b.vwap, b.transactions
FROM series s JOIN bars b ON b.series_id = s.series_id;

-- Adjusted for the splits executed by now.
CREATE VIEW market_data AS
SELECT s.symbol, s.timeframe, b.ts AS ts_ms,
    strftime('%Y-%m-%dT%H:%M:%SZ', b.ts / 1000, 'unixepoch') AS ts_utc,
    b.open / ifnull(a.factor, 1.0) AS open,
    b.high / ifnull(a.factor, 1.0) AS high,
    b.low / ifnull(a.factor, 1.0) AS low,
    b.close / ifnull(a.factor, 1.0) AS close,
    b.volume * ifnull(a.factor, 1.0) AS volume,
    b.vwap / ifnull(a.factor, 1.0) AS vwap,
    b.transactions
FROM series s JOIN bars b ON b.series_id = s.series_id
LEFT JOIN adjustments a ON a.symbol = s.symbol
    AND a.from_ts <= b.ts AND b.ts < a.to_ts;
