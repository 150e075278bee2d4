import { shellWord } from "../../accounts/fix_of.ts";
import { nameOf } from "../../account_name.ts";
import { nameFrom } from "../../vault/account_name.ts";
import { invocation, program } from "../../program.ts";
import { messageOf } from "../../system/message_of.ts";
import { runtime } from "../../system/mod.ts";
import {
  type CommandContext,
  defineCommand,
  type Flags,
} from "../line/command.ts";
import { EXIT } from "../exit_code.ts";
import { findInstallation, type Installation } from "../installation.ts";
import { printable } from "../screen/printable.ts";
import { writeLine } from "../screen/streams.ts";
import { formatTable } from "../screen/table.ts";
import { findProfileLines, findTraces, type Trace } from "../traces.ts";

const FLAGS = {
  yes: { type: "boolean", summary: "Remove without asking" },
  unlink: {
    type: "boolean",
    summary: "Also replace the link oauth_creds.json with a file",
  },
} satisfies Flags;

type Context = CommandContext<typeof FLAGS>;

/** What can be removed. */
type Removable = Pick<Trace, "path" | "remove"> & { what: string };

/** `account-qwen uninstall`. */
export const uninstall = defineCommand({
  name: "uninstall",
  group: "care",
  summary: "Remove the program and its files, but not your accounts",
  flags: FLAGS,
  notes: [
    "Removes the shim, completions, the manual page, and a program that " +
    "install.sh has installed. It asks first; without a terminal, it only shows " +
    "what is there. " +
    "Accounts stay. Lines in shell profiles are shown for you to delete.",
  ],
  examples: [
    `${program()} uninstall`,
    `${program()} uninstall --unlink --yes`,
  ],
  async run(context) {
    const installation = await findInstallation();
    const traces = await findTraces();
    const removable: Removable[] = [
      ...traces.filter((it) => it.keptBecause === undefined),
      ...programOf(installation),
    ];
    const byHand = await describeRest(installation, traces);
    const lines = [
      ...(context.flags.unlink ? await unlink(context) : []),
      ...(removable.length > 0
        ? ["can be removed:", ...table(removable)]
        : ["there is nothing that this command can remove"]),
      ...(byHand.length > 0 ? ["for you to remove:", ...byHand] : []),
      "stays:",
      ...await describeAccounts(context),
    ];
    const { yes } = context.flags;
    const { host } = runtime;
    const canAsk = host.isTerminal("stdin") && host.isTerminal("stderr");
    const asks = !yes && canAsk && removable.length > 0;
    if (asks && !await confirm(lines, removable.length)) return EXIT.done;
    if (!asks) context.print(lines);
    if (asks || yes) return await removeAll(context, removable);
    if (removable.length > 0) {
      context.print(`to remove: ${invocation()} uninstall --yes`);
    }
    return EXIT.done;
  },
});

/** Shows `lines`, and asks whether to remove the files. */
async function confirm(
  lines: readonly string[],
  count: number,
): Promise<boolean> {
  const { Dialog } = await import("../setup/wizard_dialog.ts");
  using dialog = new Dialog();
  // The columns stay, and a path is not broken.
  for (const line of lines) await writeLine("stderr", printable(line));
  const what = count === 1 ? "it" : `these ${count} files`;
  return await dialog.confirm(`Remove ${what}?`, { preset: false });
}

/** Returns the program, which is removed last, so that no shim outlives it. */
function programOf(it: Installation): Removable[] {
  if (it.kind !== "installed") return [];
  const { path, receipt } = it;
  const remove = async () => {
    await runtime.files.remove(path);
    await runtime.files.remove(receipt);
  };
  return [{ what: "program", path, remove }];
}

function table(rows: readonly Pick<Removable, "what" | "path">[]): string[] {
  return formatTable(rows.map(({ what, path }) => ["", what, path]));
}

/** Lists what only the user can remove, and how. */
async function describeRest(
  installation: Installation,
  traces: readonly Trace[],
): Promise<string[]> {
  const lines = await findProfileLines();
  return formatTable([
    ...traces.flatMap(({ what, path, keptBecause }) =>
      keptBecause === undefined ? [] : [["", what, `${path} (${keptBecause})`]]
    ),
    ...lines.map((
      { path, line, text },
    ) => ["", "line", `${path}:${line}: ${text}`]),
    ...programByHand(installation).map((it) => ["", "program", it]),
  ]);
}

function programByHand(it: Installation): string[] {
  switch (it.kind) {
    case "installed":
      return [];
    case "binary":
      return [`rm ${shellWord(it.path)}`];
    case "deno":
      return [`deno uninstall -g ${program()}`];
    case "source":
      return [`${it.main} (not installed)`];
  }
}

async function unlink({ accounts, reader }: Context): Promise<string[]> {
  const isThere = (await reader.listAccounts()).length > 0;
  const index = isThere ? await accounts.unlinkLogin() : undefined;
  const name = index !== undefined && await nameFrom(accounts, index);
  return !name
    ? ["oauth_creds.json does not link to an account: nothing to change"]
    : [
      `${reader.dir}/oauth_creds.json is a file now, with the login of ${name}`,
    ];
}

/** Describes which accounts remain, and how plain qwen can use them. */
async function describeAccounts({ reader, flags }: Context): Promise<string[]> {
  const all = await reader.listAccounts();
  if (all.length === 0) return [`  no accounts in ${reader.dir}`];
  const keys = all.filter((it) => it.kind === "api-key");
  const linked = all.find((it) => it.active && it.kind === "oauth");
  const folder = `${reader.dir}/accounts`;
  return [
    `  ${all.length} account${all.length > 1 ? "s" : ""} in ${folder}`,
    ...(linked && !flags.unlink
      ? [
        `  plain qwen uses ${
          nameOf(linked.index, linked.label)
        } through a link to that folder;`,
        `  to make it a file of its own: ${invocation()} uninstall --unlink`,
      ]
      : []),
    ...(keys[0]
      ? [
        "  plain qwen does not read the keys there; to set one in a shell:",
        `  eval "$(${invocation()} env ${keys[0].index})"`,
      ]
      : []),
  ];
}

async function removeAll(
  { print, notify }: Context,
  removable: readonly Removable[],
): Promise<number> {
  let code: number = EXIT.done;
  for (const { what, path, remove } of removable) {
    const isProgram = what === "program";
    if (isProgram && code !== EXIT.done) {
      notify("the program stays until the others are removed");
      break;
    }
    try {
      await remove();
      print(`removed ${path}`);
    } catch (error) {
      notify(`Cannot remove ${path}: ${messageOf(error)}`);
      code = EXIT.failed;
    }
  }
  return code;
}
