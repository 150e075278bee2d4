import { runtime } from "../runtime/mod.ts";
import { findDoubtful } from "./doubt.ts";
import type { Layout } from "./layout.ts";
import { type LiveFile, readLiveFile } from "./live_file.ts";
import { slotIndex } from "./slot_names.ts";
import type { State } from "./state.ts";
import { type LoadedState, loadState } from "./state_file.ts";

/** Everything that lies on the disk, at one moment. */
export interface Snapshot {
  /** Where it lies. */
  layout: Layout;
  /** The accounts that have a slot, ascending. */
  slots: readonly number[];
  /** What the CLI reads now. */
  live: LiveFile;
  /** The active account: where the link leads, else what is remembered. */
  active: number | undefined;
  /** The accounts of which the stash may have a newer login. */
  doubtful: ReadonlySet<number>;
  /** What is remembered. */
  state: State;
  /** What `state.yaml` itself says. */
  loaded: LoadedState;
}

/** Looks at everything; takes no lock and changes nothing. */
export async function takeSnapshot(layout: Layout): Promise<Snapshot> {
  const [slots, live, loaded] = await Promise.all([
    listSlots(layout),
    readLiveFile(layout),
    loadState(layout),
  ]);
  const { state } = loaded;
  const active = live.kind === "slot" ? live.index : state.currentIndex;
  const doubtful = await findDoubtful(layout, slots);
  return { layout, slots, live, active, doubtful, state, loaded };
}

async function listSlots(layout: Layout): Promise<number[]> {
  const names = await runtime.files.list(layout.accounts);
  return names.map(slotIndex).filter((it) => it !== undefined)
    .sort((a, b) => a - b);
}
