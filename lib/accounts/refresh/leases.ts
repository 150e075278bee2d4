/**
 * Lets one process at a time refresh a login: the one that has the lease, which
 * is written under the lock. The others wait; no lock is held meanwhile.
 *
 * We refresh a login ourselves, or the agent does when it starts. Some agents
 * send the refresh token before they take a lock, so two starts would spend it
 * twice, and the service would revoke the login. The lease of a start ends when
 * the agent has written new tokens, when the service has answered, or with the
 * run.
 *
 * @module
 */

import { markOf } from "../../disk/files.ts";
import { BusyError } from "../../errors.ts";
import type { Layout } from "../../disk/layout.ts";
import {
  describeProcess,
  dropLease,
  type Failed,
  isHeld,
  isLease,
  type Lease,
  LEASE_MS,
  readLease,
  takeLease,
} from "../../vault/settle/lease.ts";
import type { Locked } from "../../vault/locked.ts";
import type { Notify, System } from "../../system/system.ts";
import { nameIn } from "../../vault/account_name.ts";
import type { Asked } from "../../oauth/errors.ts";
import type { HomeLoginFormat } from "../../agents/home_login.ts";
import { isLogin, readLogin } from "../../vault/home_logins/home_place.ts";
import {
  requireNoPlainProcess,
  requireNoUser,
} from "../../vault/home_logins/users.ts";
import { mayBeUnderWay } from "../../vault/settle/holders.ts";
import type { BegunRun } from "../begin_run.ts";
import { mayBeRepeated, withLock } from "../../disk/lock.ts";

/**
 * A lease that is not returned expires, and then another process may take it.
 */
const DEADLINE_MS = LEASE_MS + 30_000;

/** The user is not told about shorter waits. */
const TOLD_AFTER_MS = 1_000;

const POLL_MS = 50;

/**
 * Waits while another process refreshes an account, and names that process if
 * it takes long. `waitsSince` is when the first wait began, by
 * `system.elapsed()`.
 *
 * @throws {BusyError} If the waits take too long in total.
 */
export async function awaitLease(
  layout: Layout,
  { index, name }: Asked,
  { waitsSince, notify, system }: {
    waitsSince: number;
    notify: Notify;
    system: Pick<System, "now" | "elapsed" | "sleep">;
  },
): Promise<void> {
  const since = system.elapsed();
  for (let isTold = false;;) {
    const lease = await readLease(layout, index);
    if (!isHeld(lease, system.now())) return;
    const now = system.elapsed();
    const holder = describeProcess(lease.process);
    const waitedMs = now - waitsSince;
    if (waitedMs >= DEADLINE_MS) {
      throw new BusyError(
        "refreshing",
        `Cannot refresh ${name} within ${waitedMs} ms: ${holder} is already ` +
          "refreshing it",
      );
    }
    if (!isTold && now - since >= TOLD_AFTER_MS) {
      notify(`${name}: waiting until ${holder} has refreshed its login`);
      isTold = true;
    }
    await system.sleep(POLL_MS);
  }
}

/**
 * Makes sure that no process is refreshing account `index`: the new tokens
 * would arrive after the account was moved or removed.
 *
 * @throws {BusyError} If a process is refreshing it.
 */
export async function requireNoRefresh(
  locked: Pick<Locked, "layout" | "now" | "state">,
  action: "move" | "remove",
  index: number,
): Promise<void> {
  if (!isHeld(await readLease(locked.layout, index), locked.now)) return;
  const name = nameIn(locked, index);
  throw new BusyError(
    "in-use",
    `Cannot ${action} ${name}: its tokens are being refreshed`,
  );
}

/**
 * Drops `lease`, unless another process has taken over, which it could do between
 * the look and the removal if we did not hold the lock. If another process holds
 * the lock for too long, the lease ends by itself.
 */
export async function returnLease(
  layout: Layout,
  index: number,
  { lease, failure, lockTimeoutMs: timeoutMs, system }: {
    lease: Pick<Lease, "id">;
    /** What to leave for the processes that wait. @default nothing */
    failure?: Failed | undefined;
    lockTimeoutMs?: number | undefined;
    system: Pick<System, "now" | "elapsed" | "sleep">;
  },
): Promise<void> {
  if (!isLease(await readLease(layout, index), lease)) return;
  const drop = () => dropLease(layout, index, lease, failure);
  try {
    await withLock(layout.lock, drop, { timeoutMs, system });
  } catch (error) {
    if (!mayBeRepeated(error)) throw error;
  }
}

