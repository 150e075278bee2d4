import type { Wait } from "../gateway/forward.ts";
import type { Notify, System } from "../system.ts";

/** A shorter pause is none that anybody wonders about, milliseconds. */
const TOLD_WAIT_MS = 2_000;

/**
 * Returns what tells the user of a wait for a throttle: once, however many
 * requests make it.
 */
export function waitTeller(
  { notify, nameOf, system }: {
    notify: Notify;
    nameOf: (account: number) => Promise<string>;
    system: Pick<System, "elapsed">;
  },
): (wait: Wait) => Promise<void> {
  let toldUntil = -Infinity;
  return async ({ account, ms }) => {
    if (ms <= TOLD_WAIT_MS || system.elapsed() < toldUntil) return;
    toldUntil = system.elapsed() + ms;
    const seconds = Math.ceil(ms / 1_000);
    const name = await nameOf(account);
    notify(`${name} is rate-limited: waiting for ${seconds} s`);
  };
}
