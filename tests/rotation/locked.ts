import type { Locked } from "../../lib/store/update.ts";
import { update } from "../../lib/store/update.ts";
import type { AccountFolder } from "../support/account_folder.ts";
import { fakeClock } from "../support/clock.ts";

/** What a folder tells while something is done to it. */
export interface Told<T> {
  /** What the action returned. */
  result: T;
  /** What the user was told. */
  notices: string[];
  /** The kinds of the events that were recorded. */
  events: string[];
}

/** Does something under the lock, at `NOW`. */
export async function underLock<T>(
  { layout }: AccountFolder,
  action: (locked: Locked) => Promise<T>,
): Promise<Told<T>> {
  const notices: string[] = [];
  const events: string[] = [];
  const change = async (locked: Locked) => {
    const record: Locked["record"] = (event) => {
      events.push(event.event);
      locked.record(event);
    };
    return {
      state: locked.state,
      result: await action({ ...locked, record }),
    };
  };
  const notify = (text: string) => notices.push(text);
  const result = await update(layout, change, { notify, system: fakeClock() });
  return { result, notices, events };
}
