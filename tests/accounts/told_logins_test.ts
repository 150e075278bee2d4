/**
 * Runs of the agent on Node record their logins. Those records decide whose a
 * login is, and whether it was refused.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { AccountManager } from "../../lib/mod.ts";
import {
  accountFolder,
  credential,
  namesIn,
} from "../support/account_folder.ts";
import { strangers } from "../support/strangers.ts";
import { tellGrant, tellRefusal, tellThatItTells } from "../support/told.ts";
import { refresh, refreshed } from "./agent_writes.ts";
import { linkOf, managerOf } from "./managers.ts";

const ACCOUNTS = { accounts: [1, 2, 3], active: 1 };

Deno.test("a login goes into the slot of the account whose token it was granted for when two runs are in progress", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  using _strangers = strangers();
  const manager = managerOf(folder);
  await manager.beginRun({ account: 1 });
  await manager.beginRun({ account: 2 });
  await tellGrant(folder, credential(1), refreshed(1));
  refresh(folder, refreshed(1));
  await manager.switchNext();
  assertEquals(await folder.slot(1), refreshed(1));
  assertEquals(await folder.slot(2), credential(2));
  assertEquals(await folder.stash(), []);
  assertEquals(await blocks(manager), [undefined, undefined, undefined]);
});

Deno.test("a login goes into the slot of its account when the login in between was never seen", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  using _strangers = strangers();
  const manager = managerOf(folder);
  await manager.beginRun({ account: 1 });
  await manager.beginRun({ account: 2 });
  await tellGrant(folder, credential(2), refreshed(2, 1));
  await tellGrant(folder, refreshed(2, 1), refreshed(2, 2));
  refresh(folder, refreshed(2, 2));
  await manager.switchNext();
  assertEquals(await folder.slot(2), refreshed(2, 2));
  assertEquals(await folder.stash(), []);
});

Deno.test("a login goes into the slot of its account when only an earlier login links the two", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  using _strangers = strangers();
  const manager = managerOf(folder);
  await manager.beginRun({ account: 1 });
  refresh(folder, credential(1, { accessToken: "next" }));
  await manager.beginRun({ account: 2 });
  await tellGrant(folder, credential(1), refreshed(1));
  refresh(folder, refreshed(1));
  await manager.switchNext();
  assertEquals(await folder.slot(1), refreshed(1));
  assertEquals(await folder.stash(), []);
});

Deno.test("a login stays in doubt when no note leads to it but there are notes of others", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  using _strangers = strangers();
  const manager = managerOf(folder);
  await manager.beginRun({ account: 1 });
  await manager.beginRun({ account: 2 });
  await tellGrant(folder, credential(1), refreshed(1, 1));
  refresh(folder, refreshed(2, 2));
  await manager.switchNext();
  assertEquals(await folder.stash(), [refreshed(2, 2)]);
  for (const index of [1, 2, 3]) {
    assertEquals(await folder.slot(index), credential(index));
  }
});

Deno.test("a login stays in doubt when notes lead to a login that no slot has had", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  using _strangers = strangers();
  const manager = managerOf(folder);
  await manager.beginRun({ account: 1 });
  await manager.beginRun({ account: 2 });
  await tellGrant(folder, credential(9), refreshed(1));
  refresh(folder, refreshed(1));
  await manager.switchNext();
  assertEquals(await folder.stash(), [refreshed(1)]);
});

Deno.test("an account needs no login when a run with notes waits for one and its token was never refused", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  using _strangers = strangers();
  const manager = managerOf(folder, { clock: "real" });
  const run = await manager.beginRun({ account: 1 });
  await tellThatItTells(folder, run.id);
  await Deno.remove(folder.layout.live);
  const ended = await manager.endRun(run, { kind: "login" });
  assertEquals(ended, { isDisturbed: true });
  assertEquals(await blocks(manager), [undefined, undefined, undefined]);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
});

Deno.test("an account needs a login when a run notes that its token was refused, whatever else is running", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  using _strangers = strangers();
  const manager = managerOf(folder, { clock: "real" });
  const run = await manager.beginRun({ account: 1 });
  await manager.switchTo(2);
  await manager.beginRun({ account: 2 });
  await tellThatItTells(folder, run.id);
  await tellRefusal(folder, credential(1));
  const ended = await manager.endRun(run, { kind: "login" });
  assertEquals(ended, { isDisturbed: false });
  assertEquals(await blocks(manager), ["login needed", undefined, undefined]);
});

Deno.test("an account needs no login when the refused token is an older one", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  using _strangers = strangers();
  const manager = managerOf(folder, { clock: "real" });
  const run = await manager.beginRun({ account: 1 });
  await manager.beginRun({ account: 1 });
  await tellThatItTells(folder, run.id);
  await tellGrant(folder, credential(1), refreshed(1));
  await tellRefusal(folder, credential(1));
  refresh(folder, refreshed(1));
  await manager.endRun(run, { kind: "login" });
  assertEquals(await folder.slot(1), refreshed(1));
  assertEquals(await blocks(manager), [undefined, undefined, undefined]);
});

Deno.test("an account needs no login when its token was refused to one run and granted to another that has not written yet", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  using _strangers = strangers();
  const manager = managerOf(folder, { clock: "real" });
  const run = await manager.beginRun({ account: 1 });
  await manager.beginRun({ account: 1 });
  await tellThatItTells(folder, run.id);
  await tellGrant(folder, credential(1), refreshed(1));
  await tellRefusal(folder, credential(1));
  await manager.endRun(run, { kind: "login" });
  assertEquals(await blocks(manager), [undefined, undefined, undefined]);
});

Deno.test("the notes of runs are deleted when none is in progress", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  using _strangers = strangers();
  const manager = managerOf(folder);
  const run = await manager.beginRun({ account: 1 });
  await tellThatItTells(folder, run.id);
  await tellGrant(folder, credential(1), refreshed(1));
  await tellRefusal(folder, credential(1));
  await manager.switchTo(2);
  assertEquals((await namesIn(folder.layout.runs)).length, 5);
  await manager.endRun(run);
  await manager.switchTo(1);
  assertEquals(await namesIn(folder.layout.runs), []);
});

/** Why rotation skips each account. */
async function blocks(
  manager: AccountManager,
): Promise<(string | undefined)[]> {
  return (await manager.listAccounts()).map((it) => it.blocked);
}
