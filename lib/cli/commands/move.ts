import { defineCommand } from "../command.ts";
import { accountNumber } from "../account_word.ts";
import { UsageError } from "../usage_error.ts";
import { EXIT } from "../exit_code.ts";
import { program } from "../../program.ts";

/** `account-qwen move N M`. */
export const move = defineCommand({
  name: "move",
  group: "accounts",
  summary: "Give an account another number, which none has or had",
  usage: "<index> <new index>",
  args: { least: 2, most: 2 },
  offers: ["accounts"],
  flags: {},
  examples: [`${program()} move 7 2`],
  async run({ args: [word = "", newWord = ""], findAccount, accounts, print }) {
    const from = await findAccount(word);
    const to = accountNumber(newWord);
    if (to === undefined) {
      throw new UsageError(`"${newWord}" is not an account number`, "move");
    }
    await accounts.moveAccount(from, to);
    print(`account ${from} is account ${to} now`);
    return EXIT.done;
  },
});
