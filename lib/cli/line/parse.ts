import { AGENT_SETTING } from "../../agents/agent_setting.ts";
import { accountsFolder } from "./agent_words.ts";
import { parseArgs } from "@std/cli/parse-args";
import { redact } from "../../verdict/redact.ts";
import type {
  Command,
  CommandNames,
  Flag,
  Flags,
  FlagTypes,
} from "./command.ts";
import { checkFlagValue } from "./flag_value.ts";
import { refuseKeys } from "./key_argument.ts";
import { didYouMean, nearest } from "./nearest.ts";
import { cannotRun, exampleOf, UsageError } from "./usage_error.ts";
import { agentInvocation, program } from "../../program.ts";

/** Words that mean the flag of the same name. */
const WORDS: readonly string[] = ["help", "version"];

/** The flags of every command. */
export const GLOBAL_FLAGS = {
  dir: {
    type: "text",
    value: "DIR",
    offers: "folders",
    // When it is read, the agent is chosen.
    get summary() {
      return `The accounts folder (default: ~/${accountsFolder()})`;
    },
  },
  cli: {
    ...AGENT_SETTING,
    summary: `${AGENT_SETTING.summary} (default: ${AGENT_SETTING.default})`,
  },
  help: { type: "boolean", letter: "h", summary: "Show help" },
  version: { type: "boolean", letter: "V", summary: "Show the version" },
} satisfies Flags;

/** A parsed command line. */
export interface ParsedCommandLine {
  /** The command; `undefined` if no word names one. */
  command: Command | undefined;
  /** The values of its flags and the global ones. */
  flags: Record<string, FlagTypes[keyof FlagTypes]>;
  /** The words that are not flags, and everything after `--`. */
  args: string[];
  /** How many of them stand before `--`. */
  named: number;
}

/**
 * Parses a command line. An alias of a command stands for its name.
 *
 * @throws {UsageError} If a command or flag is unknown, or a value is missing
 * or has the wrong type.
 */
export function parseCommandLine(
  argv: readonly string[],
  commands: readonly Command[],
): ParsedCommandLine {
  const end = argv.indexOf("--");
  const words = end < 0 ? [...argv] : argv.slice(0, end);
  const after = end < 0 ? [] : argv.slice(end + 1);
  const command = takeCommand(words, commands);
  const flags: Flags = { ...GLOBAL_FLAGS, ...command?.flags };
  refuseValues(words, flags);
  const valued = Object.keys(flags).filter((it) => !isWithoutValue(flags[it]));
  const switches = namesOf(flags, "switch");
  const parsed = parseArgs(joinNegatives(words, valued), {
    boolean: [...namesOf(flags, "boolean"), ...switches],
    negatable: switches,
    default: Object.fromEntries(switches.map((it) => [it, undefined])),
    string: [...valued, "_"],
    collect: namesOf(flags, "texts"),
    alias: lettersOf(flags),
    unknown: (word: string, name?: string) => {
      if (name !== undefined) throw unknownFlag(word, dashed(flags), command);
    },
  });
  const values = Object.entries(flags).map(([name, flag]) => {
    return [name, readValue(name, flag, parsed[name])];
  });
  const args = [...parsed._.map(String), ...after];
  const isAsked = parsed.help || parsed.version || parsed.schema;
  if (command && !isAsked) checkCount(args, command);
  if (!command?.passesOn) refuseKeys(after);
  const named = parsed._.length;
  return { command, flags: Object.fromEntries(values), args, named };
}

/**
 * Finds the one of `commands` that a command line names, if any.
 *
 * @throws {UsageError} If there is no such command, a flag before it is
 * unknown, or an argument is an API key.
 */
export function findCommand<C extends CommandNames>(
  argv: readonly string[],
  commands: readonly C[],
): C | undefined {
  const end = argv.indexOf("--");
  const words = argv.slice(0, end < 0 ? undefined : end);
  refuseKeys(words);
  return takeCommand(words, commands);
}

/**
 * Returns the value of a flag, without the declaration of the command; of
 * several, the last one. A flag without a value has an empty one.
 */
export function flagValue(
  name: string,
  argv: readonly string[],
): string | undefined {
  const end = argv.indexOf("--");
  const words = end < 0 ? argv : argv.slice(0, end);
  const at = words.findLastIndex((it) => it.split("=", 1)[0] === `--${name}`);
  if (at < 0) return undefined;
  const [, value = words[at + 1] ?? ""] = words[at]?.split(/=(.*)/s) ?? [];
  return value;
}

