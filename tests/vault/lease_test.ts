import { assertEquals } from "@std/assert";
import { runtime } from "../../lib/system/mod.ts";
import {
  dropLease,
  endLease,
  isHeld,
  LEASE_MS,
  readLease,
  spendRoom,
  takeLease,
} from "../../lib/vault/settle/lease.ts";
import {
  accountFolder,
  modeOf,
  namesIn,
  NOW,
} from "../support/account_folder.ts";
import { failing, noSpace, replaceFiles } from "../support/files.ts";

const ACCOUNTS = { accounts: [1] };
const FAILED = {
  failedAt: NOW,
  expiresAt: NOW - 1,
  code: "unavailable",
  problem: "the service reports an error (502, a web page)",
};

Deno.test("readLease() returns what takeLease() wrote, with and without reserved space", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  const { layout } = folder;
  const lease = await takeLease(layout, 1, NOW);
  const path = `${layout.runs}/refresh_1`;
  assertEquals(await readLease(layout, 1), lease);
  assertEquals((await Deno.stat(path)).size > 100_000, true);
  assertEquals(await modeOf(path), "0600");
  await spendRoom(layout, 1, lease);
  assertEquals(await readLease(layout, 1), lease);
  assertEquals((await Deno.stat(path)).size < 1_000, true);
});

Deno.test("readLease() returns when the refresh ended once endLease() has recorded it", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  const { layout } = folder;
  const lease = await takeLease(layout, 1, NOW);
  await endLease(layout, 1, { at: NOW, expiresAt: NOW + 1 });
  await dropLease(layout, 1, lease);
  const last = await readLease(layout, 1);
  assertEquals(last, { at: NOW, expiresAt: NOW + 1 });
  assertEquals(isHeld(last, NOW), false);
});

Deno.test("dropLease() leaves the lease of another process", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  const { layout } = folder;
  const first = await takeLease(layout, 1, NOW);
  const second = await takeLease(layout, 1, NOW + 1);
  await dropLease(layout, 1, first);
  assertEquals(await readLease(layout, 1), second);
  await dropLease(layout, 1, second);
  assertEquals(await readLease(layout, 1), undefined);
});

Deno.test("dropLease() puts the error in the place of the lease", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  const { layout } = folder;
  const lease = await takeLease(layout, 1, NOW);
  await Deno.writeTextFile(`${layout.runs}/refresh_1.failed`, "of a kill");
  await dropLease(layout, 1, lease, FAILED);
  const last = await readLease(layout, 1);
  assertEquals(last, { ...FAILED, path: undefined });
  assertEquals(isHeld(last, NOW), false);
  assertEquals(await namesIn(layout.runs), ["refresh_1"]);
  assertEquals(await modeOf(`${layout.runs}/refresh_1`), "0600");
});

for (const step of ["remove", "create", "rename"] as const) {
  Deno.test(`dropLease() does not throw when the disk refuses to ${step}`, async () => {
    await using folder = await accountFolder(ACCOUNTS);
    const { layout } = folder;
    const lease = await takeLease(layout, 1, NOW);
    using _disk = failing(step);
    await dropLease(layout, 1, lease, FAILED);
    await dropLease(layout, 1, lease);
    if (step === "remove") assertEquals(await readLease(layout, 1), lease);
  });
}

Deno.test("takeLease() leaves nothing behind when the disk is full", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  const { layout } = folder;
  using _disk = replaceFiles((real) => ({
    create: async (path, bytes, mode) => {
      await real.create(path, bytes.subarray(0, 100), mode);
      throw noSpace();
    },
  }));
  const error = await takeLease(layout, 1, NOW).catch((it) => it);
  assertEquals(error.code, "ENOSPC");
  assertEquals(await namesIn(layout.runs), []);
});

for (const content of ["", "{", '{"id":7}', "null", "[]", "\xff"]) {
  Deno.test(`readLease() returns undefined when the file is ${JSON.stringify(content)}`, async () => {
    await using folder = await accountFolder(ACCOUNTS);
    const { layout } = folder;
    await Deno.mkdir(layout.runs);
    await Deno.writeTextFile(`${layout.runs}/refresh_1`, content);
    assertEquals(await readLease(layout, 1), undefined);
  });
}

const self = runtime.host.identify(runtime.host.pid);
const HELD: Record<string, [boolean, { process?: string; until: number }]> = {
  "its process runs": [true, { until: NOW + 1 }],
  "its process is unknown": [true, { process: "", until: NOW + 1 }],
  "its process has ended": [false, { process: `${self}0`, until: NOW + 1 }],
  "it has run out": [false, { until: NOW }],
  "it expires later than any lease can": [false, { until: NOW + LEASE_MS + 1 }],
};

for (const [when, [held, { process = self, until }]] of Object.entries(HELD)) {
  Deno.test(`isHeld() returns ${held} when ${when}`, () => {
    const lease = { id: "1", process: process || undefined, until };
    assertEquals(isHeld(lease, NOW), held);
  });
}
