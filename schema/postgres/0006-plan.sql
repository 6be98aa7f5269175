-- Days of a market that a call for all its symbols was refused (403).
CREATE TABLE grouped_denied (
	market text COLLATE "C" NOT NULL
	    CHECK (market IN ('stocks', 'crypto')),
	date date NOT NULL,
	denied_at timestamptz NOT NULL,
	PRIMARY KEY (market, date)
);

-- The first day of the symbol's history, where the watchlist says so: before
-- it the name was somebody else's.
ALTER TABLE symbols ADD COLUMN history_from date;

-- Why a split is not believed; null: it is.  It adjusts nothing then, until a
-- person sets confirmed.
ALTER TABLE splits ADD COLUMN doubt text COLLATE "C";
ALTER TABLE splits ADD COLUMN confirmed boolean NOT NULL DEFAULT false;
