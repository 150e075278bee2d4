import { assertEquals, assertRejects } from "@std/assert";
import { runtime } from "../../lib/system/mod.ts";
import { countingFiles } from "../support/counting_files.ts";
import { accountFolder, credential } from "../support/account_folder.ts";
import { replaceFiles } from "../support/files.ts";
import { stashed } from "../support/stashed.ts";
import { strangers } from "../support/strangers.ts";
import { refresh, refreshed } from "./agent_writes.ts";
import { jwtFolder, jwtLogin } from "./jwt.ts";
import { linkOf, managerOf } from "./managers.ts";
import { doubtful } from "./doubt.ts";
import { assertFails } from "../support/assert_fails.ts";

const ACCOUNTS = { accounts: [1, 2, 3], active: 3, inMemory: true };

Deno.test("restore() keeps the login in the stash, and no account is doubtful", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  const stash = await stashed(folder, refreshed(1), [1, 2]);
  await managerOf(folder).restore(1, { stash });
  assertEquals(await folder.slot(1), refreshed(1));
  assertEquals(await folder.stash(), [refreshed(1)]);
  assertEquals(await doubtful(folder), []);
});

Deno.test("restore() undoes a wrong guess, and the same accounts are doubtful again", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  const notices: string[] = [];
  const stash = await stashed(folder, refreshed(1), [1, 2]);
  const manager = managerOf(folder, { notices });
  await manager.restore(2, { stash });
  await manager.restore(2);
  assertEquals(await folder.slot(2), credential(2));
  assertEquals(await folder.stash(), [refreshed(1)]);
  assertEquals(await doubtful(folder), [1, 2]);
  assertEquals(notices, ["skipped until this is fixed: account 1, account 2"]);
});

for (const undo of [undefined, 9]) {
  Deno.test(
    `restore() leaves no generation of a wrong guess behind when ${
      undo ? "another guess" : "the login before"
    } takes its place`,
    async () => {
      await using folder = await accountFolder(ACCOUNTS);
      const stash = await stashed(folder, refreshed(1), [1, 2]);
      const manager = managerOf(folder);
      await manager.restore(2, { stash });
      const guess = undo === undefined
        ? undefined
        : await stashed(folder, refreshed(2, undo), [2, 3]);
      await manager.restore(2, { stash: guess });
      const before = guess ? [refreshed(2, undo)] : [];
      assertEquals(await folder.generations(2), [...before, credential(2)]);
      const next = new TextEncoder().encode(
        new TextDecoder().decode(refreshed(1)).replace("access-1", "next"),
      );
      refresh(folder, next);
      await manager.repair();
      assertEquals(await folder.slot(2), before[0] ?? credential(2));
    },
  );
}

Deno.test("restore() takes back a login that was guessed wrong, and gives it to another account", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  const stash = await stashed(folder, refreshed(1), [1, 2]);
  const manager = managerOf(folder);
  await manager.restore(2, { stash });
  await assertFails(
    () => manager.restore(1, { stash }),
    "wrong-owner",
    `Cannot put "${stash}" into account 1: it is now in the slot of account 2`,
  );
  await manager.restore(2);
  await manager.restore(1, { stash });
  assertEquals(await folder.slot(1), refreshed(1));
  assertEquals(await folder.slot(2), credential(2));
  assertEquals(await doubtful(folder), []);
});

Deno.test("the stash gives up a login of one account when the agent has written a newer one", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  using _strangers = strangers();
  const stash = await stashed(folder, refreshed(1), [1]);
  const manager = managerOf(folder);
  await manager.restore(1, { stash });
  await manager.switchTo(1);
  refresh(folder, refreshed(1, 2));
  await manager.switchTo(2);
  assertEquals(await folder.slot(1), refreshed(1, 2));
  assertEquals(await folder.stash(), []);
  assertEquals(await doubtful(folder), []);
});

