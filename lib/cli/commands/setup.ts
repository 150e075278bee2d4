import { InvalidCredentialError, UnprovenLoginError } from "../../errors.ts";
import { qwen } from "../../providers/qwen.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit_code.ts";

/** `account-qwen setup`. */
export const setup = defineCommand({
  name: "setup",
  alias: "--setup",
  summary: "Take in the logins that are there and say how to add the next",
  usage: "[credential files]",
  args: { least: 0, most: Infinity },
  flags: {},
  examples: [
    "account-qwen setup",
    "account-qwen setup ~/backup/oauth_creds.json",
  ],
  async run({ args, accounts, print, notify }) {
    let code: number = EXIT.done;
    if (await accounts.hasUnlinkedLogin()) await add(undefined);
    for (const path of args) await add(path);

    const all = await accounts.listAccounts();
    const active = all.find((it) => it.active);
    print(`accounts: ${all.map((it) => it.index).join(", ") || "none yet"}`);
    if (active) print(`active: account ${active.index}`);
    print("");
    for (const line of qwen.loginHelp) print(line);
    if (code !== EXIT.done) return code;
    return all.length > 0 ? EXIT.done : EXIT.loginNeeded;

    async function add(path: string | undefined): Promise<void> {
      try {
        const { index, added, updated } = await accounts.addAccount(path);
        const source = path ?? "the login of qwen";
        if (updated) {
          print(
            `account ${index} has the newer login of ${path ?? "qwen"} now`,
          );
        } else {
          print(`${source} is ${added ? "now" : "already"} account ${index}`);
        }
      } catch (error) {
        if (error instanceof InvalidCredentialError) {
          notify(`${error.message}: left where it is`);
        } else if (error instanceof UnprovenLoginError) {
          notify(`${error.message}: account-qwen doctor says what to do`);
        } else throw error;
        code = EXIT.failed;
      }
    }
  },
});
