import { shellWord } from "../../accounts/fix_of.ts";
import { nameOf } from "../../account_name.ts";
import { forceFlag } from "../line/agent_words.ts";
import { defineCommand } from "../line/command.ts";
import { EXIT } from "../exit.ts";
import { formatJson, JSON_FLAG, SCHEMA_FLAG } from "../screen/json.ts";
import { agentInvocation } from "../../program.ts";

/** `account-qwen remove N`. */
export const remove = defineCommand({
  name: "remove",
  group: "accounts",
  summary: "Remove an account (restore brings it back)",
  usage: "<account>",
  args: { least: 1, most: 1 },
  offers: ["accounts"],
  flags: {
    ...forceFlag(),
    json: JSON_FLAG,
    schema: SCHEMA_FLAG,
  },
  examples: [
    `${agentInvocation()} remove work`,
    `${agentInvocation()} remove 2`,
  ],
  async run(context) {
    const { args: [word = ""], flags, accounts, dir, print } = context;
    const index = await context.findAccount(word);
    const label = await context.labelOf(index);
    const { force } = flags;
    const result = await accounts.removeAccount(index, { force });
    const { path, isPlain, isRestorable, active } = result;
    const where = dir === undefined ? "" : ` --dir ${shellWord(dir)}`;
    const undo = isRestorable
      ? `${agentInvocation()} restore ${index}${where}`
      : undefined;
    if (flags.json) {
      print(formatJson({
        index,
        label: label ?? null,
        active: active ?? null,
        kept_as: path ?? null,
        undo: undo ?? null,
      }));
      return EXIT.done;
    }
    print(`${nameOf(index, label)} is removed`);
    if (isPlain && path !== undefined) {
      const { program } = accounts.layout.agent;
      print(`plain ${program} keeps its login: ${path}`);
    }
    print(
      undo === undefined
        ? "it cannot be restored: it had no login that can be used"
        : `to undo this: ${undo}`,
    );
    print(
      active === undefined
        ? "no account is active"
        : `active: ${nameOf(active, await context.labelOf(active))}`,
    );
    return EXIT.done;
  },
});
