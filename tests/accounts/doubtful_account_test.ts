import { assertEquals, assertRejects } from "@std/assert";
import type { Doctor } from "../../lib/doctor/doctor.ts";
import { slotPath } from "../../lib/disk/names.ts";
import { describeTree } from "../support/describe_tree.ts";
import {
  type AccountFolder,
  accountFolder,
  NEEDS_LOGIN,
  NOW,
} from "../support/account_folder.ts";
import { stashed } from "../support/stashed.ts";
import { strangers } from "../support/strangers.ts";
import { refreshed } from "./agent_writes.ts";
import { linkOf, managerOf } from "./managers.ts";
import { assertFails } from "../support/assert_fails.ts";
import {
  accountKeys,
  readState,
  sameFor,
  stateTime,
} from "../support/state.ts";

const REASON = "its newest login may be in the stash";

const ACCOUNTS = { accounts: [1, 2, 3], active: 1, inMemory: true };

const USES: Record<string, (manager: Doctor) => Promise<unknown>> = {
  "switchTo()": (manager) => manager.switchTo(2),
  "beginRun()": (manager) => manager.beginRun({ account: 2 }),
};

for (const [what, use] of Object.entries(USES)) {
  Deno.test(`${what} throws and changes nothing when the stash may hold a newer login of the account`, async () => {
    await using folder = await accountFolder(ACCOUNTS);
    using _strangers = strangers();
    const manager = managerOf(folder);
    await manager.switchTo(1);
    await stashed(folder, refreshed(2), [2, 3]);
    const before = await describeTree(folder.path);
    const error = await assertFails(
      () => use(manager),
      "doubtful",
      "Cannot use account 2: its newest login may be in the stash",
    );
    assertEquals(error.accounts.map((it) => it.index), [2]);
    assertEquals(await describeTree(folder.path), before);
  });

  Deno.test(`${what} throws but adopts what the agent has written when the account is doubtful`, async () => {
    await using folder = await accountFolder(ACCOUNTS);
    using _strangers = strangers();
    const manager = managerOf(folder);
    await manager.switchTo(1);
    await stashed(folder, refreshed(2), [2, 3]);
    await folder.put(refreshed(1));
    await assertFails(() => use(manager), "doubtful");
    assertEquals(await folder.slot(1), refreshed(1));
  });

  Deno.test(`${what} keeps skipping a doubtful account that also needs a login`, async () => {
    await using folder = await accountFolder({
      ...ACCOUNTS,
      state: { accounts: { account2: NEEDS_LOGIN } },
    });
    await stashed(folder, refreshed(2), [2]);
    await assertFails(() => use(managerOf(folder)), "doubtful");
    const state = await readState(folder.layout.state);
    assertEquals(accountKeys(state, 2).blocked, "login needed");
  });
}

Deno.test("switchNext() skips doubtful accounts", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  await stashed(folder, refreshed(2), [2]);
  assertEquals((await managerOf(folder).switchNext()).to, 3);
});

Deno.test("beginRun() moves the agent to another account when the active one is doubtful", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  await stashed(folder, refreshed(1), [1, 2]);
  assertEquals((await managerOf(folder).beginRun()).account, 3);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_3.json");
});

Deno.test("switchTo() moves the agent away from a doubtful account even though it throws", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  await stashed(folder, refreshed(1), [1]);
  await assertFails(
    () => managerOf(folder).switchTo(1),
    "doubtful",
  );
  assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
});

Deno.test("beginRun() throws and leaves no link when every account is doubtful", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  await stashed(folder, refreshed(1), [1, 2, 3]);
  await assertFails(() => managerOf(folder).beginRun(), "none-usable");
  await assertRejects(() => linkOf(folder), Deno.errors.NotFound);
});

Deno.test("listAccounts() names the accounts whose newer login may be in the stash", async () => {
  await using folder = await accountFolder({
    ...ACCOUNTS,
    state: { accounts: { account3: NEEDS_LOGIN } },
  });
  await stashed(folder, refreshed(2), [1, 2]);
  assertEquals(await blocks(folder), [REASON, REASON, "login needed"]);
});

