import { noAccount, noneActive } from "../../common_errors.ts";
import { nameOf } from "../../account_name.ts";
import { defineCommand } from "../line/command.ts";
import { accountJson, JSON_FLAGS } from "../screen/json.ts";
import { agentInvocation } from "../../program.ts";

/** `account-qwen which`. */
export const which = defineCommand({
  name: "which",
  group: "look",
  summary: "Print the active account",
  onlyReads: true,
  flags: JSON_FLAGS,
  examples: ["which", "which --json"],
  async run({ reader, answer, notify }) {
    const { accounts, active } = await reader.overview();
    if (accounts.length === 0) {
      throw noAccount(reader.layout.accounts);
    }
    const account = accounts.find((it) => it.index === active);
    if (!account) {
      throw noneActive(accounts.map((it) => it.index));
    }
    const { index, label } = account;
    answer(accountJson(account), nameOf(index, label));
    const { homes, program } = reader.layout.agent;
    if (homes.login && account.kind !== "api-key" && !account.isPlain) {
      const command = `eval "$(${agentInvocation()} env ${index})"`;
      notify(`plain ${program} does not use this login; to use it: ${command}`);
    }
  },
});
