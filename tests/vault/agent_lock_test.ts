import { assertEquals, assertRejects } from "@std/assert";
import { runtime } from "../../lib/system/mod.ts";
import { AccountManager } from "../../lib/mod.ts";
import { dueFolder, refreshSystem } from "../accounts/due.ts";
import { tokenServer } from "../support/token_server.ts";
import { Doctor } from "../../lib/doctor/doctor.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  modeOf,
  NOW,
} from "../support/account_folder.ts";
import { fakeClock } from "../support/clock.ts";
import { failing } from "../support/files.ts";
import { strangers } from "../support/strangers.ts";
import { refresh, refreshed } from "../accounts/agent_writes.ts";

Deno.test("a change does not wait when the agent holds no lock", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { slept, notices } = await awaited(folder);
  assertEquals({ slept, notices }, { slept: 0, notices: [] });
});

Deno.test("a change waits until the agent releases its lock", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await lockAt(folder, NOW);
  const clock = clockThat((slept) => {
    if (slept === 250) Deno.removeSync(folder.layout.agentLock);
  });
  const { slept, notices } = await awaited(folder, clock);
  assertEquals({ slept, notices }, { slept: 250, notices: [] });
});

Deno.test("a change continues after 5 s, says so, and leaves the lock", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const { agentLock } = folder.layout;
  await lockAt(folder, NOW);
  const { slept, notices } = await awaited(folder);
  assertEquals({ slept, notices }, {
    slept: 5_000,
    notices: [`qwen still holds ${agentLock}: continuing without it`],
  });
  assertEquals(await Deno.readTextFile(agentLock), "4242");
});

Deno.test("a change names account-qwen when it holds the lock", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const self = runtime.host.identify(Deno.pid);
  await lockAt(folder, NOW, `account-qwen ${self} ${crypto.randomUUID()}`);
  const { notices } = await awaited(folder);
  assertEquals(notices, [
    `another process (account-qwen ${Deno.pid}) still holds ` +
    `${folder.layout.agentLock}: continuing without it`,
  ]);
});

Deno.test("a change does not wait for a lock that our refresh could not remove", async () => {
  await using folder = await dueFolder();
  let disk: Disposable | undefined;
  await using server = tokenServer({
    answer: () => {
      disk = failing("remove");
      return new Response("<html>", { status: 502 });
    },
  });
  const system = refreshSystem(server.url);
  const manager = new AccountManager({ dir: folder.path, system });
  await assertRejects(() => manager.refresh(1));
  assertEquals(await modeOf(folder.layout.agentLock), "0600");
  const clock = fakeClock(Date.now());
  await awaited(folder, clock);
  disk?.[Symbol.dispose]();
  assertEquals(clock.sleeps, []);
});

const AGES = {
  "34 s old": { ageMs: 34_000, waits: true },
  "35 s old": { ageMs: 35_000, waits: false },
  "a day old": { ageMs: 86_400_000, waits: false },
  "1 s in the future": { ageMs: -1_000, waits: true },
  "a day in the future": { ageMs: -86_400_000, waits: false },
};

for (const [age, { ageMs, waits }] of Object.entries(AGES)) {
  const does = waits ? "waits" : "does not wait";
  Deno.test(`a change ${does} when the lock is ${age}`, async () => {
    await using folder = await accountFolder({ accounts: [1] });
    await lockAt(folder, NOW - ageMs);
    const { slept } = await awaited(folder);
    assertEquals(slept > 0, waits);
    assertEquals(await Deno.readTextFile(folder.layout.agentLock), "4242");
  });
}

Deno.test("switchTo() adopts what the agent writes while it holds its lock", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _strangers = strangers();
  const system = clockThat((slept) => {
    if (slept !== 250) return;
    refresh(folder, refreshed(1));
    Deno.removeSync(folder.layout.agentLock);
  });
  const manager = new Doctor({ dir: folder.path, system });
  await manager.switchTo(1);
  await lockAt(folder, NOW);
  await manager.switchTo(2);
  assertEquals(await folder.slot(1), refreshed(1));
  assertEquals(await folder.slot(2), credential(2));
});

for (const operation of ["switchTo", "beginRun", "repair"] as const) {
  Deno.test(`${operation}() never removes a lock that the agent holds`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
    await lockAt(folder, NOW);
    const system = fakeClock();
    const manager = new Doctor({ dir: folder.path, system });
    if (operation === "switchTo") await manager.switchTo(2);
    else await manager[operation]();
    assertEquals(await Deno.readTextFile(folder.layout.agentLock), "4242");
  });
}

Deno.test("repair() removes a lock that the agent has left behind, and says so", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const { agentLock } = folder.layout;
  await lockAt(folder, NOW - 36_000);
  const notices: string[] = [];
  await new Doctor({
    dir: folder.path,
    notify: (it) => notices.push(it),
    system: fakeClock(),
  }).repair();
  const left = await Deno.lstat(agentLock).catch(() => undefined);
  assertEquals(left, undefined);
  assertEquals(notices, [`removed ${agentLock}, which qwen left behind`]);
});

/** Creates the agent's lock with this time, epoch milliseconds. */
async function lockAt(
  { layout }: AccountFolder,
  time: number,
  content = "4242",
): Promise<void> {
  await Deno.writeTextFile(layout.agentLock, content);
  await Deno.utime(layout.agentLock, time / 1000, time / 1000);
}

/** A clock that calls `onSleep` with the total time slept. */
function clockThat(onSleep: (slept: number) => void) {
  const clock = fakeClock();
  return {
    ...clock,
    async sleep(ms: number) {
      await clock.sleep(ms);
      onSleep(clock.now() - NOW);
    },
  };
}

/** Waits for the agent; returns how long that took and the notices. */
async function awaited({ path }: AccountFolder, system = fakeClock()) {
  const notices: string[] = [];
  const notify = (text: string) => notices.push(text);
  await new AccountManager({ dir: path, notify, system }).setOrder([]);
  return { slept: system.now() - NOW, notices };
}
