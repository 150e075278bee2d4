import { defineCommand } from "../command.ts";
import { EXIT } from "../exit_code.ts";
import { UsageError } from "../usage_error.ts";

/** `account-qwen switch N`. */
export const switchTo = defineCommand({
  name: "switch",
  alias: "--switch",
  summary: "Make an account the active one",
  usage: "<index>",
  args: { least: 1, most: 1 },
  flags: {},
  examples: ["account-qwen switch 3", "account-qwen --switch 3"],
  async run({ args: [word = ""], accounts, print }) {
    if (!/^[1-9]\d{0,8}$/.test(word)) {
      throw new UsageError(
        `Cannot switch to "${word}": it is no account's index`,
        "switch",
      );
    }
    const { switched, to } = await accounts.switchTo(Number(word));
    print(`account ${to} is active${switched ? " now" : " already"}`);
    return EXIT.done;
  },
});
