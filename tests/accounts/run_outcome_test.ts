import { assert, assertEquals } from "@std/assert";
import type { Readiness } from "../../lib/readiness.ts";
import { AccountManager } from "../../lib/mod.ts";
import type { RunOutcome } from "../../lib/types.ts";
import { slotPath } from "../../lib/disk/names.ts";
import { realSystem } from "../../lib/system/system.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  NOW,
} from "../support/account_folder.ts";
import { type FakeClock, fakeClock } from "../support/clock.ts";
import { linkOf } from "./managers.ts";
import { assertFails } from "../support/assert_fails.ts";

const HOUR_MS = 3_600_000;

const QUOTA: RunOutcome = { kind: "quota", retryAt: NOW + HOUR_MS };

const REASONS = {
  quota: "out of quota",
  throttle: "rate-limited",
  auth: "refused",
} as const;

for (const kind of ["quota", "throttle", "auth"] as const) {
  Deno.test(`endRun() does not use the account for a time after ${kind}, and says why`, async () => {
    await using scene = await sceneOf([1, 2]);
    const run = await scene.manager.beginRun();
    await scene.manager.endRun(run, { kind });
    const [ready, cooling] = await scene.manager.readiness();
    assertEquals([ready?.index, ready?.obstacle], [2, undefined]);
    assertEquals([cooling?.index, cooling?.obstacle], [1, REASONS[kind]]);
    assertEquals((await scene.manager.beginRun()).account, 2);
  });
}

for (
  const kind of ["ok", "client", "transient", "timeout", "failed"] as const
) {
  Deno.test(`endRun() leaves the account ready after ${kind}`, async () => {
    await using scene = await sceneOf([1, 2]);
    const run = await scene.manager.beginRun();
    await scene.manager.endRun(run, { kind });
    assertEquals(await obstacles(scene), [undefined, undefined]);
    assertEquals((await scene.manager.beginRun()).account, 1);
  });
}

Deno.test("endRun() blocks the account after a dead login", async () => {
  await using scene = await sceneOf([1]);
  const slot = slotPath(scene.folder.layout, 1);
  await Deno.utime(slot, NOW / 1_000, NOW / 1_000); // older than the block
  const run = await scene.manager.beginRun();
  await scene.manager.endRun(run, { kind: "login" });
  await scene.clock.sleep(40 * 24 * HOUR_MS);
  await assertFails(() => scene.manager.beginRun(), "none-usable");
});

Deno.test("endRun() logs how long the account is not used", async () => {
  await using scene = await sceneOf([1]);
  const run = await scene.manager.beginRun();
  await scene.manager.endRun(run, { kind: "quota" });
  const [event, ...others] = await scene.folder.events();
  assertEquals([event?.event, event?.from], ["account_cooldown", 1]);
  const [, until = ""] =
    /^quota, next try (.*Z)$/.exec(String(event?.reason)) ??
      [];
  const [readiness] = await scene.manager.readiness();
  assertEquals(Date.parse(until), readiness?.readyAt);
  assertEquals(others, []);
});

Deno.test("endRun() keeps to the given limits", async () => {
  await using scene = await sceneOf([1]);
  const run = await scene.manager.beginRun();
  const limits = { quotaMs: 5_000 };
  await scene.manager.endRun(run, { kind: "quota", limits });
  const [readiness] = await scene.manager.readiness();
  assertEquals(readiness?.readyAt, NOW + 5_000);
});

Deno.test("beginRun() says when each account is ready when none is", async () => {
  await using scene = await sceneOf([1, 2]);
  await scene.manager.setCooldown(1, 2 * HOUR_MS);
  await scene.manager.setCooldown(2, HOUR_MS);
  const error = await assertFails(
    () => scene.manager.beginRun(),
    "none-ready",
  );
  assertEquals(
    error.accounts.map((it: Readiness) => [it.index, it.readyAt - NOW]),
    [
      [2, HOUR_MS],
      [1, 2 * HOUR_MS],
    ],
  );
});

Deno.test("beginRun() uses an account that cools down when asked to", async () => {
  await using scene = await sceneOf([1, 2]);
  await scene.manager.setCooldown(2, HOUR_MS);
  const { account } = await scene.manager.beginRun({ account: 2 });
  assertEquals(account, 2);
});

Deno.test("beginRun() skips an account whose model is out of quota", async () => {
  await using scene = await sceneOf([1, 2]);
  const run = await scene.manager.beginRun();
  await scene.manager.endRun(run, { ...QUOTA, model: "a" });
  const accountFor = async (model: string) =>
    (await scene.manager.beginRun({ model, strategy: "fill-first" })).account;
  assertEquals([await accountFor("b"), await accountFor("a")], [1, 2]);
});

Deno.test("beginRun() counts the other accounts that are ready", async () => {
  await using scene = await sceneOf([1, 2, 3]);
  await scene.manager.setCooldown(3, HOUR_MS);
  assertEquals((await scene.manager.beginRun()).alternatives, 1);
});

