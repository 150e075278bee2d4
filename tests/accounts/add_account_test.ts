import { assert, assertEquals, assertRejects } from "@std/assert";
import { runtime } from "../../lib/system/mod.ts";
import { slotPath, temporaryName } from "../../lib/disk/names.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  NEEDS_LOGIN,
  NOW,
  TIME,
} from "../support/account_folder.ts";
import { stashed } from "../support/stashed.ts";
import { strangers } from "../support/strangers.ts";
import { refreshed } from "./agent_writes.ts";
import { doubtful } from "./doubt.ts";
import { accountsIn, managerOf } from "./managers.ts";
import { watched } from "./watched.ts";
import { assertFails } from "../support/assert_fails.ts";
import { recordRun } from "../support/run_records.ts";
import { accountKeys, type StateKeys, writeState } from "../support/state.ts";

Deno.test("addAccount() makes a file the first account, and active", async () => {
  await using folder = await accountFolder();
  await using source = await accountFolder({ accounts: [9] });
  const path = `${source.layout.accounts}/oauth_creds_9.json`;
  const { result, state, events } = await added(folder, path);
  assertEquals(result, {
    index: 1,
    label: "qwen",
    added: true,
    updated: false,
  });
  assertEquals(state.current_index, 1);
  assertEquals(state.total_accounts, 1);
  assertEquals(events, ["account_added"]);
  assertEquals(await activeSlot(folder), credential(9));
  assertEquals(await Deno.readFile(path), credential(9));
});

Deno.test("addAccount() uses the number after the highest and does not change the active account", async () => {
  await using folder = await accountFolder({ accounts: [1, 5], active: 1 });
  await using source = await accountFolder({ accounts: [9] });
  const path = `${source.layout.accounts}/oauth_creds_9.json`;
  const { result, state } = await added(folder, path);
  assertEquals(result, {
    index: 6,
    label: "qwen",
    added: true,
    updated: false,
  });
  assertEquals(state.current_index, 1);
  assertEquals(state.total_accounts, 3);
  assertEquals(await folder.slot(6), credential(9));
  assertEquals(await activeSlot(folder), credential(1));
});

Deno.test("addAccount() recognizes a file of an existing account", async () => {
  await using folder = await accountFolder({ accounts: [1, 5], active: 1 });
  const newer = credential(5, { accessToken: "next", expiresAt: NOW + 9e6 });
  const path = `${folder.path}/import.json`;
  await folder.put(newer, path);
  const { result, state } = await added(folder, path);
  assertEquals(result, {
    index: 5,
    label: undefined,
    added: false,
    updated: true,
  });
  assertEquals(state.total_accounts, 2);
  assertEquals(await folder.slot(5), newer);
  const [{ event, to, reason } = {}] = await folder.events();
  assertEquals({ event, to, reason }, {
    event: "credential_adopted",
    to: 5,
    reason: "imported from a file",
  });
});

Deno.test("addAccount() does not undo a restore when the file is the login that was replaced", async () => {
  await using folder = await accountFolder({ accounts: [1, 5], active: 1 });
  await folder.renew(5, refreshed(5));
  const path = `${folder.path}/import.json`;
  await folder.put(refreshed(5), path);
  await managerOf(folder).restore(5);
  const { result, notices, events } = await added(folder, path);
  assertEquals(result, {
    index: 5,
    label: undefined,
    added: false,
    updated: false,
  });
  assertEquals(await folder.slot(5), credential(5));
  assertEquals(events, []);
  assertEquals(notices, [
    "account 5 already has a newer login than this one: " +
    "account-qwen restore 5 restores the earlier one",
  ]);
});

Deno.test("addAccount() restores a file that an account had before when its slot is broken", async () => {
  await using folder = await accountFolder({ accounts: [1, 5], active: 1 });
  await folder.renew(5, refreshed(5));
  await folder.put(new Uint8Array(), slotPath(folder.layout, 5));
  const path = `${folder.path}/import.json`;
  await folder.put(refreshed(5), path);
  await added(folder, path);
  assertEquals(await folder.slot(5), refreshed(5));
});

