import { assertEquals } from "@std/assert";
import type { Run } from "../../lib/types.ts";
import {
  type AccountFolder,
  accountFolder,
  credential,
  NEEDS_LOGIN,
  NOW,
  TIME,
} from "../support/account_folder.ts";
import { strangers } from "../support/strangers.ts";
import { linkOf, managerOf } from "./managers.ts";
import { assertFails } from "../support/assert_fails.ts";
import { recordRun, runRecords } from "../support/run_records.ts";
import { readState, sameFor } from "../support/state.ts";

const NEWER = credential(2, { accessToken: "next", expiresAt: NOW + 9e6 });

Deno.test("beginRun() recreates a missing link from the state", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2, 3],
    state: { current_index: 2 },
  });
  const run = await managerOf(folder).beginRun();
  assertEquals(run.account, 2);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
  assertEquals(await blocked(folder), []);
});

Deno.test("beginRun() puts the link back when somebody has removed it", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 1 });
  using _ = strangers();
  const notices: string[] = [];
  const manager = managerOf(folder, { notices });
  await manager.switchTo(2);
  await Deno.remove(folder.layout.live);
  assertEquals((await manager.beginRun()).account, 2);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
  assertEquals(await blocked(folder), []);
  assertEquals(notices, [
    "oauth_creds.json was removed; account 2 still has its login",
  ]);
});

Deno.test("beginRun() skips no account when the link was removed by a run of one of two accounts", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    state: { current_index: 2, linked: true },
  });
  using _ = strangers();
  for (const account of [1, 2]) await recordRun(folder.layout, runOf(account));
  assertEquals((await managerOf(folder).beginRun()).account, 2);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
  assertEquals(await blocked(folder), []);
});

Deno.test("beginRun() uses the active account and counts no switch", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 2 });
  const manager = managerOf(folder);
  assertEquals((await manager.beginRun()).account, 2);
  const { switchesTotal, accounts } = await manager.getStats();
  assertEquals(switchesTotal, 0);
  assertEquals(accounts[1]?.lastUsed, TIME);
});

Deno.test("beginRun() links to the first account and counts no switch", async () => {
  await using folder = await accountFolder({ accounts: [3, 4] });
  const manager = managerOf(folder);
  assertEquals((await manager.beginRun()).account, 3);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_3.json");
  assertEquals((await manager.getStats()).switchesTotal, 0);
});

Deno.test("beginRun() switches when another account is asked for", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const manager = managerOf(folder);
  assertEquals((await manager.beginRun({ account: 2 })).account, 2);
  assertEquals((await manager.getStats()).switchesTotal, 1);
});

Deno.test("beginRun() uses an account that needs a login when asked to, and rotation still skips it", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    active: 1,
    state: { accounts: { account2: NEEDS_LOGIN } },
  });
  const run = await managerOf(folder).beginRun({ account: 2 });
  assertEquals(run.account, 2);
  assertEquals(await blocked(folder), [2]);
  await managerOf(folder).endRun(run);
  assertEquals(await blocked(folder), [2]);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
});

Deno.test("endRun() makes an account usable again that needed a login when a run with it succeeded", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    active: 1,
    state: { accounts: { account2: NEEDS_LOGIN } },
  });
  const run = await managerOf(folder).beginRun({ account: 2 });
  await managerOf(folder).endRun(run, { kind: "ok" });
  assertEquals(await blocked(folder), []);
});

Deno.test("endRun() switches to the next account when the login of the requested account is refused again", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    active: 1,
    state: { accounts: { account2: NEEDS_LOGIN } },
  });
  const run = await managerOf(folder).beginRun({ account: 2 });
  await managerOf(folder).endRun(run, { kind: "login" });
  assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
});

Deno.test("beginRun() switches when the caller cannot use the active account", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 3], active: 1 });
  const except = new Set([1, 2]);
  const run = await managerOf(folder).beginRun({ except });
  assertEquals(run.account, 3);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_3.json");
});

