import { assertEquals } from "@std/assert";
import { AccountManager } from "../../lib/mod.ts";
import { accountFolder, NEEDS_LOGIN } from "../support/account_folder.ts";
import { sameFor } from "../support/state.ts";
import { linkOf, managerOf } from "./managers.ts";
import { assertFails } from "../support/assert_fails.ts";

Deno.test("switchNext() visits the accounts in turn and skips gaps", async () => {
  await using folder = await accountFolder({ accounts: [2, 3, 7], active: 2 });
  const manager = managerOf(folder);
  const visited: number[] = [];
  for (let time = 0; time < 4; time++) {
    visited.push((await manager.switchNext()).to);
  }
  assertEquals(visited, [3, 7, 2, 3]);
});

Deno.test("switchNext() begins with the first account when none is active", async () => {
  await using folder = await accountFolder({ accounts: [2, 3] });
  const result = await managerOf(folder).switchNext();
  assertEquals(result, { switched: true, from: undefined, to: 2 });
});

Deno.test("switchNext() continues from an account whose slot is gone", async () => {
  await using folder = await accountFolder({ accounts: [1, 3], active: 2 });
  const result = await managerOf(folder).switchNext();
  assertEquals(result, { switched: true, from: 2, to: 3 });
});

Deno.test("switchNext() switches when the caller saw the active account", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 2 });
  const result = await managerOf(folder).switchNext({ from: 2 });
  assertEquals(result, { switched: true, from: 2, to: 3 });
});

Deno.test("switchNext() only reports when somebody has already switched", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 3 });
  const manager = managerOf(folder);
  const result = await manager.switchNext({ from: 2 });
  assertEquals(result, { switched: false, from: 3, to: 3 });
  assertEquals(await linkOf(folder), "accounts/oauth_creds_3.json");
  assertEquals((await manager.getStats()).switchesTotal, 0);
});

Deno.test("switchNext() skips the excluded accounts", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 1 });
  const except = new Set([1, 2]);
  const result = await managerOf(folder).switchNext({ from: 1, except });
  assertEquals(result, { switched: true, from: 1, to: 3 });
});

Deno.test("switchNext() switches again when others switched to an excluded account", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 2 });
  const except = new Set([1, 2]);
  const result = await managerOf(folder).switchNext({ from: 1, except });
  assertEquals(result, { switched: true, from: 2, to: 3 });
});

Deno.test("switchNext() switches again when the account that others switched to is gone", async () => {
  await using folder = await accountFolder({ accounts: [1, 3], active: 2 });
  const result = await managerOf(folder).switchNext({ from: 1 });
  assertEquals(result, { switched: true, from: 2, to: 3 });
});

Deno.test("switchNext() skips an account that needs a login", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2, 3],
    active: 1,
    state: { accounts: { account2: NEEDS_LOGIN } },
  });
  const result = await managerOf(folder).switchNext();
  assertEquals(result, { switched: true, from: 1, to: 3 });
});

Deno.test("switchNext() switches again when others switched to one that needs a login", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2, 3],
    active: 2,
    state: { accounts: { account2: NEEDS_LOGIN } },
  });
  const result = await managerOf(folder).switchNext({ from: 1 });
  assertEquals(result, { switched: true, from: 2, to: 3 });
});

Deno.test("switchNext() throws when all others need a login", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    active: 1,
    state: { accounts: { account2: NEEDS_LOGIN } },
  });
  const change = () => managerOf(folder).switchNext();
  const error = await assertFails(change, "no-other-account");
  assertEquals(error.hint, "account-qwen doctor");
  assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
});

Deno.test("switchNext() throws when all others are excluded", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const except = new Set([2]);
  const error = await assertFails(
    () => managerOf(folder).switchNext({ except }),
    "no-other-account",
    "account 1 is the only usable one",
  );
  assertEquals(error.index, 1);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
});

for (const active of [1, undefined]) {
  const what = active ? "the active one too" : "none is active";
  Deno.test(`switchNext() throws when all need a login, and ${what}`, async () => {
    const state = sameFor([1, 2], NEEDS_LOGIN);
    await using folder = await accountFolder({
      accounts: [1, 2],
      ...(active ? { active } : {}),
      state,
    });
    const change = () => managerOf(folder).switchNext();
    await assertFails(change, "none-usable", "all are skipped (1, 2)");
  });
}

Deno.test("switchNext() throws when there is no account", async () => {
  await using folder = await accountFolder();
  await assertFails(() => managerOf(folder).switchNext(), "no-account");
});

Deno.test("switchNext() switches once when 20 callers saw the same account", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 1 });
  const results = await Promise.all(
    Array.from(
      { length: 20 },
      () => new AccountManager({ dir: folder.path }).switchNext({ from: 1 }),
    ),
  );
  assertEquals(results.filter((it) => it.switched).length, 1);
  assertEquals([...new Set(results.map((it) => it.to))], [2]);
  assertEquals((await managerOf(folder).getStats()).switchesTotal, 1);
  assertEquals((await folder.events()).length, 1);
});