Deno.test("addAccount() says so when a new account may be one that needs a login", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    active: 1,
    state: { accounts: { account2: NEEDS_LOGIN } },
  });
  const path = `${folder.path}/import.json`;
  await folder.put(refreshed(2), path);
  const { result, notices } = await added(folder, path);
  assertEquals(result.index, 3);
  assertEquals(notices, [
    "qwen (account 3) is new; if it is the new login of account 2: " +
    "account-qwen login 2",
  ]);
});

Deno.test("addAccount() keeps the slot of an account that has a newer login than the file", async () => {
  await using folder = await accountFolder({ accounts: [1, 5], active: 1 });
  const older = credential(5, { accessToken: "earlier", expiresAt: NOW });
  const path = `${folder.path}/import.json`;
  await folder.put(older, path);
  const { result } = await added(folder, path);
  assertEquals(result, {
    index: 5,
    label: undefined,
    added: false,
    updated: false,
  });
  assertEquals(await folder.slot(5), credential(5));
});

Deno.test("addAccount() makes an account usable again after a new login", async () => {
  await using folder = await accountFolder({
    accounts: [1, 5],
    active: 1,
    state: { accounts: { account5: { ...NEEDS_LOGIN, blocked_since: TIME } } },
  });
  const newer = credential(5, { accessToken: "next", expiresAt: NOW + 9e6 });
  const path = `${folder.path}/import.json`;
  await folder.put(newer, path);
  const { state } = await added(folder, path);
  assertEquals(accountKeys(state, 5).blocked, undefined);
});

Deno.test("addAccount() adds nothing when only the active account can have written the login", async () => {
  await using folder = await accountFolder({
    accounts: [1],
    state: { current_index: 1, linked: true },
  });
  using _ = strangers();
  await folder.put(credential(9));
  const { result } = await added(folder);
  assertEquals(result, {
    index: 1,
    label: undefined,
    added: false,
    updated: true,
  });
  assertEquals(await folder.slot(1), credential(9));
  assertEquals(await folder.generations(1), [credential(9), credential(1)]);
});

Deno.test("addAccount() makes the login of the agent the first account and links to it", async () => {
  await using folder = await accountFolder();
  await Deno.mkdir(folder.path);
  await folder.put(credential(9));
  const { result } = await added(folder);
  assertEquals(result, {
    index: 1,
    label: "qwen",
    added: true,
    updated: false,
  });
  assertEquals(await activeSlot(folder), credential(9));
});

Deno.test("addAccount() makes the login of the agent an account and links to it when no existing account can have written it", async () => {
  await using folder = await accountFolder({
    accounts: [3],
    state: { current_index: 2 },
  });
  await folder.put(credential(9));
  const { result, state } = await added(folder);
  assertEquals(result, {
    index: 4,
    label: "qwen",
    added: true,
    updated: false,
  });
  assertEquals(state.current_index, 4);
  const target = await Deno.readLink(folder.layout.live);
  assertEquals(target, "accounts/oauth_creds_4.json");
  assertEquals(await activeSlot(folder), credential(9));
  assertEquals(await folder.stash(), []);
});

Deno.test("addAccount() adds nothing when the live file is already a link", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 2 });
  const { result, events } = await added(folder);
  assertEquals(result, {
    index: 2,
    label: undefined,
    added: false,
    updated: false,
  });
  assertEquals(events, []);
});

const NO_CREDENTIALS: Record<string, [Uint8Array | undefined, string]> = {
  "it is missing": [undefined, "it is not there"],
  "it is empty": [new Uint8Array(), "it is empty"],
  "it is cut short": [credential(9).subarray(0, 90), "it is not valid JSON"],
  "it is too large": [new Uint8Array(64 * 1024 + 1), "it is too large"],
};

