/**
 * New tokens for an account, from its refresh token, which is good for one use.
 *
 * Of all processes one asks, by a lease that is written under the lock; the
 * others wait until it has ended, and use its result, good or bad. No lock
 * is held while we ask, and an interrupt waits until the new tokens are on the
 * disk.
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
import { readSlot } from "../../vault/logins/slots.ts";
import { loadState } from "../../ledger/state_file.ts";
import type { Locked } from "../../vault/locked.ts";
import { type Notify, realSystem, type System } from "../../system/system.ts";
import type { Asked } from "../../oauth/errors.ts";
import { nameIn } from "../../vault/account_name.ts";
import { awaitLease } from "./await_lease.ts";
import {
  type Begun,
  exchangeTokens,
  type RefreshResult,
} from "./exchange_tokens.ts";
import { loginOf } from "./note_end.ts";
import { areElsewhere, errorOfFailure } from "./refresh_failure.ts";
import { update } from "../update.ts";

export type { RefreshResult } from "./exchange_tokens.ts";

/** How to refresh. */
export interface RefreshOptions {
  /** Only refresh a token that expires within this time, ms. @default any */
  withinMs?: number | undefined;
  /** Hears of repairs and of long waits. @default nobody */
  notify?: Notify;
  /** How long to wait for the lock, milliseconds. @default 30_000 */
  lockTimeoutMs?: number | undefined;
  /** @default realSystem */
  system?: Pick<System, "env" | "fetch" | "now" | "elapsed" | "sleep">;
}

/** Tokens that came so short a time ago are not asked for again. */
const FRESH_MS = 60_000;

/**
 * Gets new tokens for account `index`, or lets another process do so and waits
 * for it. Whatever goes wrong, the old ones stay.
 *
 * @throws {LoginNeededError} If it needs a new login; rotation skips it then.
 * @throws {OAuthError} If the service grants nothing now.
 * @throws {AccountError} If no OAuth account has that number.
 * @throws {FileError} If its slot does not contain a login.
 * @throws {LoginNeededError} If the stash may have a newer login of it.
 * @throws {FileError} If the new tokens cannot be put into the slot.
 * @throws {BusyError} If another process holds the lock for too long.
 * @throws {BusyError} If another process refreshes for too long.
 */
export async function refreshAccount(
  layout: Layout,
  index: number,
  options: RefreshOptions = {},
): Promise<RefreshResult> {
  const { notify = () => {}, system = realSystem, ...others } = options;
  const given = { ...others, notify, system };
  const startedAt = system.now(); // as the records of other processes
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
 * How {@linkcode refreshIfDue} ended. After `"login needed"` a run with the
 * account would be useless; after `"failed"` the agent tries itself.
 */
export type DueOutcome = "fresh" | "refreshed" | "login needed" | "failed";

/**
 * Refreshes account `index` if its token expires within `withinMs`; 0 turns
 * that off. To be called before a run of the agent, after `beginRun`: a token
 * that is good still costs one look at the slot, and takes no lock. Never
 * throws for what the service or the disk does, but says it.
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

/** Says what went wrong, with which account, and what to do next. */
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
 * Decides whether and by whom the login is refreshed, and takes the lease.
 * `seen` is the login at the first look, `startedAt` when that was.
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
  return { name, old, isShared, lease: await takeLease(layout, index, now) };
}

/** Whether the login that ends at `expiresAt` has come a moment ago. */
function isFresh(
  last: LastRefresh | undefined,
  expiresAt: number,
  now: number,
): boolean {
  return last !== undefined && "at" in last && last.expiresAt === expiresAt &&
    Math.abs(now - last.at) < FRESH_MS && expiresAt > now;
}
