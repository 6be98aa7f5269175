-- Forex, too, has calls for a day of all its symbols, which may be refused.
ALTER TABLE grouped_denied DROP CONSTRAINT grouped_denied_market_check;
ALTER TABLE grouped_denied ADD CONSTRAINT grouped_denied_market_check
	CHECK (market IN ('stocks', 'crypto', 'fx'));
