import { type Update, update } from "../../lib/accounts/update.ts";
import { runtime } from "../../lib/system/mod.ts";
import { changeFolder } from "../../lib/vault/change_folder.ts";
import type { Locked } from "../../lib/vault/locked.ts";
import type { State } from "../../lib/ledger/state.ts";
import { loadState } from "../../lib/ledger/state_file.ts";
import type { AccountFolder } from "../support/account_folder.ts";
import { fakeClock } from "../support/clock.ts";

/** The result of an action on a folder. */
export interface Told<T> {
  /** What the action returned. */
  result: T;
  /** The state that was saved. */
  state: State;
  /** The notices to the user. */
  notices: string[];
  /** The kinds of the recorded events. */
  events: string[];
}

/** Runs an action under the lock, at `NOW`, without settling. */
export async function underLock<T>(
  folder: AccountFolder,
  action: (locked: Locked) => T | Promise<T>,
): Promise<Told<T>> {
  return await tellOf(
    folder,
    (notify) =>
      changeFolder(folder.layout, async (locked) => await action(locked), {
        notify,
        system: fakeClock(),
      }),
  );
}

/** Updates the folder at `NOW`. */
export async function updated<T, L = undefined>(
  folder: AccountFolder,
  change: Update<T, L>,
): Promise<Told<T>> {
  const system = fakeClock();
  return await tellOf(
    folder,
    (notify) => update(folder.layout, change, { notify, system }),
  );
}

/**
 * Updates the folder at `NOW` without a change; returns the account of the
 * link.
 */
export async function settled(
  folder: AccountFolder,
): Promise<Told<number | undefined>> {
  return await updated(folder, {
    change: ({ state }) => state.currentIndex,
  });
}

async function tellOf<T>(
  folder: AccountFolder,
  action: (notify: (text: string) => void) => Promise<T>,
): Promise<Told<T>> {
  const notices: string[] = [];
  const before = (await eventsOf(folder)).length;
  const result = await action((text) => void notices.push(text));
  const { state } = await loadState(folder.layout);
  const events = (await eventsOf(folder)).slice(before);
  return {
    result,
    state,
    notices,
    events: events.map((it) => String(it.event)),
  };
}

/** The events so far; the log does not exist before the first one. */
async function eventsOf(
  folder: AccountFolder,
): Promise<Record<string, unknown>[]> {
  const hasLog = await runtime.files.info(folder.layout.log) !== undefined;
  return hasLog ? await folder.events() : [];
}
