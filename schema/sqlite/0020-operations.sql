-- What operators are told, and what they say.

-- While there is a row, no run fetches or stores anything.
CREATE TABLE holds (
	id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
	reason TEXT NOT NULL,
	held_by TEXT NOT NULL, -- user@host
	since_ms INTEGER NOT NULL
);

-- Who is told of alerts: a row for each receiver, by a hash of its address,
-- which may be a secret.  While a claim lasts, one program tells it.
CREATE TABLE alert_receivers (
	receiver TEXT PRIMARY KEY NOT NULL,
	claim TEXT NOT NULL DEFAULT '',
	claimed_until_ms INTEGER NOT NULL DEFAULT 0,
	told_ms INTEGER NOT NULL DEFAULT 0 -- 0: never
) WITHOUT ROWID;

-- The alerts that a receiver was told of, and not yet that they are over.
CREATE TABLE alerts_told (
	receiver TEXT NOT NULL,
	rule TEXT NOT NULL,
	since_ms INTEGER NOT NULL, -- when it was told
	PRIMARY KEY (receiver, rule)
) WITHOUT ROWID;

-- Each full hour, each series is looked at once: how many there were on a day
-- (UTC) of a tier, and how many of these were within its objective.
CREATE TABLE objective_days (
	day TEXT NOT NULL,
	tier TEXT NOT NULL,
	looks INTEGER NOT NULL,
	within INTEGER NOT NULL,
	PRIMARY KEY (day, tier)
) WITHOUT ROWID;

-- The last hour that is counted in there.
CREATE TABLE objective_hours (
	id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
	through_ms INTEGER NOT NULL
);
