import { chosenAgent } from "../../agents/registry.ts";
import { type CommandContext, defineCommand } from "../line/command.ts";
import { JSON_FLAGS } from "../screen/json.ts";
import { agentInvocation, invocation } from "../../program.ts";
import { type AccountName, nameOf } from "../../account_name.ts";
import type { DisableResult } from "../../accounts/account_rules.ts";

const AGENT = chosenAgent();

/** `account-qwen disable N`. */
export const disable = defineCommand({
  name: "disable",
  group: "accounts",
  summary: "Exclude an account from rotation until it is enabled",
  usage: "<account>",
  args: { least: 1, most: 1 },
  offers: ["accounts"],
  flags: JSON_FLAGS,
  notes: [
    "Nothing is deleted, and runs under way keep the account. If it is the " +
    "active one, the next ready account becomes active." +
    (AGENT.login
      ? ` ${agentInvocation()} refresh --all still refreshes its login, ` +
        "so that it does not expire."
      : ""),
  ],
  examples: ["disable work", "disable 2"],
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
  },
});

/**
 * Disables or enables the account that the command names, and prints the result.
 * Returns the number of the account.
 */
export async function changeUse(
  context: CommandContext<typeof JSON_FLAGS>,
  { disabled }: { disabled: boolean },
): Promise<number> {
  const { args: [word = ""], accounts } = context;
  const index = await context.findAccount(word);
  const result = disabled
    ? await accounts.disable(index)
    : await accounts.enable(index);
  const names = await accounts.nameAccounts();
  const { changed, active } = result;
  const label = names.find((it) => it.index === index)?.label;
  context.answer(
    { index, label, disabled, changed, active },
    describeInUse({ index, disabled, ...result }, names),
  );
  return index;
}

/** Describes the result of `disable` or `enable` in one line. */
function describeInUse(
  { index, disabled, changed, from, active }: DisableResult & {
    index: number;
    disabled: boolean;
  },
  names: readonly AccountName[],
): string {
  const state = disabled ? "disabled" : "enabled";
  const named = (index: number) =>
    nameOf(index, names.find((it) => it.index === index)?.label);
  const name = named(index);
  if (!changed) return `${name} is ${state} already`;
  const then = active === from
    ? ""
    : active === undefined
    ? "; no account is active now"
    : active === index
    ? " and active now"
    : `; ${named(active)} is active now`;
  return `${name} is ${state}${then}`;
}
