import type { Offer } from "../line/command.ts";
import {
  type CompletionModel,
  type FlagModel,
  flagsWithValue,
} from "./completion_model.ts";
import { quoteForFish as quote } from "../shim/shell_env.ts";
import { program } from "../../program.ts";

/** Returns the completion script for fish(1), tested with 3.6. */
export function fishCompletion({ commands, globals }: CompletionModel): string {
  const names = commands.flatMap((it) => [it.name, ...it.aliases]);
  return `# Completion of ${program()} for fish.

# Prints the command that is on the line, and each word that comes after it.
function __account_qwen_words
    set -l command ''
    set -l flag ''
    set -l words
    for word in (commandline -opc)[2..-1]
        if test -n "$flag"
            set flag ''
            string match -q -- '-*' $word; or continue
        end
        if test "$word" = --
            set -a words --
            break
        else if test -z "$command"; and __account_qwen_command $word
            set command (__account_qwen_name $word)
        else if string match -q -- '-*' $word
            __account_qwen_takes_value "$command" $word; and set flag $word
        else
            set -a words $word
        end
    end
    printf '%s\\n' "$command" $words
end

function __account_qwen_command
    contains -- $argv[1] ${names.join(" ")}
end

function __account_qwen_name
    switch $argv[1]
${
    commands.filter((it) => it.aliases.length > 0).map((it) =>
      `        case ${it.aliases.join(" ")}\n            echo ${it.name}`
    ).join("\n")
  }
        case '*'
            echo $argv[1]
    end
end

function __account_qwen_takes_value
    switch "$argv"
        case ${
    flagsWithValue({ commands, globals }).map(({ command, flag }) =>
      quote(`${command} --${flag.name}`)
    ).join(" ")
  }
            return 0
    end
    return 1
end

# Whether the command on the line is $argv[1] and, if $argv[2] is given, that many
# words come after it; the words after -- are not for ${program()}.
function __account_qwen_at
    set -l words (__account_qwen_words)
    test "$words[1]" = "$argv[1]"; or return 1
    contains -- -- $words; and return 1
    test (count $argv) -lt 2; or test (math (count $words) - 1) = "$argv[2]"
end

function __account_qwen_accounts
    set -l before ''
    set -l cli
    for word in (commandline -opc)[2..-1]
        test "$word" = --; and break
        test "$before" = --cli; and set cli --cli=$word
        string match -q -- '--cli=*' $word; and set cli $word
        set before $word
    end
    ${program()} completion --accounts $cli 2>/dev/null
end

complete -c ${program()} -f
complete -c ${program()} -n 'contains -- -- (__account_qwen_words)' -F
${
    [
      ...commands.map(({ name, summary }) =>
        complete("''", `-a ${name} -d ${quote(summary)}`)
      ),
      ...commands.flatMap(({ aliases, summary }) =>
        aliases.filter((it) => it.startsWith("--"))
          .map((it) => complete("''", `-l ${it.slice(2)} -d ${quote(summary)}`))
      ),
      ...globals.map((it) => complete("''", flagOf(it))),
      ...commands.flatMap(({ name, flags, words }) => [
        ...flags.map((it) => complete(name, flagOf(it))),
        ...words.map(({ offer, isRepeated }, at) =>
          complete(isRepeated ? name : `${name} ${at}`, offerOf(offer))
        ),
      ]),
    ].join("\n")
  }
`;
}

function complete(at: string, what: string): string {
  return `complete -c ${program()} -n ${
    quote(`__account_qwen_at ${at}`)
  } ${what}`;
}

function flagOf({ name, summary, value, isValueOptional, offer }: FlagModel) {
  const says = `-l ${name} -d ${quote(summary)}`;
  if (value === undefined) return says;
  // An optional value is not completed as the next word.
  return [
    says,
    isValueOptional ? "" : "-x",
    offer === undefined ? "" : offerOf(offer),
  ].filter((it) => it).join(" ").replace("-x -F", "-r -F");
}

const OFFERS = {
  accounts: "-k -a '(__account_qwen_accounts)'",
  files: "-F",
  folders: "-a '(__fish_complete_directories)'",
  programs: "-a '(__fish_complete_command)'",
};

function offerOf(offer: Offer): string {
  return typeof offer === "string"
    ? OFFERS[offer]
    : `-a ${quote(offer.join(" "))}`;
}
