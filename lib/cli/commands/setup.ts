import type { AccountManager } from "../../accounts/account_manager.ts";
import { runtime } from "../../system/mod.ts";
import { defineCommand } from "../line/command.ts";
import { EXIT } from "../exit_code.ts";
import {
  describeSearched,
  findLoginsHere,
  nameOfKey,
} from "../setup/found_logins.ts";
import { nameOf } from "../../account_name.ts";
import { nameCell } from "../screen/standing_text.ts";
import { importLogin } from "../import_login.ts";
import { invocation, program } from "../../program.ts";

/** Returns the commands for everything that the dialog would ask about. */
function commandsToAdd(): string[] {
  return [
    "To add an account:",
    `  ${invocation()} login`,
    `  ${invocation()} add --oauth-file FILE`,
    `  ${invocation()} add --api-key-stdin --preset NAME`,
    `  ${invocation()} add --api-key-stdin --base-url URL --model NAME`,
    `  ${invocation()} import`,
  ];
}

/** `account-qwen setup`. */
export const setup = defineCommand({
  name: "setup",
  group: "accounts",
  aliases: ["--setup"],
  summary: "Set up accounts, step by step",
  usage: "[credential files]",
  args: { least: 0, most: Infinity },
  offers: ["files"],
  makesFolder: true,
  flags: {},
  notes: [
    "Without a terminal, or with files, setup asks nothing. It imports the files " +
    "and the current login of qwen, then shows which keys import would add and " +
    "how to add another account.",
  ],
  examples: [
    `${program()} setup`,
    `${program()} setup ~/backup/oauth_creds.json`,
  ],
  async run(context) {
    const { args, accounts, print, notify } = context;
    const { host } = runtime;
    const canAsk = host.isTerminal("stdin") && host.isTerminal("stderr");
    if (canAsk && args.length === 0) {
      const { runWizard } = await import("../setup/wizard.ts");
      return await runWizard(context);
    }

    let code: number = EXIT.done;
    if (await accounts.hasUnlinkedLogin()) await add(undefined);
    for (const path of args) await add(path);

    const all = await accounts.listAccounts();
    const active = all.find((it) => it.active);
    print(`accounts: ${all.map(nameCell).join(", ") || "none yet"}`);
    if (active) print(`active: ${nameOf(active.index, active.label)}`);
    print([
      "",
      ...await describeOthers(accounts, all.length),
      ...commandsToAdd(),
    ]);
    if (code !== EXIT.done) return code;
    return all.length > 0 ? EXIT.done : EXIT.loginNeeded;

    async function add(path: string | undefined): Promise<void> {
      const { message, result } = await importLogin(accounts, path);
      if (result) print(message);
      else {
        notify(message);
        code = EXIT.failed;
      }
    }
  },
});

/**
 * Lists what else can be imported. If nothing was found and there are no
 * accounts, lists the places that were searched.
 */
async function describeOthers(
  accounts: AccountManager,
  present: number,
): Promise<string[]> {
  const { keys, credentials, lookedAt } = await findLoginsHere(accounts);
  const found = [];
  for (const key of keys) {
    const owner = await accounts.accountWithKey(key.apiKey, key.baseUrl);
    if (owner === undefined) found.push(nameOfKey(key));
  }
  for (const { path } of credentials) {
    const owner = await accounts.accountWithLogin(path);
    if (owner === undefined) found.push(path);
  }
  if (found.length > 0) {
    return [
      "Found, and not added yet:",
      ...found.map((it) => `  ${it}`),
      `To add what was found: ${invocation()} import`,
      "",
    ];
  }
  if (present > 0) return [];
  const places = describeSearched(lookedAt).map((it) => `  ${it}`);
  return ["Found no keys or logins. Looked at:", ...places, ""];
}
