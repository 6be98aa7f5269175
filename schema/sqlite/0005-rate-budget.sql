-- What all runs on one key may ask of one API together: a row a host and key.
-- The key is not in here, nor can it be had from here: budget ends in twelve
-- bits of a hash of it, which one in 4096 of all other keys has too.  Times
-- are epoch microseconds, of one clock for all runs.
CREATE TABLE rate_budget (
	budget TEXT PRIMARY KEY NOT NULL,
	next_us INTEGER NOT NULL,  -- slots before it are given away
	ahead_us INTEGER NOT NULL, -- so far ahead of the clock was that
	paused_until_us INTEGER NOT NULL, -- a 429 stops all
	lessons INTEGER NOT NULL,  -- how often a pace was learnt
	per_minute REAL NOT NULL,  -- the last one; 0: none was
	paced_from_us INTEGER NOT NULL,   -- it recovers from here on
	provisional INTEGER NOT NULL      -- and fast
) WITHOUT ROWID;

-- Who shares it: runs that were heard of of late.
CREATE TABLE rate_sharers (
	budget TEXT NOT NULL,
	execution_id TEXT NOT NULL,
	seen_us INTEGER NOT NULL,
	PRIMARY KEY (budget, execution_id)
) WITHOUT ROWID;

-- When a run was last heard of: those of other hosts cannot be looked for.
ALTER TABLE scheduler_execution_log ADD COLUMN heartbeat_at TEXT;
-- What ties runs that were started together.
ALTER TABLE scheduler_execution_log ADD COLUMN run_id TEXT;
