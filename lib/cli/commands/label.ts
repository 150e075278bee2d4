import { defineCommand } from "../command.ts";
import { EXIT } from "../exit_code.ts";
import { parseIndex } from "../parse_index.ts";
import { parseLabel } from "../parse_label.ts";

/** `account-qwen label N [TEXT]`. */
export const label = defineCommand({
  name: "label",
  summary: "Give an account a label, or take it away",
  usage: "<index> [text]",
  args: { least: 1, most: 2 },
  offers: ["accounts"],
  flags: {},
  examples: ["account-qwen label 2 work", "account-qwen label 2"],
  async run({ args: [word = "", text = ""], accounts, print }) {
    const index = parseIndex(word, "label");
    const label = parseLabel(text, "label");
    await accounts.setLabel(index, label);
    print(
      label === undefined
        ? `account ${index} has no label now`
        : `account ${index} is labelled ${label} now`,
    );
    return EXIT.done;
  },
});
