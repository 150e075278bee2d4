import { AccountError } from "../../lib/errors.ts";
import { assertFails } from "../support/assert_fails.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { keySlotPath } from "../../lib/disk/names.ts";
import {
  type AccountFolder,
  accountFolder,
  apiKey,
  credential,
  namesIn,
  NEEDS_LOGIN,
  NOW,
} from "../support/account_folder.ts";
import { strangers } from "../support/strangers.ts";
import { refreshed } from "./agent_writes.ts";
import { findingsIn } from "../doctor/findings.ts";
import { linkOf, managerOf } from "./managers.ts";
import { runRecords } from "../support/run_records.ts";
import {
  accountKeys,
  readState,
  stateTime,
  writeState,
} from "../support/state.ts";

const MIXED = { accounts: [1, 3], keys: [2, 4], active: 1 };

Deno.test("switchTo() makes an API-key account active and leaves the link alone", async () => {
  await using folder = await accountFolder(MIXED);
  const manager = managerOf(folder);
  const result = await manager.switchTo(2);
  assertEquals(result, { switched: true, from: 1, to: 2 });
  assertEquals(await activeOf(folder), 2);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
  assertEquals((await manager.getStats()).currentIndex, 2);
});

Deno.test("switchTo() switches from an API-key account back to the account of the link", async () => {
  await using folder = await accountFolder(MIXED);
  const manager = managerOf(folder);
  await manager.switchTo(2);
  const result = await manager.switchTo(1);
  assertEquals(result, { switched: true, from: 2, to: 1 });
  assertEquals(await activeOf(folder), 1);
  const state = await readState(folder.layout.state);
  assertEquals([state.current_index, state.link_index], [1, undefined]);
});

Deno.test("switchTo() from an API-key account moves the link to another OAuth account", async () => {
  await using folder = await accountFolder(MIXED);
  const manager = managerOf(folder);
  await manager.switchTo(2);
  await manager.switchTo(3);
  assertEquals(await activeOf(folder), 3);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_3.json");
});

Deno.test("switchNext() visits accounts of both kinds in turn", async () => {
  await using folder = await accountFolder(MIXED);
  const manager = managerOf(folder);
  const order: number[] = [];
  for (let at = 0; at < 5; at++) order.push((await manager.switchNext()).to);
  assertEquals(order, [2, 3, 4, 1, 2]);
  const { accounts, switchesTotal } = await manager.getStats();
  assertEquals(switchesTotal, 5);
  assertEquals(accounts.map((it) => it.switchesCount), [1, 2, 1, 1]);
});

Deno.test("switchNext() skips accounts of a kind that cannot be used", async () => {
  await using folder = await accountFolder(MIXED);
  const manager = managerOf(folder);
  assertEquals((await manager.switchNext({ kind: "oauth" })).to, 3);
  assertEquals((await manager.switchNext({ kind: "api-key" })).to, 4);
});

Deno.test("switchNext() skips an API-key account whose slot is unusable", async () => {
  await using folder = await accountFolder(MIXED);
  const notices: string[] = [];
  const path = keySlotPath(folder.layout, 2);
  await Deno.writeTextFile(path, "OPENAI_API_KEY=x\n");
  const { to } = await managerOf(folder, { notices }).switchNext();
  assertEquals(to, 3);
  assertEquals(notices, [
    "account 2 is skipped: its slot has no OPENAI_BASE_URL",
  ]);
});

Deno.test("beginRun() hands over the key of the active account", async () => {
  await using folder = await accountFolder({ keys: [2] });
  const { key, account } = await managerOf(folder).beginRun();
  assertEquals({ key, account }, {
    key: {
      apiKey: apiKey(2),
      baseUrl: "https://provider-2.invalid/v1",
      model: "qwen3",
      others: {},
    },
    account: 2,
  });
});

Deno.test("beginRun() rejects and switches to nothing when the key of the account is unusable", async () => {
  await using folder = await accountFolder(MIXED);
  await Deno.writeTextFile(keySlotPath(folder.layout, 2), "");
  const manager = managerOf(folder);
  await assertFails(
    () => manager.beginRun({ account: 2 }),
    "invalid-credential",
    "it is empty",
  );
  assertEquals(await activeOf(folder), 1);
});

