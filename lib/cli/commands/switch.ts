import { nameOf } from "../../account_name.ts";
import { forceFlag } from "../line/agent_words.ts";
import { defineCommand } from "../line/command.ts";
import { EXIT } from "../exit.ts";
import { formatJson, JSON_FLAG, SCHEMA_FLAG } from "../screen/json.ts";
import { agentInvocation } from "../../program.ts";

/** `account-qwen switch N`. */
export const switchTo = defineCommand({
  name: "switch",
  group: "run",
  aliases: ["--switch"],
  summary: "Make an account the active one",
  usage: "<account>",
  args: { least: 1, most: 1 },
  offers: ["accounts"],
  flags: { ...forceFlag(), json: JSON_FLAG, schema: SCHEMA_FLAG },
  examples: [
    `${agentInvocation()} switch work`,
    `${agentInvocation()} --switch 3`,
  ],
  async run(context) {
    const { args: [word = ""], flags, accounts, print } = context;
    const { switched, from, to } = await accounts.switchTo(
      await context.findAccount(word),
      { force: flags.force },
    );
    const label = await context.labelOf(to);
    print(
      flags.json
        ? formatJson({
          index: to,
          label: label ?? null,
          switched,
          from: from ?? null,
        })
        : `${nameOf(to, label)} is active${switched ? " now" : " already"}`,
    );
    return EXIT.done;
  },
});
