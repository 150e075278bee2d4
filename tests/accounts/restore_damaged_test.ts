import { assertEquals } from "@std/assert";
import { slotPath } from "../../lib/disk/names.ts";
import {
  type AccountFolder,
  accountFolder,
} from "../support/account_folder.ts";
import { stashed } from "../support/stashed.ts";
import { strangers } from "../support/strangers.ts";
import { refresh, refreshed } from "./agent_writes.ts";
import { accountsIn, managerOf } from "./managers.ts";
import { assertFails } from "../support/assert_fails.ts";

const DAMAGES: Record<
  string,
  { damage: (folder: AccountFolder) => Promise<unknown>; problem: string }
> = {
  "is empty": {
    damage: ({ layout, put }) => put(new Uint8Array(), slotPath(layout, 2)),
    problem: "is empty",
  },
  "is cut short": {
    damage: ({ layout, put }) =>
      put(refreshed(2).subarray(0, 90), slotPath(layout, 2)),
    problem: "is not valid JSON",
  },
  "is gone": {
    damage: ({ layout }) => Deno.remove(slotPath(layout, 2)),
    problem: "is not there",
  },
};

for (const [when, { damage, problem }] of Object.entries(DAMAGES)) {
  for (const active of [1, 2]) {
    Deno.test(`restore() uses the newest login and says so when the slot ${when} and account ${active} is active`, async () => {
      await using folder = await folderWithTwoLogins(active);
      await damage(folder);
      const notices: string[] = [];
      await managerOf(folder, { notices }).restore(2);
      assertEquals(await folder.slot(2), refreshed(2, 2));
      assertEquals(await accountsIn(folder), [1, 2]);
      const isTold = notices.includes(
        `account 2: its slot ${problem}, so generation 1 is the newest login ` +
          "that is kept",
      );
      assertEquals(isTold, true);
    });
  }

  Deno.test(`restore() counts from the newest login when the slot ${when}`, async () => {
    await using folder = await folderWithTwoLogins(2);
    await damage(folder);
    await managerOf(folder).restore(2, { generation: 2 });
    assertEquals(await folder.slot(2), refreshed(2, 1));
  });
}

Deno.test("restore() restores an account that has no slot any more, even from the stash", async () => {
  await using folder = await folderWithTwoLogins(1);
  await Deno.remove(slotPath(folder.layout, 2));
  const stash = await stashed(folder, refreshed(2, 3));
  await managerOf(folder).restore(2, { stash });
  assertEquals(await folder.slot(2), refreshed(2, 3));
});

Deno.test("restore() makes no slot when the missing account has no such generation", async () => {
  await using folder = await folderWithTwoLogins(1);
  await Deno.remove(slotPath(folder.layout, 2));
  const manager = managerOf(folder);
  await assertFails(
    () => manager.restore(2, { generation: 9 }),
    "no-earlier-login",
  );
  assertEquals(await accountsIn(folder), [1]);
});

Deno.test("restore() is not undone by the next command when the agent had put a login into the link's place", async () => {
  await using folder = await folderWithTwoLogins(2);
  using _strangers = strangers();
  const manager = managerOf(folder);
  await manager.switchTo(2);
  refresh(folder, refreshed(2, 3));
  await manager.restore(2);
  await manager.switchTo(1);
  assertEquals(await folder.slot(2), refreshed(2, 2));
});

/** Account 2 has its second login, and had its first before. */
async function folderWithTwoLogins(active: number): Promise<AccountFolder> {
  const folder = await accountFolder({
    accounts: [1, 2],
    active,
    inMemory: true,
  });
  for (const time of [1, 2]) {
    await folder.renew(2, refreshed(2, time));
  }
  return folder;
}
