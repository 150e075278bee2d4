import { assert, assertEquals, assertRejects } from "@std/assert";
import { runtime } from "../../lib/system/mod.ts";
import { basename, slotPath, temporaryName } from "../../lib/disk/names.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  namesIn,
  NOW,
  text,
} from "../support/account_folder.ts";
import { failing, replaceFiles } from "../support/files.ts";
import { stashed } from "../support/stashed.ts";
import { strangers } from "../support/strangers.ts";
import { managerOf } from "../accounts/managers.ts";
import { settled, watched } from "../accounts/watched.ts";
import { assertFails } from "../support/assert_fails.ts";
import { stashPaths } from "../support/kept_files.ts";
import { recordRun, runRecords } from "../support/run_records.ts";
import { accountKeys } from "../support/state.ts";

const NEWER = credential(2, {
  accessToken: "next",
  expiresAt: NOW + 9_000_000,
});

/** A login of account 1 that shares no token with the previous one. */
const REFRESHED = credential(1, {
  accessToken: "refreshed-access",
  refreshToken: "refreshed-refresh",
  expiresAt: NOW + 9_000_000,
});

Deno.test("settle() returns the account that the link points to", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 2 });
  const { result, notices, events } = await settled(folder);
  assertEquals({ result, notices, events }, {
    result: 2,
    notices: [],
    events: [],
  });
});

Deno.test("settle() returns undefined when no account was ever active", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  assertEquals((await settled(folder)).result, undefined);
});

Deno.test("settle() returns the owner of a login that the agent has written to the live file", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  await folder.put(NEWER);
  const { result, events } = await settled(folder);
  assertEquals(result, 2);
  assertEquals(events, ["credential_adopted"]);
  assertEquals(await folder.slot(2), NEWER);
});

Deno.test("settle() returns the previous account when the agent has replaced the link with another account's login", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    state: { current_index: 1, linked: true },
  });
  await folder.put(NEWER);
  assertEquals((await settled(folder)).result, 1);
  assertEquals(await Deno.readFile(folder.layout.live), NEWER);
});

Deno.test("settle() leaves a login whose owner is not proven in its place", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  await folder.put(credential(9));
  const { result } = await settled(folder);
  assertEquals(result, undefined);
  assertEquals(await Deno.readFile(folder.layout.live), credential(9));
});

Deno.test("settle() throws when the live file is a folder", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await Deno.mkdir(folder.layout.live);
  await assertFails(
    () => settled(folder),
    "unsafe-file",
    "it is a directory, not a file",
  );
});

Deno.test("settle() keeps what the agent wrote through the link", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 2 });
  await Deno.writeFile(folder.layout.live, NEWER);
  await settled(folder);
  assertEquals(await folder.slot(2), NEWER);
  assertEquals(await folder.generations(2), [NEWER]);
});

for (
  const [what, bytes] of Object.entries({
    "nothing": new Uint8Array(),
    "a part": credential(2).subarray(0, 90),
  })
) {
  Deno.test(`settle() restores the last login when the agent has left ${what} in the slot`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2], active: 2 });
    await settled(folder);
    await Deno.writeFile(folder.layout.live, bytes);
    const { notices } = await settled(folder);
    assertEquals(notices, [
      "account 2: the credential file was damaged; restored the last saved copy",
    ]);
    assertEquals(await folder.slot(2), credential(2));
    assertEquals(await folder.stash(), bytes.length === 0 ? [] : [bytes]);
  });
}

Deno.test("settle() keeps what a killed process moved out of a slot", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const { layout } = folder;
  await folder.put(NEWER, temporaryName(slotPath(layout, 2)));
  const { notices, events } = await settled(folder);
  assertEquals(notices, [
    "finished what an earlier command left undone with account 2",
  ]);
  assertEquals(events, ["recovered"]);
  assertEquals(await folder.generations(2), [NEWER]);
  assertEquals(await folder.slot(2), credential(2));
});

Deno.test("settle() finishes a new slot that a killed process had not put in place", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const { layout } = folder;
  await folder.put(credential(2), temporaryName(slotPath(layout, 2)));
  await settled(folder);
  assertEquals(await folder.slot(2), credential(2));
  assertEquals(await namesIn(layout.accounts), [
    "generations",
    "oauth_creds_1.json",
    "oauth_creds_2.json",
  ]);
});

