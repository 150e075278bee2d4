# Completion of account-qwen for bash.

_account-qwen() {
  COMPREPLY=()
  local words=() shown=() word says prefix= quote= i
  # Where COMP_WORDBREAKS has "=", a flag and its value are three words.
  for (( i = 1; i <= COMP_CWORD; i++ )); do
    word=${COMP_WORDS[i]}
    if (( ${#words[@]} > 0 )) && [[ $word == = || ${COMP_WORDS[i-1]} == = ]]
    then
      words[${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
  done
  local current=${words[${#words[@]}-1]}
  if [[ $current == --*=* && $COMP_WORDBREAKS == *=* ]]; then
    prefix=${current%%=*}=
    current=${current#*=}
  fi
  if [[ $current == [\'\"]* ]]; then
    quote=1 current=${current:1}
  else
    current=${current//\\/}
  fi
  while IFS=$'\t' read -r word says; do
    case $word in
      :files) type compopt &>/dev/null && compopt -o default; return ;;
      :folders) type compopt &>/dev/null && compopt -o dirnames; return ;;
      :programs) COMPREPLY=($(compgen -c -- "$current")); return ;;
    esac
    word=${word#"$prefix"}
    [[ $word == "$current"* ]] || continue
    if [[ ! $quote ]]; then printf -v word %q "$word"
    elif [[ $word == *[\'\"\\\$\`!]* ]]; then continue
    fi
    COMPREPLY+=("$word")
    shown+=("$word${says:+  ($says)}")
  done < <(account-qwen completion --line -- "${words[@]}" 2>/dev/null)
  if (( ${#COMPREPLY[@]} > 1 )) && [[ $COMP_TYPE == 9 || $COMP_TYPE == 63 ]]
  then
    COMPREPLY=("${shown[@]}")
  fi
}

complete -F _account-qwen account-qwen
