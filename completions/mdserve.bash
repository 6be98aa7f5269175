# bash completion for mdserve; made from its option table
_mdserve()
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
	--listen)
		return ;;
	--port-file)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--token-file)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--allow-host)
		return ;;
	--allow-origin)
		return ;;
	--threads)
		return ;;
	--connections)
		return ;;
	--idle-timeout)
		return ;;
	--answer-timeout)
		return ;;
	--cache)
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
	--as-of)
		return ;;
	--db)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--store-timeout)
		return ;;
	--refresh)
		return ;;
	--tz)
		return ;;
	--log-format)
		mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$cur")
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
		mapfile -t COMPREPLY < <(compgen -W '--listen --port-file --token-file --insecure --allow-host --allow-origin --threads --connections --idle-timeout --answer-timeout --cache --by --clock --fresh --aging --settle --as-of --db --store-timeout --refresh --tz --quiet --verbose --log-format --config --completions --version --help' -- "$cur")
	fi
}
complete -F _mdserve mdserve
