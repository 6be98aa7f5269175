# bash completion for mdmock; made from its option table
_mdmock()
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
	--data)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return ;;
	--symbols)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--seed)
		return ;;
	--key)
		return ;;
	--today)
		return ;;
	--fx-grid)
		mapfile -t COMPREPLY < <(compgen -W 'newyork utc' -- "$cur")
		return ;;
	--flat-files)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return ;;
	--s3-key-file)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--from)
		return ;;
	--to)
		return ;;
	--latency)
		return ;;
	--jitter)
		return ;;
	--rate)
		mapfile -t COMPREPLY < <(compgen -W '5/min 100/s' -- "$cur")
		return ;;
	--limited)
		mapfile -t COMPREPLY < <(compgen -W 'plain retry-after empty' -- "$cur")
		return ;;
	--fault)
		mapfile -t COMPREPLY < <(compgen -W 'status= html error200 redirect retry-after= retry-date empty429 truncated stalled silent reset endless slow= latency= bandwidth= slicer= limit_data= slow_close= timeout= reset_peer down badjson types nan missing nul duplicate conflicting unordered reversed ticker outside offgrid highlow negative empty delayed late= restate closed_day emptypage loop foreign short replaced otherday badgzip' -- "$cur")
		return ;;
	--without)
		mapfile -t COMPREPLY < <(compgen -W '/stocks/v1/splits /v3/reference/splits /stocks/v1/dividends' -- "$cur")
		return ;;
	--access-log)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--page)
		return ;;
	--cache)
		return ;;
	--next-host)
		return ;;
	--threads)
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
		mapfile -t COMPREPLY < <(compgen -W '--listen --port-file --data --synthetic --symbols --seed --key --today --fx-grid --flat-files --s3 --s3-key-file --from --to --latency --jitter --rate --limited --fault --without --access-log --page --cache --next-host --threads --quiet --verbose --log-format --config --completions --version --help' -- "$cur")
	fi
}
complete -F _mdmock mdmock
