import { assertEquals, assertRejects } from "@std/assert";
import { NoAccountError } from "../../lib/errors.ts";
import { withLock } from "../../lib/store/lock.ts";
import { slotPath } from "../../lib/store/slot_names.ts";
import {
  accountFolder,
  credential,
  NOW,
  TIME,
} from "../support/account_folder.ts";
import { linkOf, managerOf } from "./managers.ts";

Deno.test("beginRun() makes the link anew from the state when it is gone", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 1 });
  const manager = managerOf(folder);
  await manager.switchTo(2);
  await Deno.remove(folder.layout.live);
  assertEquals(await manager.beginRun(), 2);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
});

Deno.test("beginRun() uses the active account and counts no switch", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 2 });
  const manager = managerOf(folder);
  assertEquals(await manager.beginRun(), 2);
  const { switchesTotal, accounts } = await manager.getStats();
  assertEquals(switchesTotal, 0);
  assertEquals(accounts[1]?.lastUsed, TIME);
});

Deno.test("beginRun() links to the first account and counts no switch", async () => {
  await using folder = await accountFolder({ accounts: [3, 4] });
  const manager = managerOf(folder);
  assertEquals(await manager.beginRun(), 3);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_3.json");
  assertEquals((await manager.getStats()).switchesTotal, 0);
});

Deno.test("beginRun() switches when another account is asked for", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const manager = managerOf(folder);
  assertEquals(await manager.beginRun({ account: 2 }), 2);
  assertEquals((await manager.getStats()).switchesTotal, 1);
});

Deno.test("beginRun() throws when there is no account", async () => {
  await using folder = await accountFolder();
  await assertRejects(() => managerOf(folder).beginRun(), NoAccountError);
});

Deno.test("endRun() brings home what the CLI put into the link's place", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 2 });
  const newer = credential(2, { accessToken: "next", expiresAt: NOW + 9e6 });
  const manager = managerOf(folder);
  await manager.beginRun();
  await folder.put(newer);
  await manager.endRun();
  assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
  assertEquals(await Deno.readFile(slotPath(folder.layout, 2)), newer);
});

Deno.test("endRun() makes the link anew when the CLI has removed it", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 2 });
  const manager = managerOf(folder);
  await manager.beginRun();
  await Deno.remove(folder.layout.live);
  await manager.endRun();
  assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
});

Deno.test("endRun() needs no lock when the link is in its place", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  await withLock(folder.layout.lock, () => managerOf(folder).endRun());
});
