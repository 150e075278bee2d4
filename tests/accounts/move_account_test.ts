import { assertEquals, assertRejects } from "@std/assert";
import { Doctor } from "../../lib/doctor/doctor.ts";
import type { CountingFilesOptions } from "../support/counting_files.ts";
import { runtime } from "../../lib/system/mod.ts";
import {
  accountFolder,
  credential,
  keySlot,
  namesIn,
} from "../support/account_folder.ts";
import { stashed } from "../support/stashed.ts";
import { strangers } from "../support/strangers.ts";
import { refreshed } from "./agent_writes.ts";
import { findingsIn } from "../doctor/findings.ts";
import { accountsIn, linkOf, managerOf } from "./managers.ts";
import { failAtEveryStep, interrupt, INTERRUPTIONS } from "./interruptions.ts";
import { replaceLogin } from "../support/kept_files.ts";
import { recordRun, runRecords } from "../support/run_records.ts";
import { accountKeys, readState } from "../support/state.ts";

const LINKED = { current_index: 1, linked: true };

Deno.test("moveAccount() renumbers the active account and everything kept for it", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    active: 1,
    state: { ...LINKED, sticky: { "/work": 1, "/home": 2 } },
  });
  using _ = strangers();
  const { layout } = folder;
  await folder.renew(1, refreshed(1));
  const manager = managerOf(folder);
  await manager.setLabel(1, "work");
  await manager.moveAccount(1, 7);
  assertEquals(await folder.slot(7), refreshed(1));
  assertEquals(await linkOf(folder), "accounts/oauth_creds_7.json");
  assertEquals(await folder.generations(7), [refreshed(1), credential(1)]);
  assertEquals(await folder.generations(1), []);
  const state = await readState(layout.state);
  assertEquals(state.current_index, 7);
  assertEquals(accountKeys(state, 7).label, "work");
  assertEquals(accountKeys(state, 1), {});
  assertEquals(state.sticky, { "/work": 7, "/home": 2 });
  assertEquals(await findingsIn(folder), []);
});

Deno.test("moveAccount() renumbers an API-key account", async () => {
  await using folder = await accountFolder({ accounts: [1], keys: [2] });
  const manager = managerOf(folder);
  await manager.switchTo(2);
  await manager.moveAccount(2, 5);
  assertEquals((await manager.getStats()).currentIndex, 5);
  const path = `${folder.layout.accounts}/api_key_5.env`;
  assertEquals(await Deno.readTextFile(path), keySlot(2));
});

Deno.test("moveAccount() renumbers the account where it is a suspect", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 3 });
  const name = await stashed(folder, refreshed(2), [1, 2]);
  await managerOf(folder).moveAccount(2, 9);
  assertEquals(await namesIn(folder.layout.stash), [
    name.replace("of_1_2", "of_1_9"),
  ]);
});

Deno.test("moveAccount() refuses a number that is or was in use", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2, 3],
    keys: [4],
    active: 1,
  });
  const manager = managerOf(folder);
  await manager.removeAccount(3);
  for (const to of [1, 2, 3, 4]) {
    await assertRejects(
      () => manager.moveAccount(1, to),
      RangeError,
      `Cannot move account 1 to ${to}: that number is or was in use (5 is unused)`,
    );
  }
});

Deno.test("moveAccount() refuses while a run with the account is in progress", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _ = strangers();
  const process = runtime.host.identify(Deno.pid) ?? "";
  const run = { id: "0123456789abcdef", account: 1, process };
  await recordRun(folder.layout, run);
  const manager = managerOf(folder);
  await assertRejects(
    () => manager.moveAccount(1, 5),
    Error,
    "a run with it is under way",
  );
  await manager.moveAccount(2, 5);
  assertEquals(await runRecords(folder.layout), [run]);
});

Deno.test("moveAccount() refuses while a run with the account's key is in progress", async () => {
  await using folder = await accountFolder({ keys: [1, 2] });
  using _ = strangers();
  const manager = managerOf(folder);
  const run = await manager.beginRun({ account: 1 });
  await assertRejects(
    () => manager.moveAccount(1, 5),
    Error,
    "a run with it is under way",
  );
  await manager.endRun(run);
  await manager.moveAccount(1, 5);
  assertEquals((await manager.getStats()).accounts.map((it) => it.index), [
    2,
    5,
  ]);
});

