# What only a store in PostgreSQL has: a server that may be away, a password,
# rows that die.

load store

setup() {
	only_postgres "a server"
	use_store
}

SPAN=(--from 2024-01-02 --to 2024-03-28)

@test "a password in the URI is refused, and not shown" {
	for uri in "postgresql://u:sesame@localhost/x" \
		"postgresql://u:sesame@one:1,two:2/x" \
		"postgres://u@localhost/x?password=sesame" \
		"postgresql://u@localhost/x?sslpass%77ord=sesame"; do
		run --separate-stderr mdbackfill -q --db "$uri" "${SPAN[@]}" A
		assert_equal "$status" 64
		[[ $stderr == *".pgpass"* ]]
		[[ $stderr != *sesame* ]]
	done
	run -64 --separate-stderr mdbackfill \
		--db "postgresql://u:se%zzsame@x/x" A
	[[ $stderr == *"expected postgresql://"* ]]
	[[ $stderr != *same* ]]
}

@test "a password comes from libpq's own places" {
	start_mock --synthetic
	echo "*:*:*:*:sesame" >"$BATS_TEST_TMPDIR/pass"
	chmod 600 "$BATS_TEST_TMPDIR/pass"
	PGPASSFILE=$BATS_TEST_TMPDIR/pass run mdbackfill -v "${SPAN[@]}" A
	assert_success
	refute_output --partial sesame
	printf '[md]\nhost=%s\nuser=mdkit\ndbname=%s\n' "$MD_PG_DIR" \
		"$(sed 's#.*/\([^/?]*\)?.*#\1#' <<<"${MD_DB%%host=*}")" \
		>"$BATS_TEST_TMPDIR/service"
	PGSERVICEFILE=$BATS_TEST_TMPDIR/service run mdbackfill -n -o json \
		--db "postgresql://?service=md" "${SPAN[@]}" A
	assert_success
	assert_line '  "calls": 0,'
}

@test "a server that is down is 69, in one line that says where" {
	run --separate-stderr mdbackfill -q --db \
		"postgresql://u@/x?host=$BATS_TEST_TMPDIR" "${SPAN[@]}" A
	assert_equal "$status" 69
	[[ $stderr == *"$BATS_TEST_TMPDIR/.s.PGSQL.5432"* ]]
	assert_equal "${#stderr_lines[@]}" 1
	run -3 --separate-stderr mdstale --db \
		"postgresql://u@/x?host=$BATS_TEST_TMPDIR"
	run --separate-stderr mdbackfill -q --db \
		"postgresql://mdkit@/none?host=$MD_PG_DIR" "${SPAN[@]}" A
	assert_equal "$status" 69
	[[ $stderr == *'database "none" does not exist'* ]]
}

@test "tables of another program, and of a newer mdkit, are left alone" {
	use_no_store
	start_mock --synthetic
	pg -d "$MD_DB" -c "CREATE TABLE series (x int)"
	run --separate-stderr mdbackfill -q "${SPAN[@]}" A
	assert_equal "$status" 69
	[[ $stderr == *"another program"*"search_path"* ]]
	# Beside them, in a schema of its own.
	pg -d "$MD_DB" -c "CREATE SCHEMA md"
	mdbackfill -q --db "$MD_DB&options=-csearch_path%3Dmd" "${SPAN[@]}" A
	assert_equal "$(pg -At -d "$MD_DB" -c "SELECT count(*) FROM md.bars")" 61
	pg -d "$MD_DB" -c "INSERT INTO md.schema_migrations
		VALUES (999, 'x', now())"
	run --separate-stderr mdbackfill -q \
		--db "$MD_DB&options=-csearch_path%3Dmd" "${SPAN[@]}" A
	assert_equal "$status" 69
	[[ $stderr == *"newer mdkit"* ]]
}

