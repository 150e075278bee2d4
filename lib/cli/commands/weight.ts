import { nameOf } from "../../account_name.ts";
import { MAX_WEIGHT } from "../../ledger/preferences.ts";
import { defineCommand } from "../line/command.ts";
import { JSON_FLAGS } from "../screen/json.ts";
import { UsageError } from "../line/usage_error.ts";
import { invocation } from "../../program.ts";

/** `account-qwen weight N [NUMBER]`. */
export const weight = defineCommand({
  name: "weight",
  group: "accounts",
  summary: "Show or set the share of an account with the strategy weighted",
  usage: "<account> [number]",
  args: { least: 1, most: 2 },
  offers: ["accounts"],
  flags: {
    unset: {
      type: "boolean",
      summary: "Return to the default weight, 1",
    },
    ...JSON_FLAGS,
  },
  notes: [
    "With the strategy weighted (exec --strategy weighted), an account with weight 3 gets three times as " +
    "many runs as one with weight 1. An account that was not ready does not " +
    "catch up on the runs that it missed.",
  ],
  examples: ["weight work 3", "weight work", "weight work --unset"],
  async run({ args: [word = "", text], flags, accounts, findAccount, answer }) {
    if (flags.unset && text !== undefined) {
      throw new UsageError("Cannot use --unset together with a weight");
    }
    const index = await findAccount(word);
    const given = text === undefined ? undefined : parseWeight(text, index);
    const isChanged = flags.unset || given !== undefined;
    if (isChanged) await accounts.setWeight(index, given);
    const { weight, label } = await accounts.weightOf(index);
    answer(
      { index, weight },
      isChanged
        ? `${nameOf(index, label)} has weight ${weight} now`
        : String(weight),
    );
  },
});

function parseWeight(text: string, index: number): number {
  const weight = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (weight >= 1 && weight <= MAX_WEIGHT) return weight;
  const hint = text === "0"
    ? `to exclude it from rotation: ${invocation()} disable ${index}`
    : undefined;
  throw new UsageError(
    `Cannot use the weight "${text}": it is not a whole number from 1 to ` +
      MAX_WEIGHT,
    hint,
  );
}
