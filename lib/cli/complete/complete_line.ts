import type { Account } from "../../accounts/account.ts";
import { isNumeric } from "../../accounts/label.ts";
import { agentNamed, chooseAgent } from "../../agents/registry.ts";
import { foldedLabel } from "../../ledger/labels.ts";
import {
  type Command,
  type CommandContext,
  type Flag,
  type Flags,
  loadCommands,
  type Offer,
} from "../line/command.ts";
import { flagValue, GLOBAL_FLAGS, isWithoutValue } from "../line/parse.ts";
import { printable } from "../screen/streams.ts";

/** What the accounts and the commands are taken from. */
type Sources = Pick<CommandContext<Flags>, "commands" | "reader">;

/** A word, and what it means. */
type Completion = readonly [word: string, says?: string | undefined];

/**
 * Returns what can stand in place of the last of `words`, which follow the name
 * of the program; the shell leaves out what does not begin with what is typed.
 * Each line is a word and, after a tab, what it means. The single line `:files`,
 * `:folders` or `:programs` leaves the choice to the shell.
 */
export async function completeLine(
  words: readonly string[],
  sources: Sources,
): Promise<string[]> {
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const agent = agentNamed(flagValue("cli", before) ?? "");
  if (agent) await chooseAgent(agent);
  if (before.includes("--")) return [":files"];
  const { command, flag, count } = await readWords(before, sources);
  const [prefix = "", name] = /^--([^=]+)=/.exec(current) ?? [];
  const lines = async (offer: Offer | undefined) =>
    await linesOf(offer, { prefix, sources });
  if (name !== undefined) return await lines(offerOf(flagsOf(command)[name]));
  if (flag && !current.startsWith("-")) return await lines(offerOf(flag));
  if (current.startsWith("-")) return flagLines(command, sources);
  if (command) return await lines(wordOffer(command, count));
  const commands = await loadCommands(sources.commands);
  return format(commands.map((it) => [it.name, it.summary]));
}

/**
 * Returns the command that `words` name, the flag whose value comes next, and
 * how many other words there are.
 */
async function readWords(words: readonly string[], { commands }: Sources) {
  let command: Command | undefined;
  let flag: Flag | undefined;
  let count = 0;
  for (const word of words) {
    const isValue = flag !== undefined && !word.startsWith("-");
    flag = undefined;
    if (isValue) continue;
    const named = command
      ? undefined
      : commands.find((it) => it.name === word || it.aliases?.includes(word));
    if (named) command = await named.load();
    else if (!word.startsWith("-")) count++;
    else {
      const its = flagsOf(command)[word.replace(/^--/, "")];
      flag = isWithoutValue(its) ? undefined : its;
    }
  }
  return { command, flag, count };
}

function flagsOf(command: Command | undefined): Flags {
  return { ...command?.flags, ...GLOBAL_FLAGS };
}

function offerOf(flag: Flag | undefined): Offer | undefined {
  return flag?.offers ?? flag?.words;
}

/** A last offer of files, or of any number of accounts, is for all that follow. */
function wordOffer(
  { args, offers = [] }: Command,
  at: number,
): Offer | undefined {
  const last = offers.at(-1);
  const isRepeated = last === "files" ||
    last === "accounts" && args?.most === Infinity;
  return offers[at] ?? (isRepeated ? last : undefined);
}

function flagLines(command: Command | undefined, { commands }: Sources) {
  const flags = Object.entries(flagsOf(command)).flatMap(
    ([name, { type, summary }]): Completion[] => [
      [`--${name}`, summary],
      ...(type === "switch"
        ? [[`--no-${name}`, `Turn off --${name}`] as const]
        : []),
    ],
  );
  const aliases = commands.flatMap(({ aliases = [] }) =>
    aliases.filter((it) => it.startsWith("-")).map((it) => [it] as const)
  );
  return format([
    ...flags,
    ...(command ? [] : aliases),
    ...(command?.passesOn ? [["--", "Arguments of the agent"] as const] : []),
  ]);
}

async function linesOf(
  offer: Offer | undefined,
  { prefix, sources }: { prefix: string; sources: Sources },
): Promise<string[]> {
  if (offer === undefined) return [];
  if (offer !== "accounts" && typeof offer === "string") return [`:${offer}`];
  const found: Completion[] = offer === "accounts"
    ? namesOf(await sources.reader.listAccounts())
    : offer.map((it) => [it]);
  return format(found.map(([word, says]) => [prefix + word, says]));
}

/**
 * Returns the names of each account: its number, described by its label or its
 * kind, and its label if that is unique and can be typed. A script would take a
 * label such as `:files` for an instruction.
 */
function namesOf(all: readonly Account[]): Completion[] {
  const counts = Map.groupBy(all, (it) => foldedLabel(it.label ?? ""));
  return all.flatMap(({ index, label, kind, identity }): Completion[] => {
    const text = label ?? [kind, identity].filter((it) => it).join(" ");
    const number = [String(index), printable(text)] as const;
    const isWord = label !== undefined && !isNumeric(label) &&
      counts.get(foldedLabel(label))?.length === 1 &&
      printable(label) === label && !/^[-:]/.test(label);
    return isWord ? [number, [label, `account ${index}`]] : [number];
  });
}

function format(completions: readonly Completion[]): string[] {
  return completions.map(([word, says]) =>
    says === undefined ? word : `${word}\t${says}`
  );
}