@test "a lock of another program's is waited for as long as is said" {
	start_mock --synthetic
	mdbackfill -q "${SPAN[@]}" A
	mkfifo "$BATS_TEST_TMPDIR/words"
	pg -d "$MD_DB" <"$BATS_TEST_TMPDIR/words" 3>&- &
	locker=$!
	exec 9>"$BATS_TEST_TMPDIR/words"
	printf '%s\n' "BEGIN; LOCK TABLE symbols;" \
		"\\! touch $BATS_TEST_TMPDIR/locked" >&9
	wait_for 30 test -e "$BATS_TEST_TMPDIR/locked"
	run --separate-stderr mdbackfill -q --store-timeout 300ms "${SPAN[@]}" B
	exec 9>&-
	wait $locker
	assert_equal "$status" 69
	[[ $stderr == *"locked for over 300 ms by another program"* ]] || fail "$stderr"
	mdbackfill -q "${SPAN[@]}" B
}

# Rows written, changed and dead in all tables of bars and features.
written() {
	pg -At -d "$MD_DB" -c "SELECT pg_stat_force_next_flush()" \
		>/dev/null 2>&1 || sleep 1
	pg -At -d "$MD_DB" -c "SELECT sum(n_tup_ins), sum(n_tup_upd),
		sum(n_tup_del), sum(n_dead_tup) FROM pg_stat_user_tables
		WHERE relname ~ '^(bars|quant_features)'"
}

@test "partitions' keys are filled whole, and have the user's indexes" {
	start_mock --synthetic
	mdbackfill -q -t 1d "${SPAN[@]}" A
	pg -d "$MD_DB" -c "CREATE INDEX mine ON bars (ts)"
	mdbackfill -q -t 1d --from 2019-12-02 --to 2020-01-31 B
	assert_equal "$(pg -At -d "$MD_DB" -c "SELECT count(*) = 6,
		count(*) FILTER (WHERE i.reloptions = '{fillfactor=100}') = 6
		FROM pg_inherits h JOIN pg_index x ON x.indrelid = h.inhrelid
		AND x.indisprimary JOIN pg_class i ON i.oid = x.indexrelid
		WHERE h.inhparent IN ('bars'::regclass,
		'quant_features'::regclass)")" "t|t"
	assert_equal "$(pg -At -d "$MD_DB" -c "SELECT count(*)
		FROM pg_inherits WHERE inhparent = 'mine'::regclass")" 3
}

# No session of another's: each tells what it wrote before it is gone.
alone() {
	[ "$(pg -At -d "$MD_DB" -c "SELECT count(*) FROM pg_stat_activity
		WHERE datname = current_database()
		AND backend_type = 'client backend'")" = 1 ]
}

@test "bars that are fetched again unchanged write nothing" {
	start_mock --synthetic
	mdbackfill -q -t 1d,1h "${SPAN[@]}" A B
	wait_for 30 alone
	wait_for 30 eval '[ "$(written | cut -d"|" -f1)" -gt 100 ]'
	rows=$(sql "SELECT (SELECT count(*) FROM bars) +
		(SELECT count(*) FROM quant_features)")
	wait_for 30 eval '[ "$(written | cut -d"|" -f1)" -ge "$rows" ]'
	before=$(written)
	mdbackfill -q --refresh -t 1d,1h "${SPAN[@]}" A B
	wait_for 30 alone
	assert_equal "$(written)" "$before"
	assert_equal "$(written | cut -d"|" -f1)" "$rows"
}

@test "partitions are made for the years that have bars, and come back" {
	start_mock --synthetic
	mdbackfill -q --from 2021-06-01 --to 2023-06-30 A
	partitions="SELECT string_agg(inhrelid::regclass::text, ' '
		ORDER BY inhrelid::regclass::text)
		FROM pg_inherits WHERE inhparent = 'bars'::regclass"
	assert_equal "$(pg -At -d "$MD_DB" -c "$partitions")" \
		"bars_y2021 bars_y2022 bars_y2023"
	pg -d "$MD_DB" -c "DROP TABLE bars_y2022"
	mdbackfill -q --refresh --from 2021-06-01 --to 2023-06-30 A
	assert_equal "$(pg -At -d "$MD_DB" -c "$partitions")" \
		"bars_y2021 bars_y2022 bars_y2023"
	MD_DB=$BATS_TEST_TMPDIR/same.db mdbackfill -q --from 2021-06-01 \
		--to 2023-06-30 A
	assert_equal "$(bars_of | wc -l)" \
		"$(bars_of "$BATS_TEST_TMPDIR/same.db" | wc -l)"
}

