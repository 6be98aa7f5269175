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
count="SELECT (SELECT count(*) FROM quant_features a
        JOIN series s USING (series_id)
        LEFT JOIN other.series t ON t.symbol = s.symbol
            AND t.timeframe = s.timeframe
        LEFT JOIN other.quant_features b
            ON b.series_id = t.series_id AND b.ts = a.ts
        WHERE b.ts IS NULL OR a.states <> b.states OR $far)
    + abs((SELECT count(*) FROM quant_features)
        - (SELECT count(*) FROM other.quant_features))"
case $1 in
postgresql:*) "$("$(dirname "$0")/postgres.sh" psql)" -XAtq -d "$1" -c "$count" ;;
*) sqlite3 "$1" "ATTACH '$2' AS other; $count" ;;
esac
