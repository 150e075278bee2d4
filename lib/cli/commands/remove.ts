import { shellWord } from "../../accounts/fix_of.ts";
import { nameOf } from "../../account_name.ts";
import { defineCommand } from "../line/command.ts";
import { EXIT } from "../exit_code.ts";
import { formatJson, JSON_FLAG, SCHEMA_FLAG } from "../screen/json.ts";
import { program } from "../../program.ts";

/** `account-qwen remove N`. */
export const remove = defineCommand({
  name: "remove",
  group: "accounts",
  summary: "Remove an account (restore brings it back)",
  usage: "<account>",
  args: { least: 1, most: 1 },
  offers: ["accounts"],
  flags: { json: JSON_FLAG, schema: SCHEMA_FLAG },
  examples: [`${program()} remove work`, `${program()} remove 2`],
  async run(context) {
    const { args: [word = ""], flags, accounts, dir, print } = context;
    const index = await context.findAccount(word);
    const label = await context.labelOf(index);
    const { path, active } = await accounts.removeAccount(index);
    const where = dir === undefined ? "" : ` --dir ${shellWord(dir)}`;
    const undo = `${program()} restore ${index}${where}`;
    if (flags.json) {
      print(formatJson({
        index,
        label: label ?? null,
        active: active ?? null,
        kept_as: path,
        undo,
      }));
      return EXIT.done;
    }
    print(`${nameOf(index, label)} is removed`);
    print(`to undo this: ${undo}`);
    print(
      active === undefined
        ? "no account is active"
        : `active: ${nameOf(active, await context.labelOf(active))}`,
    );
    return EXIT.done;
  },
});
