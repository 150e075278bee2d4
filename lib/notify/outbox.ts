/**
 * The messages that wait for delivery, and those of episodes that last: a file
 * each, in the folder `outbox/` beside `state.yaml`.
 *
 * Whoever changes a file holds `outbox/lock`, for moments only. Whoever sends
 * holds `outbox/sending.lock` (`outbox_files.ts`). A message is written before
 * the state that it tells of is saved, so that a kill in between loses none; the
 * episode in its file keeps the next process from telling it again.
 *
 * @module
 */

import type { Layout } from "../disk/layout.ts";
import { randomHex } from "../disk/names.ts";
import { makeFolder } from "../disk/permissions.ts";
import { runtime } from "../system/mod.ts";
import { realSystem } from "../system/system.ts";
import type { Changes, NotifyEvent } from "./events.ts";
import {
  isWaiting,
  type Message,
  nextTryOf,
  withDeliveries,
} from "./message.ts";
import {
  listRemains,
  listUnread,
  readMessage,
  readMessages,
  removeMessage,
  withOutbox,
  writeMessage,
} from "./outbox_files.ts";
import type { Payload } from "./payload.ts";
import type { Target } from "./targets.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * How long an episode without a known end keeps a second message away. Only a
 * kill before the state was saved makes a process see the same event again.
 */
const SAME_EPISODE_MS = HOUR_MS;

/** How long a message is kept after the last try, for `notify list`. */
const KEPT_MS = DAY_MS;

/** The longest time that a file is kept: longer than any window of a quota. */
const LONGEST_KEPT_MS = 35 * DAY_MS;

/** The most files; the oldest are dropped. */
const MOST_MESSAGES = 1_000;

/** The numbers that the id of a message has room for. */
const NUMBERS = 0x10000;

/** Who is told, and how an event becomes a message. */
export interface AppendOptions {
  /** The time, epoch milliseconds. */
  now: number;
  /** All targets. */
  targets: readonly Target[];
  /** Returns the message about an event. */
  payloadOf: (event: NotifyEvent) => Payload;
}

/**
 * Adds the messages about `changes`, and drops those that are no longer true.
 * Returns whether a message was added.
 */
export async function appendChanges(
  layout: Layout,
  changes: Changes,
  { now, targets, payloadOf }: AppendOptions,
): Promise<boolean> {
  const told = changes.events.map((event) => ({
    event,
    names: targets.filter((it) => it.events.includes(event.type))
      .map((it) => it.name),
  })).filter(({ names }) => names.length > 0);
  const folder = layout.outbox;
  if (told.length === 0 && !await runtime.files.info(folder)) return false;
  if (!await runtime.files.info(folder)) await makeFolder(folder);
  return await withOutbox(layout, async () => {
    const all = await readMessages(layout);
    await endEpisodes(layout, all, { now, ...changes });
    let isAdded = false;
    for (const { event, names } of told) {
      const { episode, at, until } = event;
      const same = all.filter((it) => it.episode === episode);
      if (isRecovery(event)) {
        if (same.some((it) => isSameEnd(it, { at, now }))) continue;
        for (const it of same) await dropUnsent(layout, it);
      } else if (same.some((it) => isOpen(it, now))) continue;
      const delivery = { state: "waiting", attempts: 0, nextAt: at } as const;
      const message: Message = {
        id: idAt(now, all.length),
        episode,
        createdAt: now,
        dueAt: at,
        endsAt: until,
        payload: payloadOf(event),
        deliveries: Object.fromEntries(names.map((it) => [it, delivery])),
      };
      await writeMessage(layout, message);
      all.push(message);
      isAdded = true;
    }
    return isAdded;
  });
}

/**
 * Returns a new id, such that the files of one time have the order in which
 * they were written: the time, a number, and eight random bytes.
 */
function idAt(now: number, number: number): string {
  const time = Math.max(now, 0).toString(16).padStart(12, "0");
  const place = (number % NUMBERS).toString(16).padStart(4, "0");
  return `msg_${time}${place}${randomHex(8)}`;
}

/** Whether `message` tells already that an episode ends at `at`. */
function isSameEnd(
  message: Message,
  { at, now }: { at: number; now: number },
): boolean {
  if (message.dueAt === at && isWaiting(message)) return true;
  return at <= now && message.dueAt <= now && isOpen(message, now);
}

