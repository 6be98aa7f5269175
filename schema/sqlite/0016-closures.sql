-- Days for which the vendor tells other hours than the built-in calendar has,
-- and since when.  An unlisted day is a holiday that it does not name: that is
-- told, and changes nothing.
CREATE TABLE IF NOT EXISTS closures (
	date TEXT PRIMARY KEY NOT NULL, -- YYYY-MM-DD, in New York
	kind TEXT NOT NULL CHECK (kind IN ('closed', 'early', 'unlisted')),
	close_minute INTEGER, -- of an early close: after midnight in New York
	name TEXT NOT NULL,   -- as the vendor has it; may be empty
	base_url TEXT NOT NULL,
	told_at TEXT NOT NULL
) WITHOUT ROWID;

-- What an API was last seen to give to a key, or not.  Named as in rate_budget:
-- the key is not in here, nor can it be had from here.
CREATE TABLE IF NOT EXISTS key_rights (
	budget TEXT NOT NULL,
	what TEXT NOT NULL,   -- closures, splits, ...
	status TEXT NOT NULL, -- yes, no, absent, unclear, failed
	base_url TEXT NOT NULL,
	noted_at TEXT NOT NULL,
	PRIMARY KEY (budget, what)
) WITHOUT ROWID;
