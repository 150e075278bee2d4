import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLessOrEqual,
} from "@std/assert";
import type { WindowReading } from "../../lib/quota/types.ts";
import { DAY_MS, readUsage, usageFile } from "../../lib/quota/usage_files.ts";
import { UsageRecorder } from "../../lib/quota/usage_recorder.ts";
import { NOW } from "../support/account_folder.ts";
import { lineReader } from "../process/programs.ts";
import { testFile } from "../support/checkout.ts";
import { spawn } from "../support/deadline.ts";
import { denoEnv } from "../support/deno_env.ts";
import { exists } from "../support/exists.ts";
import { tempDir } from "../support/temp_dir.ts";

const READING: WindowReading = {
  account: 1,
  window: "5h",
  unit: "percent",
  used: 10,
  observedAt: NOW,
  source: "agent",
};

Deno.test("UsageRecorder sums up what happens in a minute", async () => {
  await using dir = await tempDir();
  await using stage = stageIn(dir.path);
  const { recorder, clock } = stage;
  for (let at = 0; at < 100; at++) {
    recorder.count({ account: 1 + at % 2, model: "coder", requests: 1 });
  }
  await clock.pass(5_000);
  recorder.count({ account: 1, model: "coder", inputTokens: 7 });
  await clock.pass(5_000);
  const { minutes } = await readUsage(dir.path);
  assertEquals(
    minutes.map((it) => [it.account, it.requests, it.inputTokens]),
    [[1, 50, 7], [2, 50, 0]],
  );
});

Deno.test("UsageRecorder writes nothing until something happens", async () => {
  await using dir = await tempDir();
  const folder = `${dir.path}/usage`;
  await stageIn(folder)[Symbol.asyncDispose]();
  assertEquals(await exists(folder), false);
});

Deno.test("UsageRecorder writes at its end what has happened before", async () => {
  await using dir = await tempDir();
  const stage = stageIn(dir.path);
  stage.recorder.count({ account: 1, requests: 1 });
  stage.recorder.read(READING);
  await stage[Symbol.asyncDispose]();
  const { minutes, readings } = await readUsage(dir.path);
  assertEquals([minutes.length, readings.length], [1, 1]);
});

Deno.test("UsageRecorder keeps the last of many readings", async () => {
  await using dir = await tempDir();
  const stage = stageIn(dir.path);
  for (let used = 0; used < 1_000; used++) {
    stage.recorder.read({ ...READING, used, observedAt: NOW + used });
    stage.recorder.count({ account: 1, requests: 1 });
    if (used % 100 === 0) await stage.clock.pass(5_000);
  }
  await stage[Symbol.asyncDispose]();
  const { readings } = await readUsage(dir.path);
  assertLessOrEqual(readings.length, 4);
  assertEquals(readings.at(-1)?.used, 999);
});

Deno.test("UsageRecorder counts each model, however it is named, within bounds", async () => {
  await using dir = await tempDir();
  const stage = stageIn(dir.path);
  const odd = [
    "\n",
    "\0",
    '"],["u"',
    "é漢🙂",
    "\ud800",
    "__proto__",
    "x".repeat(10_000),
  ];
  for (const model of odd) {
    stage.recorder.count({ account: 1, model, requests: 1 });
  }
  for (let at = 0; at < 20_000; at++) {
    stage.recorder.count({ account: 2, model: `made-up-${at}`, requests: 1 });
  }
  await stage[Symbol.asyncDispose]();
  const { minutes } = await readUsage(dir.path);
  const models = minutes.filter((it) => it.account === 1).map((it) => it.model);
  assertEquals(
    models,
    odd.map((it) => it.slice(0, 120).replace("\ud800", "\ufffd")),
  );
  const [lines = []] = await Array.fromAsync(
    Deno.readDir(dir.path),
    async ({ name }) =>
      (await Deno.readTextFile(`${dir.path}/${name}`)).trimEnd().split("\n"),
  );
  assertEquals(lines.length, 10_001);
  const sum = minutes.reduce((sum, it) => sum + it.requests, 0);
  assertEquals(sum, 20_000 + odd.length);
});

