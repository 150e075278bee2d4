import { realSystem, type System } from "../../lib/system/system.ts";

/** A clock that pauses advance and time limits do not. */
export interface GatewayClock
  extends Pick<System, "now" | "elapsed" | "sleep" | "fetch" | "randomBytes"> {
  /** The pauses, milliseconds. */
  pauses: number[];
  /** Ends all running time limits of that length. */
  passLimit(ms: number): void;
}

/** How long a reply is held, and how long its header may take. */
const LIMITS = [900, 10_000, 300_000];

/** Creates a clock that shows `start`. */
export function gatewayClock(start: number): GatewayClock {
  const pauses: number[] = [];
  const waiting: { ms: number; end: () => void }[] = [];
  return {
    pauses,
    now: () => pauses.reduce((sum, it) => sum + it, start),
    elapsed: () => pauses.reduce((sum, it) => sum + it, 0),
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      if (!LIMITS.includes(ms)) {
        pauses.push(ms);
        return await new Promise((resolve) => setTimeout(resolve));
      }
      await new Promise<void>((resolve, reject) => {
        waiting.push({ ms, end: resolve });
        signal?.addEventListener("abort", () => reject(signal.reason));
      });
    },
    passLimit(ms) {
      for (const it of waiting) if (it.ms === ms) it.end();
    },
    fetch: realSystem.fetch,
    randomBytes: realSystem.randomBytes,
  };
}
