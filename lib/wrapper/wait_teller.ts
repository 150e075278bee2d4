import type { Wait } from "../gateway/forward.ts";
import type { Notify, System } from "../system.ts";

/** Shorter pauses are not worth a message, milliseconds. */
const REPORTED_WAIT_MS = 2_000;

/**
 * Returns a function that tells the user about a wait for a throttle, once even
 * if many requests wait.
 */
export function waitNotifier(
  { notify, nameOf, system }: {
    notify: Notify;
    nameOf: (account: number) => Promise<string>;
    system: Pick<System, "elapsed">;
  },
): (wait: Wait) => Promise<void> {
  let quietUntil = -Infinity;
  return async ({ account, ms }) => {
    if (ms <= REPORTED_WAIT_MS || system.elapsed() < quietUntil) return;
    quietUntil = system.elapsed() + ms;
    const seconds = Math.ceil(ms / 1_000);
    const name = await nameOf(account);
    notify(`${name} is rate-limited: waiting for ${seconds} s`);
  };
}
