import { chosenAgent } from "../../agents/registry.ts";
import { canAsk } from "../screen/streams.ts";
import { importable } from "../line/agent_words.ts";
import {
  type CommandContext,
  defineCommand,
  type Flags,
} from "../line/command.ts";
import { EXIT } from "../exit.ts";
import {
  describeSearched,
  findLoginsHere,
  nameOfKey,
} from "../setup/found_logins.ts";
import { nameOf } from "../../account_name.ts";
import { nameCell } from "../screen/standing_text.ts";
import { importLogin } from "../setup/add_login.ts";
import { importOthers } from "../setup/import_others.ts";
import { describePlain, findToken } from "../setup/import_plain.ts";
import { invocation } from "../../program.ts";

const AGENT = chosenAgent();

/** Returns the commands for everything that the dialog would ask about. */
function commandsToAdd(): string[] {
  const { presets } = AGENT.keys;
  const preset = presets.length === 1 ? presets[0].name : "NAME";
  const keys = [
    `  ${invocation()} add --api-key-stdin --preset ${preset}`,
    `  ${invocation()} add --api-key-stdin --base-url URL --model NAME`,
  ];
  // Not every version of such an agent accepts its logins.
  return [
    "To add an account:",
    ...(AGENT.login ? keys : []),
    ...(AGENT.login
      ? [
        `  ${invocation()} login`,
        `  ${invocation()} add --oauth-file FILE`,
      ]
      : []),
    ...(AGENT.homes.login ? [`  ${invocation()} login`] : []),
    ...(AGENT.homes.login?.tokens ? [`  ${invocation()} add --token`] : []),
    ...(AGENT.login ? [] : keys),
  ];
}

/** `account-qwen setup`. */
export const setup = defineCommand({
  name: "setup",
  group: "accounts",
  aliases: ["--setup"],
  summary: "Set up accounts, step by step",
  ...(AGENT.login ? { usage: "[credential files]" } : {}),
  args: { least: 0, most: Infinity },
  offers: ["files"],
  makesFolder: true,
  flags: {},
  notes: [
    AGENT.login
      ? "Without a terminal, or with files, setup asks nothing. It imports the " +
        `files and the current login of ${AGENT.program}, then shows which ` +
        "keys import would add and how to add another account."
      : `Without a terminal, setup asks nothing: it shows which ${importable()} ` +
        "import would add and how to add another account.",
  ],
  examples: [
    "setup",
    ...(AGENT.login ? [`setup ~/backup/${AGENT.login.file}`] : []),
  ],
  async run(context) {
    const { args, accounts, print, notify } = context;
    if (canAsk() && args.length === 0) {
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
      ...await describeOthers(context, all.length),
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
  { accounts }: Pick<CommandContext<Flags>, "accounts">,
  present: number,
): Promise<string[]> {
  const { keys, credentials, lookedAt } = await findLoginsHere(accounts);
  const plain = await accounts.findPlainLogin();
  const token = findToken();
  const options = { dryRun: true, yes: false, force: false };
  const others = (await importOthers(accounts, options))
    .filter((it) => it.isDone);
  const found = [
    ...(plain ? [describePlain(plain)] : []),
    ...(token ? [`the token in ${token.variable}`] : []),
    ...others.map((it) => it.message),
  ];
  for (const key of keys) {
    const owner = await accounts.accountWithKey(key.apiKey, key.baseUrl);
    if (owner === undefined) found.push(nameOfKey(key));
  }
  for (const { path } of credentials) {
    const owner = await accounts.accountWithLogin(path);
    if (owner === undefined) found.push(path);
  }
  if (found.length > 0) {
    const asks = plain !== undefined || others.length > 0;
    return [
      "Found, and not added yet:",
      ...found.map((it) => `  ${it}`),
      `To add what was found: ${invocation()} import${asks ? " --yes" : ""}`,
      "",
    ];
  }
  if (present > 0) return [];
  const places = describeSearched(lookedAt).map((it) => `  ${it}`);
  return [`Found no ${importable("or")}. Looked at:`, ...places, ""];
}
