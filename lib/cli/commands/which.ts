import { noAccount, noneActive } from "../../common_errors.ts";
import { nameOf } from "../../account_name.ts";
import { defineCommand } from "../line/command.ts";
import { EXIT } from "../exit.ts";
import { formatJson, JSON_FLAG, SCHEMA_FLAG } from "../screen/json.ts";
import { accountJson } from "../screen/overview_json.ts";
import { program } from "../../program.ts";

/** `account-qwen which`. */
export const which = defineCommand({
  name: "which",
  group: "look",
  summary: "Print the active account",
  onlyReads: true,
  flags: { json: JSON_FLAG, schema: SCHEMA_FLAG },
  examples: [`${program()} which`, `${program()} which --json`],
  async run({ flags, reader, print }) {
    const { accounts, active } = await reader.overview();
    if (accounts.length === 0) {
      throw noAccount(`${reader.dir}/accounts`);
    }
    const account = accounts.find((it) => it.index === active);
    if (!account) {
      throw noneActive(accounts.map((it) => it.index));
    }
    const { index, label } = account;
    print(
      flags.json ? formatJson(accountJson(account)) : nameOf(index, label),
    );
    return EXIT.done;
  },
});
