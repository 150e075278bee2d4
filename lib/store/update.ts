import { type Notify, realSystem, type System } from "../system.ts";
import { appendEvent, type AuditEvent } from "./audit_log.ts";
import type { Layout } from "./layout.ts";
import { type Leftover, sweepLeftovers } from "./leftovers.ts";
import { withLock } from "./lock.ts";
import { basename } from "./names.ts";
import { secureFile, secureFolders } from "./permissions.ts";
import { type Snapshot, takeSnapshot } from "./snapshot.ts";
import type { State } from "./state.ts";
import { saveState, setStateAside } from "./state_file.ts";

/** An event; the time is added when it is written. */
export type UntimedEvent = Omit<AuditEvent, "timestamp">;

/** What a change finds under the lock, and whom it tells. */
export interface Locked extends Snapshot {
  /** Credentials that a killed process left behind. */
  leftovers: readonly Leftover[];
  /** The time of the update, epoch milliseconds. */
  now: number;
  /** Tells the user. */
  notify: Notify;
  /** Tells the audit log, once the state is saved. */
  record: (event: UntimedEvent) => void;
}

/** What a change makes of it. */
export interface Change<T> {
  /** What is to be remembered from now on. */
  state: State;
  /** What the caller wants to know. */
  result: T;
}

/** How to update. */
export interface UpdateOptions {
  /** Hears of every repair. */
  notify: Notify;
  /** How long to wait for another process, milliseconds. */
  lockTimeoutMs?: number | undefined;
  /** @default realSystem */
  system?: Pick<System, "now" | "sleep">;
}

/**
 * Runs `change` under the lock and then saves the state that it returns and
 * the events that it recorded. A `state.yaml` of no use is set aside first.
 *
 * The order on the disk is: the link (the truth), the state, the log. A kill
 * between two of them is mended by the next update.
 *
 * @throws {LockTimeoutError} If another process holds the lock for too long.
 * @throws {UnsafeFileError} If a file or folder of ours is not ours.
 */
export async function update<T>(
  layout: Layout,
  change: (locked: Locked) => Promise<Change<T>>,
  options: UpdateOptions,
): Promise<T> {
  const { notify, lockTimeoutMs, system = realSystem } = options;
  await secureFolders(layout, notify);
  await secureFile(layout.lock, notify);
  return await withLock(layout.lock, async () => {
    await secureFile(layout.state, notify);
    await secureFile(layout.log, notify);
    const now = system.now();
    const events: UntimedEvent[] = [];
    const locked: Locked = {
      ...await takeSnapshot(layout),
      leftovers: await sweepLeftovers(layout),
      now,
      notify,
      record: (event) => events.push(event),
    };
    try {
      if (locked.loaded.problem) await rebuildState(locked);
      const { state, result } = await change(locked);
      await saveState(layout, state, locked.loaded.text);
      return result;
    } finally {
      await appendEvents(layout, events, now, notify);
    }
  }, { timeoutMs: lockTimeoutMs, system });
}

async function rebuildState(locked: Locked): Promise<void> {
  const { layout, loaded, slots, state } = locked;
  const aside = basename(await setStateAside(layout, locked.now));
  const to = state.currentIndex ?? null;
  const reason = `it ${loaded.problem}; kept as ${aside}`;
  locked.record({
    level: "warn",
    event: "state_rebuilt",
    from: null,
    to,
    reason,
  });
  locked.notify(
    `state.yaml ${loaded.problem}: kept as ${aside} and made anew from the ` +
      `link and ${slots.length} slots; the counts start at 0`,
  );
}

/** The change is done and saved: a log that cannot be written undoes nothing. */
async function appendEvents(
  layout: Layout,
  events: readonly UntimedEvent[],
  now: number,
  notify: Notify,
): Promise<void> {
  const timestamp = new Date(now).toISOString();
  try {
    for (const event of events) {
      await appendEvent(layout, { timestamp, ...event });
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    notify(`cannot write rotation.log, the change itself is done: ${reason}`);
  }
}
