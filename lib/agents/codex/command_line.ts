import {
  type CommandLine,
  type Grammar,
  splitArgs,
  wordsOf,
} from "../command_line.ts";

/** Options that take a value. */
const VALUE_OPTIONS = new Set(wordsOf(`
  --add-dir --ask-for-approval --base --cd --color --commit --config
  --cyber-access-program --disable --enable --image --local-provider --model
  --output-last-message --output-schema --profile --remote
  --remote-auth-token-env --sandbox --thread-source --title
`));

/** The commands of `codex`, with their aliases. */
const COMMANDS = new Set(wordsOf(`
  a agents app-server apply archive cloud cloud-tasks completion debug delete
  doctor e exec exec-server features fork generate-ts help login logout mcp
  mcp-server migrate-nfs-db migrate-rollouts plugin proto queue remote-control
  responses-api-proxy resume review sandbox unarchive update
`));

/** The commands of `codex exec`. */
const EXEC_COMMANDS = new Set(["fork", "help", "resume", "review"]);

/**
 * The grammar of codex's command line, from the help of 0.100.0 and 0.171.0:
 * options may stand before and after each command, a word that names a command
 * is one unless it follows `--`, and the other words are its arguments.
 */
const GRAMMAR: Grammar = {
  aliases: {
    "-a": "--ask-for-approval",
    "-c": "--config",
    "-C": "--cd",
    "-h": "--help",
    "-i": "--image",
    "-m": "--model",
    "-o": "--output-last-message",
    "-p": "--profile",
    "-s": "--sandbox",
    "-V": "--version",
    "e": "exec",
  },
  arityOf: (name, level) => {
    // It takes all words up to the next option, except after two commands.
    if (name === "--image" && level < 2) return "many";
    return VALUE_OPTIONS.has(name) ? "one" : undefined;
  },
  afterLetter: "value",
  isCommand: (word, [first, second]) =>
    first === undefined
      ? COMMANDS.has(word)
      : first === "exec" && second === undefined && EXEC_COMMANDS.has(word),
};

/** Splits the arguments of `codex`. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  return splitArgs(args, GRAMMAR);
}

/** Returns the value of `key` in the last `-c key=value`, without quotes. */
export function lastSetting(
  { options }: CommandLine,
  key: string,
): string | undefined {
  const settings = options.filter((it) => it.name === "--config")
    .map(({ values: [text = ""] }) =>
      text.split(/=(.*)/s).map((part) => part.trim())
    );
  return settings.findLast(([name]) => name === key)?.[1]
    ?.replace(/^(["'])(.*)\1$/s, "$2");
}
