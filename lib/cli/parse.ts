import { parseArgs } from "@std/cli/parse-args";
import { redact } from "../quota/redact.ts";
import type {
  Command,
  CommandNames,
  Flag,
  Flags,
  FlagTypes,
} from "./command.ts";
import { checkFlagValue, NO_VALUE } from "./flag_value.ts";
import { nearest } from "./nearest.ts";
import { UsageError } from "./usage_error.ts";

/** Flags that every command has. */
export const GLOBAL_FLAGS = {
  dir: {
    type: "text",
    value: "DIR",
    offers: "folders",
    summary: "The folder of the accounts (default: ~/.qwen)",
  },
  help: { type: "boolean", summary: "Show help" },
  version: { type: "boolean", summary: "Show the version" },
} satisfies Flags;

/** What a command line says. */
export interface ParsedCommandLine {
  /** The command, or `undefined` if there is no word that names one. */
  command: Command | undefined;
  /** The values of its flags and the global ones. */
  flags: Record<string, FlagTypes[keyof FlagTypes]>;
  /** The words that are no flags, and all after `--`. */
  args: string[];
}

/**
 * Reads a command line. The flag that is a command's alias stands for the
 * command's name.
 *
 * @throws {UsageError} If a command or flag is unknown, or a value is missing
 * or of the wrong kind.
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
  refuseValues(words, flags, command?.name);
  const valued = namesWithValue(flags);
  const parsed = parseArgs(joinNegatives(words, valued), {
    boolean: namesOf(flags, "boolean"),
    string: [...valued, "_"],
    collect: namesOf(flags, "texts"),
    alias: { help: "h" },
    unknown: (word: string, name?: string) => {
      if (name !== undefined) throw unknownFlag(word, dashed(flags), command);
    },
  });
  const values = Object.entries(flags).map(([name, flag]) => {
    return [name, readValue(name, flag, parsed[name], command?.name)];
  });
  const args = [...parsed._.map(String), ...after];
  const isAsked = parsed.help || parsed.version || parsed.schema;
  if (command && !isAsked) checkCount(args, command);
  return { command, flags: Object.fromEntries(values), args };
}

/**
 * Finds the one of `commands` that a command line is for, if it names one.
 *
 * @throws {UsageError} If there is no such command, or a flag before it is
 * unknown.
 */
export function findCommand<C extends CommandNames>(
  argv: readonly string[],
  commands: readonly C[],
): C | undefined {
  const end = argv.indexOf("--");
  return takeCommand(argv.slice(0, end < 0 ? undefined : end), commands);
}

/** Finds the word that names the command and takes it out of `words`. */
function takeCommand<C extends CommandNames>(
  words: string[],
  commands: readonly C[],
): C | undefined {
  const aliases = commands.flatMap((it) => it.alias ?? []);
  const leading = ["-h", "--json", ...dashed(GLOBAL_FLAGS)];
  for (let at = 0; at < words.length; at++) {
    const [word = "", value] = words[at]?.split(/=(.*)/s) ?? [];
    const alias = commands.find((it) => it.alias === word);
    if (alias) {
      words.splice(at, 1, ...(value === undefined ? [] : [value]));
      return alias;
    }
    if (word.startsWith("-")) {
      if (!leading.includes(word)) {
        throw unknownFlag(word, [...leading, ...aliases]);
      }
      if (word === "--dir" && value === undefined) at++;
      continue;
    }
    if (word === "help") {
      words.splice(at--, 1, "--help");
      continue;
    }
    const command = commands.find((it) => it.name === words[at]);
    if (!command) {
      const guess = nearest(word, commands.map((it) => it.name));
      throw new UsageError(`Unknown command "${word}": nearest is "${guess}"`);
    }
    words.splice(at, 1);
    return command;
  }
  return undefined;
}

/** After a flag that takes a value, `-1` is that value and no flag. */
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

function dashed(flags: Flags): string[] {
  return Object.keys(flags).map((it) => `--${it}`);
}
function unknownFlag(
  word: string,
  known: readonly string[],
  command?: Command,
): UsageError {
  const [name = word] = word.split("=");
  const where = command ? ` of ${command.name}` : "";
  return new UsageError(
    `Unknown flag "${name}"${where}: nearest is "${nearest(name, known)}"`,
    command?.name,
  );
}

function readValue(
  name: string,
  flag: Flag,
  value: unknown,
  command: string | undefined,
): FlagTypes[keyof FlagTypes] {
  const fail = (problem: string) =>
    new UsageError(`Cannot use --${name}: ${problem}`, command);
  if (flag.type === "boolean") return value === true;
  if (flag.type === "texts") {
    const texts = Array.isArray(value) ? value.map(String) : [];
    if (texts.includes("")) throw fail(NO_VALUE);
    return texts;
  }
  if (value === undefined) return undefined;
  const text = value === "" ? flag.bare ?? "" : String(value);
  const checked = checkFlagValue(flag, text);
  if ("problem" in checked) throw fail(checked.problem);
  return checked.value;
}

/** A value that a flag does not take may be a key: it is not passed over. */
function refuseValues(
  words: readonly string[],
  flags: Flags,
  command: string | undefined,
): void {
  for (const word of words) {
    const [, name = "", value] = /^--([^=]+)=(.*)$/s.exec(word) ?? [];
    if (flags[name]?.type !== "boolean") continue;
    if (value === "true" || value === "false") continue;
    throw new UsageError(`Cannot use --${name}: it takes no value`, command);
  }
}

function checkCount(args: readonly string[], command: Command): void {
  const { least, most } = command.args ?? { least: 0, most: 0 };
  const { name, usage = "" } = command;
  if (args.length < least) {
    throw new UsageError(`Cannot run ${name}: it needs ${usage}`, name);
  }
  if (args.length > most) {
    const extra = redact(args[most] ?? ""); // it may be a key
    throw new UsageError(`Cannot run ${name}: "${extra}" is too much`, name);
  }
}

function namesOf(flags: Flags, type: Flag["type"]): string[] {
  return Object.keys(flags).filter((it) => flags[it]?.type === type);
}

function namesWithValue(flags: Flags): string[] {
  return Object.keys(flags).filter((it) => flags[it]?.type !== "boolean");
}
