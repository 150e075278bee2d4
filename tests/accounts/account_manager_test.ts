import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { AccountManager } from "../../lib/mod.ts";
import { withLock } from "../../lib/disk/lock.ts";
import {
  accountFolder,
  credential,
  FUTURE,
  NEEDS_LOGIN,
  TIME,
} from "../support/account_folder.ts";
import { fakeClock } from "../support/clock.ts";
import { replaceFiles } from "../support/files.ts";
import { stashed } from "../support/stashed.ts";
import { linkOf, managerOf } from "./managers.ts";
import { assertCode, assertFails } from "../support/assert_fails.ts";
import { stashPaths } from "../support/kept_files.ts";
import { readState } from "../support/state.ts";

Deno.test("AccountManager uses the folder of the environment", () => {
  const env = (name: string) => name === "HOME" ? "/home/user" : undefined;
  const manager = new AccountManager({ system: { ...fakeClock(), env } });
  assertEquals(manager.dir, "/home/user/.qwen");
});

Deno.test("AccountManager throws when no setting says where the accounts are", () => {
  const error = assertThrows(() => new AccountManager({ system: fakeClock() }));
  assertCode(error, "no-home");
});

Deno.test("switchTo() makes the account the active one", async () => {
  await using folder = await accountFolder({ accounts: [1, 2, 5], active: 1 });
  const result = await managerOf(folder).switchTo(5, { reason: "a test" });
  assertEquals(result, { switched: true, from: 1, to: 5 });
  assertEquals(await linkOf(folder), "accounts/oauth_creds_5.json");
  const [event] = await folder.events();
  assertEquals(event?.reason, "a test");
});

Deno.test("switchTo() creates the state on first use", async () => {
  await using folder = await accountFolder({ accounts: [1, 2] });
  const result = await managerOf(folder).switchTo(2);
  assertEquals(result, { switched: true, from: undefined, to: 2 });
  assertEquals(
    await Deno.readTextFile(folder.layout.state),
    `version: 1
current_index: 2
total_accounts: 2
last_switch: "${TIME}"
switches_total: 1
accounts:
  account2:
    switches_count: 1
    last_used: "${TIME}"
linked: true
`,
  );
});

Deno.test("switchTo() counts nothing when the account is already active", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 2 });
  const result = await managerOf(folder).switchTo(2);
  assertEquals(result, { switched: false, from: 2, to: 2 });
  assertEquals((await managerOf(folder).getStats()).switchesTotal, 0);
});

Deno.test("switchTo() names the existing accounts when one is missing", async () => {
  await using folder = await accountFolder({ accounts: [2, 10], active: 2 });
  const error = await assertFails(
    () => managerOf(folder).switchTo(3),
    "no-such-account",
    "Cannot use account 3: it does not exist (have: 2, 10)",
  );
  assertStringIncludes(error.message, "(have: 2, 10)");
  assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
});

for (const index of [0, -1, 1.5, NaN]) {
  Deno.test(`switchTo() throws when the account is ${index}`, async () => {
    await using folder = await accountFolder({ accounts: [1], active: 1 });
    const change = () => managerOf(folder).switchTo(index);
    await assertFails(change, "no-such-account");
  });
}

Deno.test("switchTo() stashes a login without an owner and says so", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    state: { current_index: 9 },
  });
  await folder.put(credential(9));
  const notices: string[] = [];
  await managerOf(folder, { notices }).switchTo(1);
  const [path = ""] = await stashPaths(folder.layout);
  assertEquals(await folder.stash(), [credential(9)]);
  assertEquals(notices, [
    "a login that qwen wrote belongs to an unknown account: kept as " +
    path,
  ]);
});

Deno.test("switchTo() keeps skipping an account that needs a login, and says so", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    active: 1,
    state: { accounts: { account2: NEEDS_LOGIN } },
  });
  const notices: string[] = [];
  const manager = managerOf(folder, { notices });
  await manager.switchTo(2);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
  const accounts = await manager.listAccounts();
  assertEquals(accounts.map((it) => it.blocked), [undefined, "login needed"]);
  assertEquals(notices, ["account 2 needs a login: account-qwen login 2"]);
});

Deno.test("switchTo() makes an account usable again that was skipped for another reason", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    active: 1,
    state: {
      accounts: {
        account2: { blocked: "of a colleague", blocked_since: FUTURE },
      },
    },
  });
  const manager = managerOf(folder);
  await manager.switchTo(2);
  const accounts = await manager.listAccounts();
  assertEquals(accounts.map((it) => it.blocked), [undefined, undefined]);
});

