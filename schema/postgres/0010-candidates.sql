-- Series that were requested, and in whose answers there was no bar: they are
-- candidates until one comes.  After three such answers the request is dropped,
-- and not taken again for a week.
CREATE TABLE IF NOT EXISTS empty_requests (
	symbol text COLLATE "C" NOT NULL,
	timeframe text COLLATE "C" NOT NULL,
	answers bigint NOT NULL, -- without a bar, one a run
	dropped_at timestamptz, -- null: it is still a candidate
	PRIMARY KEY (symbol, timeframe)
);
