# bash completion for mdbaseline; made from its option table
_mdbaseline()
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
	--symbols)
		return ;;
	-w|--watchlist)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	-t|--timeframes)
		mapfile -t COMPREPLY < <(compgen -W '1m 5m 15m 30m 1h 4h 1d 1w 1mo' -P "${cur%"${cur##*,}"}" -- "${cur##*,}")
		return ;;
	--days)
		return ;;
	--mode)
		mapfile -t COMPREPLY < <(compgen -W 'sequential parallel both' -- "$cur")
		return ;;
	-j|--jobs)
		mapfile -t COMPREPLY < <(compgen -W 'auto 1 3 16' -- "$cur")
		return ;;
	--rate)
		mapfile -t COMPREPLY < <(compgen -W 'adapt 5/min 300/min 50/s' -- "$cur")
		return ;;
	--repeat)
		return ;;
	--save)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--compare)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--history)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return ;;
	--commit)
		return ;;
	--max-regress)
		return ;;
	--mock-latency)
		return ;;
	--mock-rate)
		mapfile -t COMPREPLY < <(compgen -W '5/min 100/s' -- "$cur")
		return ;;
	--base-url)
		return ;;
	--api-key-file)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--ca-file)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	-o|--format)
		mapfile -t COMPREPLY < <(compgen -W 'table json csv markdown svg github github-bigger bencher junit' -- "$cur")
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
		mapfile -t COMPREPLY < <(compgen -W '--symbols --watchlist --timeframes --days --no-features --mode --jobs --rate --repeat --save --compare --history --commit --max-regress --mock --mock-latency --mock-rate --yes --base-url --api-key-file --ca-file --format --db --store-timeout --out --quiet --verbose --log-format --color --config --completions --version --help' -- "$cur")
	fi
}
complete -F _mdbaseline mdbaseline
