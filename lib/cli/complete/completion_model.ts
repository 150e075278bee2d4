import type { Command, Flags, Offer } from "../line/command.ts";
import { GLOBAL_FLAGS } from "../line/parse.ts";

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

/** What a shell has to know of a word. */
export interface WordModel {
  /** What to offer for it. */
  offer: Offer;
  /** Whether that holds for all words after it too, as of files. */
  isRepeated: boolean;
}

/** What a shell has to know of a command. */
export interface CommandModel {
  /** The word to call it by. */
  name: string;
  /** Other words, and flags with their dashes, that do the same. */
  aliases: readonly string[];
  /** What it does. */
  summary: string;
  /** Its flags, and those of every command. */
  flags: readonly FlagModel[];
  /** Its words, by place. */
  words: readonly WordModel[];
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
      aliases: command.aliases ?? [],
      summary: command.summary,
      flags: toFlags({ ...command.flags, ...GLOBAL_FLAGS }),
      words: toWords(command),
      passesOn: command.passesOn ?? false,
    })),
  };
}

function toFlags(flags: Flags): FlagModel[] {
  return Object.entries(flags).map(([name, flag]) => ({
    name,
    summary: flag.summary,
    value: flag.type === "boolean" ? undefined : flag.value ?? "VALUE",
    isValueOptional: flag.bare !== undefined,
    offer: flag.offers ?? flag.words,
  }));
}

function toWords({ args, offers = [] }: Command): WordModel[] {
  const last = offers.length - 1;
  const mayRepeat = (offer: Offer) =>
    offer === "files" || offer === "accounts" && args?.most === Infinity;
  return offers.map((offer, at) => ({
    offer,
    isRepeated: at === last && mayRepeat(offer),
  }));
}