Deno.test("beginRun() returns to the first account after its cooldown with fill-first", async () => {
  await using scene = await sceneOf([1, 2]);
  const strategy = "fill-first";
  await scene.manager.setCooldown(1, HOUR_MS);
  assertEquals((await scene.manager.beginRun({ strategy })).account, 2);
  await scene.clock.sleep(HOUR_MS);
  assertEquals((await scene.manager.beginRun({ strategy })).account, 1);
});

Deno.test("beginRun() lets one of 20 callers try an account whose cooldown has ended", async () => {
  await using scene = await sceneOf([1, 2]);
  await scene.manager.setCooldown(1, HOUR_MS);
  await scene.clock.sleep(HOUR_MS);
  const runs = await Promise.all(
    Array.from({ length: 20 }, () => managerAt(scene).beginRun()),
  );
  assertEquals(runs.filter((it) => it.account === 1).length, 1);
  assertEquals(runs.filter((it) => it.account === 2).length, 19);
});

Deno.test("beginRun() lets another caller try when the first one never came back", async () => {
  await using scene = await sceneOf([1]);
  await scene.manager.setCooldown(1, HOUR_MS);
  await scene.clock.sleep(HOUR_MS);
  await scene.manager.beginRun();
  const error = await assertFails(
    () => scene.manager.beginRun(),
    "none-ready",
  );
  const [first] = error.accounts;
  await scene.clock.sleep((first?.readyAt ?? 0) - scene.clock.now());
  assertEquals((await scene.manager.beginRun()).account, 1);
});

Deno.test("beginRun() does not wait for a first try whose process was killed", async () => {
  await using scene = await sceneOf([1]);
  const { path } = scene.folder;
  await scene.manager.setCooldown(1, HOUR_MS);
  await scene.clock.sleep(HOUR_MS);
  await scene.manager.beginRun();
  const [trying] = await scene.manager.readiness();
  assertEquals(trying?.obstacle, "being tried by another run");
  const text = await Deno.readTextFile(`${path}/state.yaml`);
  const killed = text.replace(/(probe_by: .*\/)\d+\b/, "$10");
  assert(killed !== text, text);
  await Deno.writeTextFile(`${path}/state.yaml`, killed);
  assertEquals((await scene.manager.beginRun()).account, 1);
});

for (const kind of ["ok", "client", "transient", "failed"] as const) {
  Deno.test(`endRun() lets the others in when the first try after a cooldown ends with ${kind}`, async () => {
    await using scene = await sceneOf([1]);
    await scene.manager.setCooldown(1, HOUR_MS);
    await scene.clock.sleep(HOUR_MS);
    await scene.manager.endRun(await scene.manager.beginRun(), { kind });
    assertEquals((await scene.manager.beginRun()).account, 1);
  });
}

Deno.test("endRun() starts counting again after a successful run", async () => {
  await using scene = await sceneOf([1]);
  const lengths: number[] = [];
  for (const kind of ["quota", "quota", "ok", "quota"] as const) {
    const run = await scene.manager.beginRun();
    await scene.manager.endRun(run, { kind });
    const [{ readyAt } = { readyAt: 0 }] = await scene.manager.readiness();
    const length = Math.max(readyAt - scene.clock.now(), 0);
    lengths.push(Math.floor(length / 60_000));
    await scene.clock.sleep(length);
  }
  assertEquals(lengths, [1, 2, 0, 1]);
});

Deno.test("endRun() leaves the cooldown of another model alone after a successful run", async () => {
  await using scene = await sceneOf([1]);
  const run = await scene.manager.beginRun({ model: "a" });
  await scene.manager.endRun(run, { ...QUOTA, model: "a" });
  const good = await scene.manager.beginRun({ model: "b" });
  await scene.manager.endRun(good, { kind: "ok" });
  await assertFails(
    () => scene.manager.beginRun({ model: "a" }),
    "none-ready",
  );
});

Deno.test("endRun() leaves a cooldown alone that began during a successful run", async () => {
  await using scene = await sceneOf([1, 2]);
  const good = await scene.manager.beginRun();
  const bad = await scene.manager.beginRun();
  await scene.manager.endRun(bad, QUOTA);
  // The agent has refreshed its token, so that the end is recorded.
  await scene.folder.put(credential(1, { expiresAt: NOW + 9e6 }));
  await scene.manager.endRun(good, { kind: "ok" });
  assertEquals(await obstacles(scene), ["out of quota", undefined]);
});

Deno.test("endRun() does not cut a cooldown short when another caller has no hint", async () => {
  await using scene = await sceneOf([1]);
  const first = await scene.manager.beginRun();
  const second = await scene.manager.beginRun();
  await scene.manager.endRun(first, QUOTA);
  await scene.manager.endRun(second, { kind: "quota" });
  const [readiness] = await scene.manager.readiness();
  assert((readiness?.readyAt ?? 0) >= NOW + HOUR_MS);
});

Deno.test("endRun() leaves a cooldown alone that the user has set during the run", async () => {
  await using scene = await sceneOf([1]);
  const run = await scene.manager.beginRun();
  const until = await scene.manager.setCooldown(1, 5 * HOUR_MS);
  const retryAt = NOW + 14_000;
  await scene.manager.endRun(run, { kind: "throttle", retryAt });
  const [readiness] = await scene.manager.readiness();
  assertEquals(
    [readiness?.readyAt, readiness?.obstacle],
    [until, "resting (set by you)"],
  );
});

