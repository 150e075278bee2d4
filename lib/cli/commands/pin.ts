import { nameFrom } from "../../vault/account_name.ts";
import { type CommandContext, defineCommand } from "../line/command.ts";
import { JSON_FLAGS } from "../screen/json.ts";
import { findNamedFolder } from "../line/named.ts";
import { UsageError } from "../line/usage_error.ts";
import { agentInvocation, invocation } from "../../program.ts";

const FLAGS = {
  list: { type: "boolean", summary: "Show every folder with a pinned account" },
  unset: { type: "boolean", summary: "Remove the pin of the folder" },
  ...JSON_FLAGS,
} as const;

/** `account-qwen pin FOLDER [ACCOUNT]`. */
export const pin = defineCommand({
  name: "pin",
  group: "accounts",
  summary: "Choose the account for the runs in a folder",
  usage: "[folder] [account]",
  args: { least: 0, most: 2 },
  offers: ["folders", "accounts"],
  flags: FLAGS,
  notes: [
    "A pin holds for the folder and everything below it, such as a repository; " +
    "the nearest one wins, with every strategy. If the account is not ready, " +
    "the run says so and uses another one, as the strategy says. --account " +
    "overrides a pin.",
    "",
    "Pins are kept with your accounts. Nothing in the folder itself is read or " +
    "written, so a repository cannot choose one of your accounts.",
  ],
  examples: [
    `${agentInvocation()} pin . work`,
    `${agentInvocation()} pin .`,
    `${agentInvocation()} pin --list`,
    `${agentInvocation()} pin . --unset`,
  ],
  async run(context) {
    const { args: [folder, word], flags, accounts, answer, notify } = context;
    if (folder === undefined || flags.list) return await list(context);
    if (flags.unset && word !== undefined) throw usage("an account");
    if (flags.unset) {
      const { applies } = await accounts.listPins(folder);
      if (!await accounts.pin(folder, undefined)) {
        const hint = applies
          ? `the pin above it: ${invocation()} pin ${applies.folder} --unset`
          : `${invocation()} pin --list`;
        throw new UsageError(
          `Cannot remove a pin: no account is pinned to "${folder}"`,
          hint,
        );
      }
    } else if (word !== undefined) {
      await requireFolder(folder);
      await accounts.pin(folder, await context.findAccount(word));
    }
    const { applies } = await accounts.listPins(folder);
    const name = applies && await nameFrom(accounts, applies.account);
    if (!applies && !flags.unset && !flags.json) {
      return notify(`no account is pinned to ${folder}`);
    }
    answer(
      { folder: applies?.folder, account: applies?.account },
      applies
        ? `${name} is pinned to ${applies.folder}`
        : `no account is pinned to ${folder} now`,
    );
  },
});

async function list(
  { args, flags, accounts, answer, print, notify }: CommandContext<
    typeof FLAGS
  >,
): Promise<void> {
  if (flags.unset) throw usage("--list, or without a folder");
  if (args.length > 0) throw usage("a folder", "--list");
  const { pins } = await accounts.listPins();
  if (flags.json) return answer({ pins }, []);
  for (const { folder, account } of pins) {
    const { problem } = await findNamedFolder(folder);
    const note = problem ? ` (the folder ${problem})` : "";
    print(`${folder}: ${await nameFrom(accounts, account)}${note}`);
  }
  if (pins.length === 0) {
    notify(`no folder has a pinned account: ${invocation()} pin . <account>`);
  }
}

function usage(other: string, flag = "--unset"): UsageError {
  return new UsageError(`Cannot use ${flag} together with ${other}`);
}

/** A pin of a mistyped folder would silently have no effect. */
async function requireFolder(folder: string): Promise<void> {
  const { problem } = await findNamedFolder(folder);
  if (problem === undefined) return;
  throw new UsageError(`Cannot pin "${folder}": it ${problem}`);
}
