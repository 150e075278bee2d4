import { assertEquals, assertStringIncludes } from "@std/assert";
import type { AccountManager } from "../../lib/mod.ts";
import { slotPath } from "../../lib/disk/names.ts";
import {
  type AccountFolder,
  accountFolder,
  apiKey,
  credential,
  namesIn,
  text,
} from "../support/account_folder.ts";
import { stashed } from "../support/stashed.ts";
import { refreshed } from "./agent_writes.ts";
import { findingsIn } from "../doctor/findings.ts";
import { linkOf, managerOf } from "./managers.ts";
import { assertFails } from "../support/assert_fails.ts";
import { replaceLogin } from "../support/kept_files.ts";

const LINKED = { current_index: 1, linked: true };

Deno.test("restore() restores a removed login with its number, label, generations and stash", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const { layout } = folder;
  for (const n of [1, 2, 3]) {
    await replaceLogin(layout, { index: 2, bytes: refreshed(2, n) });
  }
  const suspect = await stashed(folder, refreshed(8), [2]);
  const manager = managerOf(folder);
  await manager.setLabel(2, "work");
  await manager.setCooldown(2, 60_000);
  const before = await look(folder, manager);
  await manager.removeAccount(2);
  const { isBack } = await manager.restore(2);
  assertEquals(isBack, true);
  assertEquals(await look(folder, manager), before);
  assertEquals(await namesIn(layout.stash), [suspect]);
});

Deno.test("restore() restores a removed key with its number and label", async () => {
  await using folder = await accountFolder({
    accounts: [1],
    keys: [4],
    active: 1,
  });
  const manager = managerOf(folder);
  await manager.setLabel(4, "work");
  const before = await manager.listAccounts();
  await manager.removeAccount(4);
  assertEquals(await manager.nameRemoved(), [{ index: 4, label: "work" }]);
  await manager.restore(4);
  assertEquals(await manager.listAccounts(), before);
  assertEquals(await manager.nameRemoved(), []);
  assertEquals(await namesIn(folder.layout.stash), []);
  const [event] = (await folder.events()).slice(-1);
  assertEquals([event?.event, event?.to], ["account_restored", 4]);
});

Deno.test("a removal and its restore can be repeated", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  await folder.renew(2, refreshed(2));
  const manager = managerOf(folder);
  const before = await look(folder, manager);
  for (let n = 0; n < 3; n++) {
    await manager.removeAccount(2);
    await manager.restore(2);
  }
  assertEquals(await look(folder, manager), before);
});

Deno.test("restore() makes an account active when it is the only one", async () => {
  await using folder = await accountFolder({ accounts: [1], state: LINKED });
  const manager = managerOf(folder);
  await manager.removeAccount(1);
  await manager.restore(1);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
  assertEquals(await findingsIn(folder), []);
});

Deno.test("restore() does not change the active account", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const manager = managerOf(folder);
  await manager.removeAccount(1);
  await manager.restore(1);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
});

Deno.test("restore() does not change the active account when the link is gone", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const manager = managerOf(folder);
  await manager.removeAccount(2);
  await Deno.remove(folder.layout.live);
  await manager.restore(2);
  assertEquals((await manager.getStats()).currentIndex, 1);
});

Deno.test("restore() gives a removed account another label when its own is in use, and says so", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const notices: string[] = [];
  const manager = managerOf(folder, { notices });
  await manager.setLabel(2, "work");
  await manager.removeAccount(2);
  await manager.setLabel(1, "work");
  await manager.restore(2);
  const labels = (await manager.nameAccounts()).map((it) => it.label);
  assertEquals(labels, ["work", "work-2"]);
  assertEquals(notices, [
    "work-2 (account 2) was called work, which is another account now",
  ]);
});

Deno.test("restore() refuses a login that another account has now", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const manager = managerOf(folder);
  const { path = "" } = await manager.removeAccount(2);
  const { index } = await manager.addAccount(path);
  const error = await assertFails(
    () => manager.restore(2),
    "account-replaced",
    "Cannot restore account 2: qwen (account 3) has its login now",
  );
  assertStringIncludes(error.hint ?? "", `account-qwen remove ${index}`);
  assertEquals(await namesIn(folder.layout.stash), [path.split("/").at(-1)]);
});

Deno.test("restore() refuses a key that another account has for the same address", async () => {
  await using folder = await accountFolder({ keys: [1, 2] });
  const manager = managerOf(folder);
  const key = await manager.readKey(2);
  await manager.removeAccount(2);
  await manager.addKey(key);
  await assertFails(() => manager.restore(2), "account-replaced");
  assertEquals((await manager.readKey(3)).apiKey, apiKey(2));
});

Deno.test("restore() of an account whose slot was damaged restores its last login", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  await folder.renew(2, refreshed(2));
  await folder.put(new Uint8Array(), slotPath(folder.layout, 2));
  const manager = managerOf(folder);
  await manager.removeAccount(2);
  await manager.restore(2);
  assertEquals(await folder.slot(2), refreshed(2));
});

Deno.test("restore() uses the login that expires last when an older version has removed the account", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const { stash } = folder.layout;
  await Deno.mkdir(stash, { mode: 0o700 });
  const old = [credential(2), refreshed(2, 2), refreshed(2)];
  for (const [at, bytes] of old.entries()) {
    const name = `oauth_creds.20261121T083500000Z-0000000${at}.removed_2.json`;
    await Deno.writeFile(`${stash}/${name}`, bytes, { mode: 0o600 });
  }
  await managerOf(folder).restore(2);
  assertEquals(await folder.slot(2), refreshed(2, 2));
  assertEquals((await folder.generations(2)).length, 2);
  assertEquals(await namesIn(stash), []);
});

Deno.test("restore() rejects when the account never existed", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const manager = managerOf(folder);
  await manager.removeAccount(2);
  await assertFails(() => manager.restore(3), "no-such-account");
  await assertFails(
    () => manager.restore(2, { generation: 1 }),
    "no-such-account",
  );
});

/**
 * All that is recorded about the accounts, and all other logins of account 2.
 */
async function look(folder: AccountFolder, manager: AccountManager) {
  const slot = text(await folder.slot(2));
  const generations = (await folder.generations(2)).map(text);
  return {
    accounts: await manager.listAccounts(),
    before: generations.filter((it) => it !== slot),
    slot,
  };
}