@test "a server that crashes under a run costs it nothing" {
	run "$MD_ROOT/tests/kill_server.sh" "$MD_BUILD" 2
	assert_success
	assert_output --partial "ok: 2 crashes"
}

@test "a store moves from SQLite to PostgreSQL, bit for bit" {
	start_mock --synthetic
	args=(-q -t 1d,1h --from 2023-11-01 --to 2024-03-28)
	mdbackfill "${args[@]}" --db "$BATS_TEST_TMPDIR/old.db" A B X:BTCUSD
	mdbackfill -q -t 1d --from 2024-01-02 --to 2024-01-03 A
	"$MD_ROOT/examples/sqlite-to-postgres.py" "$BATS_TEST_TMPDIR/old.db" \
		>"$BATS_TEST_TMPDIR/script"
	pg -1 -d "$MD_DB" -f "$BATS_TEST_TMPDIR/script"
	copy=$(as_file)
	for query in bars market_features coverage series symbols \
		feature_freshness; do
		python3 - "$copy" "$BATS_TEST_TMPDIR/old.db" $query <<-'EOP'
		import sqlite3, sys
		a, b = ([r for r in sqlite3.connect(f).execute(
		    f'SELECT * FROM {sys.argv[3]} ORDER BY 1, 2, 3')]
		    for f in sys.argv[1:3])
		assert a and a == b, sys.argv[3]
		EOP
	done
	# Each time that SQLite has as a number is known as one, rows or not.
	pg -At -F ' ' -d "$MD_DB" -c "SELECT table_name, column_name
		FROM information_schema.columns WHERE table_schema = 'public'
		AND data_type = 'timestamp with time zone'" >"$BATS_TEST_TMPDIR/times"
	python3 - "$MD_ROOT/examples/sqlite-to-postgres.py" \
		"$BATS_TEST_TMPDIR/old.db" "$BATS_TEST_TMPDIR/times" <<-'EOP'
	import sqlite3, sys
	text = open(sys.argv[1]).read()
	db = sqlite3.connect(sys.argv[2])
	for line in open(sys.argv[3]):
	    table, column = line.split()
	    for c in db.execute(f'PRAGMA table_info({table})'):
	        assert c[1] != column or c[2] != 'INTEGER' or \
	            f"'{column}'" in text, line
	EOP
	asked=$(requests aggs)
	mdbackfill "${args[@]}" A B X:BTCUSD
	assert_equal "$(requests aggs)" "$asked"
	run mdstale --as-of 2024-03-28T21:00:00Z -o json
	assert_line --partial '"total_monitored": 6'
}

