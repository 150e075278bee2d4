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
