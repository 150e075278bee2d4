import { assertEquals, assertRejects } from "@std/assert";
import { accountFolder } from "../support/account_folder.ts";
import { accountsIn, managerOf } from "../accounts/managers.ts";

Deno.test("the accounts are sorted by number", async () => {
  await using folder = await accountFolder({ accounts: [10, 2, 1, 1_000] });
  assertEquals(await accountsIn(folder), [1, 2, 10, 1_000]);
});

Deno.test("there is nothing when there is no folder", async () => {
  await using folder = await accountFolder();
  assertEquals(await managerOf(folder).getStats(), {
    currentIndex: undefined,
    totalAccounts: 0,
    switchesTotal: 0,
    lastSwitch: undefined,
    accounts: [],
  });
  await assertRejects(() => Deno.lstat(folder.path), Deno.errors.NotFound);
});

const ACTIVE: Record<string, { active?: number; state: number }> = {
  "the link and not the state": { active: 2, state: 1 },
  "the state when there is no link": { state: 2 },
};

for (const [what, { active, state }] of Object.entries(ACTIVE)) {
  Deno.test(`the active account is that of ${what}`, async () => {
    await using folder = await accountFolder({
      accounts: [1, 2],
      ...(active === undefined ? {} : { active }),
      state: { current_index: state },
    });
    assertEquals((await managerOf(folder).getStats()).currentIndex, 2);
  });
}
