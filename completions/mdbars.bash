# bash completion for mdbars; made from its option table
_mdbars()
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
		mapfile -t COMPREPLY < <(compgen -W 'critical standard low' -P "${cur%"${cur##*,}"}" -- "${cur##*,}")
		return ;;
	--from)
		return ;;
	--to)
		return ;;
	--adjusted)
		mapfile -t COMPREPLY < <(compgen -W 'splits raw total' -- "$cur")
		return ;;
	--session)
		mapfile -t COMPREPLY < <(compgen -W 'all regular extended' -- "$cur")
		return ;;
	--fill)
		mapfile -t COMPREPLY < <(compgen -W 'none null forward' -- "$cur")
		return ;;
	--as-of)
		return ;;
	--tz)
		return ;;
	-o|--format)
		mapfile -t COMPREPLY < <(compgen -W 'csv jsonl json table svg term' -- "$cur")
		return ;;
	--columns)
		return ;;
	--db)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--store-timeout)
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
		mapfile -t COMPREPLY < <(compgen -W '--timeframes --watchlist --all --tier --from --to --adjusted --session --fill --as-of --features --tz --format --columns --db --store-timeout --out --quiet --verbose --log-format --color --config --completions --version --help' -- "$cur")
	fi
}
complete -F _mdbars mdbars
