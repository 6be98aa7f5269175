# bash completion for mdload; made from its option table
_mdload()
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
	-c|--concurrency)
		return ;;
	-n|--requests)
		return ;;
	--duration)
		return ;;
	--rate)
		return ;;
	--stages)
		return ;;
	--scenario)
		mapfile -t COMPREPLY < <(compgen -W 'cached uncached limits timeframes all' -P "${cur%"${cur##*,}"}" -- "${cur##*,}")
		return ;;
	--target)
		mapfile -t COMPREPLY < <(compgen -W 'store' -- "$cur")
		return ;;
	--token-file)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--symbols)
		return ;;
	--path)
		return ;;
	--warmup)
		return ;;
	--timeout)
		return ;;
	--threshold)
		return ;;
	--compare)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--max-regress)
		return ;;
	-o|--format)
		mapfile -t COMPREPLY < <(compgen -W 'table json csv github github-bigger bencher junit' -- "$cur")
		return ;;
	--interval)
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
		mapfile -t COMPREPLY < <(compgen -W '--concurrency --requests --duration --rate --stages --scenario --target --token-file --symbols --path --warmup --timeout --threshold --abort-on-fail --compare --max-regress --no-stand-in --i-own-this-host --format --interval --db --store-timeout --columns --out --quiet --verbose --log-format --color --config --completions --version --help' -- "$cur")
	fi
}
complete -F _mdload mdload
