import { nameOf } from "../account_name.ts";
import { unsafeFile } from "../common_errors.ts";
import { type Notify, realSystem, type System } from "../system/system.ts";
import { appendEvent } from "../disk/audit_log.ts";
import type { Layout } from "../disk/layout.ts";
import { findLeftovers } from "./settle/leftovers.ts";
import { messageOf } from "../system/message_of.ts";
import { runtime } from "../system/mod.ts";
import { isEmpty, keptNamesOf, saveNames } from "../ledger/labels.ts";
import { withLock } from "../disk/lock.ts";
import { Locked, type UntimedEvent } from "./locked.ts";
import { allAccounts, basename } from "../disk/names.ts";
import { listRuns } from "./settle/runs.ts";
import { secureFile, secureFolders, UNREADABLE } from "../disk/permissions.ts";
import {
  type AgentVersion,
  type ReservedFor,
  type Snapshot,
  takeSnapshot,
} from "./snapshot.ts";
import { moveFiles } from "./logins/move_files.ts";
import type { Facts } from "../notify/events_of.ts";
import { mayHaveTargets, startSending } from "../notify/sender.ts";
import { invocation } from "../program.ts";
import { accountState, withMove } from "../ledger/state.ts";
import {
  checkAgent,
  keepStateText,
  saveState,
  setStateAside,
} from "../ledger/state_file.ts";

/** How to change the folder. */
export interface ChangeOptions {
  notify: Notify;
  /** How long to wait for another process, milliseconds. */
  lockTimeoutMs?: number | undefined;
  /** Whether rotation may leave a login of a plan by itself. @default true */
  rotatesLogins?: boolean | undefined;
  /** Returns for whom the rest of an account is kept. @default nobody */
  reserved?: ReservedFor | undefined;
  /** Returns the version of the installed agent. @default unknown */
  agentVersion?: AgentVersion | undefined;
  /** @default realSystem */
  system?: Pick<System, "now" | "elapsed" | "sleep">;
}

/**
 * Runs `change` under the lock, then saves the state and the events that it
 * recorded, even if it throws. Before that, moves an unusable `state.yaml`
 * aside.
 *
 * The order on disk is: move the link (the truth), save the state, remove the
 * links that were moved aside, write the log. After a kill between two steps,
 * the next update does the rest: a link that is still aside shows that the
 * state was not saved.
 *
 * @throws {BusyError} If another process holds the lock for too long.
 * @throws {FileError} If one of our files or folders is not safe to use.
 */
export async function changeFolder<T>(
  layout: Layout,
  change: (locked: Locked) => Promise<T>,
  options: ChangeOptions,
): Promise<T> {
  const { notify, lockTimeoutMs, system = realSystem } = options;
  await checkAgent(layout);
  await secureFolders(layout, notify);
  await secureFile(layout.lock, notify);
  return await withLock(layout.lock, async () => {
    await secureFile(layout.state, notify);
    await secureFile(layout.log, notify);
    const events: UntimedEvent[] = [];
    const found = await finishMove(layout, { notify, now: system.now() });
    const { rotatesLogins, reserved } = options;
    const snapshot = { ...found, rotatesLogins, reserved };
    const locked = new Locked(snapshot, {
      runs: await listRuns(layout),
      leftovers: await findLeftovers(layout, system.now()),
      clock: () => system.now(),
      notify,
      agentVersion: options.agentVersion,
      record: (event) => events.push(event),
      beforeSave: (locked) => tellTargets(snapshot, locked),
    });
    if (locked.loaded.problem) await rebuildState(locked);
    else if (locked.loaded.text === undefined) await tellOfLostState(locked);
    try {
      return await change(locked);
    } finally {
      await locked.save();
      await keepNames(locked);
      await removeLinks(locked);
      await appendEvents(layout, events, locked.now, notify);
    }
  }, { timeoutMs: lockTimeoutMs, system });
}

