# bash completion for mdbackfill; made from its option table
_mdbackfill()
{
	local cur=${COMP_WORDS[COMP_CWORD]}
	local prev=${COMP_WORDS[COMP_CWORD-1]}
	COMPREPLY=()
	# --name=value comes as three words.
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = && $COMP_CWORD -ge 2 ]]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	case $prev in
	-t|--timeframes)
		mapfile -t COMPREPLY < <(compgen -W '1m 5m 15m 30m 1h 4h 1d 1w 1mo' -P "${cur%"${cur##*,}"}" -- "${cur##*,}")
		return ;;
	-w|--watchlist)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--tier)
		mapfile -t COMPREPLY < <(compgen -W 'critical standard low' -- "$cur")
		return ;;
	--from)
		return ;;
	--to)
		return ;;
	--days)
		return ;;
	-j|--jobs)
		mapfile -t COMPREPLY < <(compgen -W 'auto 1 3 16' -- "$cur")
		return ;;
	--stagger)
		return ;;
	--rate)
		mapfile -t COMPREPLY < <(compgen -W 'adapt 5/min 300/min 50/s' -- "$cur")
		return ;;
	--nice)
		return ;;
	--max-retries)
		return ;;
	--backoff-base)
		return ;;
	--backoff-cap)
		return ;;
	--verify-derived)
		return ;;
	--universe)
		mapfile -t COMPREPLY < <(compgen -W 'stocks etf crypto fx index' -- "$cur")
		return ;;
	--universe-type)
		return ;;
	--active-on)
		return ;;
	--confirm-split)
		return ;;
	--confirm-dividend)
		return ;;
	--hold)
		return ;;
	--run-id)
		return ;;
	--base-url)
		return ;;
	--ping)
		return ;;
	--s3-key-file)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--api-key-file)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--ca-file)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--settle)
		return ;;
	--reask)
		return ;;
	--connect-timeout)
		return ;;
	--stall-timeout)
		return ;;
	--request-timeout)
		return ;;
	-o|--format)
		mapfile -t COMPREPLY < <(compgen -W 'table json' -- "$cur")
		return ;;
	--as-of)
		return ;;
	--db)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--store-timeout)
		return ;;
	--columns)
		return ;;
	--out)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--log-format)
		mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur")
		return ;;
	--color)
		mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur")
		return ;;
	--config)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--completions)
		mapfile -t COMPREPLY < <(compgen -W 'bash zsh fish' -- "$cur")
		return ;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '--timeframes --watchlist --all --requested --tier --from --to --days --jobs --sequential --stagger --rate --nice --max-retries --backoff-base --backoff-cap --refresh --derive --verify-derived --no-grouped --store-all-grouped --no-dividends --no-features --features-only --universe --universe-type --active-on --store-universe --confirm-split --confirm-dividend --hold --resume --dry-run --run-id --base-url --ping --flat-files --s3-key-file --api-key-file --ca-file --settle --reask --final-only --connect-timeout --stall-timeout --request-timeout --format --as-of --db --store-timeout --columns --out --quiet --verbose --log-format --color --config --completions --version --help' -- "$cur")
	fi
}
complete -F _mdbackfill mdbackfill
