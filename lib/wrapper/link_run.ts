import { nameFrom } from "../rotation/account_name.ts";
import { serviceAt, serviceOfLogin } from "../providers/api_presets.ts";
import type { Verdict } from "../verdict/classify.ts";
import type { Service } from "../verdict/service.ts";
import type { AccountKind } from "../rotation/account.ts";
import type { AccountManager } from "../rotation/account_manager.ts";
import type { BegunRun } from "../rotation/begin_run.ts";
import type { EndedRun } from "../rotation/end_run.ts";
import { messageOf } from "../runtime/message_of.ts";
import { layoutAt } from "../store/layout.ts";
import { type Access, type Attempt, runAttempt } from "./attempt.ts";
import { lineageOption } from "./lineage_preload.ts";
import type { StepOptions, Tried } from "./next_step.ts";
import type { RotationOptions } from "./rotating_run.ts";

/** One run of the agent, with the accounts that it used. */
export interface AccountAttempt extends Attempt {
  /** The account that the verdict concerns. */
  account: number;
  /** The kind of that account. */
  kind: AccountKind;
  /** The accounts that were tried; that account is the last. */
  tried: readonly Tried[];
  /** Whether the agent ran without a gateway. @default false */
  isOnLink?: boolean;
  /** Whether the verdict may say nothing about the login. @default false */
  isDisturbed?: boolean;
  /** Whether the user already knows that another account replaced this one. */
  isAnnounced?: boolean;
  /** Overrides how patient to be. */
  patience?: Partial<StepOptions>;
}

/**
 * How long the agent may retry after a throttle. A limit per minute has ended
 * by then, and the agent's own loop is the cheapest retry. But that loop may
 * run for an hour (0.24.4), and the caller could do something else.
 */
export const LONGEST_TRY_MS = 120_000;

/**
 * Runs the agent with the account of `begun` only: it reads the login through
 * the link, or gets the key. Ends `begun`, even after a failure.
 */
export async function runOnLink(
  accounts: AccountManager,
  begun: BegunRun,
  options: RotationOptions,
): Promise<AccountAttempt> {
  const { limits, notify, shortPauseMs, system } = options;
  const { account, key } = begun;
  const isOver = (
    { kind, retryAt = Infinity }: Verdict,
    triedMs: number,
  ): boolean => {
    if (kind !== "throttle") return kind === "quota";
    const isLong = retryAt - system.now() > shortPauseMs;
    return isLong && begun.alternatives > 0 || triedMs >= LONGEST_TRY_MS;
  };
  options.onAccount?.(account);
  let attempt: Attempt | undefined;
  let ended: EndedRun | undefined;
  try {
    attempt = await runAttempt({
      ...options,
      dir: accounts.dir,
      runId: begun.id,
      access: await accessOnLink(accounts, begun),
      ...await addressOf(accounts, begun),
      isOver,
    });
  } finally {
    const { verdict = { kind: "failed" } } = attempt ?? {};
    const end = () => accounts.endRun(begun, { ...verdict, limits });
    ended = await endOrNotify(accounts, begun, end, notify);
  }
  const kind = key ? "api-key" : "oauth";
  const tried = [{ account, verdict: attempt.verdict }];
  const { isDisturbed = false } = ended ?? {};
  return { ...attempt, account, kind, tried, isOnLink: true, isDisturbed };
}

/** Returns how a run in link mode reaches the account of `run`. */
export async function accessOnLink(
  { dir }: Pick<AccountManager, "dir">,
  { key }: Pick<BegunRun, "key">,
): Promise<Access> {
  return key ? { key } : { nodeOption: await lineageOption(layoutAt(dir)) };
}

/**
 * Returns the service and the host of an account; empty if its slot cannot be
 * read.
 */
async function addressOf(
  accounts: AccountManager,
  { account, key }: BegunRun,
): Promise<{ service?: Service | undefined; host?: string | undefined }> {
  if (key) {
    return { service: serviceAt(key.baseUrl), host: hostOf(key.baseUrl) };
  }
  try {
    const { baseUrl } = await accounts.readLogin(account);
    return { service: serviceOfLogin(baseUrl), host: hostOf(baseUrl) };
  } catch {
    return {}; // the run itself reports what is wrong with the slot
  }
}

function hostOf(baseUrl: string): string | undefined {
  return URL.parse(baseUrl)?.hostname || undefined;
}

/**
 * Ends `run`. If that fails, reports it: the next command repairs what is left.
 */
export async function endOrNotify<T>(
  accounts: Pick<AccountManager, "nameAccounts">,
  { account, key }: Pick<BegunRun, "account" | "key">,
  end: () => Promise<T>,
  notify: (text: string) => void,
): Promise<T | undefined> {
  try {
    return await end();
  } catch (error) {
    const what = key ? "note the end of its run" : "save its login";
    const name = await nameFrom(accounts, account);
    notify(
      `${name}: cannot ${what}; the next command tries again: ` +
        messageOf(error),
    );
    return undefined;
  }
}
