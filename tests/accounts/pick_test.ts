import { assertEquals } from "@std/assert";
import { slotPath } from "../../lib/disk/names.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
} from "../support/account_folder.ts";
import { managerOf } from "./managers.ts";
import { assertFails } from "../support/assert_fails.ts";

const UNUSABLE: Record<string, (slot: string) => Promise<unknown>> = {
  "is empty": (slot) => Deno.truncate(slot),
  "is cut short": (slot) => Deno.truncate(slot, 20),
  "is a folder": (slot) => replace(slot, () => Deno.mkdir(slot)),
  "is a link": (slot) => replace(slot, () => Deno.symlink("elsewhere", slot)),
};

for (const [what, spoil] of Object.entries(UNUSABLE)) {
  Deno.test(`switchNext() skips an account whose slot ${what}`, async () => {
    await using folder = await threeAccounts();
    await spoil(slotPath(folder.layout, 2));
    const notices: string[] = [];
    const { to } = await managerOf(folder, { notices }).switchNext();
    assertEquals(to, 3);
    assertEquals(
      notices.filter((it) => it.startsWith("account 2 is skipped: its slot"))
        .length,
      1,
    );
  });

  Deno.test(`beginRun() skips the active account when its slot ${what}`, async () => {
    await using folder = await threeAccounts();
    await spoil(slotPath(folder.layout, 1));
    assertEquals((await managerOf(folder).beginRun()).account, 2);
  });
}

Deno.test("switchNext() uses an account whose slot is broken if a login of it is kept, and restores that", async () => {
  await using folder = await threeAccounts();
  await folder.keep(2, credential(2));
  await Deno.truncate(slotPath(folder.layout, 2));
  assertEquals((await managerOf(folder).switchNext()).to, 2);
  assertEquals(await folder.slot(2), credential(2));
});

Deno.test("beginRun() throws when no slot is usable", async () => {
  await using folder = await threeAccounts();
  for (const index of [1, 2, 3]) {
    await Deno.truncate(slotPath(folder.layout, index));
  }
  await assertFails(() => managerOf(folder).beginRun(), "none-usable");
});

Deno.test("switchNext() says when the others will be ready when they cool down", async () => {
  await using folder = await threeAccounts();
  const manager = managerOf(folder);
  for (const index of [2, 3]) await manager.setCooldown(index, 60_000);
  await assertFails(() => manager.switchNext(), "none-ready");
});

async function threeAccounts(): Promise<AccountFolder> {
  return await accountFolder({ accounts: [1, 2, 3], active: 1 });
}

async function replace(path: string, make: () => Promise<void>) {
  await Deno.remove(path);
  await make();
}
