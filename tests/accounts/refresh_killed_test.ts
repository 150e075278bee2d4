import { assert, assertEquals } from "@std/assert";
import { Doctor } from "../../lib/doctor/doctor.ts";
import { AccountManager } from "../../lib/mod.ts";
import type { CountingFilesOptions } from "../support/counting_files.ts";
import { runtime } from "../../lib/system/mod.ts";
import { slotPath } from "../../lib/disk/names.ts";
import {
  type AccountFolder,
  credential,
  text,
} from "../support/account_folder.ts";
import { refreshToken } from "../support/home.ts";
import { type SingleUse, singleUseServer } from "../support/single_use.ts";
import { dueFolder, ENDED, refreshSystem } from "./due.ts";
import { failAtEveryStep, interrupt, INTERRUPTIONS } from "./interruptions.ts";

const GRANTED = "granted-refresh-1";

const IN_MEMORY = { inMemory: true };

/** The first login of account 1. */
const OLD = credential(1, { expiresAt: ENDED });

/** The steps of a refresh after which the new tokens are on the disk. */
const IN_THE_MIDST = [35, 37, 39, 42];

for (const [how, options] of Object.entries(INTERRUPTIONS)) {
  Deno.test(`a refresh that ${how}, at any step, wastes no token while the new one is kept`, async () => {
    await using server = singleUseServer();
    await failAtEveryStep((it) => isInterrupted(server, it), options);
  });
}

for (const canExchange of [true, false]) {
  Deno.test(`a refresh after a kill that is also killed, at any step, wastes no token while the new one is kept (names can be swapped: ${canExchange})`, async () => {
    await using server = singleUseServer();
    const options = { fault: "halt", canExchange } as const;
    for (const failAt of IN_THE_MIDST) {
      const first = { ...options, failAt };
      await failAtEveryStep((it) => isInterrupted(server, first, it), options);
    }
  });

  Deno.test(`a login that is killed, at any step, is in the slot if it was kept (names can be swapped: ${canExchange})`, async () => {
    for (const index of [1, 3, undefined]) {
      await failAtEveryStep(
        (it) => isLoginInterrupted(index, it),
        { fault: "halt", canExchange },
      );
    }
  });
}

Deno.test("a refresh uses a kept login that expires later when the one in the slot is refused", async () => {
  await using folder = await dueFolder(IN_MEMORY);
  await using server = singleUseServer();
  await refresh(folder, server); // granted-refresh-1
  const slot = await folder.slot(1);
  await folder.put(OLD, slotPath(folder.layout, 1));
  await Deno.remove(`${folder.layout.runs}/refresh_1`);
  const { refreshed, expiresAt } = await refresh(folder, server);
  assertEquals(refreshed, false);
  assertEquals(expiresAt, JSON.parse(text(slot)).expiry_date);
  assertEquals(await folder.slot(1), slot);
});

Deno.test("a refresh continues from a kept login when that has expired as well", async () => {
  await using folder = await dueFolder(IN_MEMORY);
  await using server = singleUseServer();
  const kept = credential(1, {
    refreshToken: "kept-refresh",
    expiresAt: Date.now() - 1_000,
  });
  await folder.put(kept, slotPath(folder.layout, 1));
  await new Doctor({ dir: folder.path }).switchTo(1); // keeps it
  await folder.put(OLD, slotPath(folder.layout, 1));
  server.spend(refreshToken(1));
  assertEquals((await refresh(folder, server)).refreshed, true);
  assertEquals(server.sent, [refreshToken(1), "kept-refresh"]);
  assert(text(await folder.slot(1)).includes(GRANTED));
});

/**
 * Interrupts at a step; returns `false` if the operation finished before it.
 */