for (
  const [what, bytes] of Object.entries({
    "a copy that was cut short": credential(1).subarray(0, 90),
    "an empty copy": new Uint8Array(),
    "a file too large for a credential": new Uint8Array(64 * 1024 + 1),
  })
) {
  Deno.test(`settle() removes ${what} beside a slot`, async () => {
    await using folder = await accountFolder({ accounts: [1], active: 1 });
    const { layout } = folder;
    await folder.put(bytes, temporaryName(slotPath(layout, 1)));
    assertEquals((await settled(folder)).result, 1);
    assertEquals(
      await namesIn(layout.accounts),
      ["generations", "oauth_creds_1.json"],
    );
    assertEquals(await folder.slot(1), credential(1));
  });
}

Deno.test("settle() puts a login that was moved aside into its slot", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  await folder.put(NEWER, temporaryName(folder.layout.live));
  const { result } = await settled(folder);
  assertEquals(result, 1);
  assertEquals(await folder.slot(2), NEWER);
});

Deno.test("settle() stashes a login of an unknown owner that was moved aside, and says so", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  await underRunsOfBoth(folder);
  await folder.put(credential(9), temporaryName(folder.layout.live));
  const { notices, events } = await settled(folder);
  const [path = ""] = await stashPaths(folder.layout);
  assertEquals(await Deno.readFile(path), credential(9));
  assertEquals(notices, [
    "a login that qwen wrote belongs to an unknown account: kept as " +
    path,
    "skipped until this is fixed: account 1, account 2",
    "finished what an earlier command left undone",
    "account 1 is skipped, and no other account can be used: " +
    "removed oauth_creds.json",
  ]);
  assertEquals(events, ["credential_stashed", "recovered"]);
});