Deno.test("switchTo() rejects when the key of the account is unusable", async () => {
  await using folder = await accountFolder(MIXED);
  await Deno.writeTextFile(keySlotPath(folder.layout, 2), "");
  await assertFails(
    () => managerOf(folder).switchTo(2),
    "invalid-credential",
    "it is empty",
  );
  assertEquals(await activeOf(folder), 1);
});

Deno.test("listAccounts() and readKey() do not follow a key slot that is a link", async () => {
  await using folder = await accountFolder(MIXED);
  const path = keySlotPath(folder.layout, 2);
  await Deno.rename(path, `${folder.path}/elsewhere.env`);
  await Deno.symlink(`${folder.path}/elsewhere.env`, path);
  const manager = managerOf(folder);
  const account = (await manager.listAccounts()).find((it) => it.index === 2);
  assertEquals(
    [account?.state, account?.problem, account?.identity],
    ["login-needed", "is a symbolic link, not a file", undefined],
  );
  await assertFails(
    () => manager.readKey(2),
    "invalid-credential",
    "it is a symbolic link, not a file",
  );
});

Deno.test("a run with a key does not count as a reader of the link, unless it may log in", async () => {
  await using folder = await accountFolder(MIXED);
  using _ = strangers();
  const manager = managerOf(folder);
  await manager.beginRun({ account: 2 });
  assertEquals(await runRecords(folder.layout), []);
  const run = await manager.beginRun({ account: 2, mayLogIn: true });
  assertEquals((await runRecords(folder.layout)).map((it) => it.account), [1]);
  await manager.endRun(run);
  assertEquals(await runRecords(folder.layout), []);
});

Deno.test("endRun() of a run with a key adopts what the agent wrote", async () => {
  await using folder = await accountFolder({ ...MIXED, state: LINKED });
  using _ = strangers();
  const manager = managerOf(folder);
  const run = await manager.beginRun({ account: 2, mayLogIn: true });
  await folder.put(refreshed(1));
  await manager.endRun(run, { kind: "ok" });
  assertEquals(await folder.slot(1), refreshed(1));
  assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
  assertEquals(await activeOf(folder), 1);
});

Deno.test("endRun() puts an API-key account in a cooldown that is out of quota", async () => {
  await using folder = await accountFolder(MIXED);
  const manager = managerOf(folder);
  await manager.endRun(await manager.beginRun({ account: 2 }), {
    kind: "quota",
  });
  const [, account] = await manager.listAccounts();
  assertEquals(account?.index, 2);
  assertEquals(account?.cooldownUntil !== undefined, true);
  assertEquals((await manager.beginRun({ kind: "api-key" })).account, 4);
});

Deno.test("listAccounts() marks the account that a run would use", async () => {
  await using folder = await accountFolder(MIXED);
  const manager = managerOf(folder);
  await manager.switchTo(4);
  const active = (await manager.listAccounts()).filter((it) => it.active);
  assertEquals(
    active.map(({ index, kind, baseUrl, model }) => {
      return { index, kind, baseUrl, model };
    }),
    [{
      index: 4,
      kind: "api-key",
      baseUrl: "https://provider-4.invalid/v1",
      model: "qwen3",
    }],
  );
});

Deno.test("the account of the link is the active one when the API-key account is gone", async () => {
  await using folder = await accountFolder(MIXED);
  const manager = managerOf(folder);
  await manager.switchTo(4);
  await Deno.remove(keySlotPath(folder.layout, 4));
  assertEquals(await activeOf(folder), 1);
  assertEquals((await manager.switchNext()).to, 2);
});

Deno.test("switchTo() moves the link away from a skipped account", async () => {
  await using folder = await accountFolder({
    ...MIXED,
    state: {
      ...LINKED,
      accounts: { account1: NEEDS_LOGIN },
    },
  });
  await managerOf(folder).switchTo(2);
  assertEquals(await activeOf(folder), 2);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_3.json");
});

Deno.test("examine() finds nothing when the active API-key account needs no link", async () => {
  await using folder = await accountFolder(MIXED);
  await managerOf(folder).switchTo(2);
  await Deno.remove(folder.layout.live);
  assertEquals(await findingsIn(folder), []);
});

