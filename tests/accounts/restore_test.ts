import { assertEquals } from "@std/assert";
import { basename, slotPath } from "../../lib/disk/names.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  modeOf,
} from "../support/account_folder.ts";
import { stashed } from "../support/stashed.ts";
import { strangers } from "../support/strangers.ts";
import { refresh, refreshed } from "./agent_writes.ts";
import { managerOf } from "./managers.ts";
import { assertFails } from "../support/assert_fails.ts";
import { generationPaths } from "../support/kept_files.ts";

/** The contents of the slot of account 2, the current one first. */
const HISTORY = [6, 5, 4, 3, 2, 1].map((time) => refreshed(2, time));

for (const generation of [1, 2, 3, 4, 5]) {
  Deno.test(`restore() brings back the content ${generation} before`, async () => {
    await using folder = await folderWithHistory();
    await managerOf(folder).restore(2, { generation });
    assertEquals(await folder.slot(2), HISTORY[generation]);
  });
}

Deno.test("restore() brings back the previous content when no generation is given", async () => {
  await using folder = await folderWithHistory();
  await managerOf(folder).restore(2);
  assertEquals(await folder.slot(2), HISTORY[1]);
});

Deno.test("restore() returns the name of the source file, and that another one is kept", async () => {
  await using folder = await folderWithHistory();
  const [, before = ""] = await generationPaths(folder.layout, 2);
  assertEquals(await managerOf(folder).restore(2), {
    file: basename(before),
    replaced: true,
    isBack: false,
  });
});

Deno.test("restore() keeps the current content", async () => {
  await using folder = await folderWithHistory();
  const manager = managerOf(folder);
  await manager.restore(2, { generation: 5 });
  const kept = await folder.credentials();
  const present = new TextDecoder().decode(HISTORY[0]);
  assertEquals(Object.values(kept).includes(present), true);
});

Deno.test("restore() brings the current content back when it is undone", async () => {
  await using folder = await folderWithHistory();
  const manager = managerOf(folder);
  await manager.restore(2);
  await manager.restore(2);
  assertEquals(await folder.slot(2), HISTORY[0]);
});

Deno.test("restore() keeps five contents besides the current one", async () => {
  await using folder = await folderWithHistory();
  await managerOf(folder).restore(2, { generation: 3 });
  const earlier = (await folder.generations(2)).filter((it) =>
    JSON.stringify(it) !== JSON.stringify(HISTORY[3])
  );
  assertEquals(earlier.length, 5);
});

Deno.test("restore() keeps no content twice when it goes back and forth", async () => {
  await using folder = await folderWithHistory();
  const manager = managerOf(folder);
  for (let time = 0; time < 4; time++) await manager.restore(2);
  const kept = (await folder.generations(2)).map((it) => JSON.stringify(it));
  assertEquals(new Set(kept).size, kept.length);
});

Deno.test("restore() does not count a generation that equals the current content", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 2 });
  const manager = managerOf(folder);
  await manager.switchTo(2);
  await assertFails(
    () => manager.restore(2),
    "no-earlier-login",
    "Cannot restore account 2: no earlier login is kept",
  );
  assertEquals(await folder.slot(2), credential(2));
});

for (const generation of [0, 6, 99]) {
  Deno.test(`restore() throws and changes nothing when generation ${generation} is asked for`, async () => {
    await using folder = await folderWithHistory();
    await assertFails(
      () => managerOf(folder).restore(2, { generation }),
      "no-earlier-login",
      `5 earlier logins are kept, not ${generation}`,
    );
    assertEquals(await folder.slot(2), HISTORY[0]);
  });
}

Deno.test("restore() throws when the account is missing", async () => {
  await using folder = await folderWithHistory();
  await assertFails(
    () => managerOf(folder).restore(9),
    "no-such-account",
    "Cannot use account 9: it does not exist (have: 1, 2)",
  );
});

Deno.test("restore() replaces the content of a broken slot", async () => {
  await using folder = await folderWithHistory();
  await folder.put(new Uint8Array(), slotPath(folder.layout, 2));
  const { replaced } = await managerOf(folder).restore(2);
  assertEquals(replaced, false);
  assertEquals(await folder.slot(2), HISTORY[0]);
  assertEquals(await modeOf(slotPath(folder.layout, 2)), "0600");
});

