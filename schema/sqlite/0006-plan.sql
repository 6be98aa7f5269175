-- Days of a market that a call for all its symbols was refused (403).
CREATE TABLE grouped_denied (
	market TEXT NOT NULL CHECK (market IN ('stocks', 'crypto')),
	date TEXT NOT NULL, -- YYYY-MM-DD
	denied_at INTEGER NOT NULL,
	PRIMARY KEY (market, date)
) WITHOUT ROWID;

-- The first day of the symbol's history, where the watchlist says so: before
-- it the name was somebody else's.
ALTER TABLE symbols ADD COLUMN history_from TEXT; -- YYYY-MM-DD

-- Why a split is not believed; null: it is.  It adjusts nothing then, until a
-- person sets confirmed.
ALTER TABLE splits ADD COLUMN doubt TEXT;
ALTER TABLE splits ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0;
