/**
 * The grammar of codex's command line, from the help of 0.100.0 and 0.171.0:
 * options may stand before and after each command, a word that names a command
 * is one unless it follows `--`, and the other words are its arguments.
 *
 * @module
 */

/** A command line, taken apart. */
export interface CommandLine {
  /** The commands, such as `["exec", "resume"]`; none for a session. */
  commands: readonly string[];
  /** The options, in order. */
  options: readonly Option[];
  /** The other words after the last command: a prompt, the id of a session. */
  words: readonly Word[];
}

/** An option of a command line. */
interface Option {
  /** Its name, in its long form: `--model`. */
  name: string;
  /** Its value, if it takes one. */
  value: string | undefined;
  /** How many commands stand before it. */
  level: number;
  /** Its arguments. */
  args: readonly string[];
}

/** A word that is neither an option nor a command. */
interface Word {
  /** The word. */
  text: string;
  /** Its place among the arguments. */
  at: number;
}

/** The long names of short options. */
const LONG_NAMES: Readonly<Record<string, string>> = {
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
};

/** Options that take a value. */
const VALUE_OPTIONS = new Set([
  "--add-dir",
  "--ask-for-approval",
  "--base",
  "--cd",
  "--color",
  "--commit",
  "--config",
  "--cyber-access-program",
  "--disable",
  "--enable",
  "--image",
  "--local-provider",
  "--model",
  "--output-last-message",
  "--output-schema",
  "--profile",
  "--remote",
  "--remote-auth-token-env",
  "--sandbox",
  "--thread-source",
  "--title",
]);

/** An option that takes all words up to the next option, but for a resume. */
const LIST_OPTION = "--image";

/** The commands of `codex`, with their aliases. */
const COMMANDS = new Set([
  "a",
  "agents",
  "app-server",
  "apply",
  "archive",
  "cloud",
  "cloud-tasks",
  "completion",
  "debug",
  "delete",
  "doctor",
  "e",
  "exec",
  "exec-server",
  "features",
  "fork",
  "generate-ts",
  "help",
  "login",
  "logout",
  "mcp",
  "mcp-server",
  "migrate-nfs-db",
  "migrate-rollouts",
  "plugin",
  "proto",
  "queue",
  "remote-control",
  "responses-api-proxy",
  "resume",
  "review",
  "sandbox",
  "unarchive",
  "update",
]);

/** The commands of `codex exec`. */
const EXEC_COMMANDS = new Set(["fork", "help", "resume", "review"]);

/** Takes a command line apart. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const commands: string[] = [];
  const options: Option[] = [];
  const words: Word[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (arg === "--") {
      words.push(...wordsFrom(args, at + 1));
      break;
    }
    if (arg.startsWith("-") && arg !== "-") {
      const option = optionAt(args, at, commands);
      options.push(option);
      at += option.args.length - 1;
    } else if (isCommand(arg, commands)) {
      commands.push(arg === "e" ? "exec" : arg);
      words.length = 0;
    } else {
      words.push({ text: arg, at });
    }
  }
  return { commands, options, words };
}

function isCommand(word: string, commands: readonly string[]): boolean {
  const [first, second] = commands;
  if (first === undefined) return COMMANDS.has(word);
  return first === "exec" && second === undefined && EXEC_COMMANDS.has(word);
}

function wordsFrom(args: readonly string[], from: number): Word[] {
  return args.slice(from).map((text, index) => ({ text, at: from + index }));
}

function optionAt(
  args: readonly string[],
  at: number,
  commands: readonly string[],
): Option {
  const level = commands.length;
  const arg = args[at] ?? "";
  const { name, value } = split(arg);
  if (value !== undefined || !VALUE_OPTIONS.has(name)) {
    return { name, value, level, args: [arg] };
  }
  const isList = name === LIST_OPTION && level < 2;
  const count = isList ? countValues(args, at + 1) : 1;
  const values = args.slice(at + 1, at + 1 + count);
  return { name, value: values[0], level, args: [arg, ...values] };
}

/** Splits `--model=coder`, `-m=coder` and `-mcoder`. */
function split(arg: string): { name: string; value: string | undefined } {
  if (arg.startsWith("--")) {
    const [name = "", value] = arg.split(/=(.*)/s);
    return { name, value };
  }
  const name = LONG_NAMES[arg.slice(0, 2)] ?? arg.slice(0, 2);
  const rest = arg.slice(2);
  return { name, value: rest === "" ? undefined : rest.replace(/^=/, "") };
}

function countValues(args: readonly string[], from: number): number {
  const rest = args.slice(from);
  const end = rest.findIndex((it) => it.startsWith("-") && it !== "-");
  return Math.max(end < 0 ? rest.length : end, 1);
}

/** Returns the value of the last option called `name`. */
export function lastValue(
  { options }: Pick<CommandLine, "options">,
  name: string,
): string | undefined {
  return options.findLast((it) => it.name === name)?.value;
}

/** Returns the value of `key` in the last `-c key=value`, without quotes. */
export function lastSetting(
  { options }: Pick<CommandLine, "options">,
  key: string,
): string | undefined {
  const settings = options.filter((it) => it.name === "--config")
    .map((it) => (it.value ?? "").split(/=(.*)/s).map((part) => part.trim()));
  return settings.findLast(([name]) => name === key)?.[1]
    ?.replace(/^(["'])(.*)\1$/s, "$2");
}