for (const [when, [bytes, problem]] of Object.entries(NO_CREDENTIALS)) {
  Deno.test(`addAccount() throws and adds nothing when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1], active: 1 });
    const path = `${folder.path}/import.json`;
    if (bytes) await folder.put(bytes, path);
    const error = await assertFails(
      () => added(folder, path),
      "invalid-credential",
      problem,
    );
    assert(!error.message.includes("secret"), "it shows a token");
    assertEquals(
      (await folder.credentials())["accounts/oauth_creds_2.json"],
      undefined,
    );
    assertEquals(await folder.slot(1), credential(1));
    assertEquals(await folder.stash(), []);
  });
}

const MAY_BE_OF: Record<string, StateKeys> = {
  "an account that was used": { current_index: 2, linked: true },
  "any account, because nothing is recorded": {},
};

for (const [what, state] of Object.entries(MAY_BE_OF)) {
  Deno.test(`addAccount() stashes the login of the agent and throws when it may belong to ${what}`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2, 3], state });
    using _ = strangers();
    await recordRun(folder.layout, {
      id: "0123456789abcdef",
      account: 1,
      process: runtime.host.identify(runtime.host.pid) ?? "",
    });
    await folder.put(refreshed(1));
    const suspects = state.current_index ? [1, 2] : [1, 2, 3];
    await assertFails(
      () => added(folder),
      "unproven-login",
      "Cannot add the login of qwen as a new account: it may belong to account " +
        suspects.join(" or "),
    );
    assertEquals(await folder.stash(), [refreshed(1)]);
    assertEquals(await accountsIn(folder), [1, 2, 3]);
    assertEquals(await doubtful(folder), suspects);
  });
}

Deno.test("addAccount() makes a stashed login an account, and no account is doubtful then", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  const name = await stashed(folder, refreshed(9), [1, 2]);
  const { result } = await added(folder, `${folder.layout.stash}/${name}`);
  assertEquals(result, {
    index: 3,
    label: "qwen",
    added: true,
    updated: false,
  });
  assertEquals(await doubtful(folder), []);
});

const USED: Record<string, (folder: AccountFolder) => Promise<unknown>> = {
  "generations": (folder) => folder.keep(7, refreshed(7)),
  "a record in state.yaml": ({ layout }) =>
    writeState(layout.state, { accounts: { account7: { last_used: TIME } } }),
  "a run": ({ layout }) =>
    recordRun(layout, { id: "0123456789abcdef", account: 7, process: "" }),
  "the link": ({ layout }) =>
    Deno.symlink("accounts/oauth_creds_7.json", layout.live),
  "a part of a slot": ({ layout, put }) =>
    put(credential(7), temporaryName(slotPath(layout, 7))),
};

for (const [what, use] of Object.entries(USED)) {
  Deno.test(`addAccount() does not reuse the number of a former account when ${what} is left`, async () => {
    await using folder = await accountFolder({ accounts: [1] });
    await use(folder);
    const path = `${folder.path}/import.json`;
    await folder.put(credential(9), path);
    assertEquals((await added(folder, path)).result.index, 8);
  });
}

Deno.test("addAccount() throws and adds nothing when there is no higher number", async () => {
  await using folder = await accountFolder({ accounts: [999_999_999] });
  const path = `${folder.path}/import.json`;
  await folder.put(credential(9), path);
  await assertRejects(() => added(folder, path), RangeError, "highest number");
  assertEquals(await accountsIn(folder), [999_999_999]);
});

const IDLE: Record<string, (folder: AccountFolder) => Promise<unknown>> = {
  "the live file is absent": async ({ layout }) => {
    await Deno.remove(layout.live);
    await writeState(layout.state, { current_index: 1 });
  },
  "the active account needs a login": ({ layout }) =>
    writeState(layout.state, {
      accounts: { account1: NEEDS_LOGIN },
      current_index: 1,
      linked: true,
    }),
};

for (const [when, spoil] of Object.entries(IDLE)) {
  Deno.test(`addAccount() makes a file the active account when ${when}`, async () => {
    await using folder = await accountFolder({
      accounts: [1],
      active: 1,
      state: { current_index: 1, linked: true },
    });
    using _ = strangers();
    await spoil(folder);
    const path = `${folder.path}/import.json`;
    await folder.put(credential(9), path);
    const { state } = await added(folder, path);
    assertEquals(state.current_index, 2);
    assertEquals(await activeSlot(folder), credential(9));
  });
}

/** Adds an account and returns the result. */
function added(folder: AccountFolder, path?: string) {
  return watched(folder, (accounts) => accounts.addAccount(path));
}

/** The login that the agent reads. */
function activeSlot({ layout }: AccountFolder): Promise<Uint8Array> {
  return Deno.readFile(layout.live);
}
