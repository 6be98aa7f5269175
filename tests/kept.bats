# Answers that mdserve keeps while others of the store's series change: each is
# what one made anew says, whatever changed meanwhile, and by whomever.

load store
load serve

setup() {
	use_store
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	for pid in ${PIDS:-}; do
		kill "$pid" && wait "$pid" || true
	done
	end_serve
}

# market: a folder of three symbols with the same bars, one of which has an
# earlier name, too.
market() {
	mkdir -p data/bars
	for symbol in AAPL BBB CCC OLDB; do
		mkdir "data/bars/$symbol"
		cp "$MD_ROOT/tests/fixtures/bars/AAPL/"1[dh].csv \
			"data/bars/$symbol"
	done
	echo ticker,execution_date,split_from,split_to >data/splits.csv
	echo ticker,ex_dividend_date,cash_amount >data/dividends.csv
	day=0
}

# fill ARGUMENTS...: a run at the day that it is.
fill() {
	today=$(date -u -d "2020-10-05 + $day days" +%Y-%m-%dT21:00:00Z)
	restart_mock --data data --today "$today"
	mdbackfill -q --rate 100000/min --as-of "$today" "$@" || [ $? -eq 3 ]
}

# another NAME ARGUMENTS...: a second server of the store, whose URL is in NAME.
another() {
	local name=$1

	shift
	rm -f "$name.port"
	mdserve -q --listen 127.0.0.1:0 --port-file "$name.port" "$@" \
		2>>"$name.err" 3>&- &
	PIDS+=" $!"
	wait_for 30 [ -s "$name.port" ]
	printf -v "$name" 'http://127.0.0.1:%s' "$(cat "$name.port")"
}

# the ways in which a store changes; $any is a symbol
later() { day=$((day + 1)) && fill -t 1d,1h AAPL BBB CCC; }
refreshed() { fill -t 1d,1h --refresh --days 20 "$any"; }
longer() { fill -t 1d,1h --from "2020-0$((RANDOM % 8 + 1))-03" "$any"; }
bars_alone() { day=$((day + 1)) && fill --no-features -t 1d,1h "$any"; }
derived() { fill --derive -t 4h,1w,1mo --days 20 "$any"; }
grouped() { day=$((day + 2)) && fill --store-all-grouped -t 1d --days 1 AAPL; }
requested() { fill --requested; }
features() {
	sql "UPDATE series SET features_from = (SELECT min(ts) FROM bars)
		WHERE symbol = '$any'"
	mdbackfill -q --features-only --as-of "$today"
}
restated() {
	sed -i 's/[0-9]$/&5/' "data/bars/$any/"*.csv
	refreshed
}
flat() {
	fill -n "$any"
	mdmock -q --data data --today 2020-12-01 --flat-files ff \
		--from 2020-09-14 --to 2020-09-18
	fill --flat-files file:ff --refresh -t 1d --from 2020-09-14 \
		--to 2020-09-18 "$any"
}
split() {
	echo "$any,2020-0$((RANDOM % 3 + 7))-1$((RANDOM % 10)),1,2" \
		>>data/splits.csv
	sql "UPDATE symbols SET splits_checked_ms = NULL"
	fill -t 1d,1h "$any"
}
dividend() {
	echo "$any,2020-0$((RANDOM % 3 + 7))-2$((RANDOM % 9)),1.25" \
		>>data/dividends.csv
	sql "UPDATE symbols SET dividends_checked_ms = NULL"
	fill -t 1d,1h "$any"
}
renamed() {
	echo "BBB was=OLDB until=2020-08-1$((RANDOM % 10))" >watch
	fill -t 1d,1h --from 2020-07-01 -w watch
}
by_hand() {
	local of="series_id IN (SELECT series_id FROM series
		WHERE symbol = '$any')"

	case $((RANDOM % 6)) in
	0) sql "UPDATE bars SET close = low WHERE $of" ;;
	1) sql "DELETE FROM bars WHERE $of AND volume % 3 = 0" ;;
	2) sql "UPDATE quant_features SET atr = 1 WHERE $of" ;;
	3) sql "UPDATE dividend_adjustments SET factor = factor / 2" ;;
	4) sql "DELETE FROM adjustments WHERE symbol = '$any'" ;;
	5) sql "DELETE FROM coverage WHERE $of" ;;
	esac
}

