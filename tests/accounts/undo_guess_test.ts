import { assertEquals } from "@std/assert";
import type { Doctor } from "../../lib/doctor/doctor.ts";
import { runtime } from "../../lib/system/mod.ts";
import { countingFiles } from "../support/counting_files.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
} from "../support/account_folder.ts";
import { replaceFiles } from "../support/files.ts";
import { stashed } from "../support/stashed.ts";
import { strangers } from "../support/strangers.ts";
import { refresh, refreshed } from "./agent_writes.ts";
import { findingsIn } from "../doctor/findings.ts";
import { linkOf, managerOf } from "./managers.ts";
import { doubtful } from "./doubt.ts";
import { assertFails } from "../support/assert_fails.ts";

/** The logins of account 1 that were put into account 2 by a guess. */
const GUESS = refreshed(1);

Deno.test("a wrong guess stays in the stash when the agent refreshes it, and waits for nothing", async () => {
  await using scene = await guessed({ refreshes: 1 });
  assertEquals(await scene.folder.stash(), [GUESS]);
  assertEquals(await doubtful(scene.folder), []);
  assertEquals(await findingsIn(scene.folder), []);
});

for (const refreshes of [0, 1, 2, 9]) {
  Deno.test(`restore() undoes a wrong guess after ${refreshes} refreshes`, async () => {
    await using scene = await guessed({ refreshes });
    const { folder, manager } = scene;
    await manager.restore(2);
    assertEquals(await folder.slot(2), credential(2));
    assertEquals(await folder.generations(2), [credential(2)]);
    const newest = refreshed(1, refreshes + 1);
    const stash = (await folder.stash()).map(String);
    for (const it of [GUESS, newest]) {
      assertEquals(stash.includes(String(it)), true);
    }
    assertEquals(await doubtful(folder), [1, 2]);
    const name = await nameOf(folder, newest);
    await manager.restore(1, { stash: name });
    assertEquals(await folder.slot(1), newest);
  });
}

Deno.test("restore() says that the logins from after a guess are in the stash", async () => {
  await using scene = await guessed({ refreshes: 1 });
  scene.notices.length = 0;
  await scene.manager.restore(2);
  assertEquals(scene.notices.slice(0, 2), [
    "account 2: the later logins are in the stash now; " +
    "account-qwen doctor shows what to do",
    "skipped until this is fixed: account 1, account 2",
  ]);
});

Deno.test("restore() goes back within the logins from after a guess when a generation is asked for", async () => {
  await using scene = await guessed({ refreshes: 2 });
  await scene.manager.restore(2, { generation: 1 });
  assertEquals(await scene.folder.slot(2), refreshed(1, 2));
  assertEquals(await scene.folder.stash(), [GUESS]);
});

Deno.test("restore() stashes the logins from after a guess when a generation before it is asked for", async () => {
  await using scene = await guessed({ refreshes: 1 });
  const { folder, manager } = scene;
  await manager.restore(2, { generation: 2 });
  assertEquals(await folder.slot(2), credential(2));
  assertEquals(await folder.generations(2), [credential(2)]);
  assertEquals((await folder.stash()).length, 2);
});

Deno.test("restore() throws and changes nothing when nothing is kept from before a guess", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    active: 1,
    inMemory: true,
  });
  const manager = managerOf(folder);
  const stash = await stashed(folder, GUESS, [1, 2]);
  await manager.restore(2, { stash });
  for (const it of [...Deno.readDirSync(folder.layout.generations)]) {
    const path = `${folder.layout.generations}/${it.name}`;
    const text = String(await Deno.readFile(path));
    if (text === String(credential(2))) await Deno.remove(path);
  }
  await assertFails(
    () => manager.restore(2),
    "no-earlier-login",
    "no login from before the guess is kept",
  );
  assertEquals(await folder.slot(2), GUESS);
});

Deno.test("restore() does not undo an earlier guess when a login is stashed in its place", async () => {
  await using scene = await guessed({ refreshes: 1 });
  const { folder, manager } = scene;
  const stash = await stashed(folder, refreshed(2, 5), [2, 3]);
  await manager.restore(2, { stash });
  assertEquals(await doubtful(folder), []);
  await manager.restore(2);
  assertEquals(await folder.slot(2), refreshed(1, 2));
  await manager.restore(2);
  assertEquals(await folder.slot(2), credential(2));
});

Deno.test("restore() does not report that the link was removed when it exists again", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  using _strangers = strangers();
  const notices: string[] = [];
  const stash = await stashed(folder, refreshed(1), [1]);
  await managerOf(folder, { notices }).restore(1, { stash });
  assertEquals(notices, []);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
});

Deno.test("restore() reports that the link was removed when it is missing at the end", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  using _strangers = strangers();
  const notices: string[] = [];
  const stash = await stashed(folder, refreshed(1), [1]);
  await stashed(folder, refreshed(1, 2), [1]);
  await managerOf(folder, { notices }).restore(1, { stash });
  assertEquals(notices, [
    "account 1 is skipped, and no other account can be used: " +
    "removed oauth_creds.json",
  ]);
});

for (const canExchange of [true, false]) {
  const where = canExchange ? "" : " where names cannot be swapped";
  Deno.test(`restore() undoes a wrong guess that was refreshed when it is killed at any step and run again${where}`, async () => {
    for (let failAt = 1, isOver = false; !isOver; failAt++) {
      await using scene = await guessed({ refreshes: 1 });
      const { folder, manager } = scene;
      const options = { failAt, fault: "halt", canExchange } as const;
      const counting = countingFiles(runtime.files, options);
      {
        using _ = replaceFiles(() => counting);
        await Promise.race([manager.restore(2), counting.halted]);
      }
      isOver = counting.steps < failAt;
      await manager.repair();
      const isUndone = String(await folder.slot(2)) === String(credential(2));
      if (!isUndone) await manager.restore(2);
      assertEquals(await folder.slot(2), credential(2));
      assertEquals(await folder.generations(2), [credential(2)]);
      const stash = new Set((await folder.stash()).map(String));
      assertEquals(
        stash,
        new Set([String(GUESS), String(refreshed(1, 2))]),
        `at step ${failAt}`,
      );
      assertEquals(await doubtful(folder), [1, 2]);
    }
  });
}

interface Scene extends AsyncDisposable {
  folder: AccountFolder;
  manager: Doctor;
  notices: string[];
}

/** A login of account 1 was put into account 2, and refreshed there. */
async function guessed({ refreshes }: { refreshes: number }): Promise<Scene> {
  await using owned = new AsyncDisposableStack();
  const folder = owned.use(
    await accountFolder({ accounts: [1, 2, 3], active: 2, inMemory: true }),
  );
  owned.use(strangers());
  const notices: string[] = [];
  const manager = managerOf(folder, { notices });
  const stash = await stashed(folder, GUESS, [1, 2]);
  await manager.restore(2, { stash });
  for (let time = 1; time <= refreshes; time++) {
    await manager.switchTo(2);
    refresh(folder, refreshed(1, time + 1));
    await manager.switchTo(3);
  }
  const disposables = owned.move();
  return {
    folder,
    manager,
    notices,
    [Symbol.asyncDispose]: () => disposables.disposeAsync(),
  };
}

async function nameOf(
  { layout }: AccountFolder,
  bytes: Uint8Array,
): Promise<string> {
  for (const { name } of Deno.readDirSync(layout.stash)) {
    const found = await Deno.readFile(`${layout.stash}/${name}`);
    if (String(found) === String(bytes)) return name;
  }
  throw new Error("It is not in the stash");
}
