#!/bin/sh
# A hot standby of a server of postgres.sh's, by streaming replication over
# Unix sockets.
#   replica.sh primary                prints the folder of one to be copied
#   replica.sh start PRIMARY [sync]   prints the standby's folder
#   replica.sh promote STANDBY
#   replica.sh follow OLD NEW         an old primary, made a standby of the new
#   replica.sh caught_up PRIMARY STANDBY     waits until it has all
# The rest is as for any server: postgres.sh stop, resume and remove.  With sync
# the primary's commits wait for the standby.
set -u

here=$(cd "$(dirname "$0")" && pwd)
pg="$here/postgres.sh"
what=$1
dir=${2:-}
bin=$("$pg" bin)
user=postgres
id "$user" >/dev/null 2>&1 || user=nobody

as_user() {
	if [ "$(id -u)" -ne 0 ]; then
		"$@"
		return
	fi
	setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups \
	    env HOME="$dir" "$@"
}

sql() {
	"$("$pg" psql)" -XAtq -d "postgresql://mdkit@/postgres?host=$1" -c "$2"
}

# The primary's folder is that of its socket.
copy() {
	as_user "$bin/pg_basebackup" -d "postgresql://mdkit@/?host=$1" \
	    -D "$dir/data" -c fast -X stream -R >"$dir/basebackup" 2>&1 || {
		cat "$dir/basebackup" >&2
		return 1
	}
	cat >>"$dir/data/postgresql.conf" <<-CONF
		unix_socket_directories = '$dir'
		synchronous_standby_names = ''
		max_standby_streaming_delay = ${MD_PG_STANDBY_DELAY:-30s}
	CONF
}

case $what in
primary)
	MD_PG_WAL=replica MD_PG_SENDERS=5 exec "$pg" start
	;;
start)
	primary=$dir
	dir=$(mktemp -d /tmp/mdkit-pg.XXXXXX) || exit 1
	chmod 755 "$dir"
	[ "$(id -u)" -ne 0 ] || chown "$user" "$dir"
	cd "$dir" || exit 1
	copy "$primary" && "$pg" resume "$dir" || exit 1
	if [ "${3:-}" = sync ]; then
		sql "$primary" "ALTER SYSTEM SET synchronous_standby_names = '*'"
		sql "$primary" "SELECT pg_reload_conf()" >/dev/null
	fi
	echo "$dir"
	;;
promote)
	cd "$dir" || exit 1
	as_user "$bin/pg_ctl" -D "$dir/data" -w -t 60 promote >/dev/null 2>&1
	;;
follow)
	cd "$dir" || exit 1
	rm -rf "$dir/data"
	copy "$3" && "$pg" resume "$dir"
	;;
caught_up)
	tries=3000
	want=$(sql "$dir" "SELECT pg_current_wal_lsn()")
	until [ "$(sql "$3" "SELECT pg_last_wal_replay_lsn() >= '$want'")" = t ]; do
		[ $((tries -= 1)) -gt 0 ] || exit 1
		sleep 0.02
	done
	;;
*)
	echo "replica.sh: $what: expected primary, start, promote, follow or caught_up" >&2
	exit 64
	;;
esac
