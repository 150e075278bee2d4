import { BusyError } from "../../errors.ts";
import { nameIn } from "../account_name.ts";
import type { Before } from "../locked.ts";
import { findStrangers, findUsers, mayBeUnderWay } from "../settle/holders.ts";
import { listRuns, type Run } from "../settle/runs.ts";
import { homeFolder } from "./home_place.ts";
import { placeOf } from "./login_accounts.ts";

interface CheckOptions {
  /** Whether the command has a --force that skips the check. */
  canForce?: boolean;
}

/** Whether a run, or another process of the agent, uses account `index`. */
export async function isInUse(
  { layout }: Pick<Before, "layout">,
  index: number,
): Promise<boolean> {
  if (await findRun(layout, [index])) return true;
  const place = placeOf({ layout });
  if (!place) return false;
  return (await findUsers(layout, homeFolder(place, index))).length > 0;
}

/**
 * Makes sure that neither a run of account-qwen nor another process of the agent
 * uses one of `accounts`, whose login is about to be moved.
 *
 * @throws {BusyError} If one may do so; `doing` completes "Cannot ...".
 */
export async function requireNoRun(
  before: Pick<Before, "layout" | "state">,
  accounts: readonly number[],
  doing: string,
): Promise<void> {
  const run = await findRun(before.layout, accounts);
  if (run) {
    const name = nameIn(before, run.account);
    throw inUse(`Cannot ${doing}: a run with ${name} is under way`);
  }
  await requireNoUser(before, accounts, doing);
}

/** Returns a run of account-qwen with one of `accounts`, if there may be one. */
async function findRun(
  layout: Before["layout"],
  accounts: readonly number[],
): Promise<Run | undefined> {
  for (const run of await listRuns(layout, { kind: "hold" })) {
    if (accounts.includes(run.account) && await mayBeUnderWay(run)) return run;
  }
  return undefined;
}

/**
 * Makes sure that no process of the agent that we did not start uses the folder
 * of one of `accounts`. One that was started with the variables that `env`
 * prints does.
 *
 * @throws {BusyError} If one does; `doing` completes "Cannot ...".
 */
export async function requireNoUser(
  before: Pick<Before, "layout" | "state">,
  accounts: readonly number[],
  doing: string,
  { canForce = false }: CheckOptions = {},
): Promise<void> {
  const { layout } = before;
  const place = placeOf({ layout });
  if (!place) return;
  for (const index of accounts) {
    const found = await findUsers(layout, homeFolder(place, index));
    if (found.length === 0) continue;
    const name = nameIn(before, index);
    throw inUse(
      `Cannot ${doing}: ${layout.agent.program} is running with ${name} ` +
        `(process ${pidsOf(found)})`,
      canForce ? hintToEnd(found, { canForce }) : undefined,
    );
  }
}

/**
 * Makes sure that no process of the plain agent uses the login of its home,
 * which is about to change: it would keep the old one, and write that in the
 * place of the new one.
 *
 * @throws {BusyError} If one may do so; `doing` completes "Cannot ...".
 */
export async function requireNoPlainProcess(
  before: Pick<Before, "layout" | "state">,
  doing: string,
  { canForce = true }: CheckOptions = {},
): Promise<void> {
  const found = await findStrangers(before) ?? [];
  if (found.length === 0) return;
  const { program, processes: { stopServer } } = before.layout.agent;
  const stop = stopServer === undefined
    ? ""
    : `; "${stopServer}" ends its server`;
  throw inUse(
    `Cannot ${doing}: plain ${program} is running (process ${pidsOf(found)})`,
    hintToEnd(found, { canForce }) + stop,
  );
}

function hintToEnd(
  found: readonly string[],
  { canForce }: Required<CheckOptions>,
): string {
  const end = `end ${found.length === 1 ? "it" : "them"}`;
  return canForce ? `${end}, or use --force` : end;
}

/**
 * Makes sure that the plain agent is not just logging in or out: at its end it
 * would remove or overwrite the login that is in its place then, not the one
 * that was there when it began.
 *
 * With `force`, a logout that only removes a link is ignored: the login that the
 * link leads to stays.
 *
 * @throws {BusyError} If it is; `doing` completes "Cannot ...".
 */
export async function requireNoLoginChange(
  { layout }: Pick<Before, "layout">,
  { doing, force = false }: { doing: string; force?: boolean | undefined },
): Promise<void> {
  const { homes, processes, program } = layout.agent;
  const isSafe = force && homes.login?.plain === "link";
  const kinds = isSafe ? ["login"] as const : ["login", "logout"] as const;
  for (const kind of kinds) {
    const found = await findStrangers(
      { layout },
      (args) => processes.loginChange?.(args) === kind,
    ) ?? [];
    if (found.length === 0) continue;
    const change = kind === "login" ? "logging in" : "logging out";
    throw inUse(
      `Cannot ${doing}: plain ${program} is ${change} ` +
        `(process ${pidsOf(found)})`,
      "wait until it has finished, or end it",
    );
  }
}

/** Whether the plain agent notices at once that it has got another login. */
export async function followsPlain(
  { agentVersion, layout }: Pick<Before, "agentVersion" | "layout">,
): Promise<boolean> {
  const { login } = layout.agent.homes;
  return login?.followsPlain(await agentVersion?.()) ?? false;
}

function inUse(message: string, hint?: string): BusyError {
  return new BusyError("in-use", message, { hint });
}

/** Returns the ids of processes, as users know them. */
function pidsOf(identities: readonly string[]): string {
  return identities.map((it) => it.split("/")[2] ?? it).join(", ");
}
