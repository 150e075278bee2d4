import { nameOf } from "../../account_name.ts";
import { findAccount } from "../line/account_word.ts";
import { defineCommand } from "../line/command.ts";
import { EXIT } from "../exit_code.ts";
import { program } from "../../program.ts";

/** `account-qwen restore N`. */
export const restore = defineCommand({
  name: "restore",
  group: "care",
  summary: "Restore a removed account or an earlier login",
  usage: "<account>",
  args: { least: 1, most: 1 },
  offers: ["accounts"],
  flags: {
    generation: {
      type: "number",
      value: "K",
      summary: "Go back K logins (default: 1, or to the one before --stash)",
    },
    stash: {
      type: "text",
      value: "NAME",
      summary: "Restore this login from the stash instead",
    },
  },
  notes: [
    "A removed account comes back with its number, its label and its earlier " +
    "logins.",
  ],
  examples: [
    `${program()} restore 2`,
    `${program()} restore 2 --generation 3`,
    `${program()} restore 2 --stash oauth_creds.20261121T083500123Z-ab12cd34.json`,
  ],
  async run({ args: [word = ""], flags, labelOf, accounts, print }) {
    const names = [
      ...await accounts.nameAccounts(),
      ...await accounts.nameRemoved(),
    ];
    const index = findAccount(word, names, "restore");
    const { file, replaced, isBack } = await accounts.restore(index, flags);
    const name = nameOf(index, await labelOf(index));
    const kept = replaced ? "; the previous login is kept" : "";
    print(
      isBack
        ? `${name} is restored`
        : `${name} now has the login from ${file}${kept}`,
    );
    return EXIT.done;
  },
});
