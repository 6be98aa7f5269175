-- Cash dividends, as the vendor tells them.
CREATE TABLE dividends (
	symbol TEXT NOT NULL,
	vendor_id TEXT NOT NULL, -- made of date and cash where it tells none
	ex_date TEXT NOT NULL, -- YYYY-MM-DD: traded without it from then on
	cash_amount REAL NOT NULL, -- a share, as there were on the ex-date
	currency TEXT, -- null: untold
	declaration_date TEXT,
	record_date TEXT,
	pay_date TEXT,
	frequency INTEGER, -- a year; 0: irregular; null: untold
	distribution_type TEXT,
	historical_adjustment_factor REAL, -- as told last, for all since then
	-- The vendor's own factor of that date alone, by such, and how far its
	-- rounding may have moved it.
	vendor_factor REAL,
	vendor_factor_error REAL,
	-- 1 - cash / close before, of all dividends of the date; null: it has
	-- none, as it is to come, in another currency, before the first bar, or
	-- doubtful.
	factor REAL,
	confirmed INTEGER NOT NULL DEFAULT 0, -- by an operator
	doubt TEXT, -- what an operator should look at; null: nothing
	PRIMARY KEY (symbol, vendor_id)
) WITHOUT ROWID;
CREATE INDEX dividends_by_date ON dividends (ex_date);
CREATE INDEX dividends_doubtful ON dividends (symbol) WHERE doubt IS NOT NULL;

-- Derived from them: what the prices of a bar that starts in [from_ts, to_ts)
-- are multiplied by.  Times not in here have the factor 1.
CREATE TABLE dividend_adjustments (
	symbol TEXT NOT NULL,
	from_ts INTEGER NOT NULL,
	to_ts INTEGER NOT NULL,
	factor REAL NOT NULL,
	PRIMARY KEY (symbol, from_ts)
) WITHOUT ROWID;

-- As for splits; and as of which request the adjustments were derived: null:
-- they are to be derived anew.
ALTER TABLE symbols ADD COLUMN dividends_checked_ms INTEGER;
ALTER TABLE symbols ADD COLUMN dividends_from TEXT; -- YYYY-MM-DD
ALTER TABLE symbols ADD COLUMN dividends_derived_ms INTEGER;

-- Adjusted for splits and dividends: prices that tell the total return.
CREATE VIEW market_data_total AS
SELECT s.symbol, s.timeframe, b.ts AS ts_ms,
    strftime('%Y-%m-%dT%H:%M:%SZ', b.ts / 1000, 'unixepoch') AS ts_utc,
    b.open / ifnull(a.factor, 1.0) * ifnull(d.factor, 1.0) AS open,
    b.high / ifnull(a.factor, 1.0) * ifnull(d.factor, 1.0) AS high,
    b.low / ifnull(a.factor, 1.0) * ifnull(d.factor, 1.0) AS low,
    b.close / ifnull(a.factor, 1.0) * ifnull(d.factor, 1.0) AS close,
    b.volume * ifnull(a.factor, 1.0) AS volume,
    b.vwap / ifnull(a.factor, 1.0) * ifnull(d.factor, 1.0) AS vwap,
    b.transactions,
    ifnull((SELECT c.final FROM coverage c WHERE c.series_id = b.series_id
	AND c.from_ts <= b.ts AND b.ts < c.to_ts
	ORDER BY c.from_ts DESC LIMIT 1), 0) AS final
FROM series s JOIN bars b ON b.series_id = s.series_id
LEFT JOIN adjustments a ON a.symbol = s.symbol
    AND a.from_ts <= b.ts AND b.ts < a.to_ts
LEFT JOIN dividend_adjustments d ON d.symbol = s.symbol
    AND d.from_ts = (SELECT max(x.from_ts) FROM dividend_adjustments x
	WHERE x.symbol = s.symbol AND x.from_ts <= b.ts)
    AND b.ts < d.to_ts;
