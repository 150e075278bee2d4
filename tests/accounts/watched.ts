import { runtime } from "../../lib/system/mod.ts";
import type { Doctor } from "../../lib/doctor/doctor.ts";
import type { AccountFolder } from "../support/account_folder.ts";
import { readState, type StateKeys } from "../support/state.ts";
import { managerOf, type ManagerOptions } from "./managers.ts";

/** What an action did to a folder. */
export interface Watched<T> {
  /** What the action returned. */
  result: T;
  /** What `state.yaml` says then. */
  state: StateKeys;
  /** The notices to the user. */
  notices: string[];
  /** The kinds of the recorded events. */
  events: string[];
}

/** Runs an action on a folder, at `NOW`. */
export async function watched<T>(
  folder: AccountFolder,
  action: (accounts: Doctor) => Promise<T>,
  options: Omit<ManagerOptions, "notices"> = {},
): Promise<Watched<T>> {
  const notices: string[] = [];
  const before = (await eventsOf(folder)).length;
  const result = await action(managerOf(folder, { ...options, notices }));
  const state = await readState(folder.layout.state);
  const events = (await eventsOf(folder)).slice(before);
  return {
    result,
    state,
    notices,
    events: events.map((it) => String(it.event)),
  };
}

/** A change of nothing: it only settles. Returns the account of the link. */
export async function settled(
  folder: AccountFolder,
): Promise<Watched<number | undefined>> {
  const seen = await watched(folder, (accounts) => accounts.setOrder([]));
  const { current_index, link_index = current_index } = seen.state;
  return { ...seen, result: link_index ?? undefined };
}

/** The events so far; the log does not exist before the first one. */
async function eventsOf(
  folder: AccountFolder,
): Promise<Record<string, unknown>[]> {
  const hasLog = await runtime.files.info(folder.layout.log) !== undefined;
  return hasLog ? await folder.events() : [];
}
