import {
  assertEquals,
  assertGreater,
  assertLess,
  assertRejects,
} from "@std/assert";
import { AccountManager } from "../../lib/mod.ts";
import {
  appendUsage,
  DAY_MS,
  keepUsage,
  readUsage,
  usageFile,
} from "../../lib/quota/usage_files.ts";
import type { UsageHistory } from "../../lib/quota/types.ts";
import { UsageTally } from "../../lib/quota/usage_tally.ts";
import {
  accountFolder,
  modeOf,
  namesIn,
  NOW,
} from "../support/account_folder.ts";
import { assertFails } from "../support/assert_fails.ts";
import { tempDir } from "../support/temp_dir.ts";

const MINUTE = NOW - NOW % 60_000;

const HISTORY: UsageHistory = {
  minutes: [{
    account: 3,
    model: 'odd "name"\n\u2028 of a model',
    at: MINUTE,
    requests: 12,
    inputTokens: 345,
    outputTokens: 67,
    cachedTokens: 8,
    reasoningTokens: 9,
    errors: { throttle: 2, quota: 1 },
  }],
  readings: [{
    account: 3,
    model: undefined,
    window: "5h",
    unit: "percent",
    limit: 100,
    used: 12.5,
    resetsAt: NOW + 1_000,
    observedAt: NOW,
    source: "agent",
  }],
  refusals: [{
    account: 3,
    model: "",
    at: NOW,
    kind: "quota",
    resetsAt: undefined,
  }],
};

const NOTHING: UsageHistory = { minutes: [], readings: [], refusals: [] };

Deno.test("readUsage() returns what appendUsage() has written", async () => {
  await using dir = await tempDir();
  const folder = `${dir.path}/usage`;
  await append(folder, HISTORY, NOW);
  assertEquals(await readUsage(folder), HISTORY);
  assertEquals(await modeOf(folder), "0700");
  assertEquals(await modeOf(usageFile(folder, NOW)), "0600");
});

Deno.test("readUsage() returns nothing where there is no folder", async () => {
  await using dir = await tempDir();
  assertEquals(await readUsage(`${dir.path}/usage`), NOTHING);
  assertEquals(await namesIn(dir.path), []);
});

Deno.test("readUsage() returns what happened in a period", async () => {
  await using dir = await tempDir();
  const minutes = [-2 * DAY_MS, -DAY_MS, -60_000, 0].map((ms) => MINUTE + ms);
  for (const at of minutes) await append(dir.path, oneRequest(1, at), at);
  const read = async (from: number, to?: number) => {
    const found = await readUsage(dir.path, { from, to });
    return found.minutes.map((it) => it.at - MINUTE);
  };
  assertEquals(await read(0), [-2 * DAY_MS, -DAY_MS, -60_000, 0]);
  assertEquals(await read(MINUTE - DAY_MS), [-DAY_MS, -60_000, 0]);
  assertEquals(await read(MINUTE - 1, MINUTE), [-60_000]);
  assertEquals(await read(MINUTE + 59_999), [0]);
  assertEquals(await read(MINUTE + 60_000), []);
});

Deno.test("readUsage() finds what was written on a later day", async () => {
  await using dir = await tempDir();
  await append(dir.path, oneRequest(1, MINUTE), NOW + 2 * DAY_MS);
  const { minutes } = await readUsage(dir.path, {
    from: MINUTE,
    to: MINUTE + 1,
  });
  assertEquals(minutes.length, 1);
});

Deno.test("readUsage() skips lines that are torn or not valid", async () => {
  await using dir = await tempDir();
  await append(dir.path, HISTORY, NOW);
  const path = usageFile(dir.path, NOW);
  const text = await Deno.readTextFile(path);
  const at = MINUTE / 60_000;
  const bad = [
    text.slice(0, 20),
    "",
    "null",
    "{}",
    `["u"]`,
    `["u",${at},"1","model",5]`,
    `["u",${at},-1,"model",5]`,
    `["u",${at},1.5,"model",5]`,
    `["u",-1,1,"model",5]`,
    `["u",1e300,1,"model",5]`,
    `["x",${NOW},1,"model","ok"]`,
    `["x",${NOW},1,"model","__proto__"]`,
    `["r",${NOW},1,null,"5h","apples",1,1,null,"header"]`,
    `["r",${NOW},1,null,5,"tokens",1,1,null,"header"]`,
    `["r",${NOW},1,null,"5h","tokens",1,1,null,"a friend"]`,
    `["z",${NOW},1]`,
    "\0\xff\u{1F600}",
    `["u",${at},1,"${"x".repeat(100)}`,
  ];
  await Deno.writeTextFile(
    path,
    `${bad.join("\n")}\n${text}${text.slice(0, 30)}`,
  );
  assertEquals(await readUsage(dir.path), HISTORY);
});

