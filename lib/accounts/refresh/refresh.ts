/**
 * Gets new tokens for an account with its refresh token, which is good for one
 * use.
 *
 * Only one process asks the service: the one that takes a lease, which is
 * written under the lock. The others wait until the lease has ended, and use
 * the result, good or bad. No lock is held during the request, and interrupts
 * are delayed until the new tokens are on the disk.
 *
 * @module
 */

import { hasCode, hintOf } from "../../errors.ts";
import { messageOf } from "../../system/message_of.ts";
import { sameBytes } from "../../disk/bytes.ts";
import type { Layout } from "../../disk/layout.ts";
import {
  isHeld,
  type LastRefresh,
  readLease,
  takeLease,
} from "../../vault/settle/lease.ts";
import { readSlot } from "../../vault/logins/credential_file.ts";
import { loadState } from "../../ledger/state_file.ts";
import type { Locked } from "../../vault/locked.ts";
import { realSystem } from "../../system/system.ts";
import type { Asked } from "../../oauth/errors.ts";
import { nameIn } from "../../vault/account_name.ts";
import { awaitLease } from "./leases.ts";
import {
  type Begun,
  type ExchangeOptions,
  exchangeTokens,
  type RefreshResult,
} from "./exchange_tokens.ts";
import { areElsewhere, errorOfFailure, loginOf } from "./refresh_failure.ts";
import { update } from "../update.ts";

/** How to refresh. */
interface RefreshOptions extends Partial<ExchangeOptions> {
  /** Only refresh a token that expires within this time, ms. @default any */
  withinMs?: number | undefined;
}

/** Tokens that are newer than this are not refreshed again. */
const FRESH_MS = 60_000;

/**
 * Refreshes the login of account `index`, or waits while another process does.
 * Whatever goes wrong, the old tokens stay.
 *
 * @throws The errors of {@linkcode AccountManager.refresh}.
 */
export async function refreshAccount(
  layout: Layout,
  index: number,
  options: RefreshOptions = {},
): Promise<RefreshResult> {
  const { notify = () => {}, system = realSystem, ...others } = options;
  const given = { ...others, notify, system };
  const startedAt = system.now(); // the clock of the records of other processes
  const waitsSince = system.elapsed();
  let seen: Uint8Array | undefined;
  while (true) {
    const options = { ...given, seen, startedAt };
    const begun = await update(layout, {
      change: (locked) => begin(locked, index, options),
    }, given);
    if ("expiresAt" in begun) return begun;
    if ("lease" in begun) {
      return await exchangeTokens(layout, index, begun, given);
    }
    seen ??= begun.seen;
    await awaitLease(layout, begun.waiting, { ...given, waitsSince });
  }
}

/**
 * How {@linkcode refreshIfDue} ended. After `"login needed"`, a run with the
 * account would be useless; after `"failed"`, the agent can still try itself.
 */
export type DueOutcome = "fresh" | "refreshed" | "login needed" | "failed";

/**
 * Refreshes account `index` if its token expires within `withinMs`; 0 turns
 * this off. Call it before a run of the agent, after `beginRun`. If the token
 * is still good, only reads the slot and takes no lock. Reports failures of the
 * service and the disk, and never throws them.
 */
export async function refreshIfDue(
  layout: Layout,
  index: number,
  options: RefreshOptions & { withinMs: number },
): Promise<DueOutcome> {
  const { withinMs, notify = () => {}, system = realSystem } = options;
  const slot = await readSlot(layout, index);
  const isDue = withinMs > 0 && "credential" in slot &&
    slot.credential.expiresAt - system.now() <= withinMs;
  if (!isDue) return "fresh";
  try {
    const { refreshed } = await refreshAccount(layout, index, options);
    return refreshed ? "refreshed" : "fresh";
  } catch (error) {
    const { state } = await loadState(layout);
    const name = nameIn({ state }, index);
    notify(describeFailure(error, { index, name }));
    const isUsedUp = hasCode(error, "login-ended", "unsaved-tokens");
    return isUsedUp ? "login needed" : "failed";
  }
}

/** Describes what went wrong, with which account, and what to do next. */
export function describeFailure(
  error: unknown,
  { index, name }: Asked,
  hint: string | undefined = hintOf(error),
): string {
  const message = messageOf(error);
  const isNamed = message.includes(`account ${index}`);
  const text = isNamed ? message : `${name}: ${message}`;
  return hint === undefined ? text : `${text}: ${hint}`;
}

/**
 * Decides whether to refresh the login and which process does it; takes the
 * lease if it is ours. `seen` is the login at the first call, and `startedAt`
 * the time of that call.
 */
async function begin(
  locked: Locked,
  index: number,
  { seen, startedAt, withinMs }: {
    seen: Uint8Array | undefined;
    startedAt: number;
    withinMs?: number | undefined;
  },
): Promise<RefreshResult | Begun | { waiting: Asked; seen: Uint8Array }> {
  const { layout, now, state } = locked;
  const old = await loginOf(locked, index);
  const { expiresAt } = old.credential;
  const last = await readLease(layout, index);
  const name = nameIn({ state }, index);
  if (isHeld(last, now)) return { waiting: { index, name }, seen: old.bytes };
  const isNew = seen !== undefined && !sameBytes(seen, old.bytes) &&
    expiresAt > now;
  const isEarly = withinMs !== undefined && expiresAt - now > withinMs;
  if (isNew || isEarly || isFresh(last, expiresAt, now)) {
    return { index, refreshed: false, expiresAt };
  }
  const isNews = last && "failedAt" in last && last.expiresAt === expiresAt &&
    (last.failedAt > startedAt && last.failedAt <= now ||
      await areElsewhere(last));
  const failure = isNews ? errorOfFailure(last, { index, name }) : undefined;
  if (failure) throw failure;
  const isShared = locked.state.currentIndex === index ||
    locked.runs.some((it) => it.account === index);
  return {
    name,
    old,
    isShared,
    lease: await takeLease(layout, index, { now }),
  };
}

/** Whether the tokens that expire at `expiresAt` are only a moment old. */
function isFresh(
  last: LastRefresh | undefined,
  expiresAt: number,
  now: number,
): boolean {
  return last !== undefined && "at" in last && last.expiresAt === expiresAt &&
    Math.abs(now - last.at) < FRESH_MS && expiresAt > now;
}
