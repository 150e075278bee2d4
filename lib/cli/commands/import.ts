import { chosenAgent } from "../../agents/registry.ts";
import { hasCode } from "../../errors.ts";
import { nameFrom } from "../../vault/account_name.ts";
import { describeAddedKey, importLogin } from "../setup/add_login.ts";
import type { FoundLogins } from "../../accounts/find_logins.ts";
import type { FoundKey } from "../../agents/found_key.ts";
import { canAsk } from "../screen/streams.ts";
import { type CommandContext, defineCommand } from "../line/command.ts";
import { flagsIf, importable } from "../line/agent_words.ts";
import { EXIT } from "../exit.ts";
import {
  describePlaces,
  describeSearched,
  findLoginsHere,
  hostOf,
  hostToAllow,
  nameOfKey,
} from "../setup/found_logins.ts";
import { importOthers } from "../setup/import_others.ts";
import { importPlainAndToken, type Outcome } from "../setup/import_plain.ts";
import { foldAnswer } from "../screen/wrap.ts";
import { UsageError } from "../line/usage_error.ts";
import { agentInvocation, invocation } from "../../program.ts";

const AGENT = chosenAgent();

const FLAGS = {
  "allow-host": {
    type: "texts",
    value: "HOST",
    summary: "Also import keys that project files send to HOST",
  },
  "dry-run": {
    type: "boolean",
    summary: "Show what would be imported without changing anything",
  },
  ...flagsIf(AGENT.login !== undefined || AGENT.homes.login !== undefined, {
    yes: {
      type: "boolean",
      summary: AGENT.homes.login?.imports
        ? `Add the login of plain ${AGENT.program}, and move those of other ` +
          "programs, without asking"
        : `Add the login of plain ${AGENT.program} without asking`,
    },
  }),
  ...flagsIf(AGENT.homes.login !== undefined, {
    force: {
      type: "boolean",
      summary: `Move the login of plain ${AGENT.program} while that is running`,
    },
  }),
} as const;

/** `account-qwen import`. */
export const importLogins = defineCommand({
  name: "import",
  group: "accounts",
  summary: `Import ${importable()} that are already on this machine`,
  makesFolder: true,
  flags: FLAGS,
  notes: [
    describePlaces(),
    "",
    "A file in a project can name any address, and that host could read all " +
    "prompts of the account. import therefore asks before it accepts a host " +
    "that is neither a known service nor used by one of your accounts. Without " +
    "a terminal, it needs --allow-host.",
  ],
  examples: [
    `${agentInvocation()} import --dry-run`,
    `${agentInvocation()} import`,
    `${agentInvocation()} import --allow-host api.example.com`,
  ],
  async run(context) {
    const { accounts, flags, print } = context;
    const found = await findLoginsHere(accounts);
    // Keys first, because they work with every version of the agent.
    const outcomes = [
      ...await importAll(found, context),
      ...await importPlainAndToken(context),
    ];
    const { "dry-run": dryRun, yes, force } = flags;
    const others = await importOthers(accounts, { dryRun, yes, force });
    if (outcomes.length + others.length === 0) {
      const places = describeSearched(found.lookedAt);
      print(`found no ${importable("or")}; looked at:`);
      print([
        ...places.map((it) => `  ${it}`),
        `to add one: ${invocation()} setup`,
      ]);
    }
    const all = [...outcomes, ...others];
    for (const { message, commands = [] } of all) {
      print([...foldAnswer(message), ...commands.map((it) => `  ${it}`)]);
    }
    const isWhole = all.every((it) => it.isDone);
    return isWhole ? EXIT.done : EXIT.failed;
  },
});

type Context = CommandContext<typeof FLAGS>;

async function importAll(
  { keys, credentials, unusable }: FoundLogins,
  context: Context,
): Promise<Outcome[]> {
  const { flags, notify } = context;
  const outcomes: Outcome[] = [];
  const refused = flags["dry-run"]
    ? new Set()
    : await askAboutHosts(keys, context);
  for (const key of keys) {
    for (const text of key.cleaned) notify(text);
    if (refused.has(key)) {
      outcomes.push(done(`${nameOfKey(key)} is skipped`));
    } else {
      outcomes.push(await importKey(key, context));
    }
  }
  for (const { path } of credentials) {
    outcomes.push(await importFile(path, context));
  }
  for (const { origin, problem } of unusable) {
    outcomes.push({ message: `${origin} ${problem}`, isDone: false });
  }
  return outcomes;
}

