import type { HomeLoginFormat, TokenFormat } from "../../agents/home_login.ts";
import { chosenAgent } from "../../agents/registry.ts";
import { runtime } from "../../system/mod.ts";
import { problemOfGivenKey } from "../../agents/given_key.ts";
import type { CommandContext, Flags } from "../line/command.ts";
import { login } from "../commands/login.ts";
import type { Account } from "../../accounts/account.ts";
import { nameOf } from "../../account_name.ts";
import { wordFor } from "../../accounts/fix_of.ts";
import { invocation } from "../../program.ts";
import {
  addTokenOf,
  describeAddedKey,
  importLogin,
  problemOfToken,
} from "./add_login.ts";
import { REFUSED, verifyAccount } from "./verify_account.ts";
import type { Choice, Dialog } from "./wizard_dialog.ts";
import { askService, hasRegions } from "./wizard_service.ts";
import type { EndOfLogins } from "../../agents/formats.ts";
import { readSettings } from "../../vault/agent_settings.ts";
import { checkProgram } from "../../doctor/program_check.ts";
import { examineSettings } from "../settings/settings.ts";

const AGENT = chosenAgent();

/** Everything that the steps get. */
export interface WizardContext extends CommandContext<Flags> {
  dialog: Dialog;
  /** Examines the installed agent, once. */
  agent: () => Promise<InstalledAgent>;
  /** The test results by account number. */
  tested: Map<number, string>;
}

/** A step of the setup, which can be repeated. */
export interface Step extends Choice {
  /** Runs the step, which saves its changes before it ends. */
  run: (context: WizardContext) => Promise<void>;
}

/** The steps that add an account, in the order of the menu. */
export const ADDING: readonly Step[] = [
  { word: "key", summary: "add an API key", run: addKey },
  ...stepsFor(AGENT),
];

/** Returns the steps that add a login, if it can be an account. */
function stepsFor({ login, homes }: typeof AGENT): Step[] {
  if (!login) return homes.login ? stepsInFolders(homes.login) : [];
  const { issuer, end, file } = login;
  const until = end ? ` (works up to ${AGENT.program} ${end.lastVersion})` : "";
  return [
    {
      word: "login",
      summary: `log in to ${issuer} in a browser${until}`,
      run: logIn,
    },
    {
      word: "file",
      summary: "import a login from a file",
      run: (context) => addFile(context, file),
    },
  ];
}

function stepsInFolders({ tokens }: HomeLoginFormat): Step[] {
  const summary = `log in with ${AGENT.program}`;
  const steps: Step[] = [{ word: "login", summary, run: logIn }];
  if (tokens) {
    const summary = `add a token of "${tokens.source}"`;
    const run = (context: WizardContext) => addToken(context, tokens);
    steps.push({ word: "token", summary, run });
  }
  return steps;
}

/**
 * Whether an account can be tested: one with a key, or with a login that we may
 * refresh.
 */
export function canTest({ kind }: Pick<Account, "kind">): boolean {
  return kind === "api-key" || kind === "oauth" && AGENT.login !== undefined;
}

/** The step that tests the accounts. */
export const TEST: Step = {
  word: "test",
  summary: "send one short request with each key",
  run: testAccounts,
};

async function logIn(context: WizardContext): Promise<void> {
  const { dialog, agent } = context;
  const { refusal } = await agent();
  if (refusal !== undefined) {
    await dialog.tell(`${refusal}. An API key works with every version.`);
    if (!await dialog.confirm("Log in anyway?", { preset: false })) return;
  }
  const said: Promise<void>[] = [];
  await login.run({
    ...context,
    args: [],
    flags: { label: undefined, "no-browser": false, bin: undefined },
    print: (lines) => {
      for (const it of [lines].flat()) said.push(dialog.tell(it));
    },
  });
  await Promise.all(said);
  await dialog.discardInput(); // typed while waiting for the login
}

async function addToken(
  { dialog, accounts }: WizardContext,
  tokens: TokenFormat,
): Promise<void> {
  const question = "Paste the token; it is not shown (Enter: go back):";
  const token = await dialog.askValid(
    question,
    (text) => problemOfToken(text, tokens),
    { isHidden: true },
  );
  if (token === undefined) return;
  const { variable } = tokens;
  await dialog.tell((await addTokenOf(accounts, { variable, token })).message);
}

async function addFile(
  { dialog, accounts }: WizardContext,
  file: string,
): Promise<void> {
  const question = `Path of the file, such as ~/backup/${file} ` +
    "(Enter: go back):";
  const answer = await dialog.ask(question);
  if (answer === "") return;
  const { HOME = "~" } = runtime.host.environment();
  const path = answer.replace(/^~(?=\/)/, () => HOME);
  await dialog.tell((await importLogin(accounts, path)).message);
}

async function addKey({ dialog, accounts }: WizardContext): Promise<void> {
  const question = "Paste the key; it is not shown (Enter: go back):";
  const apiKey = await dialog.askValid(question, problemOfGivenKey, {
    isHidden: true,
  });
  if (apiKey === undefined) return;
  const service = await askService(dialog, { apiKey });
  if (!service) return;
  const result = await accounts.addKey({ apiKey, ...service });
  await dialog.tell(describeAddedKey("The key", result));
}

async function testAccounts(context: WizardContext): Promise<void> {
  const { dialog, accounts, tested } = context;
  const all = (await accounts.listAccounts()).filter(canTest);
  const question = "Refresh the logins too? Each gets a new token, which " +
    "invalidates copies of it elsewhere.";
  const hasLogins = all.some((it) => it.kind === "oauth");
  const withLogins = hasLogins &&
    await dialog.confirm(question, { preset: false });
  await dialog.tell(
    "Testing the accounts; a slow service can take 30 seconds.",
  );
  for (const account of all) {
    if (account.kind === "oauth" && !withLogins) continue;
    const testing = verifyAccount(accounts, account);
    // Always wait for a refresh: its new tokens must be saved.
    const message = await (account.kind === "oauth"
      ? testing
      : dialog.unlessInterrupted(testing));
    tested.set(account.index, message);
    await dialog.tell(`${nameOf(account.index, account.label)}: ${message}`);
    if (message.startsWith(REFUSED) && hasRegions(account.baseUrl ?? "")) {
      await dialog.tell(
        `If the key is for another region: ${invocation()} remove ` +
          `${wordFor(account)}, then ${invocation()} setup`,
        { first: "  ", hang: "  " },
      );
    }
    await dialog.throwIfInterrupted();
  }
}

/** The installed agent, as far as the setup needs it. */
export interface InstalledAgent {
  /** `undefined` if it is not installed or does not start. */
  version: string | undefined;
  /** Why logins do not work with it; `undefined` if they do. */
  refusal: string | undefined;
}

/** Examines the agent that is used with the accounts in the folder `dir`. */
export async function lookAtAgent(dir: string): Promise<InstalledAgent> {
  const { bin } = await examineSettings(dir);
  const found = await checkProgram(bin);
  const version = "version" in found ? found.version : undefined;
  const settings = await readSettings(`${dir}/settings.json`) ?? {};
  const { program, login } = chosenAgent();
  const refusal = login?.isRefusedBy(version, settings)
    ? `${program} ${version} refuses logins${whyRefused(program, login.end)}`
    : undefined;
  return { version, refusal };
}

function whyRefused(program: string, end: EndOfLogins | undefined): string {
  if (!end) return "";
  const { reason, lastVersion } = end;
  return `: ${reason}, and they work only up to ${program} ${lastVersion}`;
}
