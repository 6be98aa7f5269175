#!/bin/sh
# Prints how many rows of features two stores of the same series do not share:
# numbers to 1e-12 relative, everything else to the letter.
#   features_differ.sh STORE OTHER
# Of a store in PostgreSQL the other is what its database has in a schema of
# that name, whatever OTHER says.
set -eu

far="1 = 0"
for c in log_return return_1h return_1d volatility_20 volatility_50 atr \
    rolling_volume_20 volume_ratio; do
	far="$far OR (a.$c IS NULL) <> (b.$c IS NULL)
	    OR abs(a.$c - b.$c) > 1e-12 * abs(b.$c)"
done
for c in hh hl lh ll structure_label trend_direction volatility_regime \
    trend_regime compression_regime; do
	far="$far OR a.$c IS DISTINCT FROM b.$c"
done
count() {
	echo "SELECT (SELECT count(*) FROM market_features a
        LEFT JOIN other.market_features b ON b.symbol = a.symbol
            AND b.timeframe = a.timeframe AND b.ts_ms = a.ts_ms
        WHERE b.ts_ms IS NULL OR $far)
    + abs((SELECT count(*) FROM quant_features)
        - (SELECT count(*) FROM other.quant_features))"
}
case $1 in
postgresql:*) "$("$(dirname "$0")/postgres.sh" psql)" -XAtq -d "$1" -c "$(count)" ;;
*) sqlite3 "$1" "ATTACH '$2' AS other;
	$(count | sed 's/IS DISTINCT FROM/IS NOT/')" ;;
esac
