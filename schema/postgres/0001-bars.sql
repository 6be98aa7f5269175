-- Times are timestamptz.  Text is compared byte by byte, whatever the
-- database's own order, so that both engines sort alike.  Every unique key of
-- bars, coverage and quant_features holds the series, and where partitioned
-- the time; ids are made by the client; there are no foreign keys, sequences
-- or triggers: what distributes tables can take these.

CREATE TABLE symbols (
	symbol text COLLATE "C" PRIMARY KEY,
	asset_class text COLLATE "C" NOT NULL
	    CHECK (asset_class IN ('stock', 'etf', 'crypto', 'fx', 'index')),
	tier text COLLATE "C" NOT NULL DEFAULT 'standard'
	    CHECK (tier IN ('critical', 'standard', 'low')),
	active boolean NOT NULL DEFAULT true,
	splits_checked_ms timestamptz -- when its splits were last asked for
);

CREATE TABLE series (
	series_id bigint PRIMARY KEY,
	symbol text COLLATE "C" NOT NULL,
	timeframe text COLLATE "C" NOT NULL,
	active boolean NOT NULL DEFAULT true,
	bar_count bigint NOT NULL DEFAULT 0,
	newest_ts timestamptz, -- of the bars stored; kept with the page
	UNIQUE (symbol, timeframe)
);

-- Raw: as traded.  Partitions, a year each, are made before they are written.
CREATE TABLE bars (
	series_id bigint NOT NULL,
	ts timestamptz NOT NULL,
	open double precision NOT NULL,
	high double precision NOT NULL,
	low double precision NOT NULL,
	close double precision NOT NULL,
	volume double precision, -- an index has none
	vwap double precision,
	transactions bigint,
	PRIMARY KEY (series_id, ts)
) PARTITION BY RANGE (ts);

CREATE TABLE splits (
	symbol text COLLATE "C" NOT NULL,
	execution_date date NOT NULL,
	split_from double precision NOT NULL,
	split_to double precision NOT NULL,
	PRIMARY KEY (symbol, execution_date, split_from, split_to)
);

-- Derived from splits executed by the last run: what a bar that starts in
-- [from_ts, to_ts) is divided by.  Times not in here have the factor 1.
CREATE TABLE adjustments (
	symbol text COLLATE "C" NOT NULL,
	from_ts timestamptz NOT NULL,
	to_ts timestamptz NOT NULL,
	factor double precision NOT NULL,
	PRIMARY KEY (symbol, from_ts)
);

-- Ranges of window starts, asked of the API and answered in full.
CREATE TABLE coverage (
	series_id bigint NOT NULL,
	from_ts timestamptz NOT NULL,
	to_ts timestamptz NOT NULL,
	fetched_at timestamptz NOT NULL,
	kind text COLLATE "C" NOT NULL
	    CHECK (kind IN ('bars', 'empty', 'denied')),
	PRIMARY KEY (series_id, from_ts),
	CHECK (from_ts < to_ts)
);

-- Ranges answered without a usable bar where the calendar expects some.
CREATE TABLE doubts (
	series_id bigint NOT NULL,
	from_ts timestamptz NOT NULL,
	to_ts timestamptz NOT NULL,
	answered_at timestamptz NOT NULL,
	answers integer NOT NULL,
	PRIMARY KEY (series_id, from_ts)
);

CREATE TABLE rejected_bars (
	series_id bigint NOT NULL,
	ts timestamptz, -- null when it could not be read
	reason text COLLATE "C" NOT NULL,
	raw text COLLATE "C" NOT NULL, -- as received
	execution_id text COLLATE "C" NOT NULL, -- of the run that saw it first
	received_at timestamptz NOT NULL,
	times bigint NOT NULL DEFAULT 1,
	last_received_at timestamptz NOT NULL
);
-- By its digest: a row as received may be longer than an index takes.
CREATE UNIQUE INDEX rejected_bars_once ON rejected_bars
    (series_id, coalesce(ts, '-infinity'), reason, md5(raw));

