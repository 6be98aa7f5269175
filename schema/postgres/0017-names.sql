-- Names that a symbol had: was is what it is asked for by on days before
-- until_date, back to the rename before.
CREATE TABLE renames (
	symbol text COLLATE "C" NOT NULL,
	was text COLLATE "C" NOT NULL,
	until_date date NOT NULL, -- the first of the next name
	PRIMARY KEY (symbol, until_date)
);

-- The same, as the vendor told it when it was asked about a symbol that fell
-- silent or has a hole.  They join nothing: the watchlist does.
CREATE TABLE told_renames (
	asked text COLLATE "C" NOT NULL, -- the symbol it was asked about
	symbol text COLLATE "C" NOT NULL,
	was text COLLATE "C" NOT NULL,
	until_date date NOT NULL,
	PRIMARY KEY (asked, symbol, until_date)
);

-- When the vendor was last asked about such a symbol, and its last day, if it
-- was told.
CREATE TABLE silent_symbols (
	symbol text COLLATE "C" PRIMARY KEY,
	asked_at timestamptz NOT NULL,
	delisted date,
	gone_ts timestamptz -- a bar from then on is of another company
);
