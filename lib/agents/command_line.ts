/**
 * Splits the arguments of an agent as its own parser does, so that a value is
 * not mistaken for the prompt.
 *
 * @module
 */

/** How many values an option takes: one, perhaps one, or as many as follow. */
export type Arity = "one" | "optional" | "many";

/** What the parser of an agent knows. */
export interface Grammar {
  /** Other spellings of options and commands: `{ "-m": "--model" }`. */
  aliases: Readonly<Record<string, string>>;
  /** Returns how many values an option after `level` commands takes. @default none */
  arityOf(name: string, level: number): Arity | undefined;
  /**
   * What the text after a short option, in the same argument, is: its value;
   * further options if it takes no value; or always further options (yargs),
   * unless the text is a number or begins with no letter.
   */
  afterLetter: "value" | "options" | "letters";
  /** Whether a word after these commands is another. @default there are none */
  isCommand?(word: string, commands: readonly string[]): boolean;
}

/** A command line, split. */
export interface CommandLine {
  /** The commands, such as `["exec", "resume"]`. */
  commands: string[];
  /** The options, in order. */
  options: Option[];
  /** The other words after the last command, and their places. */
  words: { text: string; at: number }[];
}

/** An option of a command line. */
interface Option {
  /** Its name, in its long form: `--model`. */
  name: string;
  /** Its values; none for a switch. */
  values: string[];
  /** The arguments that set it, such as `["-m", "coder"]`. */
  args: string[];
  /** How many commands stand before it. */
  level: number;
}

/** Splits `args`. An unknown option counts as a switch. */
export function splitArgs(
  args: readonly string[],
  grammar: Grammar,
): CommandLine {
  const { aliases, isCommand } = grammar;
  const line: CommandLine = { commands: [], options: [], words: [] };
  const rest = [...args];
  while (rest.length > 0) {
    const at = args.length - rest.length;
    const arg = rest.shift() ?? "";
    if (arg === "--") {
      line.words.push(...rest.map((text, it) => ({ text, at: at + 1 + it })));
      break;
    }
    if (isCommand?.(arg, line.commands)) {
      line.commands.push(aliases[arg] ?? arg);
      line.words = [];
    } else if (isOption(arg)) {
      const level = line.commands.length;
      line.options.push(takeOption(arg, rest, { grammar, level }));
    } else {
      line.words.push({ text: arg, at });
    }
  }
  return line;
}

/**
 * Returns the option that `arg` begins with. Removes its values from `rest`, and
 * puts further options in `arg` there.
 */
function takeOption(
  arg: string,
  rest: string[],
  { grammar, level }: { grammar: Grammar; level: number },
): Option {
  const isLong = arg.startsWith("--");
  const [flag = "", after] = isLong
    ? arg.split(/=(.*)/s)
    : [arg.slice(0, 2), arg.slice(2) || undefined];
  const name = grammar.aliases[flag] ?? flag;
  const arity = grammar.arityOf(name, level);
  if (after === undefined) {
    const values = takeValues(arity, rest);
    return { name, values, args: [arg, ...values], level };
  }
  const value = isLong ? after : valueIn(after, arity, grammar);
  if (value !== undefined) return { name, values: [value], args: [arg], level };
  rest.unshift(`-${after}`);
  return { name, values: [], args: [flag], level };
}

/** What yargs takes for a value: a number, or what begins with no letter. */
const NO_LETTERS = /^(?:-?\d+(?:\.\d*)?(?:e-?\d+)?$|\W)/;

/**
 * Returns the value in the text `after` a short option; `undefined` if further
 * options are there.
 */
function valueIn(
  after: string,
  arity: Arity | undefined,
  { afterLetter }: Pick<Grammar, "afterLetter">,
): string | undefined {
  if (afterLetter === "options") return arity && after;
  const isValue = afterLetter === "value" || NO_LETTERS.test(after);
  return isValue ? after.replace(/^=/, "") : undefined;
}

function isOption(arg: string): boolean {
  return arg.startsWith("-") && arg.length > 1;
}

/** Removes the values of an option from the arguments after it. */
function takeValues(arity: Arity | undefined, rest: string[]): string[] {
  if (arity === undefined) return [];
  if (arity === "one") return rest.splice(0, 1);
  const next = rest.findIndex(isOption);
  const free = next < 0 ? rest.length : next;
  // The first of many values may begin with a dash.
  return rest.splice(
    0,
    arity === "many" ? Math.max(free, 1) : Math.min(free, 1),
  );
}

/** Returns the first value of the last option called `name`. */
export function lastValue(
  { options }: CommandLine,
  name: string,
): string | undefined {
  return options.findLast((it) => it.name === name)?.values[0];
}

/** Whether a command line has one of the options `names`. */
export function hasOption(
  { options }: CommandLine,
  ...names: readonly string[]
): boolean {
  return options.some((it) => names.includes(it.name));
}

/** The runtimes that run the script of a program. */
const RUNTIME = /^(?:node|nodejs|bun|deno)$/;

/** The same, and the shells that run a launcher. */
const RUNTIME_OR_SHELL = /^(?:node|nodejs|bun|deno|(?:ba|da|z)?sh)$/;

/**
 * Whether the arguments of a process run an agent, and not just name it: its
 * `program` itself, or its `script` with a runtime or, by default, a shell.
 */
export function runsAgent(
  [first = "", ...args]: readonly string[],
  { program, script, inShell = true }: {
    program: RegExp;
    script: RegExp;
    inShell?: boolean;
  },
): boolean {
  const name = first.slice(first.lastIndexOf("/") + 1);
  const interpreter = inShell ? RUNTIME_OR_SHELL : RUNTIME;
  if (!interpreter.test(name)) return program.test(first);
  const run = args.find((it) => !it.startsWith("-") && it !== "run");
  return run !== undefined && script.test(run);
}

/** Returns the words of `text`, which spaces and line breaks separate. */
export function wordsOf(text: string): string[] {
  return text.trim().split(/\s+/);
}
