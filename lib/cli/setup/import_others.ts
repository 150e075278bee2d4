import { chosenAgent } from "../../agents/registry.ts";
import type { AccountManager } from "../../accounts/account_manager.ts";
import type {
  Beside,
  OtherLogin,
  OtherLoginPlaces,
} from "../../accounts/find_other_logins.ts";
import type { ImportedLogin } from "../../accounts/take_login.ts";
import { nameOf } from "../../account_name.ts";
import { nameFrom } from "../../vault/account_name.ts";
import { dirname } from "../../disk/names.ts";
import { hasCode } from "../../errors.ts";
import { agentInvocation } from "../../program.ts";
import { runtime } from "../../system/mod.ts";
import { canAsk } from "../screen/streams.ts";
import { listOf, shortPath } from "./found_logins.ts";
import { type Outcome, withHint } from "./import_plain.ts";
import type { Dialog } from "./wizard_dialog.ts";

/** How to import the logins of other programs. */
export interface ImportOthersOptions {
  /** Whether to show what would be imported only. */
  dryRun: boolean;
  /** Whether the user has agreed already. */
  yes: boolean;
  /** Whether the login of the plain agent moves although that is running. */
  force: boolean;
  /** Asks. @default a dialog of its own, on a terminal */
  dialog?: Pick<Dialog, "tell" | "confirm">;
}

type Accounts = Pick<
  AccountManager,
  | "findOtherLogins"
  | "importOtherLogin"
  | "layout"
  | "nameAccounts"
  | "takePlainLogin"
>;

/** Whether other programs keep logins that can be imported. */
export async function hasOtherLogins(
  accounts: Pick<Accounts, "findOtherLogins" | "layout">,
): Promise<boolean> {
  const found = await accounts.findOtherLogins(placesHere(accounts));
  return found.some((it) => it.problem === undefined);
}

/**
 * Finds the logins that other programs keep for the agent, asks, and moves them
 * to their accounts. Without a terminal it needs the answer in advance.
 */
export async function importOthers(
  accounts: Accounts,
  { dryRun, yes, force, dialog }: ImportOthersOptions,
): Promise<Outcome[]> {
  const places = placesHere(accounts);
  const found = await accounts.findOtherLogins(places);
  const problems = found.filter((it) => it.problem !== undefined).map((it) => ({
    message: `${describe(it)} ${it.problem}`,
    isDone: false,
  }));
  const usable = found.filter((it) => it.problem === undefined);
  if (usable.length === 0) return problems;
  const prospects = await Promise.all(usable.map(async (it) => ({
    message: `${describe(it)} ${await prospect(it.beside, accounts)}`,
    isDone: true,
  })));
  if (dryRun) return [...prospects, ...problems];
  const agreed = yes || await confirm(usable, prospects, dialog);
  if (agreed === undefined) {
    const them = usable.length === 1 ? "it" : "them";
    const commands = [`${agentInvocation()} import --yes`];
    const message = `to move ${them} out of ${namesOf(usable)}:`;
    return [...prospects, { message, isDone: false, commands }, ...problems];
  }
  if (!agreed) {
    return [{ message: "nothing was moved", isDone: true }, ...problems];
  }
  const outcomes: Outcome[] = [];
  if (usable.some((it) => it.beside?.of === "plain")) {
    const taken = await attempt(async () => {
      const { index } = await accounts.takePlainLogin({ force });
      const name = await nameFrom(accounts, index);
      return `the login of plain ${chosenAgent().program} is now ${name}`;
    });
    outcomes.push(taken);
    if (!taken.isDone) return [...outcomes, ...problems];
  }
  for (const it of usable) {
    const outcome = await attempt(async () => {
      const imported = await accounts.importOtherLogin(it.path, places);
      return `${describe(it)} ${result(imported)}`;
    });
    outcomes.push(outcome);
  }
  return [...outcomes, ...problems];
}

function placesHere({ layout }: Pick<Accounts, "layout">): OtherLoginPlaces {
  const env = runtime.host.environment();
  const home = (env.HOME || dirname(layout.home)).replace(/\/+$/, "");
  return { home, env };
}

/**
 * Asks in `dialog`, or in one of its own on the terminal; `undefined` if nobody
 * can answer.
 */
async function confirm(
  logins: readonly OtherLogin[],
  prospects: readonly Outcome[],
  dialog: ImportOthersOptions["dialog"],
): Promise<boolean | undefined> {
  if (!dialog) {
    if (!canAsk()) return undefined;
    const { Dialog } = await import("./wizard_dialog.ts");
    using own = new Dialog();
    return await confirm(logins, prospects, own);
  }
  const programs = namesOf(logins);
  const what = logins.length === 1 ? "this login" : "these logins";
  for (const { message } of prospects) {
    await dialog.tell(message, { hang: "  " });
  }
  await dialog.tell(
    `A login works in one place only, so it is moved: ${programs} cannot use ` +
      "it afterwards.",
  );
  return await dialog.confirm(`Move ${what}?`, { preset: false });
}

function namesOf(logins: readonly OtherLogin[]): string {
  return listOf([...new Set(logins.map((it) => it.program))]);
}

/** Describes a login; its path may have an address, so it is not shown. */
function describe({ program, name, store }: OtherLogin): string {
  return `${program}: ${name ?? "a login"} in ${shortPath(store)}`;
}

async function prospect(
  beside: Beside | undefined,
  accounts: Accounts,
): Promise<string> {
  if (!beside) return "would be a new account";
  const { of, is } = beside;
  const other = of === "plain"
    ? `that of plain ${chosenAgent().program}`
    : of === "found"
    ? "another one here"
    : `that of ${await nameFrom(accounts, of)}`;
  return {
    same: `is the same login as ${other}`,
    newer: `is newer than ${other}, which it would replace`,
    older: `is older than ${other}; it would go to the stash`,
  }[is];
}

function result({ index, label, admission }: ImportedLogin): string {
  const name = nameOf(index, label);
  return {
    new: `is now ${name}`,
    newer: `has replaced an older login of ${name}`,
    older: `is older than that of ${name}; it is in the stash now`,
    same: `was a copy of the login of ${name}; it is removed`,
    unproven: "does not say whose it is; it is in the stash now",
  }[admission];
}

/** Imports one login; one that cannot be imported does not stop the others. */
async function attempt(action: () => Promise<string>): Promise<Outcome> {
  try {
    return { message: await action(), isDone: true };
  } catch (error) {
    if (!hasCode(error, "invalid-credential", "in-use")) throw error;
    return { message: withHint(error), isDone: false };
  }
}
