import { chosenAgent } from "../../agents/registry.ts";
import { nameOf } from "../../account_name.ts";
import { LOGIN_STEM } from "../../disk/names.ts";
import { findAccount } from "../line/named.ts";
import { forceFlag, withKeptLogins } from "../line/agent_words.ts";
import { defineCommand } from "../line/command.ts";
import { agentInvocation } from "../../program.ts";

const AGENT = chosenAgent();
const HAS_LOGINS = (AGENT.login ?? AGENT.homes.login) !== undefined;

/** `account-qwen restore N`. */
export const restore = defineCommand({
  name: "restore",
  group: "care",
  summary: HAS_LOGINS
    ? "Restore a removed account or an earlier login"
    : "Restore a removed account",
  usage: "<account>",
  args: { least: 1, most: 1 },
  offers: ["accounts"],
  flags: {
    generation: {
      type: "number",
      value: "K",
      summary: withKeptLogins(
        "Go back K logins (default: 1, or to the one before --stash)",
      ),
    },
    ...forceFlag(),
    stash: {
      type: "text",
      value: "NAME",
      summary: withKeptLogins("Restore this login from the stash instead"),
    },
  },
  notes: [
    "A removed account comes back with its number, its label and its " +
    `${HAS_LOGINS ? "earlier logins" : "key"}.`,
  ],
  examples: [
    `${agentInvocation()} restore 2`,
    ...(HAS_LOGINS ? [`${agentInvocation()} restore 2 --generation 3`] : []),
    ...(AGENT.login
      ? [
        `${agentInvocation()} restore 2 --stash ${LOGIN_STEM}.20261121T083500123Z-ab12cd34.json`,
      ]
      : []),
  ],
  async run({ args: [word = ""], flags, labelOf, accounts, print }) {
    const names = [
      ...await accounts.nameAccounts(),
      ...await accounts.nameRemoved(),
    ];
    const index = findAccount(word, names);
    const { file, replaced, isBack } = await accounts.restore(index, flags);
    const name = nameOf(index, await labelOf(index));
    const kept = replaced ? "; the previous login is kept" : "";
    print(
      isBack
        ? `${name} is restored`
        : `${name} now has the login from ${file}${kept}`,
    );
  },
});
