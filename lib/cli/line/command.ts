import type { AccountManager } from "../../accounts/account_manager.ts";
import type { AccountReader } from "../../accounts/account_reader.ts";
import type { Notify } from "../../system/system.ts";
import { agentInvocation } from "../../program.ts";
import type { Setting } from "../../setting.ts";
import type { Paint } from "../screen/paint.ts";

/** The types of flags, and of the values that a command gets for them. */
export interface FlagTypes {
  /** No value. */
  boolean: boolean;
  /** No value; `--no-NAME` turns it off. */
  switch: boolean | undefined;
  /** Text. */
  text: string | undefined;
  /** Text; the flag is repeatable. */
  texts: string[];
  /** A whole number of 0 or more. */
  number: number | undefined;
  /** A duration such as `45s`; the command gets milliseconds. */
  duration: number | undefined;
  /** A percentage such as `90%`, or `off`, which is 0. */
  percent: number | undefined;
  /** One of its `words`. */
  choice: string | undefined;
}

/**
 * How a shell completes an argument: with one of these, or with the words
 * themselves.
 */
export type Offer =
  | "accounts"
  | "files"
  | "folders"
  | "programs"
  | readonly string[];

/** A flag of a command; the flag of a setting is its declaration. */
export interface Flag extends
  Pick<
    Setting,
    "bare" | "form" | "mayBeZero" | "most" | "summary" | "value" | "words"
  > {
  /** The type of its value. */
  type: keyof FlagTypes;
  /** The letter of its short form, such as `h`. */
  letter?: string;
  /** How a shell completes its value. @default its `words` */
  offers?: Offer;
  /** Whether its value may be an empty text. @default false */
  mayBeEmpty?: boolean;
  /** Its heading in a help text with many flags. */
  group?: string;
}

/** The flags of a command, by name without dashes. */
export type Flags = Readonly<Record<string, Flag>>;

/**
 * The value that a command gets for a flag; for a `choice`, one of its words.
 */
type FlagValue<F extends Flag> = F extends { words: readonly (infer Word)[] }
  ? Word | undefined
  : FlagTypes[F["type"]];

/** The values that a command gets for its flags. */
export type FlagValues<F extends Flags> = {
  [Name in keyof F]: FlagValue<F[Name]>;
};

/** Everything that a command gets. */
export interface CommandContext<F extends Flags> {
  /** The values of its flags. */
  flags: FlagValues<F>;
  /** The words that are not flags, and everything after `--`. */
  args: readonly string[];
  /** How many of them stand before `--`. */
  named: number;
  /** The folder given with `--dir`. */
  dir: string | undefined;
  /** The accounts. A command that only reads cannot use them. */
  accounts: AccountManager;
  /** The accounts, read-only. */
  reader: AccountReader;
  /**
   * Returns the number of the account that the user means by `word`, which may
   * be a label.
   *
   * @throws {UsageError} If no account matches, or several do.
   */
  findAccount: (word: string) => Promise<number>;
  /** The same; returns `undefined` if `word` is missing. */
  findIfGiven: (word: string | undefined) => Promise<number | undefined>;
  /** Returns the label of an account, if it has one. */
  labelOf: (index: number) => Promise<string | undefined>;
  /** Prints one or more lines to stdout, in the color of `paint`. */
  print: (
    lines: string | readonly string[],
    paint?: (text: string) => string,
  ) => void;
  /**
   * Prints the answer: with `--json` the object `json`, or else `text`. A key of
   * the object without a value is printed as `null`.
   */
  answer: (
    json: Record<string, unknown>,
    text: string | readonly string[],
  ) => void;
  /** Writes a message to stderr. */
  notify: Notify;
  /** Every command, in the order of the help. */
  commands: readonly CommandEntry[];
  /** Colors for stdout. */
  paint: Paint;
}

/** The group of a command in the overview. */
export type CommandGroup = "accounts" | "run" | "look" | "care";

/** The names of a command. */
export interface CommandNames {
  /** Its name on the command line. */
  name: string;
  /** Other words and flags that do the same, such as `ls` and `--list`. */
  aliases?: readonly string[];
}

/** A command by its names; the declaration is loaded when it is needed. */
export interface CommandEntry extends CommandNames {
  /** Loads the declaration, and with it the code of the command. */
  load(): Promise<Command>;
}

/** Loads the declarations of `commands`, in the same order. */
export function loadCommands(
  commands: readonly CommandEntry[],
): Promise<Command[]> {
  return Promise.all(commands.map((it) => it.load()));
}

/** A command: parser, help and completion all read this. */
export interface Command<F extends Flags = Flags> extends CommandNames {
  /** Its group in the overview. */
  group: CommandGroup;
  /** What it does: one sentence without a period. */
  summary: string;
  /** Its arguments, for the usage line. */
  usage?: string;
  /** The number of its arguments. @default none */
  args?: { least: number; most: number };
  /**
   * Whether it only reads the accounts, so that neither the code that changes
   * them nor the settings are loaded. @default false
   */
  onlyReads?: boolean;
  /**
   * Whether it creates the accounts folder if the user names one that does not
   * exist. @default false
   */
  makesFolder?: boolean;
  /** Whether it sends requests with the accounts. @default false */
  usesQuota?: boolean;
  /** Whether the words after `--` are for another program. @default false */
  passesOn?: boolean;
  /** How a shell completes each argument, by position. @default not at all */
  offers?: readonly Offer[];
  /** Its flags. */
  flags: F;
  /**
   * More help, one paragraph each. A paragraph that starts with spaces is a row
   * of a table: a name, at least two spaces, and a text. @default nothing
   */
  notes?: readonly string[];
  /**
   * Command lines that can be pasted; the help shows the first one at the top.
   * `defineCommand()` puts the name of this program before those that begin with
   * the name of the command or with a flag.
   */
  examples: readonly string[];
  /**
   * Answers the most frequent calls, such as for a shell prompt, without
   * loading the code for the others. Returns the exit code, or `undefined` if
   * `run` must answer.
   */
  quick?(
    flags: FlagValues<F> & { dir: string | undefined },
  ): Promise<number | undefined>;
  /** Runs the command; returns the exit code. @default 0 */
  run(context: CommandContext<F>): Promise<number | void>;
}

/** Declares a command, so that its flags have types. */
export function defineCommand<const F extends Flags>(
  command: Command<F>,
): Command<F> {
  const isBare = (example: string) =>
    example.startsWith("--") || example.split(" ", 1)[0] === command.name;
  return {
    ...command,
    examples: command.examples.map((it) =>
      isBare(it) ? `${agentInvocation()} ${it}` : it
    ),
  };
}
