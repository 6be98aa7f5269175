-- Forex, too, has calls for a day of all its symbols, which may be refused.
ALTER TABLE grouped_denied RENAME TO grouped_denied_old;
CREATE TABLE grouped_denied (
	market TEXT NOT NULL CHECK (market IN ('stocks', 'crypto', 'fx')),
	date TEXT NOT NULL, -- YYYY-MM-DD
	denied_at INTEGER NOT NULL,
	PRIMARY KEY (market, date)
) WITHOUT ROWID;
INSERT INTO grouped_denied (market, date, denied_at)
	SELECT market, date, denied_at FROM grouped_denied_old;
DROP TABLE grouped_denied_old;
