import {
  InvalidCredentialError,
  UnprovenLoginError,
} from "../../login_errors.ts";
import { API_PRESETS } from "../../providers/api_presets.ts";
import { nameOf } from "../../account_name.ts";
import type { FoundLogins } from "../../accounts/find_logins.ts";
import type { FoundKey } from "../../agents/found_key.ts";
import { runtime } from "../../system/mod.ts";
import {
  type CommandContext,
  defineCommand,
  type Flags,
} from "../line/command.ts";
import { EXIT } from "../exit_code.ts";
import {
  describeLookedAt,
  findLoginsHere,
  hostOf,
  hostToAllow,
  nameOfKey,
} from "../setup/found_logins.ts";
import { UsageError } from "../line/usage_error.ts";
import { invocation, program } from "../../program.ts";

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
} satisfies Flags;

/** `account-qwen import`. */
export const importLogins = defineCommand({
  name: "import",
  group: "accounts",
  summary: "Import keys and logins that are already on this machine",
  makesFolder: true,
  flags: FLAGS,
  notes: [
    "import looks at the environment; at ~/.qwen/settings.json and " +
    ".qwen/settings.json, where qwen stores keys; at .qwen/.env and .env in this " +
    "folder, in each folder above it and in your home (only the first file with " +
    "a key counts); and at ~/.agent/qwen/oauth_creds.json.",
    "",
    "A file in a project can name any address, and that host could read all " +
    "prompts of the account. import therefore asks before it accepts a host " +
    "that is neither a known service nor used by one of your accounts. Without " +
    "a terminal, it needs --allow-host.",
  ],
  examples: [
    `${program()} import --dry-run`,
    `${program()} import`,
    `${program()} import --allow-host api.example.com`,
  ],
  async run(context) {
    const { accounts, print } = context;
    const found = await findLoginsHere(accounts);
    const outcomes = await takeIn(found, context);
    if (outcomes.length === 0) {
      const places = describeLookedAt(found.lookedAt);
      print("found no keys or logins; looked at:");
      print([
        ...places.map((it) => `  ${it}`),
        `to add one: ${invocation()} setup`,
      ]);
    }
    for (const { says, commands = [] } of outcomes) {
      print([says, ...commands.map((it) => `  ${it}`)]);
    }
    const isWhole = outcomes.every((it) => it.isDone);
    return isWhole ? EXIT.done : EXIT.failed;
  },
});

type Context = CommandContext<typeof FLAGS>;

/** The result of importing one key or login. */
interface Outcome {
  says: string;
  isDone: boolean;
  /** The commands that would add it, each for another service. */
  commands?: readonly string[];
}

async function takeIn(
  { keys, credentials, unusable }: FoundLogins,
  context: Context,
): Promise<Outcome[]> {
  const { flags, notify } = context;
  const outcomes: Outcome[] = [];
  const refused = flags["dry-run"] ? new Set() : await askAbout(keys, context);
  for (const key of keys) {
    for (const text of key.cleaned) notify(text);
    if (refused.has(key)) {
      outcomes.push({ says: `${nameOfKey(key)} is skipped`, isDone: true });
    } else {
      outcomes.push(await takeInKey(key, context));
    }
  }
  for (const { path } of credentials) {
    outcomes.push(await takeInFile(path, context));
  }
  for (const { origin, problem } of unusable) {
    outcomes.push({ says: `${origin} ${problem}`, isDone: false });
  }
  return outcomes;
}

/**
 * Asks about the hosts that only a file of the project names; returns the keys
 * that were refused.
 *
 * @throws {UsageError} If there is nobody to ask, and no flag allows the host.
 */
