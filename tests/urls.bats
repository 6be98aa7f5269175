#!/usr/bin/env bats
# shellcheck disable=SC2154 # run sets stderr
# Options that take a URL: what is wrong with one is told in a line, which
# repeats nothing of it that may be a secret.

load helper

setup() {
	at_home
}

# refuses WORDS URL COMMAND...: misuse, and why.
refuses() {
	local words=$1 url=$2

	shift 2
	run --separate-stderr "$@" "$url"
	[ "$status" -eq "$misuse" ] || fail "$* $url: $status: $stderr"
	[ "$(wc -l <<<"$stderr")" -eq 1 ] || fail "$* $url: $stderr"
	# shellcheck disable=SC2053 # a pattern
	[[ $stderr == $words ]] || fail "$* $url: $stderr"
	[[ $stderr != *s3cret* ]] || fail "$* $url: $stderr"
	[ -z "$output" ]
}

# each NAME LOGIN COMMAND...: the last word of the command is the option; login
# is what is said of a user name and password.
each() {
	local name=$1 login=$2 long

	shift 2
	long=https://host/$(printf 's3cret%.0s' {1..400})
	refuses "$name: *with a login*$login*" \
		https://user:s3cret@host/x "$@"
	refuses "$name: *with a login*$login*" \
		http://s3cret@127.0.0.1/x "$@"
	refuses "$name: *begins with ftp://: expected https://*" \
		ftp://user:s3cret@host/s3cret "$@"
	refuses "$name: *without a host*" https:///s3cret "$@"
	refuses "$name: *without a host*" https://:80/s3cret "$@"
	refuses "$name: *a space*" "https://host/s3cret s3cret" "$@"
	refuses "$name: *expected 1 to *bytes*" "$long" "$@"
}

# For those with a key or a secret path.
private() {
	refuses "$1: http://host: expected https*" http://host/s3cret "${@:2}"
	refuses "$1: *host or port*" https://host:99999/s3cret "${@:2}"
}

@test "a URL of mdbackfill that cannot be" {
	local misuse=64

	export MASSIVE_S3_ACCESS_KEY_ID=a MASSIVE_S3_SECRET_ACCESS_KEY=b
	each "mdbackfill: *base?[Uu][Rr][Ll]" --api-key-file \
		mdbackfill --db x.db AAPL --base-url
	private "mdbackfill: base URL" mdbackfill --db x.db AAPL --base-url
	each "mdbackfill: --ping" "curl --netrc" \
		mdbackfill --db x.db AAPL --ping
	private "mdbackfill: --ping" mdbackfill --db x.db AAPL --ping
	each "mdbackfill: --flat-files" --s3-key-file \
		mdbackfill --db x.db AAPL --flat-files
	[ ! -e x.db ]
}

@test "a URL of mdhealth that cannot be" {
	local misuse=3

	each "mdhealth: --notify" "curl --netrc" mdhealth --db x.db --notify
	private "mdhealth: --notify" mdhealth --db x.db --notify
	refuses "mdhealth: --notify: *with a login*curl --netrc*" \
		ntfy:https://u:s3cret@host/x mdhealth --db x.db --notify
	refuses "mdhealth: --notify: *without a host*" \
		slack:https:///s3cret mdhealth --db x.db --notify
	refuses "mdhealth: --notify: *not a URL*" \
		slack:s3cret mdhealth --db x.db --notify
}

@test "a URL of mdload, and of a store, that cannot be" {
	local misuse=64 program

	each "mdload: --target" --token-file mdload --target
	for program in "mdbackfill AAPL" "mdbars AAPL" mdstale; do
		[ "$program" != mdstale ] || misuse=3
		# shellcheck disable=SC2086 # words
		refuses "*--db: expected a path, *" https://u:s3cret@host/x \
			$program --db
	done
}