Deno.test("endRun() keeps a cooldown that the user has set after a successful run", async () => {
  await using scene = await sceneOf([1, 2]);
  const until = await scene.manager.setCooldown(1, 5 * HOUR_MS);
  const run = await scene.manager.beginRun({ account: 1 });
  await scene.manager.noteAnswer(run);
  await scene.manager.endRun(run, { kind: "ok" });
  const [, readiness] = await scene.manager.readiness();
  assertEquals(
    [readiness?.index, readiness?.readyAt, readiness?.obstacle],
    [1, until, "resting (set by you)"],
  );
});

Deno.test("endRun() makes an account ready after a successful run that was asked for", async () => {
  await using scene = await sceneOf([1, 2]);
  const run = await scene.manager.beginRun();
  await scene.manager.endRun(run, QUOTA);
  const asked = await scene.manager.beginRun({ account: 1 });
  await scene.manager.endRun(asked, { kind: "ok" });
  assertEquals(await obstacles(scene), [undefined, undefined]);
});

Deno.test("endRun() makes one cooldown and one switch when 20 callers see the same account run out", async () => {
  await using scene = await sceneOf([1, 2, 3]);
  const callers = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const manager = managerAt(scene);
      return { manager, run: await manager.beginRun() };
    }),
  );
  assertEquals(new Set(callers.map((it) => it.run.account)), new Set([1]));
  const results = await Promise.all(callers.map(async ({ manager, run }) => {
    await manager.endRun(run, { kind: "quota" });
    return await manager.switchNext({ from: 1, reason: "quota" });
  }));
  assertEquals(results.filter((it) => it.switched).length, 1);
  assertEquals(new Set(results.map((it) => it.to)), new Set([2]));
  assertEquals(await linkOf(scene.folder), "accounts/oauth_creds_2.json");
  assertEquals((await scene.manager.getStats()).switchesTotal, 1);
  const cooling = (await scene.manager.readiness())
    .find((it) => it.index === 1);
  const minutes = ((cooling?.readyAt ?? 0) - NOW) / 60_000;
  assert(minutes >= 1 && minutes < 2, `it is left alone for ${minutes} min`);
});

Deno.test("clearCooldowns() makes one account ready, or all", async () => {
  await using scene = await sceneOf([1, 2, 3]);
  for (const index of [1, 2, 3]) {
    await scene.manager.setCooldown(index, HOUR_MS);
  }
  await scene.manager.clearCooldowns(2);
  assertEquals(await obstacles(scene), [
    "resting (set by you)",
    undefined,
    "resting (set by you)",
  ]);
  await scene.manager.clearCooldowns();
  assertEquals(await obstacles(scene), [undefined, undefined, undefined]);
});

Deno.test("readiness() forgets a cooldown when the clock is set back by years", async () => {
  await using scene = await sceneOf([1]);
  await scene.manager.endRun(await scene.manager.beginRun(), QUOTA);
  const dir = scene.folder.path;
  const system = fakeClock(Date.UTC(2016, 0));
  const manager = new AccountManager({ dir, system });
  assertEquals((await manager.readiness())[0]?.obstacle, undefined);
});

Deno.test("previewNext() says what switchNext() would do and changes nothing", async () => {
  await using scene = await sceneOf([1, 2, 3]);
  await scene.manager.switchTo(1);
  await scene.manager.setCooldown(2, HOUR_MS);
  const { path } = scene.folder;
  const before = await Deno.readTextFile(`${path}/state.yaml`);
  const { active, chosen, candidates } = await scene.manager.previewNext();
  assertEquals([active, chosen], [1, 3]);
  assertEquals(candidates.map((it) => it.obstacle), [
    undefined,
    "resting (set by you)",
    undefined,
  ]);
  assertEquals(await Deno.readTextFile(`${path}/state.yaml`), before);
  assertEquals((await scene.manager.switchNext()).to, 3);
});

interface Scene extends AsyncDisposable {
  folder: AccountFolder;
  clock: FakeClock;
  manager: AccountManager;
}

/** Accounts of which the first is active, and a clock that stands at `NOW`. */
async function sceneOf(accounts: number[]): Promise<Scene> {
  const active = accounts[0] ?? 1;
  const folder = await accountFolder({ accounts, active });
  const clock = fakeClock();
  return {
    folder,
    clock,
    manager: new AccountManager({ dir: folder.path, system: clock }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** Another process at the same time; it really waits for the lock. */
function managerAt({ folder, clock }: Scene): AccountManager {
  const system = { ...clock, sleep: realSystem.sleep };
  return new AccountManager({
    dir: folder.path,
    system,
    lockTimeoutMs: 60_000,
  });
}

/** Why each account cannot be chosen, ascending. */
async function obstacles(
  { manager }: Scene,
): Promise<(string | undefined)[]> {
  const all = await manager.readiness();
  return all.toSorted((a, b) => a.index - b.index).map((it) => it.obstacle);
}
