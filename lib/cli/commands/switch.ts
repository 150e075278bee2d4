import { defineCommand } from "../command.ts";
import { EXIT } from "../exit_code.ts";
import { program } from "../../program.ts";

/** `account-qwen switch N`. */
export const switchTo = defineCommand({
  name: "switch",
  group: "run",
  aliases: ["--switch"],
  summary: "Make an account the active one",
  usage: "<index>",
  args: { least: 1, most: 1 },
  offers: ["accounts"],
  flags: {},
  examples: [`${program()} switch 3`, `${program()} --switch 3`],
  async run({ findAccount, args: [word = ""], accounts, print }) {
    const { switched, to } = await accounts.switchTo(
      await findAccount(word),
    );
    print(`account ${to} is active${switched ? " now" : " already"}`);
    return EXIT.done;
  },
});