# compare WHAT KEPT...: of each server that keeps, and the one that does not,
# all answers; twice, so that what is kept is asked for, too.
compare() {
	python3 - "$@" <<-'EOP'
	import itertools, sys, urllib.error, urllib.request
	what, anew, *kept = sys.argv[1:]
	def ask(url, path, csv):
	    q = urllib.request.Request(url + path,
	        headers={"Accept": "text/csv"} if csv else {})
	    try:
	        r = urllib.request.urlopen(q)
	    except urllib.error.HTTPError as e:
	        r = e
	    return r.status, r.read(), [(h, r.headers[h]) for h in
	        ("ETag", "Link", "Warning", "X-Data-Staleness", "X-Data-More",
	        "X-Data-Missing")]
	paths = [f"/api/v1/{route}/{symbol}?timeframe={tf}{more}"
	    for symbol in ("AAPL", "BBB", "CCC", "NONE")
	    for tf in ("1d", "1h", "1w")
	    for route, more in (("historical", ""), ("features/quant", ""),
	        ("historical", "&adjusted=false&limit=30"),
	        ("historical", "&adjusted=total&order=asc&limit=40"),
	        ("historical", "&session=regular&limit=30"),
	        ("historical",
	            "&as_of=2020-10-06&order=asc&columns=ts,close&limit=40"))]
	paths += [f"/api/v1/{route}?symbols=AAPL,CCC,BBB&timeframe=1d&limit=9"
	    for route in ("historical", "features/quant")]
	for path, csv in itertools.product(paths, (False, True)):
	    want = ask(anew, path, csv)
	    for url in kept * 2:
	        got = ask(url, path, csv)
	        if path.startswith("/api/v1/historical/NONE"):
	            got, want = got[0], want[0] if want != 404 else want
	        if got != want:
	            sys.exit(f"{what}: {path}: {got} is kept, {want} made")
	EOP
}

@test "what is kept is what would be made, whatever changes in the store" {
	local ways=(later refreshed longer bars_alone derived grouped features
		restated flat split dividend renamed by_hand by_hand requested)

	RANDOM=${MD_KEPT_SEED:-7}
	market
	start_mock --data data --today 2020-10-05T21:00:00Z
	fill -t 1d,1h --days 90 AAPL BBB CCC
	start_serve --as-of 2020-12-01T00:00:00Z
	another second --as-of 2020-12-01T00:00:00Z
	another anew --as-of 2020-12-01T00:00:00Z --cache 0
	compare first "$anew" "$SERVE_URL" "$second"
	for i in $(seq "${MD_KEPT_TIMES:-1}"); do
		for way in $(printf '%s\n' "${ways[@]}" |
		    shuf --random-source=<(yes "$RANDOM")); do
			any=$(shuf -n 1 -e AAPL BBB CCC \
				--random-source=<(yes "$RANDOM"))
			"$way"
			compare "$i $way of $any" "$anew" "$SERVE_URL" "$second"
		done
	done
	# Most were not made again.
	[ "$(answers kept)" -gt "$(answers made)" ]
}

@test "an answer stays when others' series change, and goes with its own" {
	market
	start_mock --data data --today 2020-10-05T21:00:00Z
	fill -t 1d AAPL BBB
	start_serve --as-of 2020-12-01T00:00:00Z
	ask "$HISTORICAL/AAPL" >was
	made=$(answers made)
	fill -t 1d,1h --days 60 BBB CCC
	sql "UPDATE bars SET close = low WHERE series_id IN
		(SELECT series_id FROM series WHERE symbol = 'BBB')"
	ask "$HISTORICAL/AAPL" | cmp was -
	[ "$(answers made)" -eq $((made + 1)) ]
	tag=$(header etag "$HISTORICAL/AAPL")
	fill -t 1d --days 90 CCC
	[ "$(status_of "$HISTORICAL/AAPL" -H "If-None-Match: $tag")" = 304 ]
	[ "$(answers made)" -eq $((made + 2)) ]
	any=AAPL
	restated
	[ "$(status_of "$HISTORICAL/AAPL" -H "If-None-Match: $tag")" = 200 ]
	[ "$(answers made)" -eq $((made + 4)) ]
	# Several by one call stay while none of them changes.
	both="$HISTORICAL?symbols=AAPL,BBB"
	tag=$(header etag "$both")
	made=$(answers made)
	fill -t 1d --days 120 CCC
	[ "$(status_of "$both" -H "If-None-Match: $tag")" = 304 ]
	[ "$(answers made)" -eq $((made + 1)) ]
	any=BBB
	restated
	[ "$(status_of "$both" -H "If-None-Match: $tag")" = 200 ]
	[ "$(answers made)" -eq $((made + 3)) ]
}

@test "features that are made again show, though nothing else tells of them" {
	local any=AAPL

	market
	start_mock --data data --today 2020-10-05T21:00:00Z
	fill -t 1d AAPL
	start_serve --as-of 2020-12-01T00:00:00Z
	sql "UPDATE feature_freshness SET last_computed_at =
		'2020-10-06T00:00:00.000Z'"
	ask "$FEATURES/AAPL" >was
	sql "UPDATE quant_features SET log_return = 1"
	ask "$FEATURES/AAPL" >by_hand
	! cmp -s was by_hand || fail "by hand"
	features
	sql "UPDATE feature_freshness SET last_computed_at =
		'2020-10-06T00:00:00.000Z'"
	ask "$FEATURES/AAPL" | cmp was -
}

# answers SOURCE: how many came from there; this question's own was made.
answers() {
	ask /metrics | sed -n "s/^mdserve_answers_total{source=\"$1\"} //p"
}
