import { NOW } from "./account_folder.ts";

/** A clock that only sleeps advance. */
export interface FakeClock {
  /** The time, epoch milliseconds. */
  now(): number;
  /** The total of all sleeps, milliseconds. */
  elapsed(): number;
  /** Moves the clock by `ms`, forward or back, as its user may. */
  set(ms: number): void;
  /** Lets `ms` pass. */
  sleep(ms: number): Promise<void>;
  /** Returns `undefined`: there are no variables. */
  env(): undefined;
  /** The length of each sleep, milliseconds. */
  sleeps: number[];
}

/** Makes a clock that starts at `start`. */
export function fakeClock(start = NOW): FakeClock {
  const sleeps: number[] = [];
  const elapsed = () => sleeps.reduce((sum, it) => sum + it, 0);
  let begin = start;
  return {
    now: () => begin + elapsed(),
    elapsed,
    set: (ms) => begin += ms,
    sleep: async (ms) => {
      sleeps.push(ms);
      await new Promise((resolve) => setTimeout(resolve)); // lets other code run
    },
    env: () => undefined,
    sleeps,
  };
}
