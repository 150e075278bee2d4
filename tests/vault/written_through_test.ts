import { assertEquals } from "@std/assert";
import { runtime } from "../../lib/system/mod.ts";
import { randomHex, slotPath } from "../../lib/disk/names.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
} from "../support/account_folder.ts";
import { describeTree } from "../support/describe_tree.ts";
import { strangers } from "../support/strangers.ts";
import { refreshed, writeInPlace } from "../accounts/agent_writes.ts";
import { jwtFolder, jwtLogin } from "../accounts/jwt.ts";
import { settled } from "../accounts/watched.ts";
import { linkOf, managerOf } from "../accounts/managers.ts";
import { afterLink } from "./after_link.ts";
import { recordRun, runRecords } from "../support/run_records.ts";

/**
 * A run that is in progress as long as this process. It has its own id,
 * because other tests run processes with theirs.
 */
const RUN = {
  id: randomHex(8),
  process: runtime.host.identify(Deno.pid) ?? "",
};

const NEWER_OF_1 = credential(1, {
  accessToken: "next",
  expiresAt: Date.UTC(2100, 0),
});

Deno.test("settle() moves a login that was written in place to its owner's slot, though no run had that login", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  await follow(folder, 2);
  writeInPlace(folder, NEWER_OF_1);
  const { notices, events } = await settleIn(folder);
  assertEquals(await slotsOf(folder, [1, 2]), [NEWER_OF_1, credential(2)]);
  assertEquals(await folder.stash(), []);
  assertEquals(notices, [
    "account 2: qwen wrote a login of account 1 into its slot; " +
    "restored the last saved copy",
  ]);
  assertEquals(events, ["credential_adopted"]);
});

Deno.test("settle() keeps what a run of another account may have written out of a slot, and activates a third account", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 1 });
  await recordRun(folder.layout, { ...RUN, account: 1 });
  await follow(folder, 2);
  writeInPlace(folder, refreshed(1));
  const { result } = await settleIn(folder);
  assertEquals(result, 3);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_3.json");
  assertEquals(
    await slotsOf(folder, [1, 2, 3]),
    [1, 2, 3].map((it) => credential(it)),
  );
  assertEquals(await folder.stash(), [refreshed(1)]);
});

Deno.test("settle() leaves a login that may belong to either account in the live file when there is no third account", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  await recordRun(folder.layout, { ...RUN, account: 1 });
  await follow(folder, 2);
  writeInPlace(folder, refreshed(1));
  await settleIn(folder);
  assertEquals(await Deno.readFile(folder.layout.live), refreshed(1));
  assertEquals((await Deno.lstat(folder.layout.live)).isSymlink, false);
  assertEquals(await folder.stash(), [refreshed(1)]);
});

Deno.test("settle() treats a login that was written in place as a refresh when both accounts have one subject and only this one runs", async () => {
  await using folder = await jwtFolder();
  const { layout, put } = folder;
  const twin = jwtLogin({ sub: "user-1", jti: "first" });
  await put(twin, slotPath(layout, 2));
  await follow(folder, 2);
  const next = jwtLogin({ sub: "user-1", jti: "second" });
  writeInPlace(folder, next);
  const { notices } = await settleIn(folder);
  assertEquals(await folder.slot(2), next);
  assertEquals(notices, []);
});

Deno.test("settle() stashes a login that was written in place when its subject is unknown", async () => {
  await using folder = await jwtFolder();
  const own = await folder.slot(2);
  await follow(folder, 2);
  const other = jwtLogin({ sub: "user-9" });
  writeInPlace(folder, other);
  const { notices } = await settleIn(folder);
  assertEquals(await folder.slot(2), own);
  assertEquals(await folder.stash(), [other]);
  assertEquals(
    notices[0],
    "account 2: qwen wrote a login of an unknown account into its slot; " +
      "restored the last saved copy",
  );
});

Deno.test("settle() examines the slot of the previous account when a process was killed after it had moved the link", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 1 });
  await recordRun(folder.layout, { ...RUN, account: 1 });
  await follow(folder, 2);
  writeInPlace(folder, refreshed(1));
  await Deno.remove(folder.layout.live);
  await Deno.symlink("accounts/oauth_creds_3.json", folder.layout.live);
  await settleIn(folder);
  assertEquals(await folder.slot(2), credential(2));
  const [login, ...others] = await folder.stash();
  assertEquals([login, others], [refreshed(1), []]);
});

for (const writes of [true, false]) {
  const does = writes ? "keeps" : "forgets";
  Deno.test(`switchTo() ${does} a run that has ended when something ${writes ? "was" : "was not"} written to the slot behind the new link`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
    await recordRun(folder.layout, { ...RUN, account: 1, process: "-" });
    using _ = afterLink(folder, () => {
      if (writes) writeInPlace(folder, refreshed(1));
    });
    await follow(folder, 2);
    const accounts = (await runRecords(folder.layout)).map((it) => it.account);
    assertEquals(accounts.sort(), writes ? [1, 2] : []);
  });
}

Deno.test("listAccounts() and examine() report a login that was written in place, and change nothing", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 1 });
  await recordRun(folder.layout, { ...RUN, account: 1 });
  await follow(folder, 2);
  writeInPlace(folder, refreshed(1));
  const before = await describeTree(folder.path);
  const notices: string[] = [];
  const manager = managerOf(folder, { notices });
  const states = (await manager.listAccounts()).map((it) => it.state);
  const findings = (await manager.examine()).filter((it) =>
    it.check === "slots"
  );
  assertEquals(await describeTree(folder.path), before);
  const problem =
    "account 2: qwen wrote a login that may belong to account 1 or 2 into its slot";
  assertEquals(states, ["doubtful", "doubtful", "ready"]);
  assertEquals(notices, [`${problem}: account-qwen doctor --fix moves it`]);
  assertEquals(findings.map((it) => it.problem), [problem]);
});

/**
 * Moves the link as a switch does. Running agents may read that account then.
 */
async function follow(folder: AccountFolder, index: number): Promise<void> {
  using _ = strangers();
  await managerOf(folder).switchTo(index);
}

async function settleIn(folder: AccountFolder) {
  using _ = strangers();
  return await settled(folder);
}

async function slotsOf(
  folder: AccountFolder,
  indexes: readonly number[],
): Promise<Uint8Array[]> {
  return await Promise.all(indexes.map((it) => folder.slot(it)));
}
