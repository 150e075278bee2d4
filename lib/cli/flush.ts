import type { Layout } from "../disk/layout.ts";
import type { Message } from "../notify/message.ts";
import { endPauses, findDue } from "../notify/outbox.ts";
import {
  endStart,
  readMessages,
  START_MS,
  takeSendingLease,
} from "../notify/outbox_files.ts";
import { drainOutbox, sendDue } from "../notify/send.ts";
import { runtime, type SignalName } from "../system/mod.ts";
import { type Notify, realSystem } from "../system/system.ts";
import { startDrain } from "./background_sender.ts";

/** How long to try, or to wait for the process that sends, milliseconds. */
const PATIENCE_MS = 30_000;

const PAUSE_MS = 100;

/** What a flush has come to, counted in messages to one target. */
interface Flushed {
  /** Those that were sent. */
  sent: number;
  /** Those that were tried and failed. */
  failed: number;
  /** Those that are not sent yet, also because they are not due. */
  waiting: number;
}

/**
 * Tries to send everything that is due, also what waits for its next try. If
 * another process sends, it does so, and this one waits for it.
 */
export async function flushOutbox(
  layout: Layout,
  notify: Notify,
): Promise<Flushed> {
  if (!await runtime.files.info(layout.outbox)) {
    return { sent: 0, failed: 0, waiting: 0 };
  }
  const before = await readMessages(layout);
  const now = realSystem.now();
  await endPauses(layout, now);
  const signal = AbortSignal.timeout(PATIENCE_MS);
  while (!signal.aborted && (await findDue(layout, now)).length > 0) {
    using lease = await takeSendingLease(layout);
    if (lease) await sendDue(layout, { signal, notify });
    else await realSystem.sleep(PAUSE_MS);
  }
  const after = await readMessages(layout);
  await startDrain(layout);
  return compare(before, after);
}

function compare(
  before: readonly Message[],
  after: readonly Message[],
): Flushed {
  const count = { sent: 0, failed: 0, waiting: 0 };
  for (const { id, deliveries } of after) {
    const earlier = before.find((it) => it.id === id)?.deliveries ?? {};
    for (const [name, it] of Object.entries(deliveries)) {
      const isTried = it.attempts > (earlier[name]?.attempts ?? 0);
      if (it.state === "waiting") count.waiting++;
      if (isTried) count[it.state === "sent" ? "sent" : "failed"]++;
    }
  }
  return count;
}

/**
 * Sends until nothing is left in the outbox, or for a day; returns at once if
 * another process does so. A terminal that hangs up does not end it.
 */
export async function drainAlone(
  layout: Layout,
  notify: Notify,
): Promise<void> {
  using listeners = new DisposableStack();
  const stop = new AbortController();
  const on = (signal: SignalName, act: () => void) =>
    listeners.use(runtime.host.onSignal(signal, act));
  on("SIGHUP", () => {});
  for (const it of ["SIGINT", "SIGTERM"] as const) on(it, () => stop.abort());
  const { signal } = stop;
  // A message that was written while this process gave back the lease needs another turn.
  while (!signal.aborted && (await findDue(layout, Infinity)).length > 0) {
    using lease = await awaitLease(layout);
    if (!lease) return;
    const end = await drainOutbox(layout, { signal, notify });
    if (end === "stopped") return;
  }
}

async function awaitLease(layout: Layout): Promise<Disposable | undefined> {
  const deadline = realSystem.elapsed() + START_MS;
  while (true) {
    const lease = await takeSendingLease(layout);
    if (lease) await endStart(layout);
    if (lease || realSystem.elapsed() >= deadline) return lease;
    await realSystem.sleep(PAUSE_MS);
  }
}
