-- Cash dividends, as the vendor tells them.
CREATE TABLE dividends (
	symbol text COLLATE "C" NOT NULL,
	vendor_id text COLLATE "C" NOT NULL, -- made of date and cash where it tells none
	ex_date date NOT NULL, -- traded without it from then on
	cash_amount double precision NOT NULL, -- a share, as there were on the ex-date
	currency text COLLATE "C", -- null: untold
	declaration_date date,
	record_date date,
	pay_date date,
	frequency integer, -- a year; 0: irregular; null: untold
	distribution_type text COLLATE "C",
	historical_adjustment_factor double precision, -- as told last, for all since then
	-- The vendor's own factor of that date alone, by such, and how far its
	-- rounding may have moved it.
	vendor_factor double precision,
	vendor_factor_error double precision,
	-- 1 - cash / close before, of all dividends of the date; null: it has
	-- none, as it is to come, in another currency, before the first bar, or
	-- doubtful.
	factor double precision,
	confirmed boolean NOT NULL DEFAULT false, -- by an operator
	doubt text COLLATE "C", -- what an operator should look at; null: nothing
	PRIMARY KEY (symbol, vendor_id)
);
CREATE INDEX dividends_by_date ON dividends (ex_date);
CREATE INDEX dividends_doubtful ON dividends (symbol) WHERE doubt IS NOT NULL;

-- Derived from them: what the prices of a bar that starts in [from_ts, to_ts)
-- are multiplied by.  Times not in here have the factor 1.
CREATE TABLE dividend_adjustments (
	symbol text COLLATE "C" NOT NULL,
	from_ts timestamptz NOT NULL,
	to_ts timestamptz NOT NULL,
	factor double precision NOT NULL,
	PRIMARY KEY (symbol, from_ts)
);

-- As for splits; and as of which request the adjustments were derived: null:
-- they are to be derived anew.
ALTER TABLE symbols ADD COLUMN dividends_checked_ms timestamptz;
ALTER TABLE symbols ADD COLUMN dividends_from date;
ALTER TABLE symbols ADD COLUMN dividends_derived_ms timestamptz;

-- Adjusted for splits and dividends: prices that tell the total return.
CREATE VIEW market_data_total AS
SELECT s.symbol, s.timeframe,
    (extract(epoch FROM b.ts) * 1000)::bigint AS ts_ms,
    to_char(b.ts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS ts_utc,
    b.open / coalesce(a.factor, 1) * coalesce(d.factor, 1) AS open,
    b.high / coalesce(a.factor, 1) * coalesce(d.factor, 1) AS high,
    b.low / coalesce(a.factor, 1) * coalesce(d.factor, 1) AS low,
    b.close / coalesce(a.factor, 1) * coalesce(d.factor, 1) AS close,
    b.volume * coalesce(a.factor, 1) AS volume,
    b.vwap / coalesce(a.factor, 1) * coalesce(d.factor, 1) AS vwap,
    b.transactions,
    coalesce((SELECT c.final FROM coverage c WHERE c.series_id = b.series_id
	AND c.from_ts <= b.ts AND b.ts < c.to_ts
	ORDER BY c.from_ts DESC LIMIT 1), false)::integer AS final
FROM series s JOIN bars b ON b.series_id = s.series_id
LEFT JOIN adjustments a ON a.symbol = s.symbol
    AND a.from_ts <= b.ts AND b.ts < a.to_ts
LEFT JOIN dividend_adjustments d ON d.symbol = s.symbol
    AND d.from_ts = (SELECT max(x.from_ts) FROM dividend_adjustments x
	WHERE x.symbol = s.symbol AND x.from_ts <= b.ts)
    AND b.ts < d.to_ts;