Deno.test("readUsage() counts nothing that no service can have counted", async () => {
  await using dir = await tempDir();
  const line = (count: string) =>
    `["u",${MINUTE / 60_000},1,"m",1,${count},1,null,"2",{"quota":${count}}]`;
  const counts = ["-5", "1e300", "1e99999", "null", '"7"', "[]"];
  const text = counts.map((it) => `${line(it)}\n`).join("");
  await Deno.writeTextFile(usageFile(dir.path, NOW), text);
  assertEquals((await readUsage(dir.path)).minutes, [{
    account: 1,
    model: "m",
    at: MINUTE,
    requests: 6,
    inputTokens: 0,
    outputTokens: 6,
    cachedTokens: 0,
    reasoningTokens: 0,
    errors: {},
  }]);
});

Deno.test("appendUsage() adds to what others have written", async () => {
  await using dir = await tempDir();
  await Promise.all(
    Array.from(
      { length: 50 },
      (_, at) => append(dir.path, oneRequest(1 + at % 2, MINUTE), NOW),
    ),
  );
  const { minutes } = await readUsage(dir.path);
  assertEquals(minutes.map((it) => it.requests), [25, 25]);
});

Deno.test("appendUsage() first ends a line that a killed process has torn", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(usageFile(dir.path, NOW), '["u",293');
  await append(dir.path, HISTORY, NOW);
  assertEquals(await readUsage(dir.path), HISTORY);
});

for (const what of ["folder", "file"]) {
  Deno.test(`appendUsage() follows no link in place of the ${what}`, async () => {
    await using dir = await tempDir();
    await using elsewhere = await tempDir();
    const folder = `${dir.path}/usage`;
    const target = `${elsewhere.path}/target`;
    if (what === "folder") {
      await Deno.mkdir(target);
      await Deno.symlink(target, folder);
    } else {
      await Deno.mkdir(folder);
      await Deno.writeTextFile(target, "");
      await Deno.symlink(target, usageFile(folder, NOW));
    }
    await assertFails(
      () => append(folder, HISTORY, NOW),
      "unsafe-file",
      what === "folder" ? folder : usageFile(folder, NOW),
    );
    assertEquals(await namesIn(elsewhere.path), ["target"]);
    const left = what === "folder"
      ? (await namesIn(target)).length
      : (await Deno.stat(target)).size;
    assertEquals(left, 0);
    assertEquals(await readUsage(folder), NOTHING);
  });
}

Deno.test("keepUsage() replaces the file of a past day by its sums", async () => {
  await using dir = await tempDir();
  const path = usageFile(dir.path, NOW);
  for (let at = 0; at < 600; at++) {
    const ms = MINUTE + at * 1_000;
    await append(dir.path, {
      ...oneRequest(1, ms),
      readings: [{ ...HISTORY.readings[0]!, used: at, observedAt: ms }],
      refusals: [{ ...HISTORY.refusals[0]!, at: ms }],
    }, NOW);
  }
  const { size } = await Deno.stat(path);
  await writtenAt(path, NOW);
  await keepUsage(dir.path, NOW + DAY_MS);
  const kept = await readUsage(dir.path);
  assertEquals(kept.minutes.length, 10);
  assertEquals(kept.minutes.map((it) => it.requests), Array(10).fill(60));
  assertEquals(kept.readings.map((it) => it.used), [599]);
  assertEquals(
    kept.refusals.map((it) => it.at),
    kept.minutes.map((it) => it.at),
  );
  assertLess((await Deno.stat(path)).size, size / 20);
  assertEquals(await modeOf(path), "0600");
});

Deno.test("keepUsage() leaves a day that is not over", async () => {
  await using dir = await tempDir();
  const path = usageFile(dir.path, NOW);
  await append(dir.path, oneRequest(1, MINUTE), NOW);
  await append(dir.path, oneRequest(1, MINUTE), NOW);
  await writtenAt(path, NOW);
  const text = await Deno.readTextFile(path);
  const end = NOW - NOW % DAY_MS + DAY_MS;
  await keepUsage(dir.path, end + 60_000);
  assertEquals(await Deno.readTextFile(path), text);
  await keepUsage(dir.path, end + 10 * 60_000);
  assertLess((await Deno.readTextFile(path)).length, text.length);
});

