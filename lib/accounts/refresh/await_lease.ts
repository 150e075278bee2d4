import { BusyAccountError, RefreshTimeoutError } from "../../login_errors.ts";
import type { Layout } from "../../disk/layout.ts";
import {
  describeProcess,
  isHeld,
  LEASE_MS,
  readLease,
} from "../../vault/settle/lease.ts";
import type { Locked } from "../../vault/locked.ts";
import type { Notify, System } from "../../system/system.ts";
import { nameIn } from "../../vault/account_name.ts";
import type { Asked } from "../../oauth/errors.ts";

/** A lease that is not given back expires, and then another may be taken. */
const DEADLINE_MS = LEASE_MS + 30_000;

/** A shorter wait needs no explanation. */
const TOLD_AFTER_MS = 1_000;

const POLL_MS = 50;

/**
 * Waits while another process asks for new tokens of an account, and says which
 * one that is when it takes long. `waitsSince` is when the first wait began, by
 * `system.elapsed()`.
 *
 * @throws {RefreshTimeoutError} If it takes too long in all.
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
      throw new RefreshTimeoutError(index, { name, holder, waitedMs });
    }
    if (!isTold && now - since >= TOLD_AFTER_MS) {
      notify(`${name}: waiting until ${holder} has refreshed its login`);
      isTold = true;
    }
    await system.sleep(POLL_MS);
  }
}

/**
 * Makes sure that no process refreshes account `index`: its new tokens would
 * arrive when the account is somewhere else.
 *
 * @throws {BusyAccountError} If one does.
 */
export async function requireNoRefresh(
  locked: Pick<Locked, "layout" | "now" | "state">,
  action: "move" | "remove",
  index: number,
): Promise<void> {
  if (!isHeld(await readLease(locked.layout, index), locked.now)) return;
  throw new BusyAccountError(action, index, "its tokens are being refreshed", {
    name: nameIn(locked, index),
  });
}
