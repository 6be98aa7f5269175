-- What was learnt of the limit of a key on a host, for a day.  Named as in
-- rate_budget: the key is not in here, nor can it be had from here.
CREATE TABLE IF NOT EXISTS rate_limits (
	budget text COLLATE "C" PRIMARY KEY,
	per_minute bigint NOT NULL, -- requests in any minute; 0: none was seen
	sure bigint NOT NULL,       -- how often that was confirmed
	per_second double precision NOT NULL, -- a rate; 0: none was seen
	most bigint NOT NULL,       -- accepted in a minute, at most
	recent bigint NOT NULL,     -- accepted in the minute that
	learnt_us bigint NOT NULL   -- ended then: epoch microseconds
);
