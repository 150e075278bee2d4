import {
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import {
  type AccountFolder,
  accountFolder,
  credential,
  namesIn,
} from "../support/account_folder.ts";
import { refreshed } from "./agent_writes.ts";
import { findingsIn } from "../doctor/findings.ts";
import { linkOf, managerOf } from "./managers.ts";
import { assertFails } from "../support/assert_fails.ts";

const LINKED = { current_index: 1, linked: true };

const THREE = { accounts: [1, 2, 3], active: 1, state: LINKED };

Deno.test("disable() removes an account from rotation and deletes nothing", async () => {
  await using folder = await accountFolder(THREE);
  const before = await folder.credentials();
  const manager = managerOf(folder);
  assertEquals(await manager.disable(2), {
    changed: true,
    from: 1,
    active: 1,
  });
  assertEquals(await statesOf(folder), ["ready", "disabled", "ready"]);
  assertEquals((await manager.switchNext()).to, 3);
  assertEquals((await manager.switchNext()).to, 1);
  assertEquals(await folder.credentials(), {
    ...await folder.credentials(),
    ...before,
  });
  assertEquals(await findingsIn(folder), []);
});

Deno.test("disable() of the active account makes the next ready one active", async () => {
  await using folder = await accountFolder(THREE);
  const manager = managerOf(folder);
  await manager.setCooldown(2, 60_000);
  assertEquals(await manager.disable(1), {
    changed: true,
    from: 1,
    active: 3,
  });
  assertEquals(await linkOf(folder), "accounts/oauth_creds_3.json");
  const events = await folder.events();
  assertEquals(events.map(({ event, from, to }) => [event, from, to]), [
    ["account_cooldown", 2, null],
    ["account_switch", 1, 3],
    ["account_disabled", 1, null],
  ]);
});

Deno.test("disable() of the active account activates a resting one when no other is ready", async () => {
  await using folder = await accountFolder({ ...THREE, accounts: [1, 2] });
  const manager = managerOf(folder);
  await manager.setCooldown(2, 60_000);
  assertEquals((await manager.disable(1)).active, 2);
  await assertFails(() => manager.beginRun(), "none-ready");
});

Deno.test("disable() of the only account removes the link, and enable() restores it", async () => {
  await using folder = await accountFolder({ ...THREE, accounts: [1] });
  const manager = managerOf(folder);
  assertEquals(await manager.disable(1), {
    changed: true,
    from: 1,
    active: undefined,
  });
  assertEquals(
    (await namesIn(folder.path)).includes("oauth_creds.json"),
    false,
  );
  assertEquals(await folder.slot(1), credential(1));
  assertEquals(await findingsIn(folder), []);
  await assertFails(
    () => manager.beginRun(),
    "none-usable",
    "Cannot choose an account: all are disabled (account 1)",
  );
  assertEquals(await manager.enable(1), {
    changed: true,
    from: undefined,
    active: 1,
  });
  assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
});

Deno.test("disable() moves the link away from an account that is not the active one", async () => {
  await using folder = await accountFolder({
    accounts: [1, 3],
    keys: [2],
    active: 1,
    state: { ...LINKED, current_index: 2, link_index: 1 },
  });
  assertEquals((await managerOf(folder).disable(1)).active, 2);
  assertEquals(await linkOf(folder), "accounts/oauth_creds_3.json");
});

Deno.test("disable() of the active API-key account makes another one active", async () => {
  await using folder = await accountFolder({ keys: [1, 2] });
  const manager = managerOf(folder);
  await manager.switchTo(1);
  assertEquals((await manager.disable(1)).active, 2);
  assertEquals((await manager.disable(2)).active, undefined);
  await assertFails(() => manager.switchNext(), "none-usable");
});

Deno.test("disable() and enable() say when nothing has changed", async () => {
  await using folder = await accountFolder(THREE);
  const manager = managerOf(folder);
  assertEquals((await manager.enable(2)).changed, false);
  await manager.disable(2);
  assertEquals((await manager.disable(2)).changed, false);
  assertEquals((await folder.events()).length, 1);
});

for (const name of ["disable", "enable"] as const) {
  Deno.test(`${name}() rejects when the account does not exist`, async () => {
    await using folder = await accountFolder(THREE);
    const manager = managerOf(folder);
    await assertFails(() => manager[name](9), "no-such-account");
  });
}

Deno.test("switchTo() and beginRun() refuse a disabled account and name it", async () => {
  await using folder = await accountFolder(THREE);
  const manager = managerOf(folder);
  await manager.setLabel(2, "work");
  await manager.disable(2);
  const message = "Cannot use work (account 2): it is disabled";
  for (
    const ask of [
      () => manager.switchTo(2),
      () => manager.beginRun({ account: 2 }),
    ]
  ) {
    await assertFails(ask, "account-disabled", message);
  }
  assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
});

Deno.test("switchNext() says how to enable an account when there is no other one", async () => {
  await using folder = await accountFolder({ ...THREE, accounts: [1, 2] });
  const manager = managerOf(folder);
  await manager.disable(2);
  const error = await assertFails(
    () => manager.switchNext(),
    "no-other-account",
  );
  assertEquals(error.hint, "account-qwen enable 2");
});

for (
  const strategy of [
    "fill-first",
    "least-recently-used",
    "round-robin",
    "sticky",
  ] as const
) {
  Deno.test(`beginRun() by ${strategy} does not choose a disabled account`, async () => {
    await using folder = await accountFolder(THREE);
    const manager = managerOf(folder);
    const stickTo = "/a";
    await manager.beginRun({ strategy, stickTo });
    await manager.disable(1);
    const { account } = await manager.beginRun({ strategy, stickTo });
    assertNotEquals(account, 1);
  });
}

const DOES_NOT_ENABLE: Record<
  string,
  (folder: AccountFolder) => Promise<unknown>
> = {
  "a successful run": async (folder) => {
    const manager = managerOf(folder);
    await manager.enable(2);
    const run = await manager.beginRun({ account: 2 });
    await manager.disable(2);
    await manager.endRun(run, { kind: "ok" });
  },
  "an answer while its run continues": async (folder) => {
    const manager = managerOf(folder);
    await manager.enable(2);
    const run = await manager.beginRun({ account: 2 });
    await manager.disable(2);
    await manager.noteAnswer(run);
  },
  "a new login": (folder) =>
    managerOf(folder).addLogin(
      credential(2, { refreshToken: "new-2" }),
      { index: 2 },
    ),
  "an earlier login that is restored": async (folder) => {
    const manager = managerOf(folder);
    await manager.addLogin(refreshed(2), { index: 2 });
    await manager.restore(2);
  },
  "the end of its cooldowns": (folder) => managerOf(folder).clearCooldowns(2),
  "a repair": (folder) => managerOf(folder).repair(),
  "another number": async (folder) => {
    await managerOf(folder).moveAccount(2, 5);
    await managerOf(folder).moveAccount(5, 6);
  },
  "what the agent writes": async (folder) => {
    await folder.put(refreshed(2));
    await managerOf(folder).repair();
  },
};

for (const [what, happen] of Object.entries(DOES_NOT_ENABLE)) {
  Deno.test(`${what} does not enable an account`, async () => {
    await using folder = await accountFolder({ ...THREE, accounts: [1, 2] });
    const manager = managerOf(folder);
    await manager.disable(2);
    await happen(folder);
    const all = await manager.listAccounts();
    assertEquals(all.map((it) => it.state), ["ready", "disabled"]);
    assertEquals(await linkOf(folder), "accounts/oauth_creds_1.json");
    assertEquals((await manager.beginRun()).account, 1);
  });
}

Deno.test("clearCooldowns() and addLogin() say that the account stays disabled", async () => {
  await using folder = await accountFolder(THREE);
  const notices: string[] = [];
  const manager = managerOf(folder, { notices });
  await manager.disable(2);
  await manager.clearCooldowns(2);
  await manager.addLogin(refreshed(2), { index: 2 });
  const notice = "account 2 stays disabled: account-qwen enable 2";
  assertEquals(notices, [notice, notice]);
});

Deno.test("repair() moves the link away from a disabled account that somebody has linked", async () => {
  await using folder = await accountFolder(THREE);
  const manager = managerOf(folder);
  await manager.disable(2);
  await Deno.remove(folder.layout.live);
  await Deno.symlink("accounts/oauth_creds_2.json", folder.layout.live);
  await manager.repair();
  assertEquals(await linkOf(folder), "accounts/oauth_creds_3.json");
});

Deno.test("endRun() saves what a run in progress with a disabled account has written", async () => {
  await using folder = await accountFolder(THREE);
  const manager = managerOf(folder);
  const run = await manager.beginRun();
  await manager.disable(1);
  await Deno.writeFile(
    `${folder.layout.accounts}/oauth_creds_1.json`,
    refreshed(1),
  );
  await manager.endRun(run, { kind: "ok" });
  assertEquals(await folder.slot(1), refreshed(1));
  assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
});

Deno.test("continueRun() uses another account when that of the run is disabled", async () => {
  await using folder = await accountFolder(THREE);
  const manager = managerOf(folder);
  const run = await manager.beginRun();
  await manager.disable(1);
  const next = await manager.continueRun(run, { kind: "quota" });
  assertEquals(next.account, 2);
});

Deno.test("continueRun() does not stay on a disabled account", async () => {
  await using folder = await accountFolder({ ...THREE, accounts: [1] });
  const manager = managerOf(folder);
  const run = await manager.beginRun();
  await manager.disable(1);
  await assertFails(
    () => manager.continueRun(run, { kind: "transient" }, { mayStay: true }),
    "none-usable",
  );
});

Deno.test("setOrder() makes rotation follow that order", async () => {
  await using folder = await accountFolder(THREE);
  const manager = managerOf(folder);
  await manager.setOrder([3, 1]);
  const visited: number[] = [];
  for (let turn = 0; turn < 4; turn++) {
    visited.push((await manager.switchNext()).to);
  }
  assertEquals(visited, [2, 3, 1, 2]);
  assertEquals((await manager.previewNext()).chosen, 3);
  const run = await manager.beginRun({ strategy: "fill-first" });
  assertEquals(run.account, 3);
});

Deno.test("setOrder() keeps the rest of an order when accounts are removed or moved", async () => {
  await using folder = await accountFolder(THREE);
  const manager = managerOf(folder);
  await manager.setOrder([3, 2, 1]);
  await manager.moveAccount(3, 7);
  await manager.removeAccount(2);
  const { named, accounts } = await manager.getOrder();
  assertEquals(named, [7, 1]);
  assertEquals(accounts.map((it) => it.index), [7, 1]);
  await manager.setOrder([]);
  assertEquals((await manager.getOrder()).named, []);
});

Deno.test("setOrder() rejects when an account is missing or named twice", async () => {
  await using folder = await accountFolder(THREE);
  const manager = managerOf(folder);
  await assertFails(() => manager.setOrder([9]), "no-such-account");
  await assertRejects(() => manager.setOrder([1, 1]), RangeError);
  assertEquals((await manager.getOrder()).named, []);
});

Deno.test("update() keeps the order and the disabled accounts of a damaged state.yaml", async () => {
  await using folder = await accountFolder(THREE);
  const notices: string[] = [];
  const manager = managerOf(folder, { notices });
  await manager.disable(2);
  await manager.setOrder([3, 1]);
  const { state } = folder.layout;
  await Deno.writeTextFile(state, `${await Deno.readTextFile(state)}\t- {\n`);
  await manager.setLabel(1, "home");
  assertEquals(await statesOf(folder), ["ready", "disabled", "ready"]);
  assertEquals((await manager.getOrder()).named, [3, 1]);
  assertMatch(notices.join("\n"), /the order, disabled accounts are kept/);
});

Deno.test("a process that rotates and one that disables the target never leave the link there", async () => {
  for (let turn = 0; turn < 20; turn++) {
    await using folder = await accountFolder(THREE);
    const [first, second] = [managerOf(folder), managerOf(folder)];
    const asked = [
      () => first.switchNext(),
      () => second.disable(2),
    ];
    if (turn % 2 === 1) asked.reverse();
    await Promise.all(asked.map((it) => it()));
    assertEquals(await linkOf(folder), "accounts/oauth_creds_3.json");
    assertEquals((await statesOf(folder))[1], "disabled");
  }
});

async function statesOf(folder: AccountFolder): Promise<string[]> {
  const all = await managerOf(folder).listAccounts();
  return all.map((it) => it.state);
}
