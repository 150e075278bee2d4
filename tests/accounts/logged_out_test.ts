import { assertEquals } from "@std/assert";
import type { Doctor } from "../../lib/doctor/doctor.ts";
import { slotPath } from "../../lib/disk/names.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
} from "../support/account_folder.ts";
import { strangers } from "../support/strangers.ts";
import { refresh, refreshed } from "./agent_writes.ts";
import { findingsIn } from "../doctor/findings.ts";
import { linkOf, managerOf } from "./managers.ts";
import { assertFails } from "../support/assert_fails.ts";

/** Lets a run of account 1 end after the agent has removed the live file. */
async function logOut(
  folder: AccountFolder,
  notices: string[] = [],
): Promise<Doctor> {
  const manager = managerOf(folder, { notices, clock: "real" });
  const run = await manager.beginRun({ account: 1 });
  await Deno.remove(folder.layout.live);
  await manager.endRun(run);
  return manager;
}

Deno.test("an account needs a login when the agent has removed the live file", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _strangers = strangers();
  const manager = await logOut(folder);
  const blocks = (await manager.listAccounts()).map((it) => it.blocked);
  assertEquals(blocks, ["login needed", undefined]);
});

Deno.test("an account is not silently linked again when the agent has removed the live file", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _strangers = strangers();
  const notices: string[] = [];
  await logOut(folder, notices);
  assertEquals(notices, [
    "account 1 needs a new login: qwen deleted its credentials",
  ]);
  const events = (await folder.events()).map((it) => it.event);
  assertEquals(events, ["account_blocked", "account_switch"]);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
});

Deno.test("the slot of an account keeps its login when the agent has removed the live file", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _strangers = strangers();
  await logOut(folder);
  assertEquals(await folder.slot(1), credential(1));
});

Deno.test("a run uses the next account when the agent has logged the active one out", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _strangers = strangers();
  const manager = await logOut(folder);
  assertEquals((await manager.beginRun()).account, 2);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
});

Deno.test("switchNext() skips an account when the agent has logged it out", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 1 });
  using _strangers = strangers();
  const manager = await logOut(folder);
  const visited: number[] = [];
  for (let turn = 0; turn < 4; turn++) {
    visited.push((await manager.switchNext()).to);
  }
  assertEquals(visited, [3, 2, 3, 2]);
});

const LIFTED: Record<
  string,
  (folder: AccountFolder, manager: Doctor) => Promise<unknown>
> = {
  "its slot is written": async ({ layout, put }, manager) => {
    await put(refreshed(1), slotPath(layout, 1));
    const later = Date.now() / 1000 + 1;
    await Deno.utime(slotPath(layout, 1), later, later);
    await manager.switchTo(2);
  },
  "addAccount() gets a newer login for it": async (folder, manager) => {
    const path = `${folder.path}/new.json`;
    await folder.put(credential(1, { accessToken: "next" }), path);
    await manager.addAccount(path);
  },
  "the agent writes a newer login for it": async (folder, manager) => {
    refresh(folder, credential(1, { accessToken: "next" }));
    await manager.switchTo(2);
  },
};

for (const [when, lift] of Object.entries(LIFTED)) {
  Deno.test(`an account is used again when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
    using _strangers = strangers();
    const manager = await logOut(folder);
    await lift(folder, manager);
    assertEquals((await manager.listAccounts())[0]?.blocked, undefined);
  });
}

Deno.test("no account counts as logged out when there was never a link of ours", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  using _strangers = strangers();
  const manager = managerOf(folder, { clock: "real" });
  await manager.beginRun();
  const blocks = (await manager.listAccounts()).map((it) => it.blocked);
  assertEquals(blocks, [undefined, undefined]);
});

Deno.test("no account counts as logged out when runs of two may have removed the live file", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _strangers = strangers();
  const manager = managerOf(folder, { clock: "real" });
  await manager.beginRun({ account: 1 });
  await manager.beginRun({ account: 2 });
  await Deno.remove(folder.layout.live);
  await manager.switchTo(2);
  const blocks = (await manager.listAccounts()).map((it) => it.blocked);
  assertEquals(blocks, [undefined, undefined]);
});

Deno.test("the user is told once that the agent has removed the live file", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  using _strangers = strangers();
  const notices: string[] = [];
  const manager = await logOut(folder, notices);
  for (let time = 0; time < 2; time++) {
    await assertFails(() => manager.switchNext(), "none-usable");
  }
  await manager.switchTo(1);
  await Deno.remove(folder.layout.live);
  await manager.repair();
  assertEquals(notices, [
    "account 1 needs a new login: qwen deleted its credentials",
    "account 1 needs a login: account-qwen login 1",
  ]);
});

Deno.test("the user is told that the agent has removed the live file when that may concern two accounts", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _strangers = strangers();
  const notices: string[] = [];
  const manager = managerOf(folder, { notices, clock: "real" });
  await manager.beginRun({ account: 1 });
  await manager.beginRun({ account: 2 });
  await Deno.remove(folder.layout.live);
  await manager.switchTo(2);
  await manager.switchTo(1);
  assertEquals(notices, [
    "oauth_creds.json is gone: qwen may have logged out account 1 or 2",
  ]);
});

Deno.test("an account that the agent has logged out recovers when the user has logged in with qwen", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  using _strangers = strangers();
  const manager = await logOut(folder);
  const [finding, ...others] = await findingsIn(folder);
  assertEquals(others, []);
  assertEquals(finding?.mend, "account-qwen login 1");
  await manager.switchTo(1);
  assertEquals(await findingsIn(folder), [finding]);
  refresh(folder, refreshed(1));
  await manager.repair();
  assertEquals(await folder.slot(1), refreshed(1));
  assertEquals(await findingsIn(folder), []);
});

Deno.test("an account that needs a login recovers when the login is written through the link", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _strangers = strangers();
  const manager = await logOut(folder);
  await manager.switchTo(1);
  await Deno.writeFile(folder.layout.live, refreshed(1)); // as 0.12.0 does
  const later = Date.now() / 1000 + 1;
  await Deno.utime(slotPath(folder.layout, 1), later, later);
  assertEquals((await manager.beginRun()).account, 1);
  assertEquals(await folder.slot(1), refreshed(1));
});

const MEANWHILE: Record<string, (manager: Doctor) => Promise<unknown>> = {
  "a run of another account ends": async (manager) => {
    const run = await manager.beginRun({ account: 2 });
    await manager.switchTo(1);
    await manager.endRun(run, { kind: "ok" });
  },
  "a run of another account ends with a refused login": async (
    manager,
  ) => {
    const run = await manager.beginRun({ account: 2 });
    await manager.switchTo(1);
    await manager.endRun(run, { kind: "login" });
  },
  "repair() runs": async (manager) => {
    await manager.switchTo(1);
    await manager.repair();
  },
};

for (const [when, act] of Object.entries(MEANWHILE)) {
  Deno.test(`the agent stays with a requested account that needs a login when ${when}`, async () => {
    await using folder = await accountFolder({
      accounts: [1, 2, 3],
      active: 1,
    });
    using _strangers = strangers();
    const manager = await logOut(folder);
    await act(manager);
    assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
    assertEquals((await manager.listAccounts())[0]?.blocked, "login needed");
  });
}
