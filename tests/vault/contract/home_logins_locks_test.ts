import { assertEquals, assertRejects } from "@std/assert";
import type { AgentLock } from "../../../lib/agents/home_login.ts";
import { BusyError } from "../../../lib/errors.ts";
import { withAgentLocks } from "../../../lib/vault/settle/agent_locks.ts";
import { switchPlain } from "../../../lib/vault/home_logins/home_logins.ts";
import { fakeClock } from "../../support/clock.ts";
import { exists } from "../../support/exists.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { homeScene, LINKED, plan, STAYING } from "./home_scene.ts";

const TWO = {
  plain: 1,
  accounts: { 1: plan("alice"), 2: plan("bob") },
};

Deno.test("withAgentLocks() holds all locks until the action ends", async () => {
  await using dir = await tempDir();
  const folder = `${dir.path}/a.lock`;
  const file = `${dir.path}/auth.lock`;
  const locks: AgentLock[] = [
    { path: folder, kind: "folder" },
    { path: file, kind: "flock" },
  ];
  await withAgentLocks(locks, async () => {
    assertEquals((await Deno.lstat(folder)).isDirectory, true);
    assertEquals(await canLock(file), false);
  });
  assertEquals(await exists(folder), false);
  assertEquals(await canLock(file), true);
});

Deno.test("withAgentLocks() waits for the agent", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/a.lock`;
  await Deno.mkdir(path);
  const clock = fakeClock(Date.now());
  const system = {
    ...clock,
    async sleep(ms: number) {
      if (clock.sleeps.length === 3) await Deno.remove(path);
      await clock.sleep(ms);
    },
  };
  const locks: AgentLock[] = [{ path, kind: "folder" }];
  const action = () => Promise.resolve("done");
  assertEquals(await withAgentLocks(locks, action, { system }), "done");
  assertEquals(clock.sleeps.length, 4);
});

Deno.test("withAgentLocks() gives up when the agent renews its lock", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/a.lock`;
  await Deno.mkdir(path);
  const clock = fakeClock(Date.now());
  const system = {
    ...clock,
    async sleep(ms: number) {
      await clock.sleep(ms * 20);
      await Deno.utime(path, clock.now() / 1000, clock.now() / 1000);
    },
  };
  const locks: AgentLock[] = [{ path, kind: "folder" }];
  const { message } = await assertRejects(
    () => withAgentLocks(locks, () => Promise.reject("ran"), { system }),
    BusyError,
  );
  assertEquals(message.includes(path), true);
  assertEquals(await exists(path), true);
});

Deno.test("withAgentLocks() replaces the lock of a process that is dead", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/a.lock`;
  await Deno.mkdir(path);
  const clock = fakeClock(Date.now());
  const locks: AgentLock[] = [{ path, kind: "folder" }];
  await withAgentLocks(locks, () => Promise.resolve(), { system: clock });
  assertEquals(clock.elapsed() >= 30_000, true);
  assertEquals(await exists(path), false);
});

Deno.test("withAgentLocks() leaves the lock of a process that has taken it over", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/a.lock`;
  await withAgentLocks([{ path, kind: "folder" }], async () => {
    await Deno.rename(path, `${path}.old`);
    await Deno.mkdir(path);
  });
  assertEquals(await exists(path), true);
});

Deno.test("withAgentLocks() releases the locks when the action fails", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/a.lock`;
  const failing = () => Promise.reject(new RangeError("no"));
  await assertRejects(
    () => withAgentLocks([{ path, kind: "folder" }], failing),
    RangeError,
  );
  assertEquals(await exists(path), false);
});

Deno.test("switchPlain() changes nothing while the agent holds a lock", async () => {
  for (const format of [LINKED, STAYING]) {
    await using scene = await homeScene(format, TWO);
    const { system } = scene.call();
    if (!system) throw new TypeError("the scene has no clock");
    using _held = await hold(`${scene.home}/auth.lock`);
    const lock = `${scene.home}/.refresh.lock`;
    await Deno.mkdir(lock);
    const renewing = {
      ...system,
      async sleep(ms: number) {
        await system.sleep(ms);
        const now = system.now() / 1000;
        await Deno.utime(lock, now, now);
      },
    };
    const call = { ...scene.call(), index: 2, system: renewing };
    await assertRejects(() => switchPlain(scene.place, call), BusyError);
    assertEquals(scene.token(format.file), "token-of-alice");
    assertEquals(scene.token(`accounts/2/${format.file}`), "token-of-bob");
  }
});

async function canLock(path: string): Promise<boolean> {
  using file = await Deno.open(path, { write: true, create: true });
  return await file.tryLock(true);
}

async function hold(path: string): Promise<Disposable> {
  const file = await Deno.open(path, { write: true, create: true });
  await file.lock(true);
  return file;
}
