import type { AccountManager } from "../../accounts/account_manager.ts";
import type { AccountReader } from "../../accounts/account_reader.ts";
import type { Notify } from "../../system/system.ts";
import type { Paint } from "../screen/paint.ts";

/** What a flag takes, and what the command gets for it. */
export interface FlagTypes {
  /** No value. */
  boolean: boolean;
  /** Text. */
  text: string | undefined;
  /** Text, as often as wanted. */
  texts: string[];
  /** A whole number, from 0 on. */
  number: number | undefined;
  /** A time such as `45s`; the command gets milliseconds. */
  duration: number | undefined;
  /** One of its `words`. */
  choice: string | undefined;
}

/** What a shell offers for a word: one of these, or the words themselves. */
export type Offer =
  | "accounts"
  | "files"
  | "folders"
  | "programs"
  | readonly string[];

/** A flag of a command. */
export interface Flag {
  /** What it takes. */
  type: keyof FlagTypes;
  /** The letter that does the same after one dash, such as `h`. */
  letter?: string;
  /** The word for its value in the help. */
  value?: string;
  /** What a `choice` may be. */
  words?: readonly string[];
  /** What a shell offers for its value. @default its `words` */
  offers?: Offer;
  /** Its value where it is given without one. @default it needs one */
  bare?: string;
  /** Whether its value may be an empty text. @default false */
  mayBeEmpty?: boolean;
  /** Whether a `duration` may be 0. @default false */
  mayBeZero?: boolean;
  /** The heading that it stands under in a help with many flags. */
  group?: string;
  /** What it does, without a period. */
  summary: string;
}

/** The flags of a command, by name without dashes. */
export type Flags = Readonly<Record<string, Flag>>;

/** What a command gets for a flag; for a `choice` one of the very words. */
export type FlagValue<F extends Flag> = F extends
  { words: readonly (infer Word)[] } ? Word | undefined : FlagTypes[F["type"]];

/** What a command gets for its flags. */
export type FlagValues<F extends Flags> = {
  [Name in keyof F]: FlagValue<F[Name]>;
};

/** What a command works with. */
export interface CommandContext<F extends Flags> {
  /** The values of its flags. */
  flags: FlagValues<F>;
  /** The words that are no flags, and all after `--`. */
  args: readonly string[];
  /** The folder given with `--dir`. */
  dir: string | undefined;
  /** The accounts; not for a command that only reads. */
  accounts: AccountManager;
  /** The accounts, to look at. */
  reader: AccountReader;
  /**
   * Returns the number of the account that the user calls by this word, which
   * may be a label.
   *
   * @throws {UsageError} If no account or several are called that.
   */
  findAccount: (word: string) => Promise<number>;
  /** Returns the label of an account, if it has one. */
  labelOf: (index: number) => Promise<string | undefined>;
  /** Prints a line of the answer, or several, in the colour of `paint`. */
  print: (
    lines: string | readonly string[],
    paint?: (text: string) => string,
  ) => void;
  /** Tells the user something beside the answer. */
  notify: Notify;
  /** Colours for the answer. */
  paint: Paint;
}

/** The headings of the overview, in their order, by group of commands. */
export const COMMAND_GROUPS = {
  accounts: "Accounts",
  run: "Run qwen",
  look: "Look",
  care: "Care",
} as const;

/** What a command is for. */
export type CommandGroup = keyof typeof COMMAND_GROUPS;

/** What a command is called by. */
export interface CommandNames {
  /** The word to call it by. */
  name: string;
  /** Other words and flags that do the same, such as `ls` and `--list`. */
  aliases?: readonly string[];
}

/** A command: parser, help and completion all read this. */
export interface Command<F extends Flags = Flags> extends CommandNames {
  /** Where it stands in the overview. */
  group: CommandGroup;
  /** What it does: one sentence without a period. */
  summary: string;
  /** Its words, for the usage line. */
  usage?: string;
  /** How many words it takes. @default none */
  args?: { least: number; most: number };
  /**
   * Whether it only looks at the accounts, so that neither the code that changes
   * them nor the settings are loaded. @default false
   */
  onlyReads?: boolean;
  /**
   * Whether it makes the folder of the accounts, where that is named and is not
   * there. @default false
   */
  makesFolder?: boolean;
  /** Whether what comes after `--` is for another program. @default false */
  passesOn?: boolean;
  /** What a shell offers for each word, by place. @default nothing */
  offers?: readonly Offer[];
  /** Its flags. */
  flags: F;
  /**
   * More help: a paragraph each. One that begins with blanks is a row whose text
   * stands after at least two blanks. @default nothing
   */
  notes?: readonly string[];
  /** Command lines that can be pasted; the first one is shown on top. */
  examples: readonly string[];
  /**
   * Answers what is asked most often, such as for a shell prompt, before the code
   * that other answers need is loaded. Returns the exit code, or `undefined`
   * where `run` has to answer.
   */
  quick?(
    flags: FlagValues<F> & { dir: string | undefined },
  ): Promise<number | undefined>;
  /** Does it; returns the exit code. */
  run(context: CommandContext<F>): Promise<number>;
}

/** Declares a command, so that its flags have types. */
export function defineCommand<const F extends Flags>(
  command: Command<F>,
): Command<F> {
  return command;
}