Deno.test("keepUsage() replaces a file once, and again after a late line", async () => {
  await using dir = await tempDir();
  const path = usageFile(dir.path, NOW);
  await append(dir.path, oneRequest(1, MINUTE), NOW);
  await writtenAt(path, NOW);
  await keepUsage(dir.path, NOW + DAY_MS);
  const { ino } = await Deno.stat(path);
  await keepUsage(dir.path, NOW + DAY_MS);
  assertEquals((await Deno.stat(path)).ino, ino);
  await append(dir.path, oneRequest(1, MINUTE), NOW); // by a clock set back
  await writtenAt(path, NOW);
  await keepUsage(dir.path, NOW + DAY_MS);
  const { minutes } = await readUsage(dir.path);
  assertEquals(minutes.map((it) => it.requests), [2]);
});

Deno.test("keepUsage() removes what is older than 35 days, and nothing else", async () => {
  await using dir = await tempDir();
  for (const days of [0, 35, 36, 400]) {
    const day = NOW - days * DAY_MS;
    await append(dir.path, oneRequest(1, day), day);
  }
  await Deno.writeTextFile(`${dir.path}/2020-01-01.txt`, "");
  await Deno.writeTextFile(`${dir.path}/2020-99-99.jsonl`, "");
  await Deno.writeTextFile(`${dir.path}/.x.jsonl.0123456789abcdef.tmp`, "");
  await keepUsage(dir.path, NOW);
  assertEquals(await namesIn(dir.path), [
    "2020-01-01.txt",
    "2020-99-99.jsonl",
    "2026-10-17.jsonl",
    "2026-11-21.jsonl",
    "lock",
  ]);
});

Deno.test("keepUsage() leaves it to the process that does it already", async () => {
  await using dir = await tempDir();
  const old = NOW - 400 * DAY_MS;
  await append(dir.path, oneRequest(1, old), old);
  using lock = await Deno.open(`${dir.path}/lock`, {
    create: true,
    write: true,
  });
  await lock.lock(true);
  await keepUsage(dir.path, NOW);
  assertEquals((await readUsage(dir.path)).minutes.length, 1);
});

Deno.test("move keeps the usage of the account, also after a day is summed up", async () => {
  await using folder = await accountFolder({ keys: [1, 2] });
  const { usage } = folder.layout;
  const now = Date.now();
  for (const account of [1, 2]) {
    await append(usage, oneRequest(account, now), now);
  }
  const manager = new AccountManager({ dir: folder.path });
  await manager.moveAccount(1, 7);
  await append(usage, oneRequest(1, now + DAY_MS), now); // a new account
  const expected = [[2, 1], [7, 1], [1, 1]];
  assertEquals(await requestsOf(usage), expected);
  await writtenAt(usageFile(usage, now), now);
  await keepUsage(usage, now + 2 * DAY_MS);
  assertEquals(await requestsOf(usage), expected);
});

Deno.test("a million requests in 1,000 runs take a few MB", async () => {
  await using dir = await tempDir({ inMemory: true });
  for (let run = 0; run < 1_000; run++) {
    const begin = MINUTE - 34 * DAY_MS + run * 48 * 60_000;
    const tally = new UsageTally();
    for (let at = 0; at < 1_000; at++) {
      tally.count(likeReal(1 + run % 8, begin + at * 2_400));
    }
    await append(dir.path, tally.history(), begin);
  }
  assertEquals(await countKept(dir.path), 1_000_000);
  assertLess(await sizeOf(dir.path), 4e6);
});

Deno.test("100,000 runs of one request take a few MB", async () => {
  await using dir = await tempDir({ inMemory: true });
  for (let day = 1; day < 35; day++) {
    const lines = Array.from({ length: 3_000 }, (_, at) => {
      const tally = new UsageTally();
      tally.count(likeReal(1 + at % 8, NOW - day * DAY_MS + at * 4_000));
      return tally.history();
    });
    for (const it of lines) await append(dir.path, it, NOW - day * DAY_MS);
  }
  const before = await sizeOf(dir.path);
  assertEquals(await countKept(dir.path), 102_000);
  assertLess(await sizeOf(dir.path), 4e6);
  assertGreater(before, await sizeOf(dir.path));
});

Deno.test("readUsage() leaves out amounts and times that no service has", async () => {
  await using dir = await tempDir();
  const at = NOW;
  await writeLines(dir.path, [
    ["r", at, 1, null, "5h", "requests", 1e300, 1e290, 1e300, "header"],
    ["x", at, 1, "m", "quota", 1e300],
    ["u", MINUTE / 60_000, 1, "m", 1e300, -5],
    ["u", MINUTE / 60_000, 2 ** 53, "m", 1],
  ]);
  const { readings, refusals, minutes } = await readUsage(dir.path);
  const [reading] = readings;
  assertEquals(
    [reading?.limit, reading?.used, reading?.resetsAt],
    [undefined, undefined, undefined],
  );
  assertEquals(refusals.map((it) => it.resetsAt), [undefined]);
  assertEquals(
    minutes.map((it) => [it.account, it.requests, it.inputTokens]),
    [[1, 0, 0]],
  );
});