Deno.test("restore() warns when the login was taken for one of other accounts", async () => {
  await using folder = await accountFolder(ACCOUNTS);
  const notices: string[] = [];
  const stash = await stashed(folder, refreshed(1), [1, 2]);
  await managerOf(folder, { notices }).restore(3, { stash });
  assertEquals(notices, [
    `${stash} was assigned to account 1 or 2; ` +
    "account-qwen restore 3 undoes this",
  ]);
  assertEquals(await doubtful(folder), []);
});

const REFUSED: Record<string, { sub: string; index: number; problem: string }> =
  {
    "its subject belongs to another slot": {
      sub: "user-2",
      index: 1,
      problem: "belongs to account 2",
    },
    "its subject belongs to nobody here": {
      sub: "user-7",
      index: 2,
      problem: "belongs to somebody else, by its subject",
    },
  };

for (const [when, { sub, index, problem }] of Object.entries(REFUSED)) {
  Deno.test(`restore() throws and changes no slot when ${when}`, async () => {
    await using folder = await jwtFolder();
    const before = await folder.slot(index);
    const stash = await stashed(folder, jwtLogin({ sub }), [1, 2]);
    await assertFails(
      () => managerOf(folder).restore(index, { stash }),
      "wrong-owner",
      `Cannot put "${stash}" into account ${index}: it ${problem}`,
    );
    assertEquals(await folder.slot(index), before);
    assertEquals(await folder.stash(), [jwtLogin({ sub })]);
  });
}

Deno.test("restore() makes the account active when all were doubtful and nothing is linked", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _strangers = strangers();
  const stash = await stashed(folder, refreshed(2), [1, 2]);
  const manager = managerOf(folder);
  await manager.repair();
  await assertRejects(() => linkOf(folder), Deno.errors.NotFound);
  await manager.restore(2, { stash });
  assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
});

Deno.test("restore() moves the agent to another account when the account becomes doubtful again", async () => {
  await using folder = await accountFolder({ ...ACCOUNTS, active: 2 });
  using _strangers = strangers();
  const stash = await stashed(folder, refreshed(1), [1, 2]);
  const manager = managerOf(folder);
  await manager.restore(2, { stash });
  await manager.switchTo(2);
  await manager.restore(2);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_3.json");
});

const STEPS: Record<string, boolean> = {
  "a guess": false,
  "its undoing": true,
};

for (const [what, isUndone] of Object.entries(STEPS)) {
  for (const canExchange of [true, false]) {
    const where = canExchange ? "" : " where names cannot be swapped";
    Deno.test(`restore() loses nothing of ${what} when it is killed at any step${where}`, async () => {
      using _strangers = strangers();
      for (let failAt = 1, isOver = false; !isOver; failAt++) {
        await using folder = await accountFolder(ACCOUNTS);
        const stash = await stashed(folder, refreshed(1), [1, 2]);
        const manager = managerOf(folder);
        if (isUndone) await manager.restore(2, { stash });
        const options = { failAt, fault: "halt", canExchange } as const;
        const counting = countingFiles(runtime.files, options);
        {
          using _ = replaceFiles(() => counting);
          const action = manager.restore(2, isUndone ? {} : { stash });
          await Promise.race([action, counting.halted]);
        }
        isOver = counting.steps < failAt;
        await manager.repair();
        const slot = String(await folder.slot(2));
        const isGuessed = slot === String(refreshed(1));
        if (!isGuessed) assertEquals(slot, String(credential(2)));
        assertEquals(await doubtful(folder), isGuessed ? [] : [1, 2]);
        const generations = (await folder.generations(2)).map(String);
        const isGeneration = generations.includes(String(refreshed(1)));
        if (!isGuessed) assertEquals(isGeneration, false);
        const kept = [slot, ...(await folder.stash()).map(String)];
        assertEquals(kept.includes(String(refreshed(1))), true);
      }
    });
  }
}