-- Bars whose values the vendor changed after they were answered for.
CREATE TABLE restatements (
	series_id bigint NOT NULL,
	ts timestamptz NOT NULL,
	seen_at timestamptz NOT NULL,
	execution_id text COLLATE "C" NOT NULL,
	old_open double precision, old_high double precision,
	old_low double precision, old_close double precision,
	old_volume double precision, old_vwap double precision,
	old_transactions bigint,
	new_open double precision, new_high double precision,
	new_low double precision, new_close double precision,
	new_volume double precision, new_vwap double precision,
	new_transactions bigint,
	PRIMARY KEY (series_id, ts, seen_at)
);

-- Who may write a series.  The token counts takeovers: a run that lost its
-- lease holds an old one.
CREATE TABLE leases (
	series_id bigint PRIMARY KEY,
	execution_id text COLLATE "C" NOT NULL,
	token bigint NOT NULL,
	lease_until timestamptz NOT NULL
) WITH (fillfactor = 50); -- a row is written with every page
CREATE INDEX leases_of_execution ON leases (execution_id);

CREATE TABLE scheduler_execution_log (
	execution_id text COLLATE "C" PRIMARY KEY,
	started_at timestamptz NOT NULL,
	completed_at timestamptz,
	duration_seconds double precision,
	total_symbols bigint NOT NULL DEFAULT 0,
	successful_symbols bigint NOT NULL DEFAULT 0,
	failed_symbols bigint NOT NULL DEFAULT 0,
	total_records_processed bigint NOT NULL DEFAULT 0,
	status text COLLATE "C" NOT NULL CHECK (status IN ('running',
	    'completed', 'completed_with_errors', 'failed', 'interrupted')),
	error_message text COLLATE "C",
	host text COLLATE "C" NOT NULL,
	pid bigint NOT NULL,
	total_requests bigint NOT NULL DEFAULT 0,
	rate_limited_count bigint NOT NULL DEFAULT 0,
	retry_count bigint NOT NULL DEFAULT 0,
	bytes_received bigint NOT NULL DEFAULT 0,
	api_seconds double precision NOT NULL DEFAULT 0,
	db_seconds double precision NOT NULL DEFAULT 0,
	features_seconds double precision NOT NULL DEFAULT 0
);
CREATE INDEX scheduler_execution_log_started
    ON scheduler_execution_log (started_at);

CREATE TABLE symbol_computation_status (
	execution_id text COLLATE "C" NOT NULL,
	symbol text COLLATE "C" NOT NULL,
	asset_class text COLLATE "C" NOT NULL,
	timeframe text COLLATE "C" NOT NULL,
	status text COLLATE "C" NOT NULL CHECK (status IN ('pending',
	    'in_progress', 'completed', 'failed')),
	records_processed bigint NOT NULL DEFAULT 0,
	records_inserted bigint NOT NULL DEFAULT 0,
	features_computed bigint NOT NULL DEFAULT 0,
	started_at timestamptz,
	completed_at timestamptz,
	duration_seconds double precision,
	error_message text COLLATE "C",
	PRIMARY KEY (execution_id, symbol, timeframe)
);

CREATE VIEW market_data_raw AS
SELECT s.symbol, s.timeframe,
    (extract(epoch FROM b.ts) * 1000)::bigint AS ts_ms,
    to_char(b.ts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS ts_utc,
    b.open, b.high, b.low, b.close, b.volume, b.vwap, b.transactions
FROM series s JOIN bars b ON b.series_id = s.series_id;

-- Adjusted for the splits executed by now.
CREATE VIEW market_data AS
SELECT s.symbol, s.timeframe,
    (extract(epoch FROM b.ts) * 1000)::bigint AS ts_ms,
    to_char(b.ts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS ts_utc,
    b.open / coalesce(a.factor, 1) AS open,
    b.high / coalesce(a.factor, 1) AS high,
    b.low / coalesce(a.factor, 1) AS low,
    b.close / coalesce(a.factor, 1) AS close,
    b.volume * coalesce(a.factor, 1) AS volume,
    b.vwap / coalesce(a.factor, 1) AS vwap,
    b.transactions
FROM series s JOIN bars b ON b.series_id = s.series_id
LEFT JOIN adjustments a ON a.symbol = s.symbol
    AND a.from_ts <= b.ts AND b.ts < a.to_ts;
