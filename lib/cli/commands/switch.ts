import { nameOf } from "../../account_name.ts";
import { forceFlag } from "../line/agent_words.ts";
import { defineCommand } from "../line/command.ts";
import { JSON_FLAGS } from "../screen/json.ts";

/** `account-qwen switch N`. */
export const switchTo = defineCommand({
  name: "switch",
  group: "run",
  aliases: ["--switch"],
  summary: "Make an account the active one",
  usage: "<account>",
  args: { least: 1, most: 1 },
  offers: ["accounts"],
  flags: { ...forceFlag(), ...JSON_FLAGS },
  examples: ["switch work", "--switch 3"],
  async run(context) {
    const { args: [word = ""], flags, accounts } = context;
    const { switched, from, to } = await accounts.switchTo(
      await context.findAccount(word),
      { force: flags.force },
    );
    const label = await context.labelOf(to);
    context.answer(
      { index: to, label, switched, from },
      `${nameOf(to, label)} is active${switched ? " now" : " already"}`,
    );
  },
});
