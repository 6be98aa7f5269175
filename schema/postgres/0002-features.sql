-- Features are computed from here on at the next occasion: those of the bars
-- that start then or later are missing or old.  Null: all are as they should
-- be.  Whoever changes bars or adjustments moves it back in the same
-- transaction.
ALTER TABLE series ADD COLUMN features_from timestamptz;
CREATE INDEX series_owing ON series (series_id)
    WHERE features_from IS NOT NULL;

-- A row a bar, of what mdkit(7) defines; adjusted for splits.  The flags and
-- labels are one number (hh 1, lh 2, hl 4, ll 8, known 16, then two bits each
-- for direction, volatility, trend and compression).  The view
-- market_features has them by their names.
CREATE TABLE quant_features (
	series_id bigint NOT NULL,
	ts timestamptz NOT NULL,
	log_return double precision,
	return_1h double precision,
	return_1d double precision,
	volatility_20 double precision,
	volatility_50 double precision,
	atr double precision,
	rolling_volume_20 double precision,
	volume_ratio double precision,
	states integer NOT NULL,
	PRIMARY KEY (series_id, ts)
) PARTITION BY RANGE (ts);

CREATE VIEW market_features AS
SELECT s.symbol, s.timeframe,
    (extract(epoch FROM f.ts) * 1000)::bigint AS ts_ms,
    to_char(f.ts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS ts_utc,
    f.log_return, f.return_1h, f.return_1d, f.volatility_20, f.volatility_50,
    f.atr, f.rolling_volume_20, f.volume_ratio,
    CASE WHEN f.states & 16 <> 0 THEN f.states & 1 <> 0 END AS hh,
    CASE WHEN f.states & 16 <> 0 THEN f.states & 4 <> 0 END AS hl,
    CASE WHEN f.states & 16 <> 0 THEN f.states & 2 <> 0 END AS lh,
    CASE WHEN f.states & 16 <> 0 THEN f.states & 8 <> 0 END AS ll,
    CASE WHEN f.states & 16 = 0 THEN NULL
	WHEN f.states & 5 = 5 THEN 'bullish'
	WHEN f.states & 10 = 10 THEN 'bearish'
	ELSE 'range' END AS structure_label,
    CASE f.states >> 5 & 3 WHEN 1 THEN 'down' WHEN 2 THEN 'neutral'
	WHEN 3 THEN 'up' END AS trend_direction,
    CASE f.states >> 7 & 3 WHEN 1 THEN 'low' WHEN 2 THEN 'medium'
	WHEN 3 THEN 'high' END AS volatility_regime,
    CASE f.states >> 9 & 3 WHEN 1 THEN 'downtrend' WHEN 2 THEN 'ranging'
	WHEN 3 THEN 'uptrend' END AS trend_regime,
    CASE f.states >> 11 & 3 WHEN 1 THEN 'expanded'
	WHEN 2 THEN 'compressed' END AS compression_regime
FROM series s JOIN quant_features f ON f.series_id = s.series_id;

-- When the features of a series were last known to be computed from all of
-- its bars.  Age and status are computed when this is read.
CREATE TABLE feature_freshness (
	symbol text COLLATE "C" NOT NULL,
	timeframe text COLLATE "C" NOT NULL,
	last_computed_at timestamptz NOT NULL,
	data_point_count bigint NOT NULL, -- rows of features
	last_bar_at timestamptz, -- start of the newest bar with features
	updated_at timestamptz NOT NULL,
	PRIMARY KEY (symbol, timeframe)
);

-- A failure is one row until it is resolved: the next runs try again.
CREATE TABLE feature_computation_failures (
	symbol text COLLATE "C" NOT NULL,
	timeframe text COLLATE "C" NOT NULL,
	error_message text COLLATE "C" NOT NULL,
	execution_id text COLLATE "C" NOT NULL, -- of the run that failed last
	failed_at timestamptz NOT NULL,    -- last
	retry_count bigint NOT NULL DEFAULT 0, -- tries again that failed too
	resolved boolean NOT NULL DEFAULT false,
	resolved_at timestamptz
);
CREATE UNIQUE INDEX feature_computation_failures_open
    ON feature_computation_failures (symbol, timeframe) WHERE NOT resolved;
CREATE INDEX feature_computation_failures_at
    ON feature_computation_failures (failed_at);
