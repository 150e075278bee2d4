import { defineCommand } from "../command.ts";
import { EXIT } from "../exit_code.ts";
import { parseIndex } from "../parse_index.ts";

/** `account-qwen move N M`. */
export const move = defineCommand({
  name: "move",
  summary: "Give an account another number, which none has or had",
  usage: "<index> <new index>",
  args: { least: 2, most: 2 },
  offers: ["accounts"],
  flags: {},
  examples: ["account-qwen move 7 2"],
  async run({ args: [word = "", newWord = ""], accounts, print }) {
    const from = parseIndex(word, "move");
    const to = parseIndex(newWord, "move");
    await accounts.moveAccount(from, to);
    print(`account ${from} is account ${to} now`);
    return EXIT.done;
  },
});