Deno.test("readUsage() counts further models of an account as unknown", async () => {
  await using dir = await tempDir();
  const minute = MINUTE / 60_000;
  await writeLines(
    dir.path,
    Array.from({ length: 2_000 }, (_, at) => ["u", minute, 1, `m${at}`, 1]),
  );
  const { minutes } = await readUsage(dir.path);
  assertEquals(minutes.length, 501);
  assertEquals(minutes.reduce((sum, it) => sum + it.requests, 0), 2_000);
});

Deno.test("readUsage() takes what it can from among damaged lines", async () => {
  await using dir = await tempDir();
  const minute = MINUTE / 60_000;
  await Deno.writeTextFile(
    usageFile(dir.path, NOW),
    `["u",${minute},1,"m",1]\n["u",${minute},1,"m",[]\n\0\xff\n` +
      `["u",${minute},1,"m",2]\n["u",${minute},1`,
  );
  const { minutes } = await readUsage(dir.path);
  assertEquals(minutes.map((it) => it.requests), [3]);
});

Deno.test("readUsage() is not slowed by many changes of numbers", async () => {
  await using dir = await tempDir();
  const minute = MINUTE / 60_000;
  await writeLines(
    dir.path,
    Array.from({ length: 30_000 }, (_, at) => [
      ["m", NOW - at, at + 1, at + 2],
      ["u", minute - at % 600 - 1, at + 1, "m", 1],
    ]).flat(),
  );
  const start = performance.now();
  await readUsage(dir.path);
  assertLess(performance.now() - start, 20_000); // was minutes
});

Deno.test("keepUsage() sums up the other files if one cannot be read", async () => {
  await using dir = await tempDir();
  const [first, second] = [NOW - 3 * DAY_MS, NOW - 2 * DAY_MS];
  await Deno.writeTextFile(usageFile(dir.path, first), "");
  await Deno.truncate(usageFile(dir.path, first), 1024 ** 3);
  await append(dir.path, oneRequest(1, second), second);
  await append(dir.path, oneRequest(1, second), second);
  for (const day of [first, second]) {
    await writtenAt(usageFile(dir.path, day), day);
  }
  await assertRejects(() => keepUsage(dir.path, NOW), Error, "is larger than");
  const text = await Deno.readTextFile(usageFile(dir.path, second));
  assertEquals(text.trimEnd().split("\n").length, 1);
});

async function writeLines(
  folder: string,
  lines: readonly unknown[],
): Promise<void> {
  const text = lines.map((it) => `${JSON.stringify(it)}\n`).join("");
  await Deno.writeTextFile(usageFile(folder, NOW), text);
}

/** The accounts and their requests, by time and number. */
async function requestsOf(folder: string): Promise<number[][]> {
  const { minutes } = await readUsage(folder);
  return minutes.toSorted((a, b) => a.at - b.at || a.account - b.account)
    .map((it) => [it.account, it.requests]);
}

async function append(
  folder: string,
  history: UsageHistory,
  now: number,
): Promise<void> {
  await appendUsage(folder, history, { now, notify: () => {} });
}

function oneRequest(account: number, at: number): UsageHistory {
  const tally = new UsageTally();
  tally.count({ account, model: "coder", at, requests: 1 });
  return tally.history();
}

function likeReal(account: number, at: number) {
  return {
    account,
    model: at % 5 === 0 ? "qwen3-max" : "qwen3-coder-plus",
    at,
    requests: 1,
    inputTokens: 8_000 + at % 30_011,
    outputTokens: at % 2_003,
    cachedTokens: at % 8_009,
    errors: at % 50 === 0 ? { throttle: 1 } : {},
  };
}

/** Sums up all days, and returns the number of requests. */
async function countKept(folder: string): Promise<number> {
  for await (const { name } of Deno.readDir(folder)) {
    await writtenAt(`${folder}/${name}`, Date.parse(name.slice(0, 10)));
  }
  await keepUsage(folder, NOW + DAY_MS);
  const { minutes } = await readUsage(folder);
  return minutes.reduce((sum, it) => sum + it.requests, 0);
}

async function sizeOf(folder: string): Promise<number> {
  let size = 0;
  for await (const { name } of Deno.readDir(folder)) {
    size += (await Deno.stat(`${folder}/${name}`)).size;
  }
  return size;
}

/** Makes the file look as if it was last written at `ms`. */
async function writtenAt(path: string, ms: number): Promise<void> {
  await Deno.utime(path, ms / 1_000, ms / 1_000);
}
