#!/bin/sh
# Measures the reports over 50,000 series, each against its yardstick in the
# same run.  Figures of different runs do not compare; ratios do.
#   reports.sh BUILD [ROUNDS]
set -eu

build=$(cd "$1" && pwd)
rounds=${2:-7}
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bench/bench.sh
. "$here/bench.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT INT TERM
db=$dir/reports.db
now=2024-06-29T12:00:00Z
echo '{}' >"$dir/none.json"
export MD_CONFIG="$dir/none.json"
unset MD_DB

# The tables, and then the series.
POLYGON_API_KEY=bench12345 "$build/mdbackfill" -q --db "$db" --max-retries 0 \
    --base-url http://127.0.0.1:1 ZZNONE 2>/dev/null || true
sqlite3 "$db" "
    UPDATE series SET active = 0;
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n
	WHERE i < 9999)
    INSERT INTO symbols (symbol, asset_class, tier)
	SELECT printf('S%04d', i), 'stock', CASE i % 3 WHEN 0 THEN 'critical'
	WHEN 1 THEN 'standard' ELSE 'low' END FROM n;
    INSERT INTO series (symbol, timeframe, newest_ts, bar_count)
	SELECT symbol, column1, 1719590400000 - abs(random()) % 86400 * 1000,
	500 FROM symbols, (VALUES ('1m'), ('5m'), ('15m'), ('1h'), ('1d'))
	WHERE symbol LIKE 'S____';
    INSERT INTO feature_freshness
	SELECT symbol, timeframe, strftime('%Y-%m-%dT%H:%M:%SZ',
	1719590400 - abs(random()) % 86400, 'unixepoch'), 400,
	'2024-06-28T15:00:00Z', '2024-06-28T15:00:00Z' FROM series
	WHERE symbol LIKE 'S____' AND series_id % 20 <> 0"

cat >"$dir/yardstick.sql" <<'EOF'
SELECT r.symbol, r.timeframe, f.last_computed_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', r.newest_ts / 1000, 'unixepoch')
	AS last_bar_at,
    1719662400 - strftime('%s', f.last_computed_at) AS staleness_seconds,
    CASE WHEN f.last_computed_at IS NULL THEN 'missing'
	WHEN 1719662400 - strftime('%s', f.last_computed_at) < 3600
	    THEN 'fresh'
	WHEN 1719662400 - strftime('%s', f.last_computed_at) < 21600
	    THEN 'aging' ELSE 'stale' END AS status,
    f.data_point_count, s.tier,
    CASE s.tier WHEN 'critical' THEN 3600 WHEN 'standard' THEN 14400
	ELSE 86400 END AS rpo_seconds
FROM series r JOIN symbols s USING (symbol)
LEFT JOIN feature_freshness f
    ON f.symbol = r.symbol AND f.timeframe = r.timeframe
WHERE r.active AND s.active ORDER BY staleness_seconds DESC;
EOF

# timed COMMAND...: its seconds; a verdict (1, 2) is none of its failures.
timed() {
	began=$(date +%s%N)
	"$@" >"$dir/out" 2>"$dir/err" || [ $? -le 2 ] || {
		cat "$dir/err" >&2
		exit 1
	}
	echo "$began $(date +%s%N)" | awk '{ printf "%.4f\n", ($2 - $1) / 1e9 }'
}

# listed: how many series the JSON has that was written last.
listed() {
	grep -o '"symbol":' "$dir/out" | wc -l
}

# median FILE COLUMN
median() {
	cut -d' ' -f"$2" "$1" | sort -n |
	    awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

echo
echo "== Freshness of 50,000 series as JSON, against one statement in sqlite3"
# What is timed is what it says.
expect "series in the store" "$(sqlite3 "$db" "SELECT count(*) FROM series
    WHERE active")" 50000
timed sqlite3 -readonly -json "$db" ".read $dir/yardstick.sql" >/dev/null
expect "series that sqlite3 lists" "$(listed)" 50000
timed "$build/mdstale" --db "$db" --limit 0 -o json --as-of $now >/dev/null
expect "series that mdstale lists" "$(listed)" 50000
i=0
while [ $i -lt "$rounds" ]; do
	echo "$(timed sqlite3 -readonly -json "$db" \
	    ".read $dir/yardstick.sql")" \
	    "$(timed "$build/mdstale" --db "$db" --limit 0 -o json \
	    --as-of $now)" \
	    "$(timed "$build/mdhealth" --db "$db" --as-of $now)"
	i=$((i + 1))
done >"$dir/rounds"
expect "rounds with three times" "$(awk 'NF == 3' "$dir/rounds" | wc -l)" \
    "$rounds"
awk '{ print $2 / $1 }' "$dir/rounds" >"$dir/ratios"
echo "sqlite3 $(median "$dir/rounds" 1) s," \
    "mdstale $(median "$dir/rounds" 2) s," \
    "median ratio $(median "$dir/ratios" 1) (wanted: at most 1.5)"
echo "mdhealth $(median "$dir/rounds" 3) s (wanted: under 0.2)"

echo
echo "== 500 series without bars, and with two million"
sqlite3 "$db" "UPDATE series SET active = series_id <= 501
    AND symbol LIKE 'S____'"

# by_bars FILE: what the report of bars takes.
by_bars() {
	i=0
	while [ $i -lt "$rounds" ]; do
		timed "$build/mdstale" --db "$db" --by bars --limit 0 \
		    -o json --as-of $now
		i=$((i + 1))
	done >"$1"
}
by_bars "$dir/without"
expect "series without bars" "$(listed)" 500
sqlite3 "$db" "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL
    SELECT i + 1 FROM n WHERE i < 3999)
    INSERT INTO bars SELECT series_id, 1600000000000 + i * 60000, 1, 1, 1, 1,
    1, 1, 1 FROM series, n WHERE active ORDER BY 1, 2"
expect "bars in the store" "$(sqlite3 "$db" "SELECT count(*) FROM bars")" \
    2000000
by_bars "$dir/with"
expect "series with bars" "$(listed)" 500
echo "without $(median "$dir/without" 1) s, with $(median "$dir/with" 1) s"
