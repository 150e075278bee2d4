import { chosenAgent } from "../../agents/registry.ts";
import type { AccountManager } from "../../accounts/account_manager.ts";
import type { PlainLogin } from "../../vault/home_logins/login_accounts.ts";
import { BusyError, hasCode, hintOf } from "../../errors.ts";
import { isLinked, withLink } from "../../disk/layout.ts";
import { hintToAddKey } from "../../accounts/take_login.ts";
import { invocation } from "../../program.ts";
import { runtime } from "../../system/mod.ts";
import {
  addPlainLogin,
  addTokenOf,
  importLogin,
  problemOfToken,
} from "./add_login.ts";
import { canAsk } from "../screen/streams.ts";
import { shortPath } from "./found_logins.ts";
import type { Dialog } from "./wizard_dialog.ts";

/** The result of importing one key or login. */
export interface Outcome {
  /** What to tell the user. */
  message: string;
  /** Whether nothing is left to do. */
  isDone: boolean;
  /** The commands that would add it, each for another service. */
  commands?: readonly string[];
}

/** What `import` is asked for, and with what. */
interface ImportContext {
  accounts: AccountManager;
  flags: { "dry-run": boolean; yes: boolean; force: boolean };
}

/**
 * Imports the login of the plain agent, after a question, and the token in the
 * environment, if there are any.
 */
export async function importPlainAndToken(
  context: ImportContext,
): Promise<Outcome[]> {
  const plain = await findPlain(context.accounts);
  const token = findToken();
  return [
    ...(plain ? [await importPlain(plain, context)] : []),
    ...(token ? [await importToken(token, context)] : []),
  ];
}

/** Returns the login of the plain agent that belongs to no account. */
export async function findPlain(
  accounts: AccountManager,
): Promise<PlainLogin | undefined> {
  const { layout } = accounts;
  if (!isLinked(layout)) return await accounts.findPlainLogin();
  if (!await accounts.hasUnlinkedLogin()) return undefined;
  const { live: path } = withLink(layout);
  return { path, kind: "plan", name: undefined, problem: undefined };
}

/** Returns the token in the environment, if the agent has such tokens. */
export function findToken(): { variable: string; token: string } | undefined {
  const { tokens } = chosenAgent().homes.login ?? {};
  const token = tokens && runtime.host.variable(tokens.variable);
  return token ? { variable: tokens.variable, token } : undefined;
}

/** Describes the login of the plain agent. */
export function describePlain({ path, name }: PlainLogin): string {
  const whose = name === undefined ? "" : ` of ${name}`;
  return `the login${whose} in ${shortPath(path)}`;
}

/**
 * Shows the login of the plain agent, and why it may not work, and asks whether
 * to add it.
 */
export async function confirmPlain(
  dialog: Pick<Dialog, "tell" | "confirm">,
  plain: PlainLogin,
  refusal?: string,
): Promise<boolean> {
  const { program, homes: { login } } = chosenAgent();
  await dialog.tell(`Found ${describePlain(plain)}.`);
  if (refusal !== undefined) await dialog.tell(`Note: ${refusal}.`);
  await dialog.tell(
    login?.plain === "stays"
      ? "It stays where it is."
      : `It moves to the ${login ? "folder" : "slot"} of the account; plain ` +
        `${program} finds it there through a link.`,
  );
  return await dialog.confirm("Add it as an account?");
}

/** Makes the login of the plain agent an account's. */
export async function addPlain(
  accounts: AccountManager,
  options: { force?: boolean } = {},
): Promise<Outcome> {
  const { message, result } = isLinked(accounts.layout)
    ? await importLogin(accounts)
    : await addPlainLogin(accounts, options);
  return { message, isDone: result !== undefined };
}

async function importPlain(
  plain: PlainLogin,
  { accounts, flags }: ImportContext,
): Promise<Outcome> {
  const { path, kind, problem } = plain;
  const what = describePlain(plain);
  if (problem !== undefined) {
    const hint = kind === "api-key" ? `; ${hintToAddKey(chosenAgent())}` : "";
    return { message: `${shortPath(path)} ${problem}${hint}`, isDone: false };
  }
  if (flags["dry-run"]) {
    return { message: `${what} would be an account`, isDone: true };
  }
  if (!flags.yes) {
    if (!canAsk()) {
      const command = `${invocation()} import --yes`;
      return { message: `${what} is not added yet: ${command}`, isDone: false };
    }
    const { Dialog } = await import("./wizard_dialog.ts");
    using dialog = new Dialog();
    if (!await confirmPlain(dialog, plain)) {
      return { message: `${what} is skipped`, isDone: true };
    }
  }
  try {
    return await addPlain(accounts, { force: flags.force });
  } catch (error) {
    const isKnown = error instanceof BusyError ||
      hasCode(error, "invalid-credential");
    if (!isKnown) throw error;
    return { message: withHint(error), isDone: false };
  }
}

/** Returns the message of `error` with its hint, in one line. */
export function withHint(error: Error): string {
  const hint = hintOf(error);
  return hint === undefined ? error.message : `${error.message}; ${hint}`;
}

async function importToken(
  found: { variable: string; token: string },
  { accounts, flags }: ImportContext,
): Promise<Outcome> {
  const { variable, token } = found;
  const { tokens } = chosenAgent().homes.login ?? {};
  const problem = tokens && problemOfToken(token, tokens);
  if (problem) {
    return { message: `the token in ${variable} ${problem}`, isDone: false };
  }
  if (flags["dry-run"]) {
    const message = `the token in ${variable} would be an account`;
    return { message, isDone: true };
  }
  const { message } = await addTokenOf(accounts, found);
  return { message, isDone: true };
}