Deno.test("beginRun() records the run, and endRun() its end", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 2 });
  const manager = managerOf(folder);
  const run = await manager.beginRun();
  const { id, account, process } = run;
  assertEquals(await runRecords(folder.layout), [{ id, account, process }]);
  await manager.endRun(run);
  assertEquals(await runRecords(folder.layout), []);
});

Deno.test("beginRun() throws when there is no account", async () => {
  await using folder = await accountFolder();
  await assertFails(() => managerOf(folder).beginRun(), "no-account");
});

Deno.test("beginRun() throws when the requested account is missing", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const begin = () => managerOf(folder).beginRun({ account: 2 });
  await assertFails(begin, "no-such-account");
  assertEquals(await runRecords(folder.layout), []);
});

Deno.test("beginRun() throws when every account needs a login", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    active: 1,
    state: sameFor([1, 2], NEEDS_LOGIN),
  });
  const error = await assertFails(
    () => managerOf(folder).beginRun(),
    "none-usable",
  );
  assertEquals(error.accounts.map((it) => it.index), [1, 2]);
  assertEquals(await runRecords(folder.layout), []);
});

Deno.test("endRun() adopts what the agent put in the place of the link", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 2 });
  const manager = managerOf(folder);
  const run = await manager.beginRun();
  await folder.put(NEWER);
  await manager.endRun(run);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
  assertEquals(await folder.slot(2), NEWER);
});

Deno.test("endRun() adopts new tokens of the run's account after a switch", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 2 });
  const manager = managerOf(folder);
  const run = await manager.beginRun();
  await manager.switchTo(1);
  await folder.put(NEWER);
  await manager.endRun(run);
  assertEquals(await folder.slot(1), credential(1));
  assertEquals(await folder.slot(2), NEWER);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
});

Deno.test("endRun() skips the account and switches when the agent has removed its link", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 2 });
  using _ = strangers();
  const manager = managerOf(folder);
  const run = await manager.beginRun();
  await Deno.remove(folder.layout.live);
  await manager.endRun(run);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
  assertEquals(await blocked(folder), [2]);
});

Deno.test("endRun() skips the account when it needs a login", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 2 });
  const manager = managerOf(folder);
  await manager.endRun(await manager.beginRun(), { kind: "login" });
  assertEquals(await blocked(folder), [2]);
  const [event] = await folder.events();
  assertEquals([event?.event, event?.from], ["account_blocked", 2]);
});

Deno.test("endRun() also forgets which other account the run may have read", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  using _ = strangers();
  const manager = managerOf(folder);
  const run = await manager.beginRun();
  await manager.switchTo(2);
  const accounts = (await runRecords(folder.layout)).map((it) => it.account);
  assertEquals(accounts.sort(), [1, 2]);
  await manager.endRun(run);
  assertEquals(await runRecords(folder.layout), []);
});

/**
 * A run whose process cannot be distinguished from one that is still running.
 */
function runOf(account: number): Run {
  return { id: "0123456789abcdef", account, process: `-/-/${Deno.pid}/-` };
}

/** The accounts that rotation skips. */
async function blocked({ layout }: AccountFolder): Promise<number[]> {
  const state = await readState(layout.state);
  return Object.entries(state.accounts ?? {})
    .filter(([, it]) => it.blocked !== undefined)
    .map(([name]) => Number(name.replace("account", "")));
}

Deno.test("beginRun() names the account that it uses instead of the pinned one", async () => {
  await using folder = await accountFolder({ keys: [1, 2, 3] });
  const notices: string[] = [];
  const manager = managerOf(folder, { notices });
  await manager.pin("/work", 1);
  await manager.setCooldown(1, 3_600_000);
  const full = {
    account: 2,
    window: "hour",
    unit: "requests",
    used: 95,
    limit: { lo: 100, hi: 100 },
    source: "header",
    observedAt: NOW,
  } as const;
  const run = await manager.beginRun({
    folder: "/work",
    strategy: "spread",
    quota: { threshold: 0.9, windows: [full] },
  });
  assertEquals(run.account, 3);
  assertEquals(notices, [
    'account 1, pinned to "/work", is resting (set by you): using account 3',
  ]);
});
