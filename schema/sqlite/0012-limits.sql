-- What was learnt of the limit of a key on a host, for a day.  Named as in
-- rate_budget: the key is not in here, nor can it be had from here.
CREATE TABLE IF NOT EXISTS rate_limits (
	budget TEXT PRIMARY KEY NOT NULL,
	per_minute INTEGER NOT NULL, -- requests in any minute; 0: none was seen
	sure INTEGER NOT NULL,       -- how often that was confirmed
	per_second REAL NOT NULL,    -- a rate; 0: none was seen
	most INTEGER NOT NULL,       -- accepted in a minute, at most
	recent INTEGER NOT NULL,     -- accepted in the minute that
	learnt_us INTEGER NOT NULL   -- ended then: epoch microseconds
) WITHOUT ROWID;
