import { shellWord } from "../../accounts/fix_of.ts";
import { nameOf } from "../../account_name.ts";
import { nameFrom } from "../../vault/account_name.ts";
import { forceFlag } from "../line/agent_words.ts";
import { defineCommand } from "../line/command.ts";
import { JSON_FLAGS } from "../screen/json.ts";
import { agentInvocation } from "../../program.ts";

/** `account-qwen remove N`. */
export const remove = defineCommand({
  name: "remove",
  group: "accounts",
  summary: "Remove an account (restore brings it back)",
  usage: "<account>",
  args: { least: 1, most: 1 },
  offers: ["accounts"],
  flags: { ...forceFlag(), ...JSON_FLAGS },
  examples: ["remove work", "remove 2"],
  async run(context) {
    const { args: [word = ""], flags, accounts, dir, answer } = context;
    const index = await context.findAccount(word);
    const label = await context.labelOf(index);
    const { force } = flags;
    const result = await accounts.removeAccount(index, { force });
    const { path, isPlain, isRestorable, active } = result;
    const where = dir === undefined ? "" : ` --dir ${shellWord(dir)}`;
    const undo = isRestorable
      ? `${agentInvocation()} restore ${index}${where}`
      : undefined;
    const { program } = accounts.layout.agent;
    answer({ index, label, active, kept_as: path, undo }, [
      `${nameOf(index, label)} is removed`,
      ...(isPlain && path !== undefined
        ? [`plain ${program} keeps its login: ${path}`]
        : []),
      undo === undefined
        ? "it cannot be restored: it had no login that can be used"
        : `to undo this: ${undo}`,
      active === undefined
        ? "no account is active"
        : `active: ${await nameFrom(accounts, active)}`,
    ]);
  },
});
