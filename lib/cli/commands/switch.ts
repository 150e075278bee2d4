import { defineCommand } from "../command.ts";
import { EXIT } from "../exit_code.ts";
import { parseIndex } from "../parse_index.ts";

/** `account-qwen switch N`. */
export const switchTo = defineCommand({
  name: "switch",
  alias: "--switch",
  summary: "Make an account the active one",
  usage: "<index>",
  args: { least: 1, most: 1 },
  offers: ["accounts"],
  flags: {},
  examples: ["account-qwen switch 3", "account-qwen --switch 3"],
  async run({ args: [word = ""], accounts, print }) {
    const { switched, to } = await accounts.switchTo(
      parseIndex(word, "switch"),
    );
    print(`account ${to} is active${switched ? " now" : " already"}`);
    return EXIT.done;
  },
});
