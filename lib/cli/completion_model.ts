import type { Command, Flag, Flags, Offer } from "./command.ts";
import { GLOBAL_FLAGS } from "./parse.ts";

/** What a shell has to know of a flag. */
export interface FlagModel {
  /** Its name, without dashes. */
  name: string;
  /** What it does. */
  summary: string;
  /** The word for its value; `undefined` if it takes none. */
  value: string | undefined;
  /** Whether it may also stand without its value. */
  isValueOptional: boolean;
  /** What to offer for its value. */
  offer: Offer | undefined;
}

/** What a shell has to know of a command. */
export interface CommandModel {
  /** The word to call it by. */
  name: string;
  /** The flag that does the same, with its dashes. */
  alias: string | undefined;
  /** What it does. */
  summary: string;
  /** Its flags, and those of every command. */
  flags: readonly FlagModel[];
  /** What to offer for each word, by place. */
  offers: readonly Offer[];
  /** Whether the last offer holds for all words after it too, as of files. */
  isLastRepeated: boolean;
  /** Whether what comes after `--` is for another program. */
  passesOn: boolean;
}

/** What the completion of every shell is made from. */
export interface CompletionModel {
  /** The commands. */
  commands: readonly CommandModel[];
  /** The flags that may come before the command. */
  globals: readonly FlagModel[];
}

/** Makes the model from the declarations of the commands. */
export function completionModel(
  commands: readonly Command[],
): CompletionModel {
  return {
    globals: toFlags(GLOBAL_FLAGS),
    commands: commands.map((command) => ({
      name: command.name,
      alias: command.alias,
      summary: command.summary,
      flags: toFlags({ ...command.flags, ...GLOBAL_FLAGS }),
      offers: command.offers ?? [],
      isLastRepeated: command.offers?.at(-1) === "files",
      passesOn: command.usage?.startsWith("--") ?? false,
    })),
  };
}

function toFlags(flags: Flags): FlagModel[] {
  return Object.entries(flags).map(([name, flag]) => ({
    name,
    summary: flag.summary,
    value: flag.type === "boolean" ? undefined : flag.value ?? "VALUE",
    isValueOptional: flag.bare !== undefined,
    offer: offerOf(flag),
  }));
}

function offerOf({ offers, words }: Flag): Offer | undefined {
  return offers ?? words;
}
