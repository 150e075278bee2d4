import { runtime } from "../runtime/mod.ts";
import { mayHaveRuns } from "../store/runs.ts";
import type { Snapshot } from "../store/snapshot.ts";
import type { Notify } from "../system.ts";
import { program } from "../program.ts";

/** Tells what in `snapshot` somebody has to know who looks at the accounts. */
export async function tellOfTrouble(
  snapshot: Snapshot,
  notify: Notify,
): Promise<void> {
  const { layout, live, loaded, slots } = snapshot;
  if (loaded.problem) {
    notify(`state.yaml ${loaded.problem}: the next switch rebuilds it`);
  }
  const undecided = await listUndecided({ layout, slots });
  if (undecided.length > 0) {
    notify(
      `logins in the stash whose account is unknown: ${undecided.length} (${program()} doctor)`,
    );
  }
  await tellOfWritten(snapshot, notify);
  if (live.kind !== "file") return;
  const mend = slots.length > 0
    ? `${program()} doctor --fix saves it`
    : `${program()} setup imports it`;
  notify(`oauth_creds.json is a new login written by qwen: ${mend}`);
}

/** What reads the stash is loaded when there is something in it. */
async function listUndecided(
  { layout, slots }: Pick<Snapshot, "layout" | "slots">,
): Promise<string[]> {
  if ((await runtime.files.list(layout.stash)).length === 0) return [];
  const { listUndecided } = await import("../store/doubt.ts");
  return await listUndecided(layout, slots);
}

/** Loaded when a run has a record: without one no account is doubtful by it. */
async function tellOfWritten(
  snapshot: Snapshot,
  notify: Notify,
): Promise<void> {
  if (!await mayHaveRuns(snapshot.layout)) return;
  const { describeWritten, listWrittenThrough } = await import(
    "./written_through.ts"
  );
  for (const it of await listWrittenThrough(snapshot)) {
    const mend = `${program()} doctor --fix moves it`;
    notify(`account ${it.index}: ${describeWritten(it)}: ${mend}`);
  }
}
