-- What all runs on one key may ask of one API together: a row a host and key.
-- The key is not in here, nor can it be had from here: budget ends in twelve
-- bits of a hash of it, which one in 4096 of all other keys has too.  Times
-- are epoch microseconds of the server's clock.
CREATE TABLE rate_budget (
	budget text COLLATE "C" PRIMARY KEY,
	next_us bigint NOT NULL,  -- slots before it are given away
	ahead_us bigint NOT NULL, -- so far ahead of the clock was that
	paused_until_us bigint NOT NULL, -- a 429 stops all
	lessons bigint NOT NULL,  -- how often a pace was learnt
	per_minute double precision NOT NULL, -- the last one; 0: none was
	paced_from_us bigint NOT NULL, -- it recovers from here on
	provisional boolean NOT NULL   -- and fast
) WITH (fillfactor = 50); -- a row is written with every few requests

-- Who shares it: runs that were heard of of late.
CREATE TABLE rate_sharers (
	budget text COLLATE "C" NOT NULL,
	execution_id text COLLATE "C" NOT NULL,
	seen_us bigint NOT NULL,
	PRIMARY KEY (budget, execution_id)
);

-- When a run was last heard of: those of other hosts cannot be looked for.
ALTER TABLE scheduler_execution_log ADD COLUMN heartbeat_at timestamptz;
-- What ties runs that were started together.
ALTER TABLE scheduler_execution_log ADD COLUMN run_id text COLLATE "C";