/** Only the newest end of an episode is true. */
function isRecovery({ type }: NotifyEvent): boolean {
  return type === "account.recovered" || type === "pool.recovered";
}

/** Whether the episode of a message lasts, as far as is known. */
function isOpen({ createdAt, endsAt }: Message, now: number): boolean {
  const end = endsAt ?? createdAt + SAME_EPISODE_MS;
  // A clock that was set back makes no episode longer than it can be.
  return now < end && end - now <= LONGEST_KEPT_MS;
}

async function endEpisodes(
  layout: Layout,
  all: readonly Message[],
  { ended, dropped, now }: Changes & { now: number },
): Promise<void> {
  for (const it of all) {
    if (dropped.includes(it.episode)) await dropUnsent(layout, it);
    if (!ended.includes(it.episode) || !isOpen(it, now)) continue;
    it.endsAt = now;
    await writeMessage(layout, it);
  }
}

/** Drops what is left to send of `message`. */
async function dropUnsent(layout: Layout, message: Message): Promise<void> {
  if (!isWaiting(message)) return;
  const { deliveries } = withDeliveries(
    message,
    (it) => it.state === "waiting" ? undefined : it,
  );
  message.deliveries = deliveries;
  const isLeft = Object.keys(deliveries).length > 0;
  await (isLeft ? writeMessage : removeMessage)(layout, message);
}

/**
 * Changes message `id` as `change` returns; does nothing if it was dropped
 * meanwhile.
 */
export async function changeMessage(
  layout: Layout,
  id: string,
  change: (message: Message) => Message,
): Promise<void> {
  await withOutbox(layout, async () => {
    const message = await readMessage(layout, id);
    if (message) await writeMessage(layout, change(message));
  });
}

/** Ends the pauses of all messages: what is due is tried again at `now`. */
export async function endPauses(layout: Layout, now: number): Promise<void> {
  for (const { id } of await findDue(layout, Infinity)) {
    await changeMessage(layout, id, (message) => {
      const latest = Math.max(now, message.dueAt);
      return withDeliveries(message, (it) => ({
        ...it,
        nextAt: Math.min(it.nextAt, latest),
      }));
    });
  }
}

/** Returns the messages that must be sent to a target until `time`. */
export async function findDue(
  layout: Layout,
  time: number,
): Promise<Message[]> {
  const messages = await readMessages(layout);
  const now = realSystem.now();
  return messages.filter((message) =>
    Object.values(message.deliveries).some((it) =>
      it.state === "waiting" && nextTryOf(message, it, now) <= time
    )
  );
}

/**
 * Removes the messages that nobody needs any longer, and what killed processes
 * have left. Returns those that were dropped unsent because there are too many.
 */
export async function tidyOutbox(
  layout: Layout,
  now: number,
): Promise<Message[]> {
  const folder = layout.outbox;
  const unread = await listUnread(layout);
  const old = await Promise.all(unread.map((it) => readMessage(layout, it)));
  const all = await readMessages(layout);
  const isOver = (it: Message) => !isWaiting(it) && !isKept(it, now);
  const left = all.filter((it) => !isOver(it));
  const surplus = left.slice(0, Math.max(left.length - MOST_MESSAGES, 0));
  const remains = await listRemains(layout);
  const needless = [...all.filter(isOver), ...surplus];
  if (unread.length + remains.length + needless.length === 0) return [];
  await withOutbox(layout, async () => {
    for (const id of unread) {
      // A folder of that name must not keep messages from being sent.
      await removeMessage(layout, { id }).catch(() => {});
    }
    for (const it of needless) await removeMessage(layout, it);
    for (const it of remains) await runtime.files.remove(`${folder}/${it}`);
  });
  return [...old, ...surplus].filter((it) => it !== undefined)
    .filter(isWaiting);
}

function isKept(message: Message, now: number): boolean {
  const { createdAt, dueAt, deliveries } = message;
  const tries = Object.values(deliveries).map((it) => it.triedAt ?? 0);
  const since = now - Math.max(createdAt, dueAt, ...tries);
  return since < KEPT_MS || isOpen(message, now) && since < LONGEST_KEPT_MS;
}
