import { chosenAgent } from "../../agents/registry.ts";
import { type CommandContext, defineCommand } from "../line/command.ts";
import { EXIT } from "../exit.ts";
import { formatJson, JSON_FLAG, SCHEMA_FLAG } from "../screen/json.ts";
import { agentInvocation, invocation } from "../../program.ts";
import { type AccountName, nameOf } from "../../account_name.ts";
import type { DisableResult } from "../../accounts/account_rules.ts";

const AGENT = chosenAgent();

/** The flags of `disable` and `enable`. */
export const USE_FLAGS = { json: JSON_FLAG, schema: SCHEMA_FLAG } as const;

/** `account-qwen disable N`. */
export const disable = defineCommand({
  name: "disable",
  group: "accounts",
  summary: "Exclude an account from rotation until it is enabled",
  usage: "<account>",
  args: { least: 1, most: 1 },
  offers: ["accounts"],
  flags: USE_FLAGS,
  notes: [
    "Nothing is deleted, and runs under way keep the account. If it is the " +
    "active one, the next ready account becomes active." +
    (AGENT.login
      ? " So that its login does not expire, " +
        `${agentInvocation()} refresh --all still refreshes it.`
      : ""),
  ],
  examples: [
    `${agentInvocation()} disable work`,
    `${agentInvocation()} disable 2`,
  ],
  async run(context) {
    const { accounts, notify } = context;
    await changeUse(context, { disabled: true });
    const all = await accounts.readiness();
    if (all.every((it) => it.obstacle !== undefined)) {
      notify(
        all.some((it) => it.readyAt < Infinity)
          ? `no account is ready now; to see when one will be: ${invocation()} cooldown`
          : `no account can be used now, and plain ${AGENT.program} asks for a login: ` +
            `enable an account, or add one with ${invocation()} setup`,
      );
    }
    return EXIT.done;
  },
});

/**
 * Disables or enables the account that the command names, and prints the result.
 * Returns the number of the account.
 */
export async function changeUse(
  context: CommandContext<typeof USE_FLAGS>,
  { disabled }: { disabled: boolean },
): Promise<number> {
  const { args: [word = ""], flags, accounts, print } = context;
  const index = await context.findAccount(word);
  const result = disabled
    ? await accounts.disable(index)
    : await accounts.enable(index);
  const names = await accounts.nameAccounts();
  const change = { index, disabled, ...result };
  print(
    flags.json
      ? formatJson(inUseJson(change, names))
      : describeInUse(change, names),
  );
  return index;
}

/** The result of `disable` or `enable`. */
interface UseChange extends DisableResult {
  /** The account. */
  index: number;
  /** Whether it is disabled now. */
  disabled: boolean;
}

/** Describes the result of `disable` or `enable` in one line. */
function describeInUse(
  { index, disabled, changed, from, active }: UseChange,
  names: readonly AccountName[],
): string {
  const state = disabled ? "disabled" : "enabled";
  const name = named(index, names);
  if (!changed) return `${name} is ${state} already`;
  const then = active === from
    ? ""
    : active === undefined
    ? "; no account is active now"
    : active === index
    ? " and active now"
    : `; ${named(active, names)} is active now`;
  return `${name} is ${state}${then}`;
}

/** The same for `--json`. */
function inUseJson(
  { index, disabled, changed, active }: UseChange,
  names: readonly AccountName[],
): Record<string, unknown> {
  const label = names.find((it) => it.index === index)?.label ?? null;
  return { index, label, disabled, changed, active: active ?? null };
}

function named(index: number, names: readonly AccountName[]): string {
  return nameOf(index, names.find((it) => it.index === index)?.label);
}