Deno.test("restore() first adopts what the agent has written", async () => {
  await using folder = await folderWithHistory();
  using _strangers = strangers();
  const manager = managerOf(folder);
  await manager.switchTo(2);
  refresh(folder, refreshed(2, 8));
  await manager.restore(2);
  await manager.switchTo(1);
  const kept = await folder.credentials();
  const newest = new TextDecoder().decode(refreshed(2, 8));
  assertEquals(Object.values(kept).includes(newest), true);
  assertEquals(await folder.slot(1), credential(1));
});

Deno.test("restore() makes an account available to rotation again", async () => {
  await using folder = await folderWithHistory();
  using _strangers = strangers();
  const manager = managerOf(folder, { clock: "real" });
  const run = await manager.beginRun({ account: 2 });
  await manager.endRun(run, { kind: "login" });
  await manager.restore(2);
  assertEquals((await manager.listAccounts())[1]?.blocked, undefined);
});

Deno.test("restore() records what it did", async () => {
  await using folder = await folderWithHistory();
  await managerOf(folder).restore(2);
  const events = await folder.events();
  const { event, to, reason } = events.at(-1) ?? {};
  assertEquals({ event, to, reason }, {
    event: "credential_restored",
    to: 2,
    reason: "a generation",
  });
});

Deno.test("restore() copies a credential from the stash to the slot", async () => {
  await using folder = await folderWithHistory();
  const stash = await stashed(folder, refreshed(2, 9));
  const { file } = await managerOf(folder).restore(2, { stash });
  assertEquals(file, stash);
  assertEquals(await folder.slot(2), refreshed(2, 9));
  assertEquals(await folder.stash(), [refreshed(2, 9)]);
});

Deno.test("restore() keeps the current content when it takes one from the stash", async () => {
  await using folder = await folderWithHistory();
  const stash = await stashed(folder, refreshed(2, 9));
  const manager = managerOf(folder);
  await manager.restore(2, { stash });
  await manager.restore(2);
  assertEquals(await folder.slot(2), HISTORY[0]);
});

Deno.test("restore() leaves the stash alone when the file there is not a credential", async () => {
  await using folder = await folderWithHistory();
  const stash = await stashed(folder, refreshed(2).subarray(0, 60));
  await assertFails(
    () => managerOf(folder).restore(2, { stash }),
    "invalid-credential",
    "it is not valid JSON",
  );
  assertEquals(await folder.stash(), [refreshed(2).subarray(0, 60)]);
  assertEquals(await folder.slot(2), HISTORY[0]);
});

const OUTSIDE = ["missing.json", "../oauth_creds_1.json", "..", "", "/"];

for (const stash of OUTSIDE) {
  Deno.test(`restore() takes nothing from outside the stash when the name is "${stash}"`, async () => {
    await using folder = await folderWithHistory();
    await assertFails(
      () => managerOf(folder).restore(2, { stash }),
      "invalid-credential",
      `Cannot use "${folder.layout.stash}/`,
    );
    assertEquals(await folder.slot(2), HISTORY[0]);
    assertEquals(await folder.slot(1), credential(1));
  });
}

async function folderWithHistory(): Promise<AccountFolder> {
  const folder = await accountFolder({
    accounts: [1, 2],
    active: 1,
    inMemory: true,
  });
  const [first = new Uint8Array(), ...later] = HISTORY.toReversed();
  await folder.put(first, slotPath(folder.layout, 2));
  for (const bytes of later) await folder.renew(2, bytes);
  return folder;
}

Deno.test("restore() of an API-key account says that it has no login", async () => {
  await using folder = await accountFolder({
    accounts: [10],
    keys: [1, 2, 9],
    active: 10,
  });
  await assertFails(
    () => managerOf(folder).restore(2),
    "has-key",
    "Cannot restore account 2: it has an API key, not a login",
  );
});

Deno.test("restore() says nothing about the active account when it fails", async () => {
  await using folder = await accountFolder({
    accounts: [10],
    keys: [1, 2, 9],
    active: 10,
  });
  const notices: string[] = [];
  const manager = managerOf(folder, { notices });
  await manager.switchTo(2);
  await assertFails(() => manager.restore(10), "no-earlier-login");
  assertEquals(notices, []);
  assertEquals((await manager.getStats()).currentIndex, 2);
});
