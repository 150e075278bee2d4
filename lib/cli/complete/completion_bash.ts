import type { Offer } from "../line/command.ts";
import {
  type CommandModel,
  type CompletionModel,
  type FlagModel,
  flagsWithValue,
} from "./completion_model.ts";
import { program } from "../../program.ts";

/**
 * Returns the completion script for bash(1), tested with 5.2. It looks up only
 * the accounts, by number and by label, when the user presses Tab, and quotes
 * labels for the shell.
 */
export function bashCompletion({ commands, globals }: CompletionModel): string {
  const aliases = commands.flatMap(({ aliases }) =>
    aliases.filter((it) => it.startsWith("-"))
  );
  return `# Completion of ${program()} for bash.

_account_qwen_command() {
  case $1 in
${commands.map(commandCase).join("\n")}
    *) return 1 ;;
  esac
}

_account_qwen_flags() {
  case $1 in
${commands.map(flagsCase).join("\n")}
    *) echo "${[...globals.map(dashed), ...aliases].join(" ")}" ;;
  esac
}

_account_qwen_value() {
  case "$1 $2" in
${flagsWithValue({ commands, globals }).map(valueCase).join("\n")}
    *) return 1 ;;
  esac
}

_account_qwen_word() {
  case "$1 $2" in
${commands.flatMap(wordCases).join("\n")}
  esac
}

_account_qwen_accounts() {
  local word says current=$1 quote= shown=()
  if [[ $current == [\\'\\"]* ]]; then
    quote=1 current=\${current:1}
  else
    current=\${current//\\\\/}
  fi
  while IFS=$'\\t' read -r word says; do
    [[ $word == "$current"* ]] || continue
    if [[ ! $quote ]]; then printf -v word %q "$word"
    elif [[ $word == *[\\'\\"\\\\\\$\\\`!]* ]]; then continue
    fi
    COMPREPLY+=("$word")
    shown+=("$word\${says:+  ($says)}")
  done < <(${program()} completion --accounts \${cli:+"--cli=$cli"} 2>/dev/null)
  if (( \${#COMPREPLY[@]} > 1 )) && [[ $COMP_TYPE == 9 || $COMP_TYPE == 63 ]]
  then
    COMPREPLY=("\${shown[@]}")
  fi
}

_account_qwen_offer() {
  case $2 in
    accounts) _account_qwen_accounts "$1" ;;
    files) type compopt &>/dev/null && compopt -o default ;;
    folders) type compopt &>/dev/null && compopt -o dirnames ;;
    programs) COMPREPLY=($(compgen -c -- "$1")) ;;
    =*) COMPREPLY=($(compgen -W "\${2#=}" -- "$1")) ;;
  esac
}

_account_qwen() {
  COMPREPLY=()
  local words=() word kind command= flag= cli= count=0 i
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
  local last=$(( \${#words[@]} - 1 ))
  local current=\${words[last]}
  for (( i = 0; i < last; i++ )); do
    word=\${words[i]}
    case $flag\\ $word in
      --cli\\ *) cli=$word ;;
      *\\ --cli=*) cli=\${word#*=} ;;
    esac
    if [[ $flag ]]; then
      flag=
      [[ $word != -* ]] && continue
    fi
    if [[ $word == -- ]]; then
      type compopt &>/dev/null && compopt -o default
      return
    elif [[ ! $command ]] && command=$(_account_qwen_command "$word"); then
      continue
    elif [[ $word == -* ]]; then
      _account_qwen_value "$command" "$word" >/dev/null && flag=$word
    else
      (( ++count ))
    fi
  done
  if [[ $current == --*=* ]]; then
    flag=\${current%%=*}
    kind=$(_account_qwen_value "$command" "$flag") || return
    _account_qwen_offer "\${current#*=}" "$kind"
    if [[ $COMP_WORDBREAKS != *=* ]]; then
      for i in "\${!COMPREPLY[@]}"; do COMPREPLY[i]=$flag=\${COMPREPLY[i]}; done
    fi
  elif [[ $flag && $current != -* ]]; then
    _account_qwen_offer "$current" "$(_account_qwen_value "$command" "$flag")"
  elif [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$(_account_qwen_flags "$command")" -- "$current"))
  elif [[ ! $command ]]; then
    COMPREPLY=($(compgen -W "${
    commands.map((it) => it.name).join(" ")
  }" -- "$current"))
  else
    _account_qwen_offer "$current" "$(_account_qwen_word "$command" "$count")"
  fi
}

complete -F _account_qwen ${program()}
`;
}

function commandCase({ name, aliases }: CommandModel): string {
  return `    ${[name, ...aliases].join(" | ")}) echo ${name} ;;`;
}

function flagsCase({ name, flags, passesOn }: CommandModel): string {
  const all = [...flags.map(dashed), ...(passesOn ? ["--"] : [])];
  return `    ${name}) echo "${all.join(" ")}" ;;`;
}

function valueCase({ command, flag }: { command: string; flag: FlagModel }) {
  return `    "${command} ${dashed(flag)}") echo "${toWords(flag.offer)}" ;;`;
}

function wordCases({ name, words }: CommandModel): string[] {
  return words.map(({ offer, isRepeated }, at) => {
    const place = isRepeated ? "*" : at;
    return `    "${name} "${place}) echo "${toWords(offer)}" ;;`;
  });
}

function toWords(offer: Offer | undefined): string {
  if (offer === undefined) return "";
  return typeof offer === "string" ? offer : `=${offer.join(" ")}`;
}

function dashed({ name }: FlagModel): string {
  return `--${name}`;
}
