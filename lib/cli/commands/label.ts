import { accountsMeant } from "../line/named.ts";
import { defineCommand } from "../line/command.ts";
import { JSON_FLAGS } from "../screen/json.ts";
import { parseLabel } from "../line/parse_label.ts";
import { UsageError } from "../line/usage_error.ts";
import { agentInvocation, invocation } from "../../program.ts";

/** `account-qwen label N [TEXT]`. */
export const label = defineCommand({
  name: "label",
  group: "accounts",
  summary: "Show, set or remove the label of an account",
  usage: "<account> [text]",
  args: { least: 1, most: 2 },
  offers: ["accounts"],
  flags: {
    unset: { type: "boolean", summary: "Remove the label" },
    ...JSON_FLAGS,
  },
  notes: [
    "Every command accepts an account by its number, by its label in any " +
    "case, or by the beginning of a label if only one label starts with it.",
  ],
  examples: [
    `${agentInvocation()} label 2 work`,
    `${agentInvocation()} label 2`,
    `${agentInvocation()} label work --unset`,
  ],
  async run(context) {
    const { args: [word = "", text], flags, answer, reader } = context;
    if (flags.unset && text !== undefined) {
      throw new UsageError("Cannot use --unset together with a new label");
    }
    const index = await context.findAccount(word);
    const isShown = text === undefined && !flags.unset;
    if (!isShown) {
      const label = parseLabel(text);
      if (text !== undefined && label === undefined) {
        const hint = `${invocation()} label ${index} --unset`;
        throw new UsageError("Cannot use an empty label", hint);
      }
      await context.accounts.setLabel(index, label);
    }
    const [found] = accountsMeant(await reader.nameAccounts(), index);
    const label = found?.label;
    if (isShown && label === undefined && !flags.json) {
      return context.notify(`account ${index} has no label`);
    }
    answer(
      { index, label },
      isShown
        ? `${label}`
        : label === undefined
        ? `account ${index} no longer has a label`
        : `account ${index} is now called ${label}`,
    );
  },
});