async function askAbout(
  keys: readonly FoundKey[],
  { accounts, flags }: Context,
): Promise<Set<FoundKey>> {
  const all = await accounts.listAccounts();
  const allowed = flags["allow-host"].map((it) => it.toLowerCase());
  const doubtful: FoundKey[] = [];
  for (const key of keys) {
    const host = hostToAllow(key, all);
    if (host === undefined || allowed.includes(host)) continue;
    if (key.model === undefined) continue; // it cannot be imported anyway
    const owner = await accounts.accountWithKey(key.apiKey, key.baseUrl);
    if (owner !== undefined) continue;
    doubtful.push(key);
  }
  const [first] = doubtful;
  if (!first) return new Set();
  const { host } = runtime;
  if (!host.isTerminal("stdin") || !host.isTerminal("stderr")) {
    const name = hostOf(first.baseUrl ?? "");
    throw new UsageError(
      `Cannot import ${nameOfKey(first)}: that file sends it to ${name}, ` +
        "which no account uses yet",
      "import",
      `if you trust ${name}: ${invocation()} import --allow-host ${name}`,
    );
  }
  const [{ Dialog }, { confirmKey }] = await Promise.all([
    import("../setup/wizard_dialog.ts"),
    import("../setup/wizard_adopt.ts"),
  ]);
  using dialog = new Dialog();
  const refused = new Set<FoundKey>();
  for (const key of doubtful) {
    if (!await confirmKey(dialog, key, all)) refused.add(key);
  }
  return refused;
}

async function takeInKey(
  found: FoundKey,
  { accounts, flags, labelOf }: Context,
): Promise<Outcome> {
  const { apiKey, baseUrl, model } = found;
  const name = nameOfKey(found);
  const present = await accounts.accountWithKey(apiKey, baseUrl);
  if (present !== undefined) {
    return already(name, nameOf(present, await labelOf(present)));
  }
  if (baseUrl === undefined || model === undefined) {
    return { ...missingOf(found), isDone: false };
  }
  const named = `${name}, for ${hostOf(baseUrl)},`;
  if (flags["dry-run"]) {
    const host = hostToAllow(found, await accounts.listAccounts());
    const { says } = wouldBe(named);
    const flag = host === undefined ? "" : ` with --allow-host ${host}`;
    return { says: says + flag, isDone: true };
  }
  return await tryTo(async () => {
    const result = await accounts.addKey({ apiKey, baseUrl, model });
    const { says, isDone } = now(named, nameOf(result.index, result.label));
    const { twin } = result;
    if (twin === undefined) return { says, isDone };
    const other = nameOf(twin.index, twin.label);
    return {
      says: `${says}; ${other} has the same key for another address`,
      isDone,
    };
  });
}

async function takeInFile(
  path: string,
  { accounts, flags, labelOf }: Context,
): Promise<Outcome> {
  if (flags["dry-run"]) {
    const owner = await accounts.accountWithLogin(path);
    if (!owner) return wouldBe(path);
    const account = nameOf(owner.index, await labelOf(owner.index));
    return owner.isNewer ? newer(path, account) : already(path, account);
  }
  return await tryTo(async () => {
    const result = await accounts.addAccount(path);
    const account = nameOf(result.index, result.label);
    if (result.updated) return newer(path, account);
    return result.added ? now(path, account) : already(path, account);
  });
}

/** Imports one key or login; an invalid one does not stop the others. */
async function tryTo(action: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await action();
  } catch (error) {
    const isOfOne = error instanceof InvalidCredentialError ||
      error instanceof UnprovenLoginError;
    if (!isOfOne) throw error;
    return { says: error.message, isDone: false };
  }
}

function now(name: string, account: string): Outcome {
  return { says: `${name} is now ${account}`, isDone: true };
}

function already(name: string, account: string): Outcome {
  return { says: `${name} is already ${account}`, isDone: true };
}

function newer(name: string, account: string): Outcome {
  return { says: `${name} has a newer login of ${account}`, isDone: true };
}

function wouldBe(name: string): Outcome {
  return { says: `${name} would be a new account`, isDone: true };
}

/** Says what no variable tells, and which commands add the key all the same. */
function missingOf(found: FoundKey): Pick<Outcome, "says" | "commands"> {
  const { origin, variable, baseUrl } = found;
  const lacks = `${nameOfKey(found)} does not say`;
  const asks = `${invocation()} setup asks for it`;
  if (baseUrl !== undefined) {
    return { says: `${lacks} which model to use: ${asks}` };
  }
  const presets = API_PRESETS.filter((it) => it.variable === variable);
  if (origin !== "environment" || presets.length === 0) {
    return { says: `${lacks} where its API is: ${asks}` };
  }
  return {
    says: `${lacks} where its API is. To add it:`,
    commands: presets.map((it) =>
      `printenv ${variable} | ${invocation()} add --api-key-stdin --preset ${it.name}`
    ),
  };
}
