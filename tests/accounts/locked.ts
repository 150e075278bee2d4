import { type Update, update } from "../../lib/accounts/update.ts";
import { runtime } from "../../lib/system/mod.ts";
import { changeFolder } from "../../lib/vault/change_folder.ts";
import type { Locked } from "../../lib/vault/locked.ts";
import type { State } from "../../lib/ledger/state.ts";
import { loadState } from "../../lib/ledger/state_file.ts";
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

/** Does something under the lock, at `NOW`, and settles nothing. */
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

/** Updates the folder at `NOW` and changes nothing; gives the account of the link. */
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

/** The events so far; there is no log before the first one. */
async function eventsOf(
  folder: AccountFolder,
): Promise<Record<string, unknown>[]> {
  const hasLog = await runtime.files.info(folder.layout.log) !== undefined;
  return hasLog ? await folder.events() : [];
}