/** Finds the word that names the command and removes it from `words`. */
function takeCommand<C extends CommandNames>(
  words: string[],
  commands: readonly C[],
): C | undefined {
  const isNamed = ({ name, aliases = [] }: C, word: string) =>
    name === word || aliases.includes(word);
  const names = commands.flatMap((it) => [it.name, ...it.aliases ?? []]);
  const letters = Object.values(lettersOf(GLOBAL_FLAGS)).map((it) => `-${it}`);
  const leading = ["--json", ...letters, ...dashed(GLOBAL_FLAGS)];
  for (let at = 0; at < words.length; at++) {
    const [word = "", value] = words[at]?.split(/=(.*)/s) ?? [];
    const command = commands.find((it) => isNamed(it, word));
    if (command && (word.startsWith("-") || value === undefined)) {
      words.splice(at, 1, ...(value === undefined ? [] : [value]));
      return command;
    }
    if (word.startsWith("-")) {
      if (!leading.includes(word)) {
        const flags = names.filter((it) => it.startsWith("-"));
        throw unknownFlag(word, [...leading, ...flags]);
      }
      const isValued = ["--dir", "--cli"].includes(word);
      if (isValued && value === undefined) at++;
      continue;
    }
    if (!WORDS.includes(word)) throw unknownCommand(words[at] ?? "", names);
    words.splice(at, 1, `--${word}`);
  }
  return undefined;
}

function unknownCommand(word: string, names: readonly string[]): UsageError {
  if (GLOBAL_FLAGS.cli.words.some((it) => it === word)) {
    const hint = `${program()} --cli ${word} help`;
    return new UsageError(`"${word}" is not a command`, hint);
  }
  const known = [...names.filter((it) => !it.startsWith("-")), ...WORDS];
  const guess = nearest(word, known);
  return new UsageError(
    `Unknown command "${redact(word)}"${didYouMean(word, known)}`,
    `${agentInvocation()} ${guess ?? "help"}`,
  );
}

/** After a flag that takes a value, `-1` is that value, not a flag. */
function joinNegatives(
  words: readonly string[],
  flags: readonly string[],
): string[] {
  const joined: string[] = [];
  for (const word of words) {
    const before = joined.at(-1) ?? "";
    const isValue = flags.some((it) => before === `--${it}`) &&
      /^-\d/.test(word);
    joined.push(isValue ? `${joined.pop()}=${word}` : word);
  }
  return joined;
}

function lettersOf(flags: Flags): Record<string, string> {
  return Object.fromEntries(
    Object.entries(flags).flatMap(([name, { letter }]) =>
      letter === undefined ? [] : [[name, letter]]
    ),
  );
}

function dashed(flags: Flags): string[] {
  return Object.entries(flags).flatMap(([name, { type }]) =>
    type === "switch" ? [`--${name}`, `--no-${name}`] : [`--${name}`]
  );
}

function unknownFlag(
  word: string,
  known: readonly string[],
  command?: Command,
): UsageError {
  const [name = word] = word.split("=");
  const where = command ? ` of ${command.name}` : "";
  const topic = command ? ` ${command.name}` : "";
  const guess = nearest(name, known);
  const help = command?.passesOn && /^-[\w-]+$/.test(name)
    ? `to pass it to the agent: ${agentInvocation()} ${command.name} -- ${name}`
    : `${agentInvocation()} help${topic}`;
  return new UsageError(
    `Unknown flag "${name}"${where}${didYouMean(name, known)}`,
    guess && command ? exampleOf(command, [guess]) : help,
  );
}

function readValue(
  name: string,
  flag: Flag,
  value: unknown,
): FlagTypes[keyof FlagTypes] {
  if (flag.type === "boolean") return value === true;
  if (flag.type === "switch") {
    return typeof value === "boolean" ? value : undefined;
  }
  const fail = (problem: string) =>
    new UsageError(`Cannot use --${name}: ${problem}`);
  const read = (text: string) => {
    const checked = checkFlagValue(flag, text);
    if ("problem" in checked) throw fail(checked.problem);
    return checked.value;
  };
  if (flag.type === "texts") {
    return [value ?? []].flat().map((it) => String(read(String(it))));
  }
  if (value === undefined) return undefined;
  return read(value === "" ? flag.bare ?? "" : String(value));
}

/**
 * Rejects a value of a flag that takes none: it could be a key, and must not be
 * ignored.
 */
function refuseValues(
  words: readonly string[],
  flags: Flags,
): void {
  for (const word of words) {
    const [, name = "", value] = /^--([^=]+)=(.*)$/s.exec(word) ?? [];
    if (!isWithoutValue(flags[name.replace(/^no-/, "")] ?? flags[name])) {
      continue;
    }
    if (value === "true" || value === "false") continue;
    throw new UsageError(`Cannot use --${name}: it takes no value`);
  }
}

function checkCount(args: readonly string[], command: Command): void {
  const { args: { least, most } = { least: 0, most: 0 } } = command;
  const { name, usage = "" } = command;
  const problem = args.length < least
    ? `it needs ${usage}`
    : args.length > most
    ? `unexpected argument "${redact(args[most] ?? "")}"` // it may be a key
    : undefined;
  if (problem) throw cannotRun(name, problem);
}

function namesOf(flags: Flags, type: Flag["type"]): string[] {
  return Object.keys(flags).filter((it) => flags[it]?.type === type);
}

/** Whether a flag takes no value. */
export function isWithoutValue(flag: Flag | undefined): boolean {
  return flag?.type === "boolean" || flag?.type === "switch";
}