@test "bars and features may become tables of an extension" {
	start_mock --synthetic
	args=(-q -t 1d,1h --from 2023-11-01)
	mdbackfill "${args[@]}" --to 2023-12-29 A X:BTCUSD
	pg -d "$MD_DB" -c "CREATE VIEW mine WITH (security_barrier = true)
		AS SELECT max(b.ts) AS newest FROM bars b"
	views="SELECT md5(string_agg(m::text, ',' ORDER BY m::text)) FROM"
	before=$(for v in market_data market_data_raw market_features mine; do
		pg -At -d "$MD_DB" -c "$views $v m"
	done)
	# In place of the extension: its functions, and plain tables.
	pg -d "$MD_DB" <<-'EOS'
	CREATE FUNCTION by_range(name, interval) RETURNS text
	    LANGUAGE sql AS $$ SELECT $1 || ' ' || $2 $$;
	CREATE TABLE asked (what text);
	CREATE FUNCTION create_hypertable(regclass, text,
	    create_default_indexes boolean) RETURNS void LANGUAGE sql
	    AS $$ INSERT INTO asked SELECT concat_ws(' ', $1, $2, $3, relkind)
	    FROM pg_class WHERE oid = $1 $$;
	EOS
	pg -1 -d "$MD_DB" -f "$MD_ROOT/examples/timescaledb.sql"
	assert_equal "$(sql "SELECT string_agg(what, ';' ORDER BY what)
		FROM asked")" \
		"bars ts 1 year f r;quant_features ts 1 year f r"
	assert_equal "$(sql "SELECT reloptions::text FROM pg_class
		WHERE relname = 'mine'")" "{security_barrier=true}"
	assert_equal "$(sql "SELECT count(*) FROM pg_class WHERE relkind = 'r'
		AND relname IN ('bars', 'quant_features')")" 2
	assert_equal "$(sql "SELECT count(*) FROM pg_class
		WHERE relname ~ '^(bars|quant_features)_(y|old)'")" 0
	assert_equal "$(for v in market_data market_data_raw market_features \
		mine; do
		pg -At -d "$MD_DB" -c "$views $v m"
	done)" "$before"
	# They take more, of another year too, and what has changed.
	mdbackfill "${args[@]}" --to 2024-01-31 A X:BTCUSD
	pg -d "$MD_DB" -c "UPDATE bars SET close = close + 1
		WHERE ts < '2023-11-10Z'"
	mdbackfill "${args[@]}" --to 2024-01-31 --refresh A X:BTCUSD
	MD_DB=$BATS_TEST_TMPDIR/plain.db mdbackfill "${args[@]}" \
		--to 2024-01-31 A X:BTCUSD
	assert_equal "$(bars_of "$(as_file)")" \
		"$(bars_of "$BATS_TEST_TMPDIR/plain.db")"
	mdhealth >/dev/null || [ $? -le 2 ]
	run mdstale --as-of 2024-01-31T22:00:00Z -o json
	assert_line --partial '"total_monitored": 4'
}

