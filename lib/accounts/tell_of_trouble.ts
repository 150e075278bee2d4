import { nameIn } from "../vault/account_name.ts";
import { runtime } from "../system/mod.ts";
import type { Snapshot } from "../vault/snapshot.ts";
import type { Notify } from "../system/system.ts";
import { invocation } from "../program.ts";
import type { SnapshotWithWritten } from "../vault/logins/written_through.ts";

/** Tells whoever looks at the accounts what is wrong with them. */
export async function tellOfTrouble(
  snapshot: SnapshotWithWritten,
  notify: Notify,
): Promise<void> {
  const { layout, live, loaded, slots } = snapshot;
  if (loaded.problem) {
    notify(`state.yaml ${loaded.problem}: the next switch rebuilds it`);
  }
  if (loaded.mistakes.length > 0) {
    notify(`state.yaml: ${loaded.mistakes.join("; ")} (ignored)`);
  }
  const undecided = await listUndecided({ layout, slots });
  if (undecided.length > 0) {
    notify(
      `logins in the stash whose account is unknown: ${undecided.length} (${invocation()} doctor)`,
    );
  }
  await tellOfWritten(snapshot, notify);
  if (live.kind !== "file") return;
  const mend = slots.length > 0
    ? `${invocation()} doctor --fix saves it`
    : `${invocation()} setup imports it`;
  const { agent } = layout;
  notify(
    `${agent.login.file} is a new login written by ${agent.program}: ${mend}`,
  );
}

/** What reads the stash is loaded when there is something in it. */
async function listUndecided(
  { layout, slots }: Pick<Snapshot, "layout" | "slots">,
): Promise<string[]> {
  if ((await runtime.files.list(layout.stash)).length === 0) return [];
  const { listUndecided } = await import("../vault/logins/doubt.ts");
  return await listUndecided(layout, slots);
}

/** What describes a login in the wrong slot is loaded when there is one. */
async function tellOfWritten(
  snapshot: SnapshotWithWritten,
  notify: Notify,
): Promise<void> {
  const { written } = snapshot;
  if (written.length === 0) return;
  const { describeWritten } = await import(
    "../vault/logins/written_through.ts"
  );
  for (const it of written) {
    const mend = `${invocation()} doctor --fix moves it`;
    const name = nameIn(snapshot, it.index);
    notify(`${name}: ${describeWritten(snapshot, it)}: ${mend}`);
  }
}
