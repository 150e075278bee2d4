import {
  InvalidCredentialError,
  UnprovenLoginError,
} from "../../login_errors.ts";
import { API_PRESETS } from "../../providers/api_presets.ts";
import type { AccountManager } from "../../rotation/account_manager.ts";
import { shellWord } from "../../rotation/examine/mend.ts";
import type { FoundLogins } from "../../store/find_logins.ts";
import type { FoundKey } from "../../store/found_key.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit_code.ts";
import { findLoginsHere, nameOfKey } from "../found_logins.ts";

/** `account-qwen import`. */
export const importLogins = defineCommand({
  name: "import",
  summary: "Take in the keys of .env files and the environment as accounts",
  makesFolder: true,
  flags: {
    "dry-run": {
      type: "boolean",
      summary: "Only say what was found and what would come of it",
    },
  },
  notes: [
    "Looked at, of the files the first with a key: the environment; .qwen/.env and",
    ".env from here upward and in your home; ~/.agent/qwen/oauth_creds.json.",
  ],
  examples: ["account-qwen import --dry-run", "account-qwen import"],
  async run({ flags, accounts, print }) {
    const found = await findLoginsHere(accounts);
    const outcomes = await takeIn(found, accounts, flags["dry-run"]);
    if (outcomes.length === 0) print("found no login to take in");
    for (const { says } of outcomes) print(says);
    const isWhole = outcomes.every((it) => it.isDone);
    return isWhole ? EXIT.done : EXIT.failed;
  },
});

/** What came of something that was found. */
interface Outcome {
  says: string;
  isDone: boolean;
}

async function takeIn(
  { keys, credentials, passedOver }: FoundLogins,
  accounts: AccountManager,
  isDryRun: boolean,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const key of keys) {
    outcomes.push(await takeInKey(key, accounts, isDryRun));
  }
  for (const { path } of credentials) {
    outcomes.push(await takeInFile(path, accounts, isDryRun));
  }
  for (const { origin, problem } of passedOver) {
    outcomes.push({ says: `${origin} ${problem}`, isDone: false });
  }
  return outcomes;
}

async function takeInKey(
  found: FoundKey,
  accounts: AccountManager,
  isDryRun: boolean,
): Promise<Outcome> {
  const { apiKey, baseUrl, model } = found;
  const name = nameOfKey(found);
  const present = await accounts.accountWithKey(apiKey);
  if (present !== undefined) return already(name, present);
  if (baseUrl === undefined || model === undefined) {
    const says = `${name} does not say ${missingOf(found)}`;
    return { says, isDone: false };
  }
  if (isDryRun) return wouldBe(`${name}, for ${new URL(baseUrl).host},`);
  return await tryTo(async () => {
    const { index } = await accounts.addKey({ apiKey, baseUrl, model });
    return now(name, index);
  });
}

async function takeInFile(
  path: string,
  accounts: AccountManager,
  isDryRun: boolean,
): Promise<Outcome> {
  if (isDryRun) {
    const owner = await accounts.accountWithLogin(path);
    if (!owner) return wouldBe(path);
    const { index, isNewer } = owner;
    return isNewer ? newer(path, index) : already(path, index);
  }
  return await tryTo(async () => {
    const { index, added, updated } = await accounts.addAccount(path);
    if (updated) return newer(path, index);
    return added ? now(path, index) : already(path, index);
  });
}

/** What is wrong with one login does not keep the others out. */
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

function now(name: string, index: number): Outcome {
  return { says: `${name} is now account ${index}`, isDone: true };
}

function already(name: string, index: number): Outcome {
  return { says: `${name} is already account ${index}`, isDone: true };
}

function newer(name: string, index: number): Outcome {
  return { says: `${name} is a newer login of account ${index}`, isDone: true };
}

function wouldBe(name: string): Outcome {
  return { says: `${name} would be a new account`, isDone: true };
}

/** What `add` has to be told, as no variable does. */
function missingOf({ variable, baseUrl }: FoundKey): string {
  const how = "account-qwen add --api-key-stdin";
  if (baseUrl !== undefined) {
    const url = shellWord(baseUrl);
    return `which model to ask for: ${how} --base-url ${url} --model NAME`;
  }
  const names = API_PRESETS.filter((it) => it.variable === variable)
    .map((it) => it.name);
  const flag = names.length > 0
    ? names.map((it) => `--preset ${it}`).join(" or ")
    : "--preset NAME, or --base-url URL --model NAME";
  return `where its API is: ${how} ${flag}`;
}
