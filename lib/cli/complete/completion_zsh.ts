import type { Offer } from "../line/command.ts";
import type {
  CommandModel,
  CompletionModel,
  FlagModel,
} from "./completion_model.ts";
import { quoteForSh as quote } from "../shim/shell_env.ts";
import { program } from "../../program.ts";

/**
 * Returns the completion script for zsh(1), tested with 5.9. It can be a file
 * `_${program()}` in the `fpath`, or be sourced after `compinit`.
 */
export function zshCompletion({ commands, globals }: CompletionModel): string {
  const valued = globals.filter((it) => it.value !== undefined)
    .map((it) => `--${it.name}`);
  return `#compdef ${program()}
# Completion of ${program()} for zsh.

_account_qwen_accounts() {
  local -a accounts shown
  local account says
  while IFS=$'\\t' read -r account says; do
    accounts+=("$account")
    shown+=("$account\${says:+  ($says)}")
  done < <(${program()} completion --accounts \${cli:+--cli=$cli} 2>/dev/null)
  local expl
  _wanted -V accounts expl account compadd -l -d shown -a accounts
}

_account_qwen_commands() {
  local -a commands=(
${
    commands.map(({ name, summary }) =>
      `    ${quote(`${name}:${escapeColons(summary)}`)}`
    ).join("\n")
  }
  )
  _describe -t commands command commands
}

_${program()}() {
  local command= cli= i
  for (( i = 2; i < CURRENT; i++ )); do
    case $words[i] in
      --) break ;;
      --cli) cli=$words[i+1] ;;
      --cli=*) cli=\${words[i]#*=} ;;
    esac
  done
  for (( i = 2; i < CURRENT; i++ )); do
    case $words[i] in
${commands.map(commandCase).join("\n")}
      ${valued.join("|")}) (( ++i )) ;;
      -*) ;;
      *) return 1 ;;
    esac
    [[ -n $command ]] && break
  done
  if [[ -z $command ]]; then
    _arguments -S \\
${
    [
      ...globals.map(flagSpec),
      ...commands.flatMap(({ aliases, summary }) =>
        aliases.filter((it) => it.startsWith("-"))
          .map((it) => quote(`${it}[${escapeSpec(summary)}]`))
      ),
      "'1: :_account_qwen_commands'",
    ].map((it) => `      ${it}`).join(" \\\n")
  }
    return
  fi
  words=("$words[1]" "\${(@)words[i+1,-1]}")
  (( CURRENT -= i - 1 ))
  case $command in
${commands.map(argumentsCase).join("\n")}
  esac
}

if [[ $funcstack[1] == _${program()} ]]; then
  _${program()} "$@"
else
  compdef _${program()} ${program()}
fi
`;
}

function commandCase({ name, aliases }: CommandModel): string {
  return `      ${[name, ...aliases].join("|")}) command=${name} ;;`;
}

function argumentsCase(command: CommandModel): string {
  const { name, flags, words, passesOn } = command;
  const specs = [
    ...flags.map(flagSpec),
    ...words.map(({ offer, isRepeated }, at) =>
      quote(`${isRepeated ? "*" : at + 1}: :${actionOf(offer)}`)
    ),
    ...(passesOn ? ["'*: :_default'"] : []),
  ];
  // The words after -- of exec are for the agent.
  const options = passesOn ? "" : " -S";
  return `    ${name})
      _arguments${options} \\
${specs.map((it) => `        ${it}`).join(" \\\n")}
      ;;`;
}

function flagSpec(flag: FlagModel): string {
  const { name, summary, value, isValueOptional, offer } = flag;
  const says = `[${escapeSpec(summary)}]`;
  if (value === undefined) return quote(`--${name}${says}`);
  const colons = isValueOptional ? "::" : ":";
  const action = offer === undefined ? " " : actionOf(offer);
  return quote(`--${name}=${says}${colons}${escapeColons(value)}:${action}`);
}

const ACTIONS = {
  accounts: "_account_qwen_accounts",
  files: "_files",
  folders: "_files -/",
  programs: "_command_names -e",
};

function actionOf(offer: Offer): string {
  return typeof offer === "string" ? ACTIONS[offer] : `(${offer.join(" ")})`;
}

/** Escapes a summary for use in brackets. */
function escapeSpec(text: string): string {
  return text.replace(/[\\\[\]:]/g, (it) => `\\${it}`);
}

function escapeColons(text: string): string {
  return text.replace(/[\\:]/g, (it) => `\\${it}`);
}