/** How to wait for the lease. */
export interface StartOptions {
  /**
   * Whether to start although the plain agent is running with the same login.
   *
   * @default false
   */
  force?: boolean | undefined;
}

/** What the wait needs. */
interface StartContext extends StartOptions {
  /** Changes the folder under its lock. */
  change: <T>(change: (locked: Locked) => Promise<T>) => Promise<T>;
  /** Called if the wait is long. */
  notify: Notify;
  /** The clock. */
  system: Pick<System, "now" | "elapsed" | "sleep">;
}

/** Agents refresh a token that has 5 minutes left; a start takes some time. */
const DUE_MS = 10 * 60_000;

/** How long a lease lasts, and how long others wait for it. */
const START_MS = 30_000;

/** A lease, and what the message names. */
interface Waiting {
  lease: Lease;
  name: string;
}

/**
 * Waits until the agent may start with the login of `run`, and takes the lease if
 * its token expires soon. Returns whether it has waited for another start, which
 * may have refreshed the login.
 *
 * @throws The errors of {@linkcode AccountManager.awaitStart}.
 */
export async function awaitStart(
  layout: Layout,
  run: BegunRun,
  { change, notify, system, force = false }: StartContext,
): Promise<boolean> {
  const format = layout.agent.homes.login;
  if (!format || format.refreshesOnce || run.store === undefined) {
    return false;
  }
  const path = `${run.store}/${format.file}`;
  const place = { path, format };
  const since = system.elapsed();
  let hasWaited = false;
  let isTold = false;
  while (await isDue(place, system.now())) {
    const waiting = await change((locked) =>
      take(locked, run, { ...place, force })
    );
    if (!waiting) break;
    hasWaited = true;
    const { name } = waiting;
    const holder = describeProcess(waiting.lease.process);
    while (await findLease(layout, run, { ...place, now: system.now() })) {
      const waitedMs = system.elapsed() - since;
      if (waitedMs >= START_MS) {
        throw new BusyError(
          "refreshing",
          `Cannot use ${name} within ${START_MS / 1000} s: ${holder} may be ` +
            "refreshing its login",
        );
      }
      if (!isTold && waitedMs >= TOLD_AFTER_MS) {
        notify(`${name}: waiting until ${holder} has refreshed its login`);
        isTold = true;
      }
      await system.sleep(POLL_MS);
    }
  }
  return hasWaited;
}

/** The file with the login. */
interface LoginPlace {
  path: string;
  format: HomeLoginFormat;
}

/** Takes the lease, unless another start has it; then returns that. */
async function take(
  locked: Locked,
  run: BegunRun,
  { force, ...place }: LoginPlace & { force: boolean },
): Promise<Waiting | undefined> {
  const { layout, clock, state } = locked;
  const now = clock();
  if (!await isDue(place, now)) return undefined;
  const { account, id } = run;
  const name = nameIn(locked, account);
  const lease = await findLease(layout, run, { ...place, now });
  if (lease) return { lease, name };
  if (!force) {
    const doing = `use ${name}, whose token must be refreshed`;
    await requireNoUser(locked, [account], doing, { canForce: true });
    if (state.plain === account) await requireNoPlainProcess(locked, doing);
  }
  const mark = await markOf(place.path);
  await takeLease(layout, account, { id, now, mark, ms: START_MS });
  return undefined;
}

/**
 * Whether the agent may refresh the login: its token expires soon. A file that is
 * not a login may be one that the agent is writing.
 */
async function isDue(
  { path, format }: LoginPlace,
  now: number,
): Promise<boolean> {
  const found = await readLogin(path, { format });
  if (!isLogin(found)) return found.isThere;
  const { kind, expiresAt } = found.login;
  return kind === "plan" && expiresAt !== undefined &&
    expiresAt - now <= DUE_MS;
}

/** Returns the lease of another start, if that may still refresh the login. */
async function findLease(
  layout: Layout,
  { account, id }: BegunRun,
  { path, format, now }: LoginPlace & { now: number },
): Promise<Lease | undefined> {
  const lease = await readLease(layout, account);
  if (!lease || !("id" in lease) || lease.id === id) return undefined;
  // A later end is not believed: the clock was set back.
  if (lease.until <= now || lease.until - now > 2 * START_MS) return undefined;
  const isWritten = lease.mark !== await markOf(path) &&
    isLogin(await readLogin(path, { format }));
  if (isWritten) return undefined;
  const { process } = lease;
  const isOver = process !== undefined &&
    !await mayBeUnderWay({ id: lease.id, account, process });
  return isOver ? undefined : lease;
}
