import { assert, assertEquals, assertRejects } from "@std/assert";
import { UnsafeFileError } from "../../lib/errors.ts";
import { activate, settle } from "../../lib/rotation/settle.ts";
import { listGenerations } from "../../lib/store/generations.ts";
import { temporaryName } from "../../lib/store/names.ts";
import { readSlot } from "../../lib/store/slots.ts";
import { slotPath } from "../../lib/store/slot_names.ts";
import { listStash } from "../../lib/store/stash.ts";
import {
  accountFolder,
  credential,
  namesIn,
  NOW,
} from "../support/account_folder.ts";
import { underLock } from "./locked.ts";

const NEWER = credential(2, {
  accessToken: "next",
  expiresAt: NOW + 9_000_000,
});

Deno.test("settle() gives the account that the link leads to", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 2 });
  const { result, notices, events } = await underLock(folder, settle);
  assertEquals({ result, notices, events }, {
    result: 2,
    notices: [],
    events: [],
  });
});

Deno.test("settle() gives none when there was never one", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  assertEquals((await underLock(folder, settle)).result, undefined);
});

Deno.test("settle() gives the owner of a login that the CLI has put there", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  await folder.put(NEWER);
  const { result, events } = await underLock(folder, settle);
  assertEquals(result, 2);
  assertEquals(events, ["credential_adopted"]);
  assertEquals(await readSlot(folder.layout, 2), NEWER);
});

Deno.test("settle() leaves a login whose owner is not proven in its place", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  await folder.put(credential(9));
  const { result } = await underLock(folder, settle);
  assertEquals(result, undefined);
  assertEquals(await Deno.readFile(folder.layout.live), credential(9));
});

Deno.test("settle() throws when a folder is in the live file's place", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await Deno.mkdir(folder.layout.live);
  await assertRejects(
    () => underLock(folder, settle),
    UnsafeFileError,
    "it is no file but a folder",
  );
});

Deno.test("settle() keeps what a killed process took out of a slot", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const { layout } = folder;
  await folder.put(NEWER, temporaryName(slotPath(layout, 2)));
  const { notices } = await underLock(folder, settle);
  assertEquals(notices, [
    "account 2: finished what a killed process left half done",
  ]);
  const [path = ""] = await listGenerations(layout, 2);
  assertEquals(await Deno.readFile(path), NEWER);
  assertEquals(await readSlot(layout, 2), credential(2));
});

Deno.test("settle() puts a new slot that took no place there", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const { layout } = folder;
  await folder.put(credential(2), temporaryName(slotPath(layout, 2)));
  await underLock(folder, settle);
  assertEquals(await readSlot(layout, 2), credential(2));
  assertEquals(await namesIn(layout.accounts), [
    "oauth_creds_1.json",
    "oauth_creds_2.json",
  ]);
});

Deno.test("settle() removes a copy that was cut short", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const { layout } = folder;
  const torn = credential(1).subarray(0, 90);
  await folder.put(torn, temporaryName(slotPath(layout, 1)));
  await underLock(folder, settle);
  assertEquals(await namesIn(layout.accounts), ["oauth_creds_1.json"]);
  assertEquals(await readSlot(layout, 1), credential(1));
});

Deno.test("settle() goes on when a killed process left what is no credential for its size", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const { layout } = folder;
  const large = new Uint8Array(64 * 1024 + 1);
  await folder.put(large, temporaryName(slotPath(layout, 1)));
  assertEquals((await underLock(folder, settle)).result, 1);
});

Deno.test("settle() brings a login home that was moved aside", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const { layout } = folder;
  await folder.put(NEWER, temporaryName(layout.live));
  const { result } = await underLock(folder, settle);
  assertEquals(result, 1);
  assertEquals(await readSlot(layout, 2), NEWER);
});

Deno.test("settle() stashes a login of nobody that was moved aside, and says so", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const { layout } = folder;
  await folder.put(credential(9), temporaryName(layout.live));
  const { notices, events } = await underLock(folder, settle);
  const [path = ""] = await listStash(layout);
  assertEquals(await Deno.readFile(path), credential(9));
  assertEquals(notices, [
    `oauth_creds.json is of no account that I can prove: kept as ${path}`,
  ]);
  assertEquals(events, ["credential_stashed"]);
});

Deno.test("activate() makes the link to the account", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  await underLock(folder, (locked) => activate(locked, 2));
  const target = await Deno.readLink(folder.layout.live);
  assertEquals(target, "accounts/oauth_creds_2.json");
});

Deno.test("activate() does nothing when the link leads there already", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const { ino } = await Deno.lstat(folder.layout.live);
  await underLock(folder, (locked) => activate(locked, 1));
  assertEquals((await Deno.lstat(folder.layout.live)).ino, ino);
});

Deno.test("activate() says so when it replaces a link of somebody else", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await Deno.writeTextFile(`${folder.path}/mine.json`, "mine");
  await Deno.symlink("mine.json", folder.layout.live);
  const { notices } = await underLock(folder, (it) => activate(it, 1));
  assertEquals(notices, ["oauth_creds.json is not our link: replaced by it"]);
  assertEquals(await Deno.readTextFile(`${folder.path}/mine.json`), "mine");
});

Deno.test("activate() stashes a login of nobody that is in the way", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await folder.put(credential(9));
  const { notices } = await underLock(folder, (it) => activate(it, 1));
  const [path = ""] = await listStash(folder.layout);
  assertEquals(await Deno.readFile(path), credential(9));
  assert(notices[0]?.endsWith(`kept as ${path}`), notices[0]);
});
