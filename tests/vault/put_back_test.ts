import { assertEquals } from "@std/assert";
import { slotPath } from "../../lib/disk/names.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
} from "../support/account_folder.ts";
import { stashed } from "../support/stashed.ts";
import { strangers } from "../support/strangers.ts";
import { refreshed } from "../accounts/agent_writes.ts";
import { findingsIn } from "../doctor/findings.ts";
import { linkOf, managerOf } from "../accounts/managers.ts";

/**
 * Creates a folder in which the newest logins of accounts 1 and 2 are also
 * generations.
 */
async function folderWithKept(): Promise<AccountFolder> {
  const folder = await accountFolder({ accounts: [1, 2, 3], active: 1 });
  for (const index of [1, 2]) {
    await folder.renew(index, refreshed(index));
  }
  return folder;
}

Deno.test("repair() restores the last login of every unusable slot", async () => {
  await using folder = await folderWithKept();
  using _strangers = strangers();
  for (const index of [1, 2]) {
    await folder.put(new Uint8Array(), slotPath(folder.layout, index));
  }
  const fixes = (await findingsIn(folder)).map((it) => it.mend);
  assertEquals(fixes, Array(2).fill("account-qwen doctor --fix"));
  await managerOf(folder).repair();
  assertEquals(await folder.slot(1), refreshed(1));
  assertEquals(await folder.slot(2), refreshed(2));
  assertEquals(await findingsIn(folder), []);
});

Deno.test("one repair() is enough when the slot that the link points to is missing", async () => {
  await using folder = await folderWithKept();
  using _strangers = strangers();
  await Deno.remove(slotPath(folder.layout, 1));
  assertEquals((await findingsIn(folder)).map((it) => it.problem), [
    "oauth_creds.json points to account 1, which does not exist",
  ]);
  await managerOf(folder).repair();
  assertEquals(await folder.slot(1), refreshed(1));
  assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
  assertEquals(await findingsIn(folder), []);
});

Deno.test("repair() does not restore an account that the user has removed", async () => {
  await using folder = await folderWithKept();
  using _strangers = strangers();
  await Deno.remove(slotPath(folder.layout, 2));
  await managerOf(folder).repair();
  const accounts = await managerOf(folder).listAccounts();
  assertEquals(accounts.map((it) => it.index), [1, 3]);
});

Deno.test("repair() restores nothing through a link among the generations", async () => {
  await using folder = await folderWithKept();
  using _strangers = strangers();
  const { layout } = folder;
  await folder.put(credential(9), `${folder.path}/evil`);
  const name = "oauth_creds_2.000009.20261121T083500123Z.json";
  await Deno.symlink(`${folder.path}/evil`, `${layout.generations}/${name}`);
  await folder.put(new Uint8Array(), slotPath(layout, 2));
  await managerOf(folder).repair();
  assertEquals(await folder.slot(2), refreshed(2));
});

Deno.test("examine() says to move an unusable slot away when no login of it is kept", async () => {
  await using folder = await folderWithKept();
  const slot = slotPath(folder.layout, 3);
  await folder.put(new Uint8Array(), slot);
  const mends = (await findingsIn(folder)).map((it) => it.mend);
  assertEquals(mends, [`mv ${slot} ${slot}.away`]);
});

Deno.test("examine() finds no missing link when no account may be used", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  await stashed(folder, refreshed(1), [1, 2]);
  const checks = (await findingsIn(folder)).map((it) => it.check);
  assertEquals(checks, ["stash"]);
});

Deno.test("examine() finds nothing wrong when a slot has the stashed login", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  await stashed(folder, credential(2));
  assertEquals(await findingsIn(folder), []);
});

Deno.test("repair() keeps a stashed login that a slot has, because it may be a wrong guess", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  await stashed(folder, credential(2));
  await managerOf(folder).repair();
  assertEquals(await folder.stash(), [credential(2)]);
});

Deno.test("every view describes a damaged slot with a kept login in the same words, and its account is ready", async () => {
  await using folder = await folderWithKept();
  using _strangers = strangers();
  await folder.put(new Uint8Array(), slotPath(folder.layout, 2));
  const problem = "is damaged; the kept copy will be restored";
  const manager = managerOf(folder);
  const [first, second] = await manager.listAccounts();
  assertEquals(
    [second?.state, second?.problem],
    [first?.state, problem],
  );
  const { chosen, candidates } = await manager.previewNext();
  assertEquals(
    [chosen, candidates[1]?.obstacle, candidates[1]?.note],
    [2, undefined, `slot ${problem}`],
  );
  assertEquals((await findingsIn(folder)).map((it) => it.problem), [
    `the slot of account 2 ${problem}`,
  ]);
});
