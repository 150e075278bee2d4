import { defineCommand } from "../line/command.ts";
import { accountNumber } from "../line/named.ts";
import { UsageError } from "../line/usage_error.ts";
import { agentInvocation } from "../../program.ts";

/** `account-qwen move N M`. */
export const move = defineCommand({
  name: "move",
  group: "accounts",
  summary: "Renumber an account (the new number must be unused)",
  usage: "<account> <new number>",
  args: { least: 2, most: 2 },
  offers: ["accounts"],
  flags: {},
  examples: [`${agentInvocation()} move 7 2`],
  async run(context) {
    const { args: [word = "", newWord = ""], accounts, print } = context;
    const from = await context.findAccount(word);
    const to = accountNumber(newWord);
    if (to === undefined) {
      throw new UsageError(`"${newWord}" is not an account number`);
    }
    await accounts.moveAccount(from, to);
    const label = await context.labelOf(to);
    print(
      label === undefined
        ? `account ${from} is now account ${to}`
        : `${label} is now account ${to}; it was ${from}`,
    );
  },
});
