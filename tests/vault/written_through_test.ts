import { assertEquals } from "@std/assert";
import { activate } from "../../lib/accounts/activate.ts";
import { forgetEnded } from "../../lib/vault/settle/holders.ts";
import { runtime } from "../../lib/system/mod.ts";
import { addRun, listRuns } from "../../lib/vault/settle/runs.ts";
import { slotPath } from "../../lib/disk/slot_names.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
} from "../support/account_folder.ts";
import { describeTree } from "../support/describe_tree.ts";
import { strangers } from "../support/strangers.ts";
import { refreshed, writeInPlace } from "../accounts/agent_writes.ts";
import { jwtFolder, jwtLogin } from "../accounts/jwt.ts";
import { settled, underLock, updated } from "../accounts/locked.ts";
import { linkOf, managerOf } from "../accounts/managers.ts";

/** A run that is in progress for as long as this process. */
const RUN = {
  id: "0123456789abcdef",
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
    "account 2: qwen wrote a login into its slot that belongs to account 1; " +
    "restored the last saved copy",
  ]);
  assertEquals(events, ["credential_adopted"]);
});

Deno.test("settle() keeps what a run of another account may have written out of a slot, and activates a third account", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 1 });
  await addRun(folder.layout, { ...RUN, account: 1 });
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

Deno.test("settle() leaves a login of either account where the agent reads it when there is no third account", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  await addRun(folder.layout, { ...RUN, account: 1 });
  await follow(folder, 2);
  writeInPlace(folder, refreshed(1));
  await settleIn(folder);
  assertEquals(await Deno.readFile(folder.layout.live), refreshed(1));
  assertEquals((await Deno.lstat(folder.layout.live)).isSymlink, false);
  assertEquals(await folder.stash(), [refreshed(1)]);
});

Deno.test("settle() treats a login that was written in place as a refresh when both accounts belong to one person and only this one runs", async () => {
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

Deno.test("settle() stashes a login that was written in place when its subject is somebody else's", async () => {
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
    "account 2: qwen wrote a login into its slot that belongs to an unknown " +
      "account; restored the last saved copy",
  );
});

Deno.test("settle() asks whose login is in the previous account's slot when a process was killed after it had moved the link", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 1 });
  await addRun(folder.layout, { ...RUN, account: 1 });
  await follow(folder, 2);
  writeInPlace(folder, refreshed(1));
  await Deno.remove(folder.layout.live);
  await Deno.symlink("accounts/oauth_creds_3.json", folder.layout.live);
  await settleIn(folder);
  assertEquals(await folder.slot(2), credential(2));
  const [login, ...others] = await folder.stash();
  assertEquals([login, others], [refreshed(1), []]);
});

Deno.test("forgetEnded() keeps a run that may have written to the slot behind the link", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  await addRun(folder.layout, { ...RUN, account: 1, process: "-" });
  await settled(folder);
  writeInPlace(folder, refreshed(1));
  await underLock(folder, forgetEnded);
  assertEquals((await listRuns(folder.layout)).length, 1);
});

Deno.test("listAccounts() and examine() report a login that was written in place, and change nothing", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 1 });
  await addRun(folder.layout, { ...RUN, account: 1 });
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
    "account 2: qwen wrote a login into its slot that may belong to account 1 or 2";
  assertEquals(states, ["doubtful", "doubtful", "ready"]);
  assertEquals(notices, [`${problem}: account-qwen doctor --fix moves it`]);
  assertEquals(findings.map((it) => it.problem), [problem]);
});

/**
 * Moves the link as a switch does; running agents may then read that account.
 */
async function follow(folder: AccountFolder, index: number): Promise<void> {
  using _ = strangers();
  await updated(folder, { change: (locked) => activate(locked, index) });
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
