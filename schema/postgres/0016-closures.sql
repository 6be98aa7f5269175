-- Days for which the vendor tells other hours than the built-in calendar has,
-- and since when.  An unlisted day is a holiday that it does not name: that is
-- told, and changes nothing.
CREATE TABLE IF NOT EXISTS closures (
	date date PRIMARY KEY, -- in New York
	kind text COLLATE "C" NOT NULL
		CHECK (kind IN ('closed', 'early', 'unlisted')),
	close_minute bigint, -- of an early close: after midnight in New York
	name text COLLATE "C" NOT NULL, -- as the vendor has it; may be empty
	base_url text COLLATE "C" NOT NULL,
	told_at timestamptz NOT NULL
);

-- What an API was last seen to give to a key, or not.  Named as in rate_budget:
-- the key is not in here, nor can it be had from here.
CREATE TABLE IF NOT EXISTS key_rights (
	budget text COLLATE "C" NOT NULL,
	what text COLLATE "C" NOT NULL,   -- closures, splits, ...
	status text COLLATE "C" NOT NULL, -- yes, no, absent, unclear, failed
	base_url text COLLATE "C" NOT NULL,
	noted_at timestamptz NOT NULL,
	PRIMARY KEY (budget, what)
);
