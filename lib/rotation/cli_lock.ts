import { runtime } from "../runtime/mod.ts";
import type { Layout } from "../store/layout.ts";
import type { Notify, System } from "../system.ts";

/** How old a lock of the CLI is that it takes for left behind (0.24.4). */
export const STALE_CLI_LOCK_MS = 35_000;

/** A refresh takes one or two requests. */
const DEADLINE_MS = 5_000;

const PAUSE_MS = 50;

/**
 * Waits while the CLI refreshes a login, so that its new tokens are brought
 * home and not written after the link has moved. Its lock is never removed.
 *
 * After 5 s we go on: every CLI that ends removes the lock, its own or not, so
 * nothing can rest on it, and what is written later is moved aside anyway.
 */
export async function awaitCliLock(
  layout: Layout,
  { notify, system }: {
    notify: Notify;
    system: Pick<System, "now" | "sleep">;
  },
): Promise<void> {
  const deadline = system.now() + DEADLINE_MS;
  while (await isCliLockHeld(layout, system.now())) {
    if (system.now() >= deadline) {
      notify(`qwen still holds ${layout.cliLock}: going on without it`);
      return;
    }
    await system.sleep(PAUSE_MS);
  }
}

async function isCliLockHeld(layout: Layout, now: number): Promise<boolean> {
  const info = await runtime.files.info(layout.cliLock);
  return info !== undefined && Math.abs(now - info.mtimeMs) < STALE_CLI_LOCK_MS;
}