Deno.test("examine() finds nothing when all accounts have keys", async () => {
  await using folder = await accountFolder({ keys: [1, 2] });
  await managerOf(folder).switchTo(2);
  assertEquals(await findingsIn(folder), []);
});

Deno.test("repair() points a broken link to an account, even while a key is active", async () => {
  await using folder = await accountFolder({ ...MIXED, accounts: [3] });
  const manager = managerOf(folder);
  await manager.switchTo(2);
  await Deno.remove(folder.layout.live);
  await Deno.symlink("accounts/oauth_creds_1.json", folder.layout.live);
  await manager.repair();
  assertEquals(await linkOf(folder), "accounts/oauth_creds_3.json");
  assertEquals(await activeOf(folder), 2);
});

Deno.test("an OAuth account takes precedence over a key of the same number", async () => {
  await using folder = await accountFolder({ accounts: [1], keys: [1, 2] });
  const accounts = await managerOf(folder).listAccounts();
  assertEquals(accounts.map((it) => [it.index, it.kind]), [
    [1, "oauth"],
    [2, "api-key"],
  ]);
});

Deno.test("addKey() makes a key the first account, and active", async () => {
  await using folder = await accountFolder();
  const manager = managerOf(folder);
  const result = await manager.addKey(KEY, { label: "work" });
  assertEquals(result, {
    index: 1,
    label: "work",
    added: true,
    updated: false,
    baseUrl: KEY.baseUrl,
    model: KEY.model,
    twin: undefined,
  });
  const [account] = await manager.listAccounts();
  assertEquals([account?.label, account?.active], ["work", true]);
  const { mode } = await Deno.stat(keySlotPath(folder.layout, 1));
  assertEquals((mode ?? 0) & 0o777, 0o600);
});

Deno.test("addKey() uses the number after the highest of either kind and does not change the active account", async () => {
  await using folder = await accountFolder(MIXED);
  const manager = managerOf(folder);
  assertEquals(await manager.addKey(KEY), {
    index: 5,
    label: "example",
    added: true,
    updated: false,
    baseUrl: KEY.baseUrl,
    model: KEY.model,
    twin: undefined,
  });
  assertEquals(await activeOf(folder), 1);
});

Deno.test("addKey() recognizes a key that an account has for the address", async () => {
  await using folder = await accountFolder(MIXED);
  const accounts = managerOf(folder);
  const { index, added, updated } = await accounts.addKey(
    await accounts.readKey(4),
  );
  assertEquals([index, added, updated], [4, false, false]);
});

Deno.test("addKey() makes a second account of a known key for another address", async () => {
  await using folder = await accountFolder(MIXED);
  const accounts = managerOf(folder);
  const key = { ...KEY, apiKey: apiKey(4) };
  const { index, added, twin } = await accounts.addKey(key);
  assertEquals([index, added, twin?.index], [5, true, 4]);
  const again = await accounts.addKey(key);
  assertEquals([again.index, again.added, again.twin?.index], [5, false, 4]);
  const { baseUrl } = await accounts.readKey(4);
  assertEquals(baseUrl === KEY.baseUrl, false);
});

Deno.test("addKey() with update changes the address of the account that has the key", async () => {
  await using folder = await accountFolder(MIXED);
  const accounts = managerOf(folder);
  const key = { ...KEY, apiKey: apiKey(4) };
  for (const updated of [true, false]) {
    const result = await accounts.addKey(key, { update: 4 });
    assertEquals([result.index, result.added, result.updated], [
      4,
      false,
      updated,
    ]);
  }
  const { baseUrl, model } = await accounts.readKey(4);
  assertEquals({ baseUrl, model }, { baseUrl: KEY.baseUrl, model: KEY.model });
  assertEquals((await namesIn(folder.layout.accounts)).length, 5);
});

