import { chosenAgent } from "../../agents/registry.ts";
import { shellWord } from "../../accounts/fix_of.ts";
import { nameOf } from "../../account_name.ts";
import { agentInvocation, invocation, program } from "../../program.ts";
import { withLink } from "../../disk/layout.ts";
import type { AccountReader } from "../../accounts/account_reader.ts";
import { messageOf } from "../../system/message_of.ts";
import { runtime } from "../../system/mod.ts";
import { type CommandContext, defineCommand } from "../line/command.ts";
import { withKeptLogins } from "../line/agent_words.ts";
import { EXIT } from "../exit.ts";
import { showEachAgent } from "../each_agent.ts";
import { findInstallation, type Installation } from "../installation.ts";
import { canAsk, printable, writeLine } from "../screen/streams.ts";
import { formatTable } from "../screen/table.ts";
import { findProfileLines, findTraces, type Trace } from "../traces.ts";

const AGENT = chosenAgent();

/** The file with the login that the plain agent reads. */
const LOGIN_FILE = (AGENT.login ?? AGENT.homes.login)?.file;

const FLAGS = {
  yes: { type: "boolean", summary: "Remove without asking" },
  unlink: {
    type: "boolean",
    summary: withKeptLogins(
      `Also replace the link ${LOGIN_FILE} with a file, without asking`,
    ),
  },
} as const;

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
    `${agentInvocation()} uninstall`,
    `${agentInvocation()} uninstall ${LOGIN_FILE ? "--unlink " : ""}--yes`,
  ],
  async run(context) {
    const installation = await findInstallation();
    const traces = await findTraces();
    const removable: Removable[] = [
      ...traces.filter((it) => it.keptBecause === undefined),
      ...programOf(installation),
    ];
    const byHand = await describeRest(installation, traces);
    // Before the link is replaced, which a later look would find and report.
    const staying = await describeStaying(context);
    const lines = [
      ...(context.flags.unlink ? await unlink(context) : []),
      ...(removable.length > 0
        ? ["can be removed:", ...table(removable)]
        : ["there is nothing that this command can remove"]),
      ...(byHand.length > 0 ? ["for you to remove:", ...byHand] : []),
      "stays:",
      ...staying,
    ];
    const { yes } = context.flags;
    const asks = !yes && canAsk() && removable.length > 0;
    if (asks && !await confirm(lines, removable.length)) return;
    if (!asks) context.print(lines);
    if (asks || yes) return await removeAll(context, removable);
    if (removable.length > 0) {
      context.print(`to remove: ${invocation()} uninstall --yes`);
    }
  },
});

/** Shows `lines`, and asks whether to remove the files. */
async function confirm(
  lines: readonly string[],
  count: number,
): Promise<boolean> {
  const { Dialog } = await import("../setup/wizard_dialog.ts");
  using dialog = new Dialog();
  // Not wrapped, so that columns stay aligned and paths stay whole.
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
  const { layout } = reader;
  const file = LOGIN_FILE ?? withLink(layout).agent.login.file;
  // Named before: a later look would report that the link is gone.
  const all = await reader.listAccounts();
  const index = all.length > 0 ? await accounts.unlinkLogin() : undefined;
  if (index === undefined) {
    return [`${file} does not link to an account: nothing to change`];
  }
  const name = nameOf(index, all.find((it) => it.index === index)?.label);
  return [
    `${layout.home}/${file} is a file now, with the login of ${name};`,
    `  the next command of ${invocation()} that changes something makes the ` +
    "link again",
  ];
}

/** Describes the accounts that remain: those of all agents, or of `--dir`. */
async function describeStaying(
  { dir, reader, flags, notify }: Context,
): Promise<string[]> {
  const { program } = AGENT;
  const show = async (its: AccountReader, agent: string) =>
    await describeAccounts(its, flags.unlink && agent === program);
  const lines = dir === undefined
    ? await showEachAgent({ dir, reader, notify, show })
    : [await show(reader, program)];
  return lines.length > 0 ? lines.flat() : [`  no accounts in ${reader.dir}`];
}

/** Describes the accounts of the chosen agent, and how plain runs use them. */
async function describeAccounts(
  reader: AccountReader,
  isUnlinked: boolean,
): Promise<string[]> {
  const all = await reader.listAccounts();
  if (all.length === 0) return [`  no accounts in ${reader.dir}`];
  const { program: name, homes: { login } } = chosenAgent();
  const keys = all.filter((it) => it.kind === "api-key");
  const plain = all.find((it) =>
    login ? it.isPlain : it.active && it.kind === "oauth"
  );
  const linked = login?.plain === "stays" ? undefined : plain;
  const folder = reader.layout.accounts;
  return [
    `  ${all.length} account${all.length > 1 ? "s" : ""} in ${folder}`,
    ...(linked && !isUnlinked
      ? [
        `  plain ${name} uses ${
          nameOf(linked.index, linked.label)
        } through a link to that folder;`,
        `  to make it a file of its own: ${invocation()} uninstall --unlink`,
      ]
      : []),
    ...(plain && login?.plain === "stays"
      ? [
        `  plain ${name} uses ${nameOf(plain.index, plain.label)}, ` +
        `whose login stays in its own place`,
      ]
      : []),
    ...(keys[0]
      ? [
        `  plain ${name} does not read the keys there; to set one in a shell:`,
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
