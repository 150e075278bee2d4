import { assertEquals } from "@std/assert";
import "../support/load_libc.ts";
import { type Layout, layoutAt } from "../../lib/disk/layout.ts";
import {
  type Changes,
  type NotifyEvent,
  quotaEventsOf,
} from "../../lib/notify/events.ts";
import {
  appendChanges,
  changeMessage,
  tidyOutbox,
} from "../../lib/notify/outbox.ts";
import { readMessages } from "../../lib/notify/outbox_files.ts";
import { payloadOf } from "../../lib/notify/payload.ts";
import { readNotifySettings } from "../../lib/notify/targets.ts";
import { tempDir } from "../support/temp_dir.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const { targets } = readNotifySettings(
  { targets: { desk: { type: "desktop" } } },
  (problem) => new SyntaxError(problem),
);

const OUT: NotifyEvent = {
  type: "account.exhausted",
  episode: "account.exhausted 1",
  at: NOW,
  until: NOW + 3 * HOUR_MS,
  account: 1,
};

function endAt(at: number): NotifyEvent {
  const type = "account.recovered";
  return { type, episode: "account.recovered 1", at, account: 1 };
}

async function append(
  layout: Layout,
  changes: Partial<Changes>,
  now = NOW,
): Promise<void> {
  const about = {
    agent: "qwen",
    invocation: "account-qwen",
    labelOf: () => undefined,
  };
  await appendChanges(layout, {
    events: [],
    ended: [],
    dropped: [],
    ...changes,
  }, { now, targets, payloadOf: (event) => payloadOf(event, about) });
}

/** Marks every message as sent. */
async function sendAll(layout: Layout): Promise<void> {
  for (const { id } of await readMessages(layout)) {
    await changeMessage(layout, id, (it) => ({
      ...it,
      deliveries: { desk: { state: "sent", attempts: 1, nextAt: NOW } },
    }));
  }
}

/** Each message: its episode, and when it is due, in hours from NOW. */
async function waiting(layout: Layout) {
  return (await readMessages(layout))
    .filter((it) => it.deliveries.desk?.state === "waiting")
    .map((it) => [it.episode, (it.dueAt - NOW) / HOUR_MS]);
}

Deno.test("appendChanges() tells an episode once while it lasts, although it was sent", async () => {
  await using dir = await tempDir();
  const layout = layoutAt(dir.path);
  await append(layout, { events: [OUT] });
  await sendAll(layout);
  await append(layout, { events: [OUT] }, NOW + 2 * HOUR_MS);
  assertEquals(await waiting(layout), []);
  await append(layout, { events: [OUT] }, NOW + 4 * HOUR_MS);
  assertEquals(await waiting(layout), [["account.exhausted 1", 0]]);
});

Deno.test("appendChanges() tells an episode again after it has ended", async () => {
  await using dir = await tempDir();
  const layout = layoutAt(dir.path);
  await append(layout, { events: [OUT] });
  await sendAll(layout);
  await append(layout, { ended: [OUT.episode] }, NOW + 1);
  await append(layout, { events: [OUT] }, NOW + 2);
  assertEquals(await waiting(layout), [["account.exhausted 1", 0]]);
});

Deno.test("appendChanges() replaces an end that is not sent yet by the new one", async () => {
  await using dir = await tempDir();
  const layout = layoutAt(dir.path);
  await append(layout, { events: [endAt(NOW + HOUR_MS)] });
  await append(layout, { events: [endAt(NOW + 2 * HOUR_MS)] });
  assertEquals(await waiting(layout), [["account.recovered 1", 2]]);
  await append(layout, { dropped: ["account.recovered 1"] });
  assertEquals(await waiting(layout), []);
});

Deno.test("appendChanges() makes no folder when no target wants the event", async () => {
  await using dir = await tempDir();
  const layout = layoutAt(dir.path);
  const only = targets.map((it) => ({
    ...it,
    events: ["quota.pace"] as const,
  }));
  const isAdded = await appendChanges(
    layout,
    { events: [OUT], ended: [], dropped: [] },
    {
      now: NOW,
      targets: only,
      payloadOf: () => {
        throw new TypeError("nobody wants a message");
      },
    },
  );
  assertEquals(isAdded, false);
  assertEquals([...Deno.readDirSync(dir.path)], []);
});

Deno.test("a threshold of a quota is told once until its window begins again", async () => {
  await using dir = await tempDir();
  const layout = layoutAt(dir.path);
  const usedAt = (now: number, used: number, resetsAt: number) => {
    const events = quotaEventsOf([{
      account: 1,
      window: "day",
      unit: "requests",
      used,
      limit: { lo: 100, hi: 100 },
      source: "preset",
      observedAt: now,
      resetsAt,
    }], { now, thresholds: [0.8, 0.95] });
    return append(layout, { events }, now);
  };
  const reset = NOW + 20 * HOUR_MS;
  for (const used of [79, 80, 85, 94, 95, 99]) {
    await usedAt(NOW, used, reset);
    await usedAt(NOW + 10 * HOUR_MS, used, reset);
  }
  assertEquals(
    (await waiting(layout)).map(([episode]) => episode),
    [
      "quota.threshold 1 day requests 0.8",
      "quota.threshold 1 day requests 0.95",
    ],
  );
  await sendAll(layout);
  await usedAt(reset + 1, 80, reset + DAY_MS);
  assertEquals((await waiting(layout)).length, 1);
});

Deno.test("tidyOutbox() keeps sent messages for a day, or as long as their episode", async () => {
  await using dir = await tempDir();
  const layout = layoutAt(dir.path);
  const long = {
    ...OUT,
    episode: "account.exhausted 2",
    until: NOW + 9 * DAY_MS,
  };
  await append(layout, { events: [OUT, long] });
  await sendAll(layout);
  const left = async (now: number) => {
    await tidyOutbox(layout, now);
    return (await readMessages(layout)).map((it) => it.episode);
  };
  assertEquals((await left(NOW + 23 * HOUR_MS)).length, 2);
  assertEquals(await left(NOW + 2 * DAY_MS), [long.episode]);
  assertEquals(await left(NOW + 10 * DAY_MS), []);
});

Deno.test("tidyOutbox() removes what a killed process has left, and nothing else", async () => {
  await using dir = await tempDir();
  const layout = layoutAt(dir.path);
  await append(layout, { events: [OUT] });
  const [{ id } = { id: "" }] = await readMessages(layout);
  const temporary = `.${id}.json.0123456789abcdef.tmp`;
  for (const name of [temporary, "notes.txt"]) {
    await Deno.writeTextFile(`${layout.outbox}/${name}`, "{");
  }
  await tidyOutbox(layout, NOW);
  const names = [...Deno.readDirSync(layout.outbox)].map((it) => it.name);
  assertEquals(names.sort(), ["lock", `${id}.json`, "notes.txt"]);
});

Deno.test("tidyOutbox() drops the oldest messages when there are too many", async () => {
  await using dir = await tempDir({ inMemory: true });
  const layout = layoutAt(dir.path);
  const many = Array.from({ length: 1_003 }, (_, at) => ({
    ...OUT,
    episode: `account.exhausted ${at}`,
  }));
  await append(layout, { events: many });
  const dropped = await tidyOutbox(layout, NOW);
  assertEquals(
    dropped.map((it) => it.episode),
    many.slice(0, 3).map((it) => it.episode),
  );
  assertEquals((await readMessages(layout)).length, 1_000);
});
