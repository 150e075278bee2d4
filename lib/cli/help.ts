import type { Command, Flags } from "./command.ts";
import { GLOBAL_FLAGS } from "./parse.ts";
import { program } from "../program.ts";

/** The help for all commands. */
export function formatOverview(commands: readonly Command[]): string {
  const rows = commands.map(({ name, alias, summary }) => [
    alias ? `${name}, ${alias}` : name,
    summary,
  ]);
  return [
    "Runs the Qwen CLI with several accounts and goes on with the next one",
    "where one is out of quota.",
    "",
    `Usage: ${program()} <command> [flags]`,
    "",
    "Commands:",
    ...formatRows(rows),
    "",
    "Flags of every command:",
    ...formatFlags(GLOBAL_FLAGS),
    "",
    "Examples:",
    ...commands.flatMap((it) => it.examples.slice(0, 1)).map((it) => `  ${it}`),
    "",
    `More about a command: ${program()} <command> --help`,
  ].join("\n");
}

/** The help for one command. */
export function formatHelp(command: Command): string {
  const usage = command.usage ? ` ${command.usage}` : "";
  const also = command.alias
    ? ["", `The same: ${program()} ${command.alias}${usage}`]
    : [];
  return [
    `${command.summary}.`,
    "",
    `Usage: ${program()} ${command.name} [flags]${usage}`,
    ...also,
    "",
    "Flags:",
    ...formatFlags({ ...command.flags, ...GLOBAL_FLAGS }),
    ...(command.notes ? ["", ...command.notes] : []),
    "",
    "Examples:",
    ...command.examples.map((it) => `  ${it}`),
  ].join("\n");
}

function formatFlags(flags: Flags): string[] {
  return formatRows(
    Object.entries(flags).map(([name, { value, summary }]) => [
      value ? `--${name} ${value}` : `--${name}`,
      summary,
    ]),
  );
}

function formatRows(rows: readonly string[][]): string[] {
  const width = Math.max(...rows.map(([name = ""]) => name.length));
  return rows.map(([name = "", text = ""]) =>
    `  ${name.padEnd(width)}  ${text}`
  );
}