Deno.test("addKey() keeps the model of a known key when only the default model is offered for the same address", async () => {
  await using folder = await accountFolder({ keys: [1] });
  const accounts = managerOf(folder);
  const key = await accounts.readKey(1);
  const offered = { ...key, baseUrl: `${key.baseUrl}/`, model: "usual" };
  const same = await accounts.addKey(offered, { isUsualModel: true });
  assertEquals(same.model, key.model);
  const moved = { ...offered, baseUrl: KEY.baseUrl };
  const options = { isUsualModel: true, update: 1 };
  const other = await accounts.addKey(moved, options);
  assertEquals([other.updated, other.model], [true, "usual"]);
  assertEquals((await accounts.readKey(1)).model, "usual");
});

Deno.test("addKey() ends the cooldowns of a key with a new address, except the user's own", async () => {
  await using folder = await accountFolder({ keys: [1] });
  const until = stateTime(NOW + 3_600_000);
  const quota = { until, reason: "quota" };
  const asked = { until, model: "m", reason: "asked for" };
  await writeState(folder.layout.state, {
    accounts: { account1: { cooldowns: [quota, asked] } },
  });
  const accounts = managerOf(folder);
  const key = await accounts.readKey(1);
  await accounts.addKey({ ...key, model: "another" });
  assertEquals(await cooldowns(folder), [["quota", until], [
    "asked for",
    until,
  ]]);
  await accounts.addKey({ ...key, baseUrl: KEY.baseUrl }, { update: 1 });
  assertEquals(await cooldowns(folder), [["asked for", until]]);
});

async function cooldowns({ layout }: AccountFolder) {
  const state = await readState(layout.state);
  return (accountKeys(state, 1).cooldowns ?? []).map((
    it,
  ) => [it.reason, it.until]);
}

const NOT_UPDATED: Record<
  string,
  [number, new (...args: never[]) => Error, string]
> = {
  "it has a different key": [2, RangeError, "it has a different key"],
  "another account has the key for that address": [
    4,
    RangeError,
    "already has this key for this address",
  ],
  "it has a login": [1, AccountError, "account 1"],
  "it does not exist": [9, AccountError, "have: 1, 2, 3, 4, 5"],
};

for (const [when, [update, error, message]] of Object.entries(NOT_UPDATED)) {
  Deno.test(`addKey() does not update an account when ${when}`, async () => {
    await using folder = await accountFolder(MIXED);
    const accounts = managerOf(folder);
    const key = { ...KEY, apiKey: apiKey(4) };
    await accounts.addKey(key);
    const before = await accounts.readKey(4);
    await assertRejects(
      () => accounts.addKey(key, { update }),
      error,
      message,
    );
    assertEquals(await accounts.readKey(4), before);
  });
}

Deno.test("addKey() rejects a value that no slot can hold, and adds nothing", async () => {
  await using folder = await accountFolder(MIXED);
  const key = { ...KEY, model: 'it\'s "both"' };
  await assertFails(
    () => managerOf(folder).addKey(key),
    "invalid-credential",
    "it has a value in OPENAI_MODEL that no .env file can hold",
  );
  assertEquals((await managerOf(folder).listAccounts()).length, 4);
});

Deno.test("addAccount() beside an active key makes the link and leaves the key active", async () => {
  await using folder = await accountFolder({ keys: [1] });
  await using source = await accountFolder({ accounts: [9] });
  const manager = managerOf(folder);
  await manager.switchTo(1);
  const path = `${source.layout.accounts}/oauth_creds_9.json`;
  assertEquals(await manager.addAccount(path), {
    index: 2,
    label: "qwen",
    added: true,
    updated: false,
  });
  assertEquals(await activeOf(folder), 1);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
  assertEquals(await folder.slot(2), credential(9));
});

Deno.test("readKey() returns the key of the active account, or of another", async () => {
  await using folder = await accountFolder(MIXED);
  const manager = managerOf(folder);
  await manager.switchTo(2);
  assertEquals((await manager.readKey()).apiKey, apiKey(2));
  assertEquals((await manager.readKey(4)).apiKey, apiKey(4));
  await assertFails(() => manager.readKey(1), "has-login", "account 1");
});

const LINKED = { current_index: 1, linked: true };

const KEY = {
  apiKey: "sk-new",
  baseUrl: "https://api.example.com/v1",
  model: "qwen3",
};

async function activeOf(folder: AccountFolder): Promise<number | undefined> {
  return (await managerOf(folder).getStats()).currentIndex;
}
