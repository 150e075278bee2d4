import type { Command, Flag, Flags, Offer } from "../line/command.ts";
import { GLOBAL_FLAGS, isWithoutValue } from "../line/parse.ts";

/** A flag, as far as completion needs it. */
export interface FlagModel {
  /** Its name, without dashes. */
  name: string;
  summary: string;
  /** The placeholder for its value; `undefined` if it takes none. */
  value: string | undefined;
  isValueOptional: boolean;
  /** How to complete its value. */
  offer: Offer | undefined;
}

/** A command, as far as completion needs it. */
export interface CommandModel
  extends Required<Pick<Command, "name" | "aliases" | "summary" | "passesOn">> {
  /** Its flags and the global ones. */
  flags: readonly FlagModel[];
  /**
   * How to complete its arguments, by position, and whether all later ones are
   * completed in the same way, such as files.
   */
  words: readonly { offer: Offer; isRepeated: boolean }[];
}

/** The data for the completion scripts of all shells. */
export interface CompletionModel {
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
      ? [
        toFlag(name, flag),
        toFlag(`no-${name}`, { ...flag, summary: `Turn off --${name}` }),
      ]
      : [toFlag(name, flag)]
  );
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

function toWords({ args, offers = [] }: Command): CommandModel["words"] {
  const last = offers.length - 1;
  const mayRepeat = (offer: Offer) =>
    offer === "files" || offer === "accounts" && args?.most === Infinity;
  return offers.map((offer, at) => ({
    offer,
    isRepeated: at === last && mayRepeat(offer),
  }));
}

/** Returns each flag that takes a value, with its command; "" before one. */
export function flagsWithValue(
  { commands, globals }: CompletionModel,
): { command: string; flag: FlagModel }[] {
  return [{ name: "", flags: globals }, ...commands].flatMap((it) =>
    it.flags.filter(({ value }) => value !== undefined)
      .map((flag) => ({ command: it.name, flag }))
  );
}