# Runs a report; the server logs the plans, and would rather compile them.
plans() {
	local options=-csession_preload_libraries=auto_explain

	options="$options -cauto_explain.log_min_duration=0 -cjit_above_cost=100"
	options=${options// /%20}
	"$@" --db "$MD_DB&options=${options//=/%3D}" >/dev/null || [ $? -le 2 ]
}

@test "reports use indexes" {
	pg -d postgres -c "LOAD 'auto_explain'" ||
		skip "the server has no auto_explain"
	start_mock --synthetic
	mdbackfill -q -t 1d --from 2024-01-02 --to 2024-01-31 A
	pg -d "$MD_DB" <<-'EOS'
	INSERT INTO symbols (symbol, asset_class)
	    SELECT 'S' || i, 'stock' FROM generate_series(1, 300) i;
	INSERT INTO series (series_id, symbol, timeframe, newest_ts, bar_count)
	    SELECT i, 'S' || i, '1d', '2024-12-01Z', 20
	    FROM generate_series(1, 300) i;
	INSERT INTO bars SELECT i, '2024-01-01Z'::timestamptz
	    + t * interval '1 day', 1, 1, 1, 1, 1, 1, 1
	    FROM generate_series(1, 300) i, generate_series(1, 335) t
	    WHERE i % 10 > 0 OR t NOT BETWEEN 100 AND 250;
	INSERT INTO quant_features (series_id, ts, states)
	    SELECT series_id, ts, 0 FROM bars ON CONFLICT DO NOTHING;
	INSERT INTO coverage SELECT i, '2024-01-01Z'::timestamptz
	    + t * interval '1 day', '2024-01-01Z'::timestamptz
	    + (t + 1) * interval '1 day', '2024-12-02Z', 'bars'
	    FROM generate_series(1, 300) i, generate_series(1, 335) t;
	INSERT INTO symbol_computation_status
	    SELECT x.execution_id || t, s.symbol, 'stock', '1d', 'completed',
	    1, 1, 1, x.started_at, x.completed_at, 1
	    FROM scheduler_execution_log x, symbols s, generate_series(1, 50) t;
	VACUUM ANALYZE;
	EOS
	plans mdstale
	plans mdstale --gaps S1
	plans mdhealth
	plans mdhealth --objectives
	plans mdhealth --history
	# All that there is to tell has been told.
	grep -q 'Index.* bars_y2024_pkey on bars_y2024' "$MD_PG_DIR/log"
	grep -q 'Index.* coverage_pkey' "$MD_PG_DIR/log"
	run grep -E 'Seq Scan on (bars|quant|coverage|symbol_comp)' \
		"$MD_PG_DIR/log"
	assert_output ""
	refute grep -q JIT: "$MD_PG_DIR/log"
}

# start_pooler: one whose place is $pooled, if there is one to be had.
start_pooler() {
	pgbouncer=$(PATH=$PATH:/usr/sbin command -v pgbouncer) ||
		skip "no pgbouncer is installed"
	chmod 755 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" \
		"$BATS_TEST_TMPDIR"
	mkdir -m 777 "$BATS_TEST_TMPDIR/pool"
	cat >"$BATS_TEST_TMPDIR/ini" <<-INI
		[databases]
		* = host=$MD_PG_DIR user=mdkit
		[pgbouncer]
		listen_addr =
		unix_socket_dir = $BATS_TEST_TMPDIR/pool
		listen_port = 5432
		auth_type = any
		pool_mode = transaction
		default_pool_size = 3
	INI
	as=()
	[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid=nobody --clear-groups)
	"${as[@]}" "$pgbouncer" -q "$BATS_TEST_TMPDIR/ini" 3>&- &
	pooler=$!
	pooled="${MD_DB%host=*}host=$BATS_TEST_TMPDIR/pool"
	wait_for 30 test -S "$BATS_TEST_TMPDIR/pool/.s.PGSQL.5432"
}

@test "a pooler may hand each transaction another session" {
	start_pooler
	start_mock --synthetic
	status=0
	mdbackfill -q --db "$pooled" "${SPAN[@]}" A
	for i in 1 2 3 4; do
		mdbackfill -q --db "$pooled" -t 1d,1h "${SPAN[@]}" A$i B C \
			3>&- &
		runs+=($!)
	done
	for run in "${runs[@]}"; do wait "$run" || status=$?; done
	# Changed bars go by way of a table that ends with its transaction.
	sql "UPDATE bars SET close = close + 1"
	mdbackfill -q --db "$pooled" -t 1d,1h --refresh "${SPAN[@]}" A B C ||
		status=$?
	mdhealth --db "$pooled" >/dev/null || status=$?
	kill "$pooler"
	assert_equal "$status" 0
	mdbackfill -q --db "$BATS_TEST_TMPDIR/direct.db" -t 1d,1h "${SPAN[@]}" \
		A B C
	assert_equal "$(bars_of | grep -cE '^(A|B|C)\|')" \
		"$(bars_of "$BATS_TEST_TMPDIR/direct.db" | wc -l)"
}

@test "a run that is interrupted does not wait long for a server that is away" {
	start_pooler
	start_mock --synthetic --latency 1500
	interruptible timeout -s KILL 60 mdbackfill -q --db "$pooled" \
		"${SPAN[@]}" A B
	wait_for 30 eval 'sql "SELECT count(*) FROM leases
		WHERE lease_until > 0" 2>/dev/null | grep -q "^[1-9]"'
	kill -KILL "$pooler"
	rm "$BATS_TEST_TMPDIR/pool/.s.PGSQL.5432"
	sleep 3 # its pages have come, and wait: nothing tells of that
	kill -INT "$run_pid"
	status=0
	wait "$run_pid" || status=$?
	assert_equal "$status" 130
	mdbackfill -q "${SPAN[@]}" A B
	assert_equal "$(sql "SELECT count(DISTINCT series_id) FROM bars")" 2
}

@test "libpq's words and values name a server, too" {
	only_postgres
	start_mock --synthetic
	name=${MD_DB#*@/}
	words="host=$MD_PG_DIR user=mdkit dbname = ${name%%\?*}"
	mdbackfill -q "${SPAN[@]}" --db "$words" B
	[ "$(sql "SELECT count(*) FROM bars")" -gt 0 ]
	[ ! -e "$words" ]
	run -3 mdstale --db "$words password=s3cretword"
	assert_output --partial "expected no password in it"
	refute_output --partial s3cretword
	run -3 mdstale --db "host=x nonsense=s3cretword"
	assert_output --partial "not what libpq understands"
	refute_output --partial s3cretword
}
