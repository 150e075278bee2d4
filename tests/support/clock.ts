import { NOW } from "./account_folder.ts";

/** A clock that only a sleep moves. */
export interface FakeClock {
  /** The time, epoch milliseconds. */
  now(): number;
  /** How long all sleeps were together, milliseconds. */
  elapsed(): number;
  /** Sets the clock forward, or back, by `ms`, as its user may. */
  set(ms: number): void;
  /** Moves the time on by `ms`. */
  sleep(ms: number): Promise<void>;
  /** There is no variable. */
  env(): undefined;
  /** How long each sleep was, milliseconds. */
  sleeps: number[];
}

/** Makes a clock that stands at `start`. */
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
      await new Promise((resolve) => setTimeout(resolve)); // others go on too
    },
    env: () => undefined,
    sleeps,
  };
}
