/**
 * The completion scripts. Each asks this program what can follow, when the user
 * presses Tab, and quotes labels for its shell. Its function is named after the
 * program, so that one shell can complete it under several names.
 *
 * @module
 */

import { program } from "../../program.ts";

/** Returns the completion script of each shell. */
export const SCRIPTS: Readonly<Record<string, () => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** For bash(1), tested with 5.2. */
function bashScript(): string {
  return `# Completion of ${program()} for bash.

_${program()}() {
  COMPREPLY=()
  local words=() shown=() word says prefix= quote= i
  # Where COMP_WORDBREAKS has "=", a flag and its value are three words.
  for (( i = 1; i <= COMP_CWORD; i++ )); do
    word=\${COMP_WORDS[i]}
    if (( \${#words[@]} > 0 )) && [[ $word == = || \${COMP_WORDS[i-1]} == = ]]
    then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
  done
  local current=\${words[\${#words[@]}-1]}
  if [[ $current == --*=* && $COMP_WORDBREAKS == *=* ]]; then
    prefix=\${current%%=*}=
    current=\${current#*=}
  fi
  if [[ $current == [\\'\\"]* ]]; then
    quote=1 current=\${current:1}
  else
    current=\${current//\\\\/}
  fi
  while IFS=$'\\t' read -r word says; do
    case $word in
      :files) type compopt &>/dev/null && compopt -o default; return ;;
      :folders) type compopt &>/dev/null && compopt -o dirnames; return ;;
      :programs) COMPREPLY=($(compgen -c -- "$current")); return ;;
    esac
    word=\${word#"$prefix"}
    [[ $word == "$current"* ]] || continue
    if [[ ! $quote ]]; then printf -v word %q "$word"
    elif [[ $word == *[\\'\\"\\\\\\$\\\`!]* ]]; then continue
    fi
    COMPREPLY+=("$word")
    shown+=("$word\${says:+  ($says)}")
  done < <(${program()} completion --line -- "\${words[@]}" 2>/dev/null)
  if (( \${#COMPREPLY[@]} > 1 )) && [[ $COMP_TYPE == 9 || $COMP_TYPE == 63 ]]
  then
    COMPREPLY=("\${shown[@]}")
  fi
}

complete -F _${program()} ${program()}
`;
}

/**
 * For zsh(1), tested with 5.9: a file `_account-qwen` in the `fpath`, or sourced
 * after `compinit`.
 */
function zshScript(): string {
  return `#compdef ${program()}
# Completion of ${program()} for zsh.

_${program()}() {
  local -a found shown
  local word says expl
  while IFS=$'\\t' read -r word says; do
    [[ $word == :* && $PREFIX == --*=* ]] && compset -P '*='
    case $word in
      :files) _files; return ;;
      :folders) _files -/; return ;;
      :programs) _command_names -e; return ;;
    esac
    found+=("$word")
    shown+=("$word\${says:+  ($says)}")
  done < <(${program()} completion --line -- "\${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)
  (( $#found )) || return 1
  _wanted -V completions expl completion compadd -l -d shown -a found
}

if [[ $funcstack[1] == _${program()} ]]; then
  _${program()} "$@"
else
  compdef _${program()} ${program()}
fi
`;
}

/** For fish(1), tested with 3.6. */
function fishScript(): string {
  return `# Completion of ${program()} for fish.

function __${program()}
    set -l words (commandline -opc)[2..-1] (commandline -ct)
    set -l offered (${program()} completion --line -- $words 2>/dev/null)
    set -l flag (string match -r -- '^--[^=]+=' "$words[-1]")
    set -l value (string replace -r -- '^--[^=]+=' '' "$words[-1]")
    switch "$offered[1]"
        case :files
            complete -C "'' $value" | string replace -r -- '^' "$flag"
        case :folders
            __fish_complete_directories "$value" | string replace -r -- '^' "$flag"
        case :programs
            __fish_complete_command | string replace -r -- '^' "$flag"
        case ''
            return
        case '*'
            printf '%s\\n' $offered
    end
end

complete -c ${program()} -f -k -a '(__${program()})'
`;
}