async function isInterrupted(
  server: SingleUse,
  options: CountingFilesOptions,
  again?: CountingFilesOptions,
): Promise<boolean> {
  await using folder = await dueFolder(IN_MEMORY);
  server.reset();
  const action = () => refresh(folder, server);
  const steps = await interruptAnother(action, options);
  const { agentLock } = folder.layout;
  await runtime.files.remove(agentLock); // the refresh would wait for it
  const second = again && await interruptAnother(action, again);
  if (second) await runtime.files.remove(agentLock);
  const when = `step ${options.failAt}, ${again?.failAt}`;
  const isKept = await keeps(folder, GRANTED);
  const result = await action().then(() => "ok", (error) => error.code);
  if (isKept) {
    assertEquals(server.reused, [], when);
    const isElsewhere = result === "unsaved-tokens";
    if (!isElsewhere) assertEquals(result, "ok", when);
    const slot = text(await folder.slot(1));
    const number = server.sent.length;
    const isThere = slot.includes(`granted-refresh-${number}`);
    assertEquals(isThere, !isElsewhere, `${when}: ${slot}`);
  }
  const names = Object.keys(await folder.credentials());
  assertEquals(names.filter((it) => it.endsWith(".tmp")), [], when);
  const left = await runtime.files.list(folder.layout.runs);
  assertEquals(left.filter((it) => it.startsWith("grant_")), [], when);
  return (second ?? steps) >= ((again ?? options).failAt ?? 0);
}

async function isLoginInterrupted(
  index: number | undefined,
  options: CountingFilesOptions,
): Promise<boolean> {
  await using folder = await dueFolder(IN_MEMORY);
  const login = new TextEncoder().encode(JSON.stringify({
    access_token: "new-access",
    refresh_token: "new-refresh",
    token_type: "Bearer",
    resource_url: "portal.qwen.ai",
    expiry_date: Date.now() + 1_800_000, // before that of account 2
  }));
  const manager = new Doctor({ dir: folder.path });
  // A removed account.
  if (index === 3) await manager.addAccount(await fileOf(folder, 3));
  if (index === 3) await manager.removeAccount(3);
  const before = await manager.listAccounts();
  const action = () => manager.addLogin(login, { index });
  const steps = await interruptAnother(action, options);
  const isKept = await keeps(folder, "new-refresh");
  await manager.repair();
  if (isKept) {
    const expected = index ?? 3;
    assertEquals(await folder.slot(expected), login, `step ${options.failAt}`);
  } else {
    const after = await manager.listAccounts();
    assertEquals(after.length, before.length, `step ${options.failAt}`);
  }
  return steps >= (options.failAt ?? 0);
}

async function fileOf(folder: AccountFolder, index: number): Promise<string> {
  const path = `${folder.path}/../login.json`;
  await folder.put(credential(index), path);
  return path;
}

/** Like `interrupt`, but by a process that has ended since. */
async function interruptAnother(
  action: () => Promise<unknown>,
  options: CountingFilesOptions,
): Promise<number> {
  const { host } = runtime;
  const { identify, onSignal } = host;
  host.identify = (pid) => `${identify(pid)}0`;
  host.onSignal = () => ({ [Symbol.dispose]: () => {} }); // is never disposed
  try {
    return await interrupt(action, options);
  } finally {
    host.identify = identify;
    host.onSignal = onSignal;
  }
}

/** Whether the folder holds a complete login with `token`. */
async function keeps(folder: AccountFolder, token: string): Promise<boolean> {
  const home = `${folder.path}/..`;
  const rescued = await Array.fromAsync(Deno.readDir(home));
  const texts = Object.values(await folder.credentials());
  for (const { name } of rescued.filter((it) => it.isFile)) {
    texts.push(await Deno.readTextFile(`${home}/${name}`));
  }
  return texts.some((it) => it.includes(token) && it.endsWith("}"));
}

async function refresh({ path }: AccountFolder, { url }: SingleUse) {
  const system = refreshSystem(url, `${path}/..`);
  return await new AccountManager({ dir: path, system }).refresh(1);
}
