# bash completion for mdhealth; made from its option table
_mdhealth()
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
	--execution)
		return ;;
	--calendar)
		return ;;
	--limit)
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
	--notify)
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
		mapfile -t COMPREPLY < <(compgen -W 'table json csv prometheus html series nagios' -- "$cur")
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
	--refresh)
		return ;;
	--tz)
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
		mapfile -t COMPREPLY < <(compgen -W '--history --execution --failures --objectives --hosts --quality --calendar --limit --by --clock --fresh --aging --settle --probe-api --notify --base-url --api-key-file --ca-file --format --as-of --db --store-timeout --columns --refresh --tz --out --quiet --verbose --log-format --color --config --completions --version --help' -- "$cur")
	fi
}
complete -F _mdhealth mdhealth
