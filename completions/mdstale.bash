# bash completion for mdstale; made from its option table
_mdstale()
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
	-s|--status)
		mapfile -t COMPREPLY < <(compgen -W 'fresh aging stale missing' -P "${cur%"${cur##*,}"}" -- "${cur##*,}")
		return ;;
	-t|--timeframes)
		mapfile -t COMPREPLY < <(compgen -W '1m 5m 15m 30m 1h 4h 1d 1w 1mo' -P "${cur%"${cur##*,}"}" -- "${cur##*,}")
		return ;;
	--tier)
		mapfile -t COMPREPLY < <(compgen -W 'critical standard low' -P "${cur%"${cur##*,}"}" -- "${cur##*,}")
		return ;;
	--by)
		mapfile -t COMPREPLY < <(compgen -W 'features bars' -- "$cur")
		return ;;
	--clock)
		mapfile -t COMPREPLY < <(compgen -W 'wall market' -- "$cur")
		return ;;
	--fresh)
		return ;;
	--aging)
		return ;;
	--settle)
		return ;;
	-w|--watchlist)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--days)
		return ;;
	--limit)
		return ;;
	-o|--format)
		mapfile -t COMPREPLY < <(compgen -W 'table json jsonl csv prometheus series nagios' -- "$cur")
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
		mapfile -t COMPREPLY < <(compgen -W '--status --timeframes --tier --by --clock --fresh --aging --settle --gaps --watchlist --days --limit --format --as-of --db --store-timeout --columns --out --quiet --verbose --log-format --color --config --completions --version --help' -- "$cur")
	fi
}
complete -F _mdstale mdstale
