-- Where bars of a series were not asked of the API but made of a finer series'.
CREATE TABLE derived (
	series_id bigint NOT NULL,
	from_ts timestamptz NOT NULL,
	to_ts timestamptz NOT NULL,
	timeframe text COLLATE "C" NOT NULL, -- of the finer series
	derived_at timestamptz NOT NULL,
	PRIMARY KEY (series_id, from_ts),
	CHECK (from_ts < to_ts)
);