Deno.test("UsageRecorder counts when the clock is set back, or far ahead", async () => {
  await using dir = await tempDir();
  await using stage = stageIn(dir.path);
  const { recorder, clock } = stage;
  for (const ms of [0, -3_600_000, -DAY_MS, 40 * DAY_MS]) {
    clock.set(NOW + ms);
    recorder.count({ account: 1, requests: 1 });
    await clock.pass(5_000);
  }
  const { minutes } = await readUsage(dir.path);
  const all = minutes.map((it) => it.at - (NOW - NOW % 60_000));
  assertEquals(all, [-DAY_MS, -3_600_000, 0, 40 * DAY_MS]);
});

Deno.test("UsageRecorder sums up the day before when a day begins", async () => {
  await using dir = await tempDir();
  const yesterday = stageIn(dir.path);
  for (let at = 0; at < 10; at++) {
    yesterday.recorder.count({ account: 1, requests: 1 });
    await yesterday.clock.pass(5_000);
  }
  await yesterday[Symbol.asyncDispose]();
  const path = usageFile(dir.path, NOW);
  const { size } = await Deno.stat(path);
  await Deno.utime(path, NOW / 1_000, NOW / 1_000);
  await using today = stageIn(dir.path);
  today.clock.set(NOW + DAY_MS);
  today.recorder.count({ account: 1, requests: 1 });
  await today.clock.pass(5_000);
  assert((await Deno.stat(path)).size < size / 4);
  const { minutes } = await readUsage(dir.path);
  assertEquals(minutes.reduce((sum, it) => sum + it.requests, 0), 11);
});

Deno.test("UsageRecorder loses no more than what happens between two writes when it is killed", async () => {
  await using dir = await tempDir();
  let kept = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const counted = await countUntilKilled(dir.path, 1 + kill * 97 % 900);
    const end = counted.at(-1) ?? 0;
    const isDue = (at: number) => at <= end - LOST_MS;
    const { minutes } = await readUsage(dir.path);
    const before = kept;
    kept = minutes.reduce((sum, it) => sum + it.requests, 0);
    assertLessOrEqual(kept, before + counted.length);
    assertGreaterOrEqual(kept, before + counted.filter(isDue).length);
  }
  assertGreaterOrEqual(kept, KILLS * 50);
});

const KILLS = 12;

/** The fixture writes ten times as often. */
const LOST_MS = 500;

/**
 * Counts in another process, kills it when it has counted `requests`, and
 * returns when it counted each.
 */
async function countUntilKilled(
  folder: string,
  requests: number,
): Promise<number[]> {
  const child = spawn(Deno.execPath(), {
    args: ["run", "--cached-only", "-A", testFile("fixtures/count_usage.ts")]
      .concat(folder),
    env: await denoEnv(),
    stdout: "piped",
  });
  const lines = lineReader(child.stdout);
  const times: number[] = [];
  const take = (line: string) => {
    const [, at] = line.split(" ");
    if (at !== undefined) times.push(Number(at));
  };
  while (times.length < requests) take(await lines.next());
  child.kill("SIGKILL");
  await child.status;
  for (let it = await lines.next(); it.includes(" "); it = await lines.next()) {
    take(it);
  }
  await lines.cancel();
  return times;
}

/** A recorder with a clock that only the test advances. */
function stageIn(folder: string) {
  let now = NOW;
  let elapsed = 0;
  const waiting = new Set<() => void>();
  const clock = {
    now: () => now,
    elapsed: () => elapsed,
    sleep: (_: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        waiting.add(resolve);
        signal?.addEventListener("abort", () => reject(signal.reason));
      }),
    set: (ms: number) => void (now = ms),
    /** Lets `ms` pass, and waits until what is due was written. */
    async pass(ms: number) {
      now += ms;
      elapsed += ms;
      for (const resolve of waiting) resolve();
      waiting.clear();
      await new Promise((resolve) => setTimeout(resolve));
      await recorder.write();
    },
  };
  const recorder = new UsageRecorder(folder, {
    notify: (text) => {
      throw new Error(text);
    },
    system: clock,
  });
  return {
    recorder,
    clock,
    [Symbol.asyncDispose]: () => recorder[Symbol.asyncDispose](),
  };
}
