-- Where bars of a series were not asked of the API but made of a finer series'.
CREATE TABLE derived (
	series_id INTEGER NOT NULL,
	from_ts INTEGER NOT NULL,
	to_ts INTEGER NOT NULL,
	timeframe TEXT NOT NULL, -- of the finer series
	derived_at INTEGER NOT NULL,
	PRIMARY KEY (series_id, from_ts),
	CHECK (from_ts < to_ts)
) WITHOUT ROWID;