for (
  const [what, bytes] of Object.entries({
    "is cut short": credential(9).subarray(0, 90),
    "has no refresh token": new TextEncoder().encode('{"access_token":"x"}'),
    "is too large": new Uint8Array(64 * 1024 + 1),
  })
) {
  Deno.test(`settle() stashes a file that was moved aside and ${what}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
    await folder.put(bytes, temporaryName(folder.layout.live));
    await settled(folder);
    assertEquals(await folder.stash(), [bytes]);
    assertEquals(await folder.slot(1), credential(1));
  });
}

Deno.test("settle() removes a copy of the live file that was cut short by a full disk", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  const { layout, path } = folder;
  await folder.put(NEWER);
  await folder.put(NEWER.subarray(0, 90), temporaryName(layout.live));
  await settled(folder);
  assertEquals(await folder.stash(), []);
  assertEquals((await namesIn(path)).filter((it) => /tmp$/.test(it)), []);
});

Deno.test("settle() leaves a file at a temporary name that it may not read", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const aside = temporaryName(slotPath(folder.layout, 2));
  await folder.put(NEWER, aside);
  using _ = replaceFiles((real) => ({
    read: (path, maxBytes) => {
      if (path !== aside) return real.read(path, maxBytes);
      return Promise.reject(Object.assign(new Error(), { code: "EACCES" }));
    },
  }));
  await settled(folder);
  assertEquals(await Deno.readFile(aside), NEWER);
});

Deno.test("settle() says so when it activates another account", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    active: 1,
    state: { current_index: 1, linked: true },
  });
  await stashed(folder, REFRESHED, [1]);
  const { result, notices } = await settled(folder);
  assertEquals(result, 2);
  assertEquals(notices, [
    "account 1 is skipped: account 2 is the active one now",
  ]);
});

Deno.test("settle() adopts what a killed agent was about to rename", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const path = `${folder.path}/oauth_creds.json.tmp.some-uuid`;
  await folder.put(NEWER, path);
  await runtime.files.setModified(path, NOW - 60_000);
  await settled(folder);
  assertEquals(await folder.slot(2), NEWER);
  assertEquals((await namesIn(folder.path)).includes(basename(path)), false);
});

/** How far a killed process got with moving the link from 1 to 2. */
const KILLS: Record<string, (folder: AccountFolder) => Promise<void>> = {
  "before it": ({ put }) => put(REFRESHED),
  "once the new link was made": async ({ layout, put }) => {
    await put(REFRESHED);
    await Deno.symlink(
      "accounts/oauth_creds_2.json",
      temporaryName(layout.live),
    );
  },
  "once the login was moved aside": ({ layout, put }) =>
    put(REFRESHED, temporaryName(layout.live)),
  "once the link was in its place": async ({ layout, put }) => {
    await put(REFRESHED, temporaryName(layout.live));
    await Deno.symlink("accounts/oauth_creds_2.json", layout.live);
  },
};

for (const [when, leave] of Object.entries(KILLS)) {
  Deno.test(`settle() gives no other account a login with new tokens when a switch was killed ${when}`, async () => {
    await using folder = await accountFolder({
      accounts: [1, 2],
      state: { current_index: 1, linked: true },
    });
    using _ = strangers();
    await leave(folder);
    await managerOf(folder).switchTo(2);
    assertEquals(await folder.slot(2), credential(2));
    const kept = Object.values(await folder.credentials());
    assert(kept.includes(text(REFRESHED)), "a login is lost");
  });
}

Deno.test("settle() stashes a login with new tokens when a killed process moved the link and saved no state", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    state: { current_index: 1, linked: true },
  });
  const { layout } = folder;
  using _ = strangers();
  await Deno.symlink("accounts/oauth_creds_1.json", temporaryName(layout.live));
  await folder.put(credential(9));
  await settled(folder);
  assertEquals(await folder.slot(1), credential(1));
  assertEquals(await folder.slot(2), credential(2));
  assertEquals(await folder.stash(), [credential(9)]);
});

Deno.test("settle() gives no other account a login with new tokens when the first attempt to adopt it has failed", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    active: 2,
    state: { current_index: 1, linked: true },
  });
  using _ = strangers();
  await folder.put(REFRESHED, temporaryName(folder.layout.live));
  {
    using _disk = failing("create");
    await assertRejects(() => settled(folder), Error, "No space left");
  }
  await settled(folder);
  assertEquals(await folder.slot(2), credential(2));
  const kept = Object.values(await folder.credentials());
  assert(kept.includes(text(REFRESHED)), "a login is lost");
});

Deno.test("settle() treats no account as logged out when our link was removed and nothing runs", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    state: { current_index: 2, linked: true },
  });
  using _ = strangers();
  const { state, events, notices } = await settled(folder);
  assertEquals(accountKeys(state, 2).blocked, undefined);
  assertEquals(events, []);
  assertEquals(notices, [
    "oauth_creds.json was removed; account 2 still has its login",
  ]);
});

Deno.test("settle() does not report the removal of a link that never existed", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    state: { current_index: 2 },
  });
  using _ = strangers();
  const { state, events } = await settled(folder);
  assertEquals(accountKeys(state, 2).blocked, undefined);
  assertEquals(events, []);
});

Deno.test("switchTo() makes the link to the account and remembers both", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const { state } = await watched(folder, (it) => it.switchTo(2));
  const target = await Deno.readLink(folder.layout.live);
  assertEquals(target, "accounts/oauth_creds_2.json");
  assertEquals(state.current_index, 2);
  assertEquals(state.linked, true);
  assertEquals(
    await namesIn(folder.path),
    [
      "accounts",
      "oauth_creds.json",
      "rotation.log",
      "state.yaml",
      "state.yaml.lock",
    ],
  );
});

Deno.test("switchTo() gives the slot an old time, so that a running agent does not read it again", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  await watched(folder, (it) => it.switchTo(2));
  const { mtime } = await Deno.stat(folder.layout.live);
  assertEquals(mtime?.toISOString(), "2000-01-01T00:00:00.000Z");
});

Deno.test("switchTo() does nothing when the link already points there", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const { ino } = await Deno.lstat(folder.layout.live);
  await watched(folder, (it) => it.switchTo(1));
  assertEquals((await Deno.lstat(folder.layout.live)).ino, ino);
});

Deno.test("switchTo() says so when it replaces a link that is not ours", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await Deno.writeTextFile(`${folder.path}/mine.json`, "mine");
  await Deno.symlink("mine.json", folder.layout.live);
  const { notices } = await watched(folder, (it) => it.switchTo(1));
  assertEquals(notices, [
    "oauth_creds.json pointed elsewhere: replaced with our link",
  ]);
  assertEquals(await Deno.readTextFile(`${folder.path}/mine.json`), "mine");
});

Deno.test("switchTo() stashes a login of an unknown owner in the live file, and throws because it may belong to the account", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await folder.put(credential(9));
  await assertFails(
    () => watched(folder, (it) => it.switchTo(1)),
    "doubtful",
  );
  assertEquals(await folder.stash(), [credential(9)]);
});

Deno.test("switchTo() records the processes that may have either login", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    active: 1,
    state: { current_index: 1, linked: true },
  });
  const process = runtime.host.identify(Deno.pid) ?? "";
  using _ = strangers(process);
  await watched(folder, (it) => it.switchTo(2));
  const readers = (await runRecords(folder.layout))
    .map(({ account, process }) => ({ account, process }))
    .sort((a, b) => a.account - b.account);
  assertEquals(readers, [{ account: 1, process }, { account: 2, process }]);
});

/** Records a run of each account, so that both may have written. */
async function underRunsOfBoth({ layout }: AccountFolder): Promise<void> {
  for (const account of [1, 2]) {
    await recordRun(layout, { id: "0123456789abcdef", account, process: "-" });
  }
}
