import { chosenAgent } from "../../agents/registry.ts";
import type { Command, CommandGroup, Flag, Flags } from "./command.ts";
import { displayWidth, wrap, wrapCommand } from "../screen/wrap.ts";
import { GLOBAL_FLAGS } from "./parse.ts";
import { agentInvocation, program } from "../../program.ts";

const AGENT = chosenAgent();

/** The headings of the overview, in order. */
const HEADINGS: Readonly<Record<CommandGroup, string>> = {
  accounts: "Accounts",
  run: `Run ${AGENT.program}`,
  look: "Look",
  care: "Care",
};

/** Up to this many flags are shown without headings. */
const FEW_FLAGS = 10;

/** Returns the help for all commands, in lines of at most `width` columns. */
export function formatOverview(
  commands: readonly Command[],
  width: number,
): string {
  const groups = Object.entries(HEADINGS).map(([group, heading]) => ({
    heading,
    commands: commands.filter((it) => it.group === group),
  })).filter((it) => it.commands.length > 0);
  const room = widest(commands.map((it) => it.name));
  return [
    ...wrap(
      `Runs ${AGENT.product.title} with several accounts and continues with ` +
        "the next one when one is out of quota.",
      width,
    ),
    "",
    `Usage: ${program()} <command> [flags]`,
    ...groups.flatMap(({ heading, commands }) => [
      "",
      `${heading}:`,
      ...formatRows(commands.map((it) => [it.name, it.summary]), width, room),
    ]),
    "",
    "Flags of every command:",
    ...formatFlags(GLOBAL_FLAGS, width),
    "",
    "Examples:",
    ...firstCommands(commands).flatMap(({ examples }) =>
      examples.slice(0, 1).flatMap((it) => wrapCommand(it, width))
    ),
    "",
    `More about a command: ${agentInvocation()} help <command>`,
  ].join("\n");
}

/** Returns the first command of each group, to show how to begin. */
export function firstCommands(commands: readonly Command[]): Command[] {
  const groups = Object.keys(HEADINGS);
  return groups.flatMap((group) =>
    commands.find((it) => it.group === group) ?? []
  );
}

/** Returns the help for one command, in lines of at most `width` columns. */
export function formatHelp(command: Command, width: number): string {
  const { name, aliases = [], summary, notes = [], examples } = command;
  const usage = command.usage ? ` ${command.usage}` : "";
  const also = aliases.map((it) => `${program()} ${it}`).join(", ");
  const [first, ...others] = examples;
  return [
    ...wrap(`${summary}.`, width),
    "",
    ...wrap(`Usage: ${program()} ${name} [flags]${usage}`, width, INDENTED),
    ...(also ? wrap(`Also: ${also}`, width, INDENTED) : []),
    ...(first === undefined
      ? []
      : ["", "Example:", ...wrapCommand(first, width)]),
    ...flagGroups(command.flags).flatMap(([heading, flags]) => [
      "",
      `${heading}:`,
      ...formatFlags(flags, width),
    ]),
    ...(notes.length > 0 ? [""] : []),
    ...notes.flatMap((it) => note(it, width)),
    ...(others.length > 0 ? ["", "More examples:"] : []),
    ...others.flatMap((it) => wrapCommand(it, width)),
  ].join("\n");
}

const INDENTED = { hang: "    " };

/** Returns a flag as in the help: `--quiet`, or `--[no-]NAME` for a switch. */
export function flagWord(name: string, { type }: Pick<Flag, "type">): string {
  return type === "switch" ? `--[no-]${name}` : `--${name}`;
}

/** Groups the flags by heading; the global flags come last. */
function flagGroups(flags: Flags): (readonly [string, Flags])[] {
  const all = Object.entries(flags);
  if (all.length <= FEW_FLAGS) {
    return [["Flags", { ...flags, ...GLOBAL_FLAGS }]];
  }
  const groups = Map.groupBy(all, ([, it]) => it.group ?? "Flags");
  return [
    ...[...groups].map(([heading, own]) =>
      [heading, Object.fromEntries(own)] as const
    ),
    ["Flags of every command", GLOBAL_FLAGS],
  ];
}

function formatFlags(flags: Flags, width: number): string[] {
  const rows = Object.entries(flags).map(([name, flag]) => [
    [flag.letter ? `-${flag.letter},` : "", flagWord(name, flag), flag.value]
      .filter((it) => it).join(" "),
    flag.summary,
  ]);
  return formatRows(rows, width);
}

/**
 * Formats a table; a name that leaves too little room for the text gets its own
 * line.
 */
function formatRows(
  rows: readonly string[][],
  width: number,
  room = widest(rows.map(([name = ""]) => name)),
): string[] {
  const column = Math.min(room, Math.floor(width * 0.4));
  const hang = " ".repeat(column + 4);
  return rows.flatMap(([name = "", text = ""]) =>
    displayWidth(name) > column
      ? [`  ${name}`, ...wrap(text, width, { first: hang, hang })]
      : wrap(text, width, { first: `  ${name.padEnd(column)}  `, hang })
  );
}

function widest(names: readonly string[]): number {
  return Math.max(0, ...names.map(displayWidth));
}

/**
 * Wraps a note. A row keeps its columns: only its text, after two spaces, is
 * wrapped.
 */
function note(paragraph: string, width: number): string[] {
  const [, name = "", text = paragraph] =
    /^( {2}.*?\S {2,})(.*)$/.exec(paragraph) ??
      [];
  return name === ""
    ? wrap(paragraph, width)
    : wrap(text, width, { first: name, hang: " ".repeat(name.length) });
}
