import { defineCommand } from "../command.ts";
import { EXIT } from "../exit_code.ts";
import { parseLabel } from "../parse_label.ts";
import { program } from "../../program.ts";

/** `account-qwen label N [TEXT]`. */
export const label = defineCommand({
  name: "label",
  group: "accounts",
  summary: "Give an account a label, or take it away",
  usage: "<index> [text]",
  args: { least: 1, most: 2 },
  offers: ["accounts"],
  flags: {},
  examples: [`${program()} label 2 work`, `${program()} label 2`],
  async run({ findAccount, args: [word = "", text = ""], accounts, print }) {
    const index = await findAccount(word);
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
