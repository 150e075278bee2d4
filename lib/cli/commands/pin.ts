import { nameFrom } from "../../vault/account_name.ts";
import {
  type CommandContext,
  defineCommand,
  type Flags,
} from "../line/command.ts";
import { EXIT } from "../exit.ts";
import { formatJson, JSON_FLAG, SCHEMA_FLAG } from "../screen/json.ts";
import { findNamedFolder } from "../line/named.ts";
import { UsageError } from "../line/usage_error.ts";
import { agentInvocation, invocation } from "../../program.ts";

const FLAGS = {
  list: { type: "boolean", summary: "Show every folder with a pinned account" },
  unset: { type: "boolean", summary: "Remove the pin of the folder" },
  json: JSON_FLAG,
  schema: SCHEMA_FLAG,
} satisfies Flags;

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
    const { args: [folder, word], flags, accounts, print, notify } = context;
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
          "pin",
          hint,
        );
      }
    } else if (word !== undefined) {
      await requireFolder(folder);
      await accounts.pin(folder, await context.findAccount(word));
    }
    const { applies } = await accounts.listPins(folder);
    const name = applies && await nameFrom(accounts, applies.account);
    if (flags.json) {
      const { folder = null, account = null } = applies ?? {};
      print(formatJson({ folder, account }));
    } else if (applies) print(`${name} is pinned to ${applies.folder}`);
    else if (flags.unset) print(`no account is pinned to ${folder} now`);
    else notify(`no account is pinned to ${folder}`);
    return EXIT.done;
  },
});

async function list(
  { args, flags, accounts, print, notify }: CommandContext<typeof FLAGS>,
): Promise<number> {
  if (flags.unset) throw usage("--list, or without a folder");
  if (args.length > 0) throw usage("a folder", "--list");
  const { pins } = await accounts.listPins();
  if (flags.json) print(formatJson({ pins }));
  for (const { folder, account } of flags.json ? [] : pins) {
    const { problem } = await findNamedFolder(folder);
    const note = problem ? ` (the folder ${problem})` : "";
    print(`${folder}: ${await nameFrom(accounts, account)}${note}`);
  }
  if (pins.length === 0 && !flags.json) {
    notify(`no folder has a pinned account: ${invocation()} pin . <account>`);
  }
  return EXIT.done;
}

function usage(other: string, flag = "--unset"): UsageError {
  return new UsageError(`Cannot use ${flag} together with ${other}`, "pin");
}

/** A pin of a mistyped folder would silently have no effect. */
async function requireFolder(folder: string): Promise<void> {
  const { problem } = await findNamedFolder(folder);
  if (problem === undefined) return;
  throw new UsageError(`Cannot pin "${folder}": it ${problem}`, "pin");
}
