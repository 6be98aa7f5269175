-- Series that readers of the HTTP API asked for and that are missing.
-- mdbackfill --requested fetches them and removes the row when it has.
CREATE TABLE backfill_requests (
	symbol TEXT NOT NULL,
	timeframe TEXT NOT NULL,
	requested_at TEXT NOT NULL, -- first
	requests INTEGER NOT NULL DEFAULT 1, -- how often, until now
	PRIMARY KEY (symbol, timeframe)
) WITHOUT ROWID;
