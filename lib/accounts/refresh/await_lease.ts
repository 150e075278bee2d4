import { BusyError } from "../../errors.ts";
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
 * @throws {BusyError} If it takes too long in all.
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
 * Makes sure that no process refreshes account `index`: its new tokens would
 * arrive when the account is somewhere else.
 *
 * @throws {BusyError} If one does.
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
