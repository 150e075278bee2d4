import { assertEquals, assertMatch } from "@std/assert";
import { countAccounts, describeAccounts } from "../../lib/accounts/account.ts";
import { takeSnapshot } from "../../lib/vault/snapshot.ts";
import { cooldownFor, withProbe } from "../../lib/ledger/cooldown.ts";
import {
  NEW_STATE,
  withBlock,
  withCooldowns,
  withSwitch,
} from "../../lib/ledger/state.ts";
import {
  accountFolder,
  credential,
  NOW,
  TIME,
} from "../support/account_folder.ts";

Deno.test("describeAccounts() shows when each account expires, its use, and which is active", async () => {
  await using folder = await accountFolder({
    accounts: [1, 4],
    active: 4,
    state: withSwitch(NEW_STATE, 4, TIME),
  });
  const snapshot = await takeSnapshot(folder.layout);
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
  assertEquals(await describeAccounts(snapshot, { now: NOW }), [
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

Deno.test("describeAccounts() treats no account as active when the agent has its own login", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  await folder.put(credential(1));
  const [account] = await describeAccounts(
    await takeSnapshot(folder.layout),
    { now: NOW },
  );
  assertEquals(account?.active, false);
});

Deno.test("describeAccounts() says why an account is skipped", async () => {
  await using folder = await accountFolder({
    accounts: [1, 2],
    state: withBlock(NEW_STATE, 2, "login needed", TIME),
  });
  const accounts = await describeAccounts(
    await takeSnapshot(folder.layout),
    { now: NOW },
  );
  assertEquals(accounts.map((it) => it.blocked), [undefined, "login needed"]);
});

Deno.test("describeAccounts() says how long an account is not used", async () => {
  const now = NOW + 60_000;
  const ended = withProbe([cooldownFor(1, NOW)], { now, process: undefined });
  const state = withCooldowns(NEW_STATE, 1, [cooldownFor(90_000, NOW)]);
  await using folder = await accountFolder({
    accounts: [1, 2, 3],
    state: withCooldowns(state, 2, ended),
  });
  const snapshot = await takeSnapshot(folder.layout);
  const accounts = await describeAccounts(snapshot, { now });
  assertEquals(accounts.map((it) => it.cooldownUntil), [
    NOW + 90_000,
    undefined,
    undefined,
  ]);
});

Deno.test("describeAccounts() shows no token", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const accounts = await describeAccounts(
    await takeSnapshot(folder.layout),
    { now: NOW },
  );
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
  Deno.test(`describeAccounts() says so when a slot is ${what}`, async () => {
    await using folder = await accountFolder({ accounts: [1], active: 1 });
    await make(`${folder.layout.accounts}/oauth_creds_2.json`);
    const accounts = await describeAccounts(
      await takeSnapshot(folder.layout),
      { now: NOW },
    );
    const [first, second] = accounts.map((it) => it.problem);
    assertEquals(first, undefined);
    if (typeof problem === "string") assertEquals(second, problem);
    else assertMatch(second ?? "", problem);
    assertEquals(accounts[1]?.expiresAt, undefined);
  });
}

Deno.test("countAccounts() counts the accounts that exist", async () => {
  await using folder = await accountFolder({
    accounts: [2, 7],
    active: 7,
    state: withSwitch(withSwitch(NEW_STATE, 1, TIME), 7, TIME),
  });
  assertEquals(countAccounts(await takeSnapshot(folder.layout)), {
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
