import { NOW } from "./account_folder.ts";

/** A clock that only a sleep moves. */
export interface FakeClock {
  /** The time, epoch milliseconds. */
  now(): number;
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
  return {
    now: () => sleeps.reduce((sum, it) => sum + it, start),
    sleep: async (ms) => {
      sleeps.push(ms);
      await new Promise((resolve) => setTimeout(resolve)); // others go on too
    },
    env: () => undefined,
    sleeps,
  };
}
