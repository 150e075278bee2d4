import type { Command, Flag, Flags, Offer } from "../line/command.ts";
import { GLOBAL_FLAGS, isWithoutValue } from "../line/parse.ts";

/** A flag, as far as completion needs it. */
export interface FlagModel {
  /** Its name, without dashes. */
  name: string;
  /** What it does. */
  summary: string;
  /** The placeholder for its value; `undefined` if it takes none. */
  value: string | undefined;
  /** Whether its value is optional. */
  isValueOptional: boolean;
  /** How to complete its value. */
  offer: Offer | undefined;
}

/** An argument, as far as completion needs it. */
interface WordModel {
  /** How to complete it. */
  offer: Offer;
  /**
   * Whether all later arguments are completed in the same way, such as files.
   */
  isRepeated: boolean;
}

/** A command, as far as completion needs it. */
export interface CommandModel {
  /** Its name. */
  name: string;
  /** Its aliases; those that are flags include the dashes. */
  aliases: readonly string[];
  /** What it does. */
  summary: string;
  /** Its flags and the global ones. */
  flags: readonly FlagModel[];
  /** Its arguments, by position. */
  words: readonly WordModel[];
  /** Whether the words after `--` are for another program. */
  passesOn: boolean;
}

/** The data for the completion scripts of all shells. */
export interface CompletionModel {
  /** The commands. */
  commands: readonly CommandModel[];
  /** The flags that may come before the command. */
  globals: readonly FlagModel[];
}

/** Returns the model of the declared commands. */
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
  return Object.entries(flags).flatMap(([name, flag]) =>
    flag.type === "switch"
      ? [toFlag(name, flag), toFlag(`no-${name}`, turningOff(name, flag))]
      : [toFlag(name, flag)]
  );
}

function turningOff(name: string, flag: Flag): Flag {
  return { ...flag, summary: `Turn off --${name}` };
}

function toFlag(name: string, flag: Flag): FlagModel {
  return {
    name,
    summary: flag.summary,
    value: isWithoutValue(flag) ? undefined : flag.value ?? "VALUE",
    isValueOptional: flag.bare !== undefined,
    offer: flag.offers ?? flag.words,
  };
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