Deno.test("restore() leaves an account doubtful when a newer login of it is still stashed", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  const older = await stashed(folder, refreshed(1, 1), [1, 2]);
  const newer = await stashed(folder, refreshed(1, 2), [1, 2]);
  await managerOf(folder).restore(1, { stash: older });
  assertEquals(await folder.slot(1), refreshed(1, 1));
  assertEquals(await blocks(folder), [REASON, REASON, undefined]);
  const { stash } = folder.layout;
  await Deno.remove(`${stash}/${newer}`);
  assertEquals(await blocks(folder), [undefined, undefined, undefined]);
});

Deno.test("restore() makes an account usable again when the login that is still stashed is older", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  await stashed(folder, refreshed(1, 1), [1, 2]);
  const newer = await stashed(folder, refreshed(1, 2), [1, 2]);
  await managerOf(folder).restore(1, { stash: newer });
  assertEquals(await blocks(folder), [undefined, REASON, undefined]);
});

Deno.test("restore() makes every account usable again when it takes the only login from the stash", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  const name = await stashed(folder, refreshed(1), [1, 2]);
  const manager = managerOf(folder);
  await manager.restore(1, { stash: name });
  assertEquals(await blocks(folder), [undefined, undefined, undefined]);
  assertEquals((await manager.switchTo(2)).to, 2);
});

Deno.test("restore() unblocks the accounts that were doubtful when they were blocked, and no others", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2, 3],
    active: 3,
    state: sameFor([2, 3], NEEDS_LOGIN),
  });
  const name = await stashed(folder, refreshed(1), [1, 2]);
  await managerOf(folder).restore(1, { stash: name });
  assertEquals(await blocks(folder), [undefined, undefined, "login needed"]);
});

Deno.test("restore() leaves a block that is older than the doubt", async () => {
  const before = stateTime(NOW - 1_000);
  await using folder = await accountFolder({
    accounts: [1, 2],
    active: 1,
    state: {
      accounts: { account2: { ...NEEDS_LOGIN, blocked_since: before } },
    },
  });
  await Deno.utime(slotPath(folder.layout, 2), 0, 0);
  const name = await stashed(folder, refreshed(1), [1, 2]);
  await managerOf(folder).restore(1, { stash: name });
  assertEquals(await blocks(folder), [undefined, "login needed"]);
});

Deno.test("repair() removes a stashed login that a slot had before a newer one", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  await folder.renew(2, refreshed(2, 1));
  await folder.renew(2, refreshed(2, 2));
  await stashed(folder, refreshed(2, 1), [2]);
  await managerOf(folder).repair();
  assertEquals(await folder.stash(), []);
  assertEquals(await folder.slot(2), refreshed(2, 2));
});

Deno.test("repair() keeps a stashed login of several accounts that a slot had before a newer one", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  await folder.renew(2, refreshed(2, 1));
  await folder.renew(2, refreshed(2, 2));
  await stashed(folder, refreshed(2, 1), [1, 2]);
  await managerOf(folder).repair();
  assertEquals(await folder.stash(), [refreshed(2, 1)]);
  assertEquals(await blocks(folder), [undefined, undefined, undefined]);
});

Deno.test("repair() keeps a stashed login that a killed restore() has put only into the generations", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  await folder.keep(2, refreshed(2));
  await stashed(folder, refreshed(2), [2]);
  await managerOf(folder).repair();
  assertEquals(await folder.stash(), [refreshed(2)]);
  assertEquals(await blocks(folder), [undefined, REASON, undefined]);
});

/** Why rotation skips each account. */
async function blocks(
  folder: AccountFolder,
): Promise<(string | undefined)[]> {
  const accounts = await managerOf(folder).listAccounts();
  return accounts.map((it) => it.blocked);
}