/**
 * Asks about the hosts that only a file of the project names; returns the keys
 * that were refused.
 *
 * @throws {UsageError} If the user cannot be asked, and no flag allows the
 * host.
 */
async function askAboutHosts(
  keys: readonly FoundKey[],
  { accounts, flags }: Context,
): Promise<Set<FoundKey>> {
  const all = await accounts.listAccounts();
  const allowed = flags["allow-host"].map((it) => it.toLowerCase());
  const unconfirmed: FoundKey[] = [];
  for (const key of keys) {
    const host = hostToAllow(key, all);
    if (host === undefined || allowed.includes(host)) continue;
    if (key.model === undefined) continue; // it cannot be imported anyway
    const owner = await accounts.accountWithKey(key.apiKey, key.baseUrl);
    if (owner === undefined) unconfirmed.push(key);
  }
  const [first] = unconfirmed;
  if (!first) return new Set();
  if (!canAsk()) {
    const name = hostOf(first.baseUrl ?? "");
    throw new UsageError(
      `Cannot import ${nameOfKey(first)}: that file sends it to ${name}, ` +
        "which no account uses yet",
      `if you trust ${name}: ${invocation()} import --allow-host ${name}`,
    );
  }
  const [{ Dialog }, { confirmKey }] = await Promise.all([
    import("../setup/wizard_dialog.ts"),
    import("../setup/wizard_offers.ts"),
  ]);
  using dialog = new Dialog();
  const refused = new Set<FoundKey>();
  for (const key of unconfirmed) {
    if (!await confirmKey(dialog, key, all)) refused.add(key);
  }
  return refused;
}

async function importKey(
  found: FoundKey,
  { accounts, flags }: Context,
): Promise<Outcome> {
  const { apiKey, baseUrl, model } = found;
  const name = nameOfKey(found);
  const present = await accounts.accountWithKey(apiKey, baseUrl);
  if (present !== undefined) {
    return done(`${name} is already ${await nameFrom(accounts, present)}`);
  }
  if (baseUrl === undefined || model === undefined) {
    return describeMissing(found);
  }
  const named = `${name}, for ${hostOf(baseUrl)},`;
  if (flags["dry-run"]) {
    const host = hostToAllow(found, await accounts.listAccounts());
    const flag = host === undefined ? "" : ` with --allow-host ${host}`;
    return done(`${named} would be a new account${flag}`);
  }
  try {
    const result = await accounts.addKey({ apiKey, baseUrl, model });
    return done(describeAddedKey(result.twin ? name : named, result));
  } catch (error) {
    if (!hasCode(error, "invalid-credential")) throw error;
    return { message: error.message, isDone: false };
  }
}

async function importFile(
  path: string,
  { accounts, flags }: Context,
): Promise<Outcome> {
  if (flags["dry-run"]) {
    const owner = await accounts.accountWithLogin(path);
    if (!owner) return done(`${path} would be a new account`);
    const is = owner.isNewer ? "has a newer login of" : "is already";
    return done(`${path} ${is} ${await nameFrom(accounts, owner.index)}`);
  }
  const { message, result } = await importLogin(accounts, path);
  return { message, isDone: result !== undefined };
}

function done(message: string): Outcome {
  return { message, isDone: true };
}

/** Explains what is missing, and which commands would add the key. */
function describeMissing(found: FoundKey): Outcome {
  const { origin, variable, baseUrl } = found;
  const lacks = `${nameOfKey(found)} does not say`;
  const asks = `${invocation()} setup asks for it`;
  if (baseUrl !== undefined) {
    return { message: `${lacks} which model to use: ${asks}`, isDone: false };
  }
  const presets = AGENT.keys.presets.filter((it) => it.variable === variable);
  if (origin !== "environment" || presets.length === 0) {
    return { message: `${lacks} where its API is: ${asks}`, isDone: false };
  }
  return {
    message: `${lacks} where its API is. To add it:`,
    isDone: false,
    commands: presets.map((it) =>
      `printenv ${variable} | ${invocation()} add --api-key-stdin --preset ${it.name}`
    ),
  };
}
