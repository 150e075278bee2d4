import { withLink } from "../disk/layout.ts";
import { hasLoginFolders } from "../vault/home_logins/login_accounts.ts";
import { nameIn } from "../vault/account_name.ts";
import { runtime } from "../system/mod.ts";
import type { Snapshot } from "../vault/snapshot.ts";
import type { Notify } from "../system/system.ts";
import { invocation } from "../program.ts";
import type { SnapshotWithWritten } from "../vault/logins/written_through.ts";

/** Tells the user what is wrong with the accounts. */
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
  if (hasLoginFolders(layout)) return await tellOfPending(snapshot, notify);
  const undecided = await listUndecided({ layout, slots });
  if (undecided.length > 0) {
    notify(
      `logins in the stash whose account is unknown: ${undecided.length} (${invocation()} doctor)`,
    );
  }
  await tellOfWritten(snapshot, notify);
  if (live.kind !== "file") return;
  const fix = slots.length > 0
    ? `${invocation()} doctor --fix saves it`
    : `${invocation()} setup imports it`;
  const { agent } = withLink(layout);
  notify(
    `${agent.login.file} is a new login written by ${agent.program}: ${fix}`,
  );
}

/** Loads the module only for agents that keep their logins in folders. */
async function tellOfPending(snapshot: Snapshot, notify: Notify) {
  const { pendingChanges } = await import("../vault/home_logins/pending.ts");
  for (const it of await pendingChanges(snapshot)) notify(it);
}

/** Loads the module that reads the stash only if the stash has files. */
async function listUndecided(
  { layout, slots }: Pick<Snapshot, "layout" | "slots">,
): Promise<string[]> {
  if ((await runtime.files.list(layout.stash)).length === 0) return [];
  const { listUndecided } = await import("../vault/logins/doubt.ts");
  return await listUndecided(layout, slots);
}

/** Loads the module that describes a login in the wrong slot only if needed. */
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
    const fix = `${invocation()} doctor --fix moves it`;
    const name = nameIn(snapshot, it.index);
    notify(`${name}: ${describeWritten(snapshot, it)}: ${fix}`);
  }
}
