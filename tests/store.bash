# What the bats files about stores share, on top of helper.bash.

load helper

# A store of the test's own.
use_store() {
	MD_DB=$BATS_TEST_TMPDIR/market.db
	export MD_DB
}

# sql QUERY [STORE]: what the store says.
sql() {
	sqlite3 "${2:-$MD_DB}" "$1"
}

# Everything that was traded, as text, to compare stores by.
bars_of() {
	sql "SELECT symbol, timeframe, ts_ms, open, high, low, close, volume,
	    vwap, transactions FROM market_data_raw
	    ORDER BY symbol, timeframe, ts_ms" "${1:-$MD_DB}"
}

# What is claimed to be known: what must never say more than the bars.
coverage_of() {
	sql "SELECT r.symbol, r.timeframe, c.from_ts, c.to_ts, c.kind
	    FROM coverage c JOIN series r USING (series_id)
	    ORDER BY 1, 2, 3" "${1:-$MD_DB}"
}
