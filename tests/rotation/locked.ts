import type { State } from "../../lib/store/state.ts";
import { loadState } from "../../lib/store/state_file.ts";
import { type Locked, update } from "../../lib/store/update.ts";
import type { AccountFolder } from "../support/account_folder.ts";
import { fakeClock } from "../support/clock.ts";

/** What a folder tells while something is done to it. */
export interface Told<T> {
  /** What the action returned. */
  result: T;
  /** What is saved after it. */
  state: State;
  /** What the user was told. */
  notices: string[];
  /** The kinds of the events that were recorded. */
  events: string[];
}

/** Does something under the lock, at `NOW`. */
export async function underLock<T>(
  { layout }: AccountFolder,
  action: (locked: Locked) => T | Promise<T>,
): Promise<Told<T>> {
  const notices: string[] = [];
  const events: string[] = [];
  const change = async (locked: Locked) => {
    const { record } = locked;
    locked.record = (event) => {
      events.push(event.event);
      record(event);
    };
    return await action(locked);
  };
  const notify = (text: string) => notices.push(text);
  const result = await update(layout, change, { notify, system: fakeClock() });
  const { state } = await loadState(layout);
  return { result, state, notices, events };
}
