# What the bats files about stores share, on top of helper.bash.  They run on
# either engine: MD_ENGINE=postgres takes the server in MD_PG_DIR, which run.sh
# starts for all files, or starts one for the file.

load helper

MD_ENGINE=${MD_ENGINE:-sqlite}
export MD_ENGINE

setup_file() {
	[ "$MD_ENGINE" = postgres ] || return 0
	[ -n "$("$MD_ROOT/tests/postgres.sh" bin)" ] ||
		skip "no PostgreSQL server is installed"
	MD_PSQL=$("$MD_ROOT/tests/postgres.sh" psql)
	# What begins the names of this run's databases, on a server of many.
	MD_PG_PREFIX=${BATS_TEST_FILENAME##*/}
	MD_PG_PREFIX=${MD_PG_PREFIX%.bats}_${MD_TEST_SLICE:-}_${BATS_ROOT_PID}_
	export MD_PSQL MD_PG_PREFIX
	[ -n "${MD_PG_DIR:-}" ] || own_server
}

teardown_file() {
	local server

	[ "$MD_ENGINE" = postgres ] || return 0
	touch "$BATS_FILE_TMPDIR/servers"
	while read -r server; do
		"$MD_ROOT/tests/postgres.sh" remove "$server"
	done <"$BATS_FILE_TMPDIR/servers"
	# One of many files' goes on: it keeps nothing of this one's.
	[ ! -d "$MD_PG_DIR" ] ||
		pg -At -d postgres -c "SELECT format('DROP DATABASE %I WITH
			(FORCE);', datname) FROM pg_database
			WHERE starts_with(datname, '$MD_PG_PREFIX')" |
		pg -d postgres
}

# own_server: one to stop or to change, in MD_PG_DIR until the test has ended,
# or the file where that calls it.
own_server() {
	MD_PG_DIR=$("$MD_ROOT/tests/postgres.sh" start)
	echo "$MD_PG_DIR" >>"$BATS_FILE_TMPDIR/servers"
	export MD_PG_DIR
}

# only_sqlite REASON: the test is about the file that SQLite keeps.
only_sqlite() {
	[ "$MD_ENGINE" = sqlite ] || skip "only SQLite: $1"
}

only_postgres() {
	[ "$MD_ENGINE" = postgres ] || skip "only PostgreSQL: ${1:-its own}"
}

# psql as the tests' user; the rest of the arguments are its own.
pg() {
	"$MD_PSQL" -X -q -v ON_ERROR_STOP=1 \
		-h "$MD_PG_DIR" -U mdkit "$@"
}

# store_at NAME: what --db takes for a store of the test's own; on PostgreSQL
# a database of that name is made when it is not there, on the shared server as
# a copy of a store without rows.
store_at() {
	local name like=

	if [ "$MD_ENGINE" = sqlite ]; then
		echo "$BATS_TEST_TMPDIR/$1.db"
		return
	fi
	name=$MD_PG_PREFIX${BATS_TEST_NUMBER}_${1//[^a-zA-Z0-9]/_}
	name=${name,,}
	if [ "$(pg -At -d postgres -c "SELECT count(*) FROM pg_database
	    WHERE datname = '$name'")" = 0 ]; then
		[ "$MD_PG_DIR" != "${MD_PG_SHARED:-}" ] ||
			like="TEMPLATE md_store"
		pg -d postgres -c "CREATE DATABASE $name $like" >&2
	fi
	echo "postgresql://mdkit@/$name?host=$MD_PG_DIR"
}

# A store of the test's own.
use_store() {
	MD_DB=$(store_at market)
	export MD_DB
}

# Where MD_DB says there is nothing, as before the first run ever.
use_no_store() {
	[ "$MD_ENGINE" = postgres ] || return 0
	pg -d "$MD_DB" -c "SET client_min_messages = warning" \
		-c "DROP SCHEMA public, as_sqlite CASCADE" \
		-c "CREATE SCHEMA public"
}

# There is no store there, not even an empty one.
no_store() {
	if [ "$MD_ENGINE" = sqlite ]; then
		[ ! -e "${1:-$MD_DB}" ]
	else
		[ "$(pg -At -d "${1:-$MD_DB}" -c "SELECT count(*) FROM pg_class
			WHERE relnamespace = 'public'::regnamespace")" = 0 ]
	fi
}

# sql QUERY [STORE]: what the store says.
sql() {
	local db=${2:-$MD_DB}

	case $db in
	postgresql:*)
		shows_as_sqlite "$db" || return
		pg -At -d "$db" -c "SET search_path = as_sqlite, public" \
			-c "SET TimeZone = 'UTC'" -c "$1"
		;;
	*) sqlite3 -cmd ".timeout 30000" "$db" "$1" ;; # a run may write
	esac
}

# Waits for the store's own tables: a test may look before they are there.
shows_as_sqlite() {
	local there mark=$BATS_TEST_TMPDIR/${1//[^a-z0-9]/_}.shown

	[ ! -e "$mark" ] || return 0
	there=$(pg -At -d "$1" -c "SELECT count(*) FROM pg_namespace
		WHERE nspname = 'as_sqlite'") || return
	if [ "$there" != 0 ]; then
		touch "$mark"
		return 0
	fi
	pg -At -d "$1" -c "SELECT count(*) FROM public.backfill_requests" \
		>/dev/null || return
	pg -1 -d "$1" -f "$MD_ROOT/tests/as_sqlite.sql" >/dev/null
}

# All rows, as text, in an order that stays when nothing is written.
dump() {
	if [ "$MD_ENGINE" = sqlite ]; then
		sql .dump
	else
		# pg_dump would have to be of the server's version.
		pg -At -d "$MD_DB" -c "SELECT format('COPY (SELECT %L, t FROM
			%I t ORDER BY t::text) TO STDOUT;', 'INSERT INTO '
			|| relname, relname) FROM pg_class WHERE relkind = 'r'
			AND relnamespace = 'public'::regnamespace
			ORDER BY relname" | pg -d "$MD_DB"
	fi
}

# as_file [STORE]: the store, or a copy of it, as a file of SQLite's.
as_file() {
	local db=${1:-$MD_DB} copy

	case $db in
	postgresql:*)
		copy=${db%%\?*}
		copy=$BATS_TEST_TMPDIR/${copy##*/}.db
		sql "SELECT 1" "$db" >/dev/null
		python3 "$MD_ROOT/tests/as_file.py" "$db" "$copy" && echo "$copy"
		;;
	*) echo "$db" ;;
	esac
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