Deno.test("switchTo() sets an empty state aside and says so", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  await folder.put(new Uint8Array(), folder.layout.state);
  const notices: string[] = [];
  await managerOf(folder, { notices }).switchTo(2);
  assertEquals(notices, [
    "state.yaml is not a mapping: kept as " +
    "state.yaml.set-aside-20261121T083500000Z and rebuilt from 2 accounts; " +
    "labels, cooldowns, counters are lost",
  ]);
});

Deno.test("switchTo() throws when another process holds the lock for too long", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const manager = new AccountManager({
    dir: folder.path,
    lockTimeoutMs: 100,
    system: fakeClock(),
  });
  await withLock(folder.layout.lock, async () => {
    await assertFails(
      () => manager.switchTo(2),
      "locked",
      "within 100 ms",
    );
  });
  assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
});

Deno.test("AccountManager brings the state in line with the link", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2, 3],
    active: 3,
    state: { current_index: 1, total_accounts: 99 },
  });
  const result = await managerOf(folder).switchTo(3);
  assertEquals(result, { switched: false, from: 3, to: 3 });
  const state = await readState(folder.layout.state);
  assertEquals(state.current_index, 3);
  assertEquals(state.total_accounts, 3);
});

Deno.test("listAccounts() lists a thousand accounts in order", async () => {
  const accounts = Array.from({ length: 1_000 }, (_, at) => 2 * at + 1);
  await using folder = await accountFolder({ accounts, active: 1 });
  const found = await managerOf(folder).listAccounts();
  assertEquals(found.map((it) => it.index), accounts);
});

Deno.test("listAccounts() has few files open at the same time", async () => {
  const accounts = Array.from({ length: 300 }, (_, at) => at + 1);
  await using folder = await accountFolder({ accounts, active: 1 });
  let open = 0;
  let most = 0;
  using _ = replaceFiles((real) => ({
    read(path, maxBytes) {
      most = Math.max(most, ++open);
      return real.read(path, maxBytes).finally(() => open--);
    },
  }));
  await managerOf(folder).listAccounts();
  assert(most <= 100, `${most} files: macOS allows 256, Linux often 1024`);
});

for (const read of ["listAccounts", "getStats", "hasUnlinkedLogin"] as const) {
  Deno.test(`${read}() finds nothing and creates nothing when there is no folder`, async () => {
    await using folder = await accountFolder();
    await managerOf(folder)[read]();
    await assertRejects(() => Deno.lstat(folder.path), Deno.errors.NotFound);
  });
}

Deno.test("listAccounts() says so when the state is unusable", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  await folder.put(new Uint8Array(), folder.layout.state);
  const notices: string[] = [];
  await managerOf(folder, { notices }).listAccounts();
  assertEquals(notices, [
    "state.yaml is not a mapping: the next switch rebuilds it",
  ]);
});

Deno.test("listAccounts() says so when there are logins in the stash", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  await Deno.mkdir(folder.layout.stash);
  await folder.put(credential(9), `${folder.layout.stash}/one.json`);
  const notices: string[] = [];
  await managerOf(folder, { notices }).listAccounts();
  assertEquals(notices, [
    "logins in the stash whose account is unknown: 1 (account-qwen doctor)",
  ]);
});

Deno.test("listAccounts() does not count a stashed login that a slot has", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  await stashed(folder, credential(2), [1]);
  const notices: string[] = [];
  await managerOf(folder, { notices }).listAccounts();
  assertEquals(notices, []);
});

const OWN_LOGIN: Record<string, { accounts: number[]; mend: string }> = {
  "there are accounts": {
    accounts: [1],
    mend: "account-qwen doctor --fix saves it",
  },
  "there is no account": {
    accounts: [],
    mend: "account-qwen setup imports it",
  },
};

for (const [when, { accounts, mend }] of Object.entries(OWN_LOGIN)) {
  Deno.test(`listAccounts() names the command that fixes a login of the agent when ${when}`, async () => {
    await using folder = await accountFolder({ accounts });
    await Deno.mkdir(folder.path, { recursive: true });
    await folder.put(credential(1));
    const notices: string[] = [];
    await managerOf(folder, { notices }).listAccounts();
    assertEquals(notices, [
      `oauth_creds.json is a new login written by qwen: ${mend}`,
    ]);
  });
}

Deno.test("hasUnlinkedLogin() distinguishes a login of the agent from our link", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  assertEquals(await managerOf(folder).hasUnlinkedLogin(), false);
  await folder.put(credential(1));
  assertEquals(await managerOf(folder).hasUnlinkedLogin(), true);
});
