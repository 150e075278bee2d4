import { type AccountName, nameOf } from "../../account_name.ts";
import type { StrategyName } from "../../accounts/select.ts";
import { defineCommand } from "../line/command.ts";
import { JSON_FLAGS } from "../screen/json.ts";
import { noAccounts } from "../screen/standing_text.ts";
import { loadSettings } from "../settings/settings.ts";
import { UsageError } from "../line/usage_error.ts";
import { agentInvocation } from "../../program.ts";

/** What each strategy does with the order. */
const USES: Readonly<Record<StrategyName, string>> = {
  "fill-first": "the first one that is ready",
  "round-robin": "the active one, then the next ready one",
  "least-recently-used": "by last use, then by this order",
  "sticky": "each folder keeps its account",
  "spread": "the fewest runs under way, then by last use",
  "weighted": "each by its weight, ties by this order",
};

/** `account-qwen prefer A B C`. */
export const prefer = defineCommand({
  name: "prefer",
  group: "accounts",
  summary: "Show or set the order in which rotation prefers the accounts",
  usage: "[account...]",
  args: { least: 0, most: Infinity },
  offers: ["accounts"],
  flags: {
    unset: {
      type: "boolean",
      summary: "Return to the order of the account numbers",
    },
    ...JSON_FLAGS,
  },
  notes: [
    "Other accounts follow in the order of their numbers, which do not " +
    "change. The strategy fill-first uses the first ready account in this order; " +
    "round-robin goes through the accounts in this order.",
  ],
  examples: [
    `${agentInvocation()} prefer work home`,
    `${agentInvocation()} prefer`,
    `${agentInvocation()} prefer --unset`,
  ],
  async run({ args, flags, accounts, findAccount, answer }) {
    if (flags.unset && args.length > 0) {
      throw new UsageError("Cannot set an order: --unset takes no accounts");
    }
    const order: number[] = [];
    for (const word of args) {
      const index = await findAccount(word);
      if (order.includes(index)) {
        throw new UsageError(
          `Cannot set an order: "${word}" names account ${index} a second time`,
        );
      }
      order.push(index);
    }
    if (flags.unset || order.length > 0) await accounts.setOrder(order);
    const { named, accounts: all } = await accounts.getOrder();
    const { dir } = accounts;
    const { settings: { strategy } } = await loadSettings({ dir });
    answer(
      { named, accounts: all, strategy },
      all.length === 0 ? noAccounts() : [
        ...describe(all, named),
        `strategy ${strategy}: ${USES[strategy]}`,
      ],
    );
  },
});

function describe(
  accounts: readonly AccountName[],
  named: readonly number[],
): string[] {
  const width = String(accounts.length).length;
  return accounts.map(({ index, label }, at) => {
    const note = named.length > 0 && !named.includes(index)
      ? ", by number"
      : "";
    return `${String(at + 1).padStart(width)}. ${nameOf(index, label)}${note}`;
  });
}
