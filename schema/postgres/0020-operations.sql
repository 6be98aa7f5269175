-- What operators are told, and what they say.

-- While there is a row, no run fetches or stores anything.
CREATE TABLE holds (
	id smallint PRIMARY KEY CHECK (id = 1),
	reason text NOT NULL,
	held_by text NOT NULL, -- user@host
	since_ms bigint NOT NULL
);

-- Who is told of alerts: a row for each receiver, by a hash of its address,
-- which may be a secret.  While a claim lasts, one program tells it.
CREATE TABLE alert_receivers (
	receiver text COLLATE "C" PRIMARY KEY,
	claim text NOT NULL DEFAULT '',
	claimed_until_ms bigint NOT NULL DEFAULT 0,
	told_ms bigint NOT NULL DEFAULT 0 -- 0: never
);

-- The alerts that a receiver was told of, and not yet that they are over.
CREATE TABLE alerts_told (
	receiver text NOT NULL,
	rule text NOT NULL,
	since_ms bigint NOT NULL, -- when it was told
	PRIMARY KEY (receiver, rule)
);

-- Each full hour, each series is looked at once: how many there were on a day
-- (UTC) of a tier, and how many of these were within its objective.
CREATE TABLE objective_days (
	day date NOT NULL,
	tier text NOT NULL,
	looks bigint NOT NULL,
	within bigint NOT NULL,
	PRIMARY KEY (day, tier)
);

-- The last hour that is counted in there.
CREATE TABLE objective_hours (
	id smallint PRIMARY KEY CHECK (id = 1),
	through_ms bigint NOT NULL
);
