import type { Wait } from "../gateway/forward.ts";
import type { Notify, System } from "../system.ts";

/** A shorter pause is none that anybody wonders about, milliseconds. */
const TOLD_WAIT_MS = 2_000;

/**
 * Returns what tells the user of a wait for a throttle: once, however many
 * requests make it.
 */
export function waitTeller(
  { notify, system }: { notify: Notify; system: Pick<System, "elapsed"> },
): (wait: Wait) => void {
  let toldUntil = -Infinity;
  return ({ account, ms }) => {
    if (ms <= TOLD_WAIT_MS || system.elapsed() < toldUntil) return;
    toldUntil = system.elapsed() + ms;
    const seconds = Math.ceil(ms / 1_000);
    notify(`account ${account} is rate-limited: waiting for ${seconds} s`);
  };
}
