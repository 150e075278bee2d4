import { assertEquals, assertMatch } from "@std/assert";
import {
  accountFolder,
  credential,
  NOW,
  TIME,
} from "../support/account_folder.ts";
import { stateTime } from "../support/state.ts";
import { managerOf } from "./managers.ts";

const USED = { switches_count: 1, last_used: TIME };

Deno.test("listAccounts() shows when each account expires, its use, and which is active", async () => {
  await using folder = await accountFolder({
    accounts: [1, 4],
    active: 4,
    state: { accounts: { account4: USED } },
  });
  const common = {
    label: undefined,
    kind: "oauth" as const,
    identity: undefined,
    baseUrl: undefined,
    model: undefined,
    expiresAt: NOW + 3_600_000,
    problem: undefined,
    blocked: undefined,
    cooldownUntil: undefined,
    cooldownModel: undefined,
    cooldownSource: undefined,
    state: "ready" as const,
    reason: undefined,
    source: undefined,
    until: undefined,
    since: undefined,
    service: "qwen-login",
  };
  assertEquals(await managerOf(folder).listAccounts(), [
    {
      ...common,
      index: 1,
      active: false,
      switchesCount: 0,
      lastUsed: undefined,
    },
    { ...common, index: 4, active: true, switchesCount: 1, lastUsed: TIME },
  ]);
});

Deno.test("listAccounts() treats no account as active when the agent has its own login", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await folder.put(credential(1));
  const [account] = await managerOf(folder).listAccounts();
  assertEquals(account?.active, false);
});

Deno.test("listAccounts() says why an account is skipped", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    state: {
      accounts: { account2: { blocked: "login needed", blocked_since: TIME } },
    },
  });
  const accounts = await managerOf(folder).listAccounts();
  assertEquals(accounts.map((it) => it.blocked), [undefined, "login needed"]);
});

Deno.test("listAccounts() says how long an account is not used", async () => {
  const until = stateTime(NOW + 90_000);
  const ended = { until: stateTime(NOW - 60_000), probe_until: until };
  await using folder = await accountFolder({
    accounts: [1, 2, 3],
    state: {
      accounts: {
        account1: { cooldowns: [{ until }] },
        account2: { cooldowns: [ended] },
      },
    },
  });
  const accounts = await managerOf(folder).listAccounts();
  assertEquals(accounts.map((it) => it.cooldownUntil), [
    NOW + 90_000,
    undefined,
    undefined,
  ]);
});

Deno.test("listAccounts() shows no token", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const accounts = await managerOf(folder).listAccounts();
  assertEquals(JSON.stringify(accounts).includes("secret"), false);
});

type Make = (path: string) => Promise<void>;

const UNUSABLE: Record<string, [Make, string | RegExp]> = {
  "empty": [(path) => Deno.writeTextFile(path, ""), "is empty"],
  "cut short": [
    (path) => Deno.writeFile(path, credential(2).subarray(0, 90)),
    "is not valid JSON",
  ],
  "a broken link": [
    (path) => Deno.symlink("missing", path),
    /link/,
  ],
  "too large": [
    (path) => Deno.writeFile(path, new Uint8Array(64 * 1024 + 1)),
    "is too large",
  ],
  "a folder": [(path) => Deno.mkdir(path), /folder|directory/],
};

for (const [what, [make, problem]] of Object.entries(UNUSABLE)) {
  Deno.test(`listAccounts() says so when a slot is ${what}`, async () => {
    await using folder = await accountFolder({ accounts: [1], active: 1 });
    await make(`${folder.layout.accounts}/oauth_creds_2.json`);
    const accounts = await managerOf(folder).listAccounts();
    const [first, second] = accounts.map((it) => it.problem);
    assertEquals(first, undefined);
    if (typeof problem === "string") assertEquals(second, problem);
    else assertMatch(second ?? "", problem);
    assertEquals(accounts[1]?.expiresAt, undefined);
  });
}

Deno.test("getStats() counts the accounts that exist", async () => {
  await using folder = await accountFolder({
    accounts: [2, 7],
    active: 7,
    state: {
      switches_total: 2,
      last_switch: TIME,
      accounts: { account1: USED, account7: USED },
    },
  });
  assertEquals(await managerOf(folder).getStats(), {
    currentIndex: 7,
    totalAccounts: 2,
    switchesTotal: 2,
    lastSwitch: TIME,
    accounts: [
      { index: 2, switchesCount: 0, lastUsed: undefined },
      { index: 7, switchesCount: 1, lastUsed: TIME },
    ],
  });
});
