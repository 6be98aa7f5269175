-- Names that a symbol had: was is what it is asked for by on days before
-- until_date, back to the rename before.
CREATE TABLE renames (
	symbol TEXT NOT NULL,
	was TEXT NOT NULL,
	until_date TEXT NOT NULL, -- YYYY-MM-DD, the first of the next name
	PRIMARY KEY (symbol, until_date)
) WITHOUT ROWID;

-- The same, as the vendor told it when it was asked about a symbol that fell
-- silent or has a hole.  They join nothing: the watchlist does.
CREATE TABLE told_renames (
	asked TEXT NOT NULL, -- the symbol it was asked about
	symbol TEXT NOT NULL,
	was TEXT NOT NULL,
	until_date TEXT NOT NULL,
	PRIMARY KEY (asked, symbol, until_date)
) WITHOUT ROWID;

-- When the vendor was last asked about such a symbol, and its last day, if it
-- was told.
CREATE TABLE silent_symbols (
	symbol TEXT PRIMARY KEY NOT NULL,
	asked_at TEXT NOT NULL,
	delisted TEXT, -- YYYY-MM-DD
	gone_ts INTEGER -- a bar from then on is of another company
) WITHOUT ROWID;