for (const to of [0, -1, 1.5, NaN]) {
  Deno.test(`moveAccount() refuses ${to}, which no slot can have`, async () => {
    await using folder = await accountFolder({ accounts: [1], keys: [2] });
    const manager = managerOf(folder);
    for (const from of [1, 2]) {
      await assertRejects(
        () => manager.moveAccount(from, to),
        RangeError,
        `Cannot move account ${from} to ${to}: numbers are whole, from 1`,
      );
    }
    assertEquals(await accountsIn(folder), [1, 2]);
  });
}

Deno.test("moveAccount() offers a number that is not that of a suspect", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  await stashed(folder, refreshed(2), [2, 3]);
  await assertRejects(
    () => managerOf(folder).moveAccount(1, 3),
    RangeError,
    "that number is or was in use (4 is unused)",
  );
});

Deno.test("moveAccount() leaves room for the numbers of new accounts", async () => {
  await using folder = await accountFolder({ keys: [1] });
  const manager = managerOf(folder);
  await assertRejects(
    () => manager.moveAccount(1, 100_000),
    RangeError,
    "99999 is the highest number",
  );
  await manager.moveAccount(1, 99_999);
  const key = { apiKey: "sk-2", baseUrl: "https://x.invalid/v1", model: "m" };
  assertEquals((await manager.addKey(key)).index, 100_000);
  assertEquals(await manager.examine(), []);
});

Deno.test("update() keeps both accounts when the number was taken after a kill", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2, 7],
    active: 1,
    state: { ...LINKED, moving: { from: 2, to: 7 } },
  });
  await managerOf(folder).switchTo(1);
  assertEquals(await folder.slot(2), credential(2));
  assertEquals(await folder.slot(7), credential(7));
  assertEquals((await readState(folder.layout.state)).moving, undefined);
});

for (const from of [1, 2, 4]) {
  for (const [how, options] of Object.entries(INTERRUPTIONS)) {
    Deno.test(`a move of account ${from} that ${how}, at any step, is undone or finished by the next command`, async () => {
      await failAtEveryStep((it) => isInterrupted(from, it), options);
    });
  }
}

/**
 * Interrupts at a step; returns `false` if the operation finished before it.
 */
async function isInterrupted(
  from: number,
  options: CountingFilesOptions,
): Promise<boolean> {
  await using folder = await accountFolder({
    accounts: [1, 2],
    keys: [4],
    active: 1,
    inMemory: true,
    state: LINKED,
  });
  const { layout, path } = folder;
  await folder.renew(1, refreshed(1));
  await replaceLogin(layout, { index: 2, bytes: refreshed(2) });
  const before = Object.values(await folder.credentials()).sort();
  const manager = new Doctor({ dir: path });
  const steps = await interrupt(() => manager.moveAccount(from, 9), options);
  const when = `step ${options.failAt}`;
  const seen = await manager.nameAccounts();
  assertEquals(seen.length, 3, `seen after ${when}`);
  const canExchange = options.canExchange ?? true;
  if (canExchange) {
    const live = await Deno.readFile(layout.live);
    assertEquals(live, refreshed(1), `the live file after ${when}`);
  }

  await manager.switchTo(from === 1 ? 2 : 1);
  const all = (await manager.listAccounts()).map((it) => it.index);
  const [rest, moved] = [[1, 2, 4].filter((it) => it !== from), all];
  const isMoved = moved.includes(9);
  assertEquals(all, isMoved ? [...rest, 9] : [1, 2, 4], when);
  const now = isMoved ? 9 : from;
  for (const index of [1, 2].map((it) => it === from ? now : it)) {
    const kept = (await folder.generations(index)).length;
    assertEquals(kept, 2, `generations of ${index}, ${when}`);
  }
  const after = Object.values(await folder.credentials()).sort();
  assertEquals(after, before, when);
  assertEquals(await findingsIn(folder, Date.now()), [], when);
  return steps >= (options.failAt ?? 0);
}
