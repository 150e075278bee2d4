import { runtime } from "../system/mod.ts";
import type { Layout } from "../disk/layout.ts";
import { basename } from "../disk/names.ts";
import { type LiveFile, readLiveFile } from "./logins/live_file.ts";
import { keySlotIndex, slotIndex } from "../disk/slot_names.ts";
import type { State } from "../ledger/state.ts";
import { type LoadedState, loadState } from "../ledger/state_file.ts";

/** Everything that lies on the disk, at one moment. */
export interface Snapshot {
  /** Where it lies. */
  layout: Layout;
  /** The OAuth accounts, which have a slot that the link may lead to, ascending. */
  slots: readonly number[];
  /** The API-key accounts, ascending. */
  keys: readonly number[];
  /** What the agent reads now. */
  live: LiveFile;
  /** The active account, as {@linkcode activeAccount} tells. */
  active: number | undefined;
  /** The accounts whose newer login may be in the stash. */
  doubtful: ReadonlySet<number>;
  /** What is remembered. */
  state: State;
  /** What `state.yaml` itself says. */
  loaded: LoadedState;
}

/** Looks at everything; takes no lock and changes nothing. */
export async function takeSnapshot(layout: Layout): Promise<Snapshot> {
  const [names, live, loaded] = await Promise.all([
    runtime.files.list(layout.accounts),
    readLiveFile(layout),
    loadState(layout),
  ]);
  const { state } = loaded;
  const slots = withoutMoving(indicesOf(names, slotIndex), state);
  const keys = indicesOf(names, keySlotIndex).filter((it) =>
    !slots.includes(it)
  );
  const active = activeAccount({ slots, keys, live, state });
  const hasStash = slots.length > 0 && names.includes(basename(layout.stash));
  const doubtful = hasStash
    ? await findDoubtful(layout, slots)
    : new Set<number>();
  return { layout, slots, keys, live, active, doubtful, state, loaded };
}

/** Loaded when it is needed: most often there is no stash. */
async function findDoubtful(
  layout: Layout,
  slots: readonly number[],
): Promise<Set<number>> {
  const { findDoubtful } = await import("./logins/doubt.ts");
  return await findDoubtful(layout, slots);
}

/**
 * The active account: an API-key account if one was made so, else that of the
 * link, else what is remembered.
 */
export function activeAccount(
  { slots, keys, live, state }: Pick<
    Snapshot,
    "slots" | "keys" | "live" | "state"
  >,
): number | undefined {
  const { activeKey, currentIndex } = state;
  if (activeKey !== undefined && keys.includes(activeKey)) return activeKey;
  // A broken link tells less than what is remembered.
  const isLinked = live.kind === "slot" &&
    (slots.includes(live.index) || currentIndex === undefined);
  return isLinked ? live.index : currentIndex;
}

/** For a moment of a move the new name is a link to the old one. */
function withoutMoving(slots: number[], { moving }: State): number[] {
  if (!moving || !slots.includes(moving.from)) return slots;
  return slots.filter((it) => it !== moving.to);
}

function indicesOf(
  names: readonly string[],
  indexOf: (name: string) => number | undefined,
): number[] {
  return names.map(indexOf).filter((it) => it !== undefined)
    .sort((a, b) => a - b);
}
