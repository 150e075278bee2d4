import { runtime } from "../../runtime/mod.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit_code.ts";
import { takeInLogin } from "../take_in.ts";
import { program } from "../../program.ts";

/** What the dialog does, for whom it cannot ask. */
const OTHER_WAYS = [
  "To add an account:",
  `  ${program()} login`,
  `  ${program()} add --oauth-file FILE`,
  `  ${program()} add --api-key-stdin --preset NAME`,
  `  ${program()} add --api-key-stdin --base-url URL --model NAME`,
  `  ${program()} import`,
];

/** `account-qwen setup`. */
export const setup = defineCommand({
  name: "setup",
  alias: "--setup",
  summary: "Set up accounts, on a terminal in a dialog",
  usage: "[credential files]",
  args: { least: 0, most: Infinity },
  offers: ["files"],
  makesFolder: true,
  flags: {},
  notes: [
    "Without a terminal, and with files, it asks nothing: it imports those files",
    "and a login that qwen has made, and says how to add the next account.",
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
      const { runWizard } = await import("../wizard.ts");
      return await runWizard(context);
    }

    let code: number = EXIT.done;
    if (await accounts.hasUnlinkedLogin()) await add(undefined);
    for (const path of args) await add(path);

    const all = await accounts.listAccounts();
    const active = all.find((it) => it.active);
    print(`accounts: ${all.map((it) => it.index).join(", ") || "none yet"}`);
    if (active) print(`active: account ${active.index}`);
    print(["", ...OTHER_WAYS]);
    if (code !== EXIT.done) return code;
    return all.length > 0 ? EXIT.done : EXIT.loginNeeded;

    async function add(path: string | undefined): Promise<void> {
      const { says, result } = await takeInLogin(accounts, path);
      if (result) print(says);
      else {
        notify(says);
        code = EXIT.failed;
      }
    }
  },
});
