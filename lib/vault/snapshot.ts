import { runtime } from "../system/mod.ts";
import { isLinked, type Layout } from "../disk/layout.ts";
import { basename, keySlotIndex, slotIndex } from "../disk/names.ts";
import { type LiveFile, readLiveFile } from "./logins/live_file.ts";
import type { Reserved } from "../readiness.ts";
import type { State } from "../ledger/state.ts";
import { type LoadedState, loadState } from "../ledger/state_file.ts";

/** Returns what identifies the installed agent, if that is known. */
export type AgentVersion = () => Promise<string | undefined>;

/** Returns for whom the rest of account `index` is kept from other runs. */
export type ReservedFor = (
  index: number,
  model: string | undefined,
) => Reserved | undefined;

/** Everything that is on disk, at one moment. */
export interface Snapshot {
  layout: Layout;
  /** The accounts with a login, in a slot or in a folder, ascending. */
  slots: readonly number[];
  /** The API-key accounts, ascending. */
  keys: readonly number[];
  /** What is at the path of the live file. */
  live: LiveFile;
  /** The active account; see {@linkcode activeAccount}. */
  active: number | undefined;
  /** The doubtful accounts: the stash may hold a newer login of each. */
  doubtful: ReadonlySet<number>;
  /** Whether rotation may leave a login of a plan by itself. @default true */
  rotatesLogins?: boolean | undefined;
  /** Returns for whom the rest of an account is kept. @default nobody */
  reserved?: ReservedFor | undefined;
  state: State;
  /** What was read from `state.yaml`. */
  loaded: LoadedState;
}

/** Reads everything; takes no lock and changes nothing. */
export async function takeSnapshot(layout: Layout): Promise<Snapshot> {
  const [names, live, loaded] = await Promise.all([
    runtime.files.list(layout.accounts),
    readLiveFile(layout),
    loadState(layout),
  ]);
  const { state } = loaded;
  const found = isLinked(layout)
    ? indicesOf(names, slotIndex)
    : await accountsInFolders(layout, names, state);
  const slots = withoutMoving(found, state);
  const keys = indicesOf(names, keySlotIndex).filter((it) =>
    !slots.includes(it)
  );
  const active = activeAccount({ slots, keys, live, state });
  const hasStash = isLinked(layout) && slots.length > 0 &&
    names.includes(basename(layout.stash));
  // Usually there is no stash.
  const doubtful = hasStash
    ? await (await import("./logins/doubt.ts")).findDoubtful(layout, slots)
    : new Set<number>();
  return { layout, slots, keys, live, active, doubtful, state, loaded };
}

/** Loads the module only for agents that keep their logins in folders. */
async function accountsInFolders(
  layout: Layout,
  names: readonly string[],
  state: State,
): Promise<readonly number[]> {
  if (!layout.agent.homes.login) return [];
  const { loginAccounts } = await import("./home_logins/login_accounts.ts");
  return await loginAccounts(layout, names, state);
}

/**
 * Returns the active account: the API-key account that was activated, else the
 * account of the link, else the one in the state.
 */
export function activeAccount(
  { slots, keys, live, state }: Pick<
    Snapshot,
    "slots" | "keys" | "live" | "state"
  >,
): number | undefined {
  const { activeKey, currentIndex } = state;
  if (activeKey !== undefined && keys.includes(activeKey)) return activeKey;
  // The state is more reliable than a broken link.
  const isLinked = live.kind === "slot" &&
    (slots.includes(live.index) || currentIndex === undefined);
  return isLinked ? live.index : currentIndex;
}

/** Leaves out the new name during a move, when it is a link to the old one. */
function withoutMoving(
  slots: readonly number[],
  { moving }: State,
): readonly number[] {
  if (!moving || !slots.includes(moving.from)) return slots;
  return slots.filter((it) => it !== moving.to);
}

function indicesOf(
  names: readonly string[],
  indexOf: (name: string) => number | undefined,
): number[] {
  const found = names.map(indexOf).filter((it) => it !== undefined);
  // Sorts numbers without calling a function for each pair.
  return [...Float64Array.from(found).sort()];
}
