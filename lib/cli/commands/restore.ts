import { defineCommand } from "../command.ts";
import { EXIT } from "../exit_code.ts";
import { program } from "../../program.ts";

/** `account-qwen restore N`. */
export const restore = defineCommand({
  name: "restore",
  group: "care",
  summary: "Bring back an earlier login of an account, or a stashed one",
  usage: "<index>",
  args: { least: 1, most: 1 },
  offers: ["accounts"],
  flags: {
    generation: {
      type: "number",
      value: "K",
      summary: "How many logins to go back (default: 1, or behind a guess)",
    },
    stash: {
      type: "text",
      value: "NAME",
      summary: "Take this one from the stash instead",
    },
  },
  examples: [
    `${program()} restore 2`,
    `${program()} restore 2 --generation 3`,
    `${program()} restore 2 --stash oauth_creds.20261121T083500123Z-ab12cd34.json`,
  ],
  async run({ findAccount, args: [word = ""], flags, accounts, print }) {
    const index = await findAccount(word);
    const { file, replaced } = await accounts.restore(index, flags);
    const kept = replaced ? "; the one before is kept" : "";
    print(`account ${index} has the login of ${file} now${kept}`);
    return EXIT.done;
  },
});
