-- Series that readers of the HTTP API asked for and that are missing.
-- mdbackfill --requested fetches them and removes the row when it has.
CREATE TABLE backfill_requests (
	symbol text COLLATE "C" NOT NULL,
	timeframe text COLLATE "C" NOT NULL,
	requested_at timestamptz NOT NULL, -- first
	requests bigint NOT NULL DEFAULT 1, -- how often, until now
	PRIMARY KEY (symbol, timeframe)
);
