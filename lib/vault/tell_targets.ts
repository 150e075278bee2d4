import type { Facts } from "../notify/events_of.ts";
import { mayHaveTargets, startSending } from "../notify/sender.ts";
import { allAccounts } from "../disk/names.ts";
import { accountState } from "../ledger/state.ts";
import { invocation } from "../program.ts";
import { messageOf } from "../system/message_of.ts";
import { Locked } from "./locked.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * Writes messages about what the update has changed since `before` to the
 * outbox, if the settings have targets. Called before the state is saved: a kill
 * in between tells too early, but nothing is left untold. A failure undoes
 * nothing, and does not keep the state from being saved.
 */
export async function tellTargets(
  before: Snapshot,
  locked: Locked,
): Promise<void> {
  const { layout, state, now, notify } = locked;
  if (state === before.state) return;
  try {
    if (!await mayHaveTargets(layout)) return;
    const { eventsOf } = await import("../notify/events_of.ts");
    const changes = eventsOf(factsOf(before), factsOf(locked), { now });
    if (Object.values(changes).every((it) => it.length === 0)) return;
    const [{ appendChanges }, { loadNotifySettings }, { payloadOf }] =
      await Promise.all([
        import("../notify/outbox.ts"),
        import("../notify/settings_file.ts"),
        import("../notify/payload.ts"),
      ]);
    const { targets } = await loadNotifySettings(layout);
    const about = {
      agent: layout.agent.program,
      invocation: invocation(),
      labelOf: (index: number) => accountState(state, index).label,
    };
    const isAdded = await appendChanges(layout, changes, {
      now,
      targets,
      payloadOf: (event) => payloadOf(event, about),
    });
    if (isAdded) startSending(layout);
  } catch (error) {
    notify(`cannot tell the targets in the settings: ${messageOf(error)}`);
  }
}

function factsOf(snapshot: Snapshot | Locked): Facts {
  const { state, doubtful, active } = snapshot;
  const accounts = allAccounts(snapshot);
  const successors = snapshot instanceof Locked
    ? snapshot.successors
    : undefined;
  return { state, doubtful, active, accounts, successors };
}
