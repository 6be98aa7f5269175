#!/bin/sh
# The plan of 10,000 daily series over twenty years with holes at random: how
# long mdbackfill -n takes from the store to the last call, and in how much
# memory (wanted: under 2 s and 256 MiB).
#   plan.sh BUILD [SERIES]
set -eu

build=$(cd "$1" && pwd)
series=${2:-10000}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bench/bench.sh
. "$here/bench.sh"
db=$dir/plan.db
echo '{}' >"$dir/none.json"
export MD_CONFIG="$dir/none.json"
unset MD_DB

# The tables; then 5,000 sessions of each, without one to four days here and
# there.
POLYGON_API_KEY=bench12345 "$build/mdbackfill" -q --db "$db" --max-retries 0 \
    --base-url http://127.0.0.1:1 ZZNONE 2>/dev/null || true
python3 - "$db" "$series" <<'EOF'
import random, sqlite3, sys
random.seed(5)
db = sqlite3.connect(sys.argv[1])
day, hour = 86400000, 3600000
end = 19900  # 2024-06-26
now = end * day + 20 * hour
first = end - 7250
db.execute("UPDATE series SET active = 0")
for i in range(int(sys.argv[2])):
    name = "S%05d" % i
    db.execute("INSERT INTO symbols (symbol, asset_class, splits_checked_ms) "
               "VALUES (?, 'stock', ?)", (name, now))
    id = db.execute("INSERT INTO series (symbol, timeframe) VALUES (?, '1d')",
                    (name,)).lastrowid
    spans, at = [], first
    for hole in sorted(random.sample(range(10, 7200), random.randint(0, 8))):
        if first + hole - at > 1:
            spans.append((at, first + hole))
            at = first + hole + random.randint(1, 4)
    spans.append((at, end - 1))
    db.executemany("INSERT OR IGNORE INTO coverage (series_id, from_ts, to_ts, "
                   "fetched_at, kind) VALUES (?, ?, ?, ?, 'bars')",
                   [(id, a * day + 4 * hour, b * day + 4 * hour, now)
                    for a, b in spans if a < b])
db.commit()
EOF
python3 - "$series" "$build/mdbackfill" -n --all -t 1d --days 7250 --db "$db" \
    --as-of 2024-06-26T21:00:00Z <<'EOF'
import re, resource, subprocess, sys, time
series = sys.argv.pop(1)
since = time.monotonic()
said = subprocess.run(sys.argv[1:], check=True, capture_output=True,
                      text=True).stdout.splitlines()[-1]
took = time.monotonic() - since
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
# Each series lacks its last day at least.
found = re.match(r"\d+ gaps in (\d+) series: (\d+) calls", said)
if not found or found[1] != series or int(found[2]) < 1:
    sys.exit("plan.sh: nothing was measured: " + said)
print("\n== a plan from a store")
print(said)
print("%.2f s (wanted: under 2), %.0f MiB (wanted: under 256)" % (took, peak))
EOF