/** Takes a snapshot, after finishing a move to another number. */
async function finishMove(
  layout: Layout,
  { notify, now }: Pick<Locked, "notify" | "now">,
): Promise<Snapshot> {
  const snapshot = await takeSnapshot(layout);
  const { state, loaded } = snapshot;
  const { text, mistakes } = loaded;
  if (text !== undefined && mistakes.length > 0) {
    const kept = basename(await keepStateText(layout, text, now));
    notify(`state.yaml: ${mistakes.join("; ")}; ignored, kept in ${kept}`);
  }
  const { moving } = state;
  if (!moving) return snapshot;
  const isDone = await moveFiles(layout, moving);
  const moved = isDone
    ? withMove(state, moving)
    : { ...state, moving: undefined };
  await saveState(layout, moved, loaded.text);
  const { from, to } = moving;
  if (isDone) {
    const { label } = accountState(moved, to);
    notify(`finished moving ${nameOf(from, label)} to ${to}`);
  }
  return await takeSnapshot(layout);
}

async function removeLinks({ leftovers }: Locked): Promise<void> {
  for (const { path, kind } of leftovers) {
    if (kind === "link") await runtime.files.remove(path);
  }
}

/**
 * Moves an unusable `state.yaml` aside. Throws if it cannot be read, because
 * then its content may be valid.
 */
async function rebuildState(locked: Locked): Promise<void> {
  const { layout, loaded, active } = locked;
  if (loaded.problem === UNREADABLE) {
    throw unsafeFile(layout.state, UNREADABLE);
  }
  const aside = basename(await setStateAside(layout, locked.now));
  const reason = `it ${loaded.problem}; kept as ${aside}`;
  locked.record({ level: "warn", event: "state_rebuilt", to: active, reason });
  locked.notify(
    `state.yaml ${loaded.problem}: kept as ${aside} and rebuilt from ` +
      `${allAccounts(locked).length} accounts; ${describeRebuilt(locked)}`,
  );
}

/** Tells the user if `state.yaml` is gone. If there is a log, there was one. */
async function tellOfLostState(locked: Locked): Promise<void> {
  if (!await runtime.files.info(locked.layout.log)) return;
  const count = allAccounts(locked).length;
  locked.notify(
    `state.yaml is gone: rebuilt from ${count} accounts; ` +
      describeRebuilt(locked),
  );
}

/** Describes what was kept and what was lost when the state was rebuilt. */
function describeRebuilt({ state }: Locked): string {
  const all = [...state.accounts.values()];
  const kept = Object.entries({
    labels: all.some((it) => it.label !== undefined),
    cooldowns: all.some((it) => it.cooldowns.length > 0),
    counters: all.some((it) => it.switchesCount > 0),
    // If these are missing, nobody knows whether there were any.
    ...(state.order.length > 0 ? { "the order": true } : {}),
    ...(all.some((it) => it.disabled) ? { "disabled accounts": true } : {}),
  });
  const names = (isKept: boolean) =>
    kept.filter(([, it]) => it === isKept).map(([name]) => name).join(", ");
  return [[names(true), "are kept"], [names(false), "are lost"]]
    .filter(([list]) => list !== "").map((it) => it.join(" ")).join("; ");
}

/** Copies labels and owners. A failure undoes nothing: the state is saved. */
async function keepNames(locked: Locked): Promise<void> {
  const { layout, loaded, state, notify } = locked;
  const names = keptNamesOf(state);
  if (isEmpty(names) && isEmpty(keptNamesOf(loaded.state))) return;
  try {
    await saveNames(layout, names);
  } catch (error) {
    const reason = messageOf(error);
    notify(`cannot write labels.json, the change itself is done: ${reason}`);
  }
}

/** Writes the log. A failure undoes nothing: the change is already saved. */
async function appendEvents(
  layout: Layout,
  events: readonly UntimedEvent[],
  now: number,
  notify: Notify,
): Promise<void> {
  const timestamp = new Date(now).toISOString();
  try {
    for (const { event, level, from, to, reason } of events) {
      await appendEvent(layout, {
        timestamp,
        level: level ?? "info",
        event,
        from: from ?? null,
        to: to ?? null,
        reason: reason ?? "asked for",
      });
    }
  } catch (error) {
    const reason = messageOf(error);
    notify(`cannot write rotation.log, the change itself is done: ${reason}`);
  }
}

/**
 * Writes messages about what the update has changed since `before` to the
 * outbox, if the settings have targets. Called before the state is saved: a kill
 * in between tells too early, but nothing is left untold. A failure undoes
 * nothing, and does not keep the state from being saved.
 */
async function tellTargets(before: Snapshot, locked: Locked): Promise<void> {
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
