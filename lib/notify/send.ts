import { appendEvent } from "../disk/audit_log.ts";
import type { Layout } from "../disk/layout.ts";
import { withLock } from "../disk/lock.ts";
import { type Notify, realSystem } from "../system/system.ts";
import { deliver } from "./deliver.ts";
import {
  type Delivery,
  isWaiting,
  LIFETIME_MS,
  type Message,
  nextTryOf,
  type Outcome,
  pauseAfter,
  withDeliveries,
} from "./message.ts";
import { changeMessage, tidyOutbox } from "./outbox.ts";
import { readMessages } from "./outbox_files.ts";
import { loadNotifySettings } from "./settings_file.ts";
import type { Target } from "./targets.ts";

/** How to send. */
export interface SendOptions {
  /** Stops sending; what is under way is tried again later. */
  signal: AbortSignal;
  /** Called when a target will never get a message. @default nothing */
  notify?: Notify | undefined;
}

/**
 * How often to look for new messages, milliseconds. Another process writes them,
 * and leaves the sending to the one that holds the lease.
 */
const LOOK_MS = 1_000;

/** How long one process drains the outbox, milliseconds. */
const DAY_MS = 86_400_000;

/**
 * Sends until no message is left, or for a day. Also sends what other processes
 * write meanwhile. Returns why it ended. The caller has the lease.
 */
export async function drainOutbox(
  layout: Layout,
  options: SendOptions & {
    /** Whether to continue when no message is left. @default false */
    staysOpen?: boolean | undefined;
    /** Waits until the next look. @default until the time is over */
    pause?: ((ms: number) => Promise<void>) | undefined;
  },
): Promise<"empty" | "stopped"> {
  const { signal, staysOpen = false } = options;
  const { pause = (ms) => realSystem.sleep(ms, signal).catch(() => {}) } =
    options;
  const deadline = realSystem.elapsed() + DAY_MS;
  while (!signal.aborted) {
    const left = await sendDue(layout, options);
    if (left === 0 && !staysOpen) return "empty";
    if (realSystem.elapsed() >= deadline) break;
    await pause(LOOK_MS);
  }
  return "stopped";
}

/**
 * Sends every message that is due, to all targets at the same time. Returns how
 * many deliveries are left. The caller has the lease. If a kill comes after a
 * message is sent but before its file is changed, the message is sent again with
 * the same id.
 */
export async function sendDue(
  layout: Layout,
  { signal, notify = () => {} }: SendOptions,
): Promise<number> {
  const now = realSystem.now();
  for (const it of await tidyOutbox(layout, now)) {
    await logDropped(layout, it, { reason: "too many messages wait", now });
  }
  const messages = await readMessages(layout);
  let targets: readonly Target[];
  try {
    ({ targets } = await loadNotifySettings(layout, { mustExist: true }));
  } catch {
    // The commands that need the settings report what is wrong with them. An
    // editor may be about to write them: no target is dropped for that.
    return await giveUpOld(layout, messages.filter(isWaiting), now);
  }
  const isDue = (message: Message, it: Delivery) =>
    it.state === "waiting" && nextTryOf(message, it, now) <= now;
  await Promise.all(targets.map(async (target) => {
    for (const message of messages) {
      const delivery = message.deliveries[target.name];
      if (!delivery || !isDue(message, delivery)) continue;
      const outcome = await deliver(target, message, { signal });
      if (signal.aborted && !outcome.isDone) return;
      const result = afterTry(delivery, outcome, {
        dueAt: message.dueAt,
        now: realSystem.now(),
        random: Math.random(),
      });
      await changeMessage(layout, message.id, (it) => ({
        ...it,
        deliveries: { ...it.deliveries, [target.name]: result },
      }));
      message.deliveries[target.name] = result;
      if (result.state === "failed") {
        const reason = `${target.name}: ${result.said}`;
        notify(`cannot tell ${reason}`);
        await logDropped(layout, message, { reason, now: realSystem.now() });
      }
      // The others wait for their own turn, so that a target that hangs does
      // not hold up this look for minutes.
      if (!outcome.isDone) return;
    }
  }));
  const known = targets.map((it) => it.name);
  await dropUnknown(layout, messages, known);
  return messages.flatMap(({ deliveries }) =>
    known.filter((it) => deliveries[it]?.state === "waiting")
  ).length;
}

/** Returns a delivery after a try. */
function afterTry(
  { attempts }: Delivery,
  outcome: Outcome,
  { dueAt, now, random }: { dueAt: number; now: number; random: number },
): Delivery {
  const tried = { attempts: attempts + 1, triedAt: now, said: outcome.said };
  if (outcome.isDone) return { ...tried, state: "sent", nextAt: now };
  if (outcome.isFinal) return { ...tried, state: "failed", nextAt: now };
  if (now - dueAt >= LIFETIME_MS) {
    const said = `gave up after a day: ${outcome.said}`;
    return { ...tried, said, state: "failed", nextAt: now };
  }
  const { retryAfterMs } = outcome;
  const pause = pauseAfter(attempts + 1, { random, retryAfterMs });
  return { ...tried, state: "waiting", nextAt: now + pause };
}

/**
 * Ends the deliveries that were due a day ago, of `messages` whose targets are
 * not known. Returns how many messages are left.
 */
async function giveUpOld(
  layout: Layout,
  messages: readonly Message[],
  now: number,
): Promise<number> {
  const old = messages.filter((it) => now - it.dueAt >= LIFETIME_MS);
  const said = "gave up after a day: the settings cannot be used";
  for (const { id } of old) {
    await changeMessage(layout, id, (message) =>
      withDeliveries(
        message,
        (it) => it.state === "waiting" ? { ...it, state: "failed", said } : it,
      ));
  }
  return messages.length - old.length;
}

/** Drops deliveries to targets that are no longer in the settings. */
async function dropUnknown(
  layout: Layout,
  messages: readonly Message[],
  known: readonly string[],
): Promise<void> {
  const isUnknown = (it: Delivery, name: string) =>
    it.state === "waiting" && !known.includes(name);
  for (const { id, deliveries } of messages) {
    const all = Object.entries(deliveries);
    if (!all.some(([name, it]) => isUnknown(it, name))) continue;
    await changeMessage(layout, id, (message) =>
      withDeliveries(
        message,
        (it, name) => isUnknown(it, name) ? undefined : it,
      ));
  }
}

/** Writes the log. A failure undoes nothing. */
async function logDropped(
  layout: Layout,
  { payload }: Message,
  { reason, now }: { reason: string; now: number },
): Promise<void> {
  const account = payload.data.account?.index ?? null;
  const event = {
    timestamp: new Date(now).toISOString(),
    level: "error",
    event: "notify_dropped",
    from: account,
    to: account,
    reason: `${payload.type}: ${reason}`,
  } as const;
  try {
    await withLock(layout.lock, () => appendEvent(layout, event));
  } catch {
    // The outbox says the same; `notify list` shows it.
  }
}
