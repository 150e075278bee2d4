import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertRejects,
} from "@std/assert";
import type { AccountPool } from "../../../lib/accounts/pool/account_pool.ts";
import type { Verdict } from "../../../lib/verdict/classify.ts";
import { BusyError } from "../../../lib/errors.ts";
import { AccountManager, openKeyPool } from "../../../lib/mod.ts";
import { runtime } from "../../../lib/system/mod.ts";
import { keySlotPath } from "../../../lib/disk/names.ts";
import { accountFolder, apiKey, NOW } from "../../support/account_folder.ts";
import { poolScene } from "./account_pools.ts";
import { assertFails } from "../../support/assert_fails.ts";

const HOUR_MS = 3_600_000;

const QUOTA: Verdict = {
  kind: "quota",
  evidence: "429",
  retryAt: NOW + HOUR_MS,
};
const THROTTLE: Verdict = { kind: "throttle", evidence: "429" };

Deno.test("take() returns the account of the first run", async () => {
  await using scene = await poolScene({ keys: [1, 2] });
  const pool = await scene.pool({ account: 2 });
  const { account, baseUrl, secret } = (await pool.take()).upstream;
  assertEquals({ account, baseUrl, secret }, {
    account: 2,
    baseUrl: "https://provider-2.invalid/v1",
    secret: apiKey(2),
  });
});

Deno.test("leave() switches once when 200 requests meet the same exhaustion", async () => {
  await using scene = await poolScene({ keys: [1, 2, 3] });
  const pool = await scene.pool();
  const first = await pool.take();
  const outcomes = await Promise.all(
    Array.from({ length: 200 }, async () => {
      const isElsewhere = await first.leave(QUOTA);
      return [isElsewhere, (await pool.take()).upstream.account];
    }),
  );
  assertEquals(outcomes, Array.from({ length: 200 }, () => [true, 2]));
  assertEquals(scene.switches, ["1 quota 2"]);
  assertEquals(await scene.count("account_switch"), 1);
  assertEquals(await scene.count("account_cooldown"), 1);
});

Deno.test("leave() ignores an account that was already left", async () => {
  await using scene = await poolScene({ keys: [1, 2, 3] });
  const pool = await scene.pool();
  const first = await pool.take();
  await first.leave(QUOTA);
  assertEquals(await first.leave(THROTTLE), true);
  assertEquals((await pool.take()).upstream.account, 2);
  assertEquals(pool.left, [{ account: 1, verdict: QUOTA, to: 2 }]);
});

Deno.test("leave() of two processes at the same time switches once", async () => {
  await using scene = await poolScene({ keys: [1, 2, 3] });
  const pools = await Promise.all([scene.pool(), scene.pool()]);
  const turns = [];
  for (const pool of pools) {
    const turn = await pool.take();
    turn.answered(); // no request need wait for another one from now on
    turns.push(turn);
  }
  await Promise.all(turns.map((it) => it.leave(QUOTA)));
  assertEquals(await accountsOf(pools), [2, 2]);
  assertEquals(await scene.count("account_switch"), 1);
});

Deno.test("leave() continues with the account that another process has switched to", async () => {
  await using scene = await poolScene({ keys: [1, 2, 3] });
  const pool = await scene.pool();
  await scene.manager().switchTo(3);
  await (await pool.take()).leave(QUOTA);
  assertEquals((await pool.take()).upstream.account, 3);
  assertEquals(await scene.count("account_switch"), 1);
});

Deno.test("leave() leaves accounts with a login to the caller", async () => {
  await using scene = await poolScene({ accounts: [1, 4], keys: [2, 3] });
  const pool = await scene.pool({ account: 3 });
  await (await pool.take()).leave(QUOTA);
  assertEquals((await pool.take()).upstream.account, 2);
  const isElsewhere = await (await pool.take()).leave(QUOTA);
  assertEquals(isElsewhere, false);
  assertEquals((await namedIn(pool)).toSorted(), [2, 3]);
});

Deno.test("leave() keeps to the limits on cooldowns", async () => {
  await using scene = await poolScene({ keys: [1, 2] });
  const pool = await scene.pool({ limits: { quotaMs: 5_000 } });
  await (await pool.take()).leave({ kind: "quota", evidence: "no more" });
  const cooling = (await scene.manager().readiness()).at(-1);
  assertEquals([cooling?.index, cooling?.readyAt], [1, NOW + 5_000]);
});

Deno.test("leave() stops using an account whose kind the service has ended", async () => {
  await using scene = await poolScene({ keys: [1, 2] });
  const pool = await scene.pool();
  await (await pool.take()).leave({
    kind: "discontinued",
    evidence: "ended",
  });
  assertEquals(await (await pool.take()).leave(QUOTA), false);
  assertEquals(await namedIn(pool), [2]);
});

for (const kind of ["throttle", "transient"] as const) {
  const verdict: Verdict = { kind, evidence: "" };

  Deno.test(`leave() moves on to another account after ${kind} when there is one`, async () => {
    await using scene = await poolScene({ keys: [1, 2] });
    const pool = await scene.pool();
    assertEquals(await (await pool.take()).leave(verdict), true);
    assertEquals((await pool.take()).upstream.account, 2);
  });

  Deno.test(`leave() stays with the account after ${kind} when there is no other`, async () => {
    await using scene = await poolScene({ keys: [1] });
    const pool = await scene.pool();
    const first = await pool.take();
    assertEquals(await first.leave(verdict), false);
    assertEquals((await pool.take()).upstream.account, 1);
    assertEquals([pool.left, scene.switches], [[], []]);
  });
}

Deno.test("leave() notes a throttle once when 200 requests meet it on the only account", async () => {
  await using scene = await poolScene({ keys: [1] });
  const pool = await scene.pool();
  const first = await pool.take();
  const outcomes = await Promise.all(
    Array.from({ length: 200 }, () => first.leave(THROTTLE)),
  );
  assertEquals(new Set(outcomes), new Set([false]));
  assertNotStrictEquals(await pool.take(), first);
  assertEquals(await scene.count("account_cooldown"), 1);
});

Deno.test("leave() leaves the only account when its throttle is long", async () => {
  await using scene = await poolScene({ keys: [1] });
  const pool = await scene.pool();
  const long: Verdict = { ...THROTTLE, retryAt: NOW + HOUR_MS };
  assertEquals(await (await pool.take()).leave(long), false);
  await assertFails(() => pool.take(), "none-ready");
});

for (const maxRetries of [0, 2]) {
  Deno.test(`leave() continues ${maxRetries} times in a row if that is the limit`, async () => {
    await using scene = await poolScene({ keys: [1, 2, 3, 4, 5] });
    const pool = await exhausted(await scene.pool({ maxRetries }));
    assertEquals(pool.left.length, maxRetries + 1);
    await assertFails(() => pool.take(), "none-ready");
    assertEquals(await scene.count("account_cooldown"), maxRetries + 1);
  });
}

Deno.test("leave() resets the count when an account has answered", async () => {
  await using scene = await poolScene({ keys: [1, 2, 3] });
  const pool = await scene.pool({ maxRetries: 1 });
  await (await pool.take()).leave(QUOTA);
  (await pool.take()).answered();
  assertEquals(await (await pool.take()).leave(QUOTA), true);
});

Deno.test("leave() puts only a model in a cooldown when only its quota is used up", async () => {
  await using scene = await poolScene({ keys: [1, 2] });
  const pool = await scene.pool();
  await (await pool.take()).leave({ ...QUOTA, model: "qwen3-max" });
  const manager = scene.manager();
  const ofOther = await manager.readiness({ model: "qwen3-coder" });
  assertEquals(ofOther.map((it) => it.obstacle), [undefined, undefined]);
  const ofThat = await manager.readiness({ model: "qwen3-max" });
  assertEquals(ofThat.at(-1)?.obstacle, "out of quota for qwen3-max");
});

const DECISIONS: Record<string, (manager: AccountManager) => Promise<unknown>> =
  {
    "disables it": (it) => it.disable(1),
    "gives it a cooldown": (it) => it.setCooldown(1, HOUR_MS),
    "removes it": (it) => it.removeAccount(1),
    "switches away": (it) => it.switchTo(2),
  };

for (const [what, decide] of Object.entries(DECISIONS)) {
  Deno.test(`take() leaves an account at once when another process ${what}`, async () => {
    await using scene = await poolScene({ keys: [1, 2, 3] });
    const pool = await scene.pool({ follows: true });
    assertEquals((await pool.take()).upstream.account, 1);
    await decide(scene.manager());
    const decided = await scene.count("account_cooldown");
    assertEquals((await pool.take()).upstream.account, 2);
    await scene.clock.sleep(1_000);
    assertEquals((await pool.take()).upstream.account, 2);
    assertEquals(await scene.count("account_cooldown"), decided);
    await pool.end();
  });
}

Deno.test("take() stays with its account when it must not follow a switch", async () => {
  await using scene = await poolScene({ keys: [1, 2] });
  const pool = await scene.pool();
  await scene.manager().switchTo(2);
  await scene.clock.sleep(1_000);
  assertEquals((await pool.take()).upstream.account, 1);
});

Deno.test("take() rejects when the only account is disabled, and continues when it is enabled", async () => {
  await using scene = await poolScene({ keys: [1] });
  const pool = await scene.pool();
  await pool.take();
  await scene.manager().disable(1);
  const message = "all are disabled (account 1)";
  await assertFails(() => pool.take(), "none-usable", message);
  await scene.manager().enable(1);
  await scene.clock.sleep(1_000);
  assertEquals((await pool.take()).upstream.account, 1);
});

Deno.test("leave() does not stay on a disabled account if there is no other", async () => {
  await using scene = await poolScene({ keys: [1] });
  const pool = await scene.pool();
  const upstream = await pool.take();
  await scene.manager().disable(1);
  const throttle = {
    ...QUOTA,
    kind: "throttle",
    retryAt: NOW + 1_000,
  } as const;
  assertEquals(await upstream.leave(throttle), false);
  await assertFails(() => pool.take(), "none-usable");
});

Deno.test("take() rejects when another process gives the only account a cooldown", async () => {
  await using scene = await poolScene({ keys: [1] });
  const pool = await scene.pool();
  await scene.manager().setCooldown(1, HOUR_MS);
  await scene.clock.sleep(1_000);
  assertEquals(await namedIn(pool), [1]);
});

Deno.test("take() checks the account while another process holds the lock", async () => {
  await using scene = await poolScene({ keys: [1, 2] });
  const pool = await scene.pool();
  const path = `${scene.folder.path}/state.yaml.lock`;
  using _lock = await runtime.files.tryLock(path, 0o600);
  await scene.clock.sleep(1_000);
  assertEquals((await pool.take()).upstream.account, 1);
});

Deno.test("take() says when each account will be ready if none is", async () => {
  await using scene = await poolScene({ keys: [1, 2] });
  const pool = await scene.pool();
  await (await pool.take()).leave(QUOTA);
  const soon = { ...QUOTA, retryAt: NOW + 60_000 };
  await (await pool.take()).leave(soon);
  assertEquals(await namedIn(pool), [2, 1]);
  assertEquals(pool.account, 2);
  assertEquals([pool.mishaps.last?.account, pool.mishaps.last?.verdict], [
    2,
    soon,
  ]);
});

Deno.test("take() remembers for a second that none is ready", async () => {
  await using scene = await poolScene({ keys: [1, 2] });
  const pool = await exhausted(await scene.pool());
  await scene.manager().clearCooldowns(2);
  await assertFails(() => pool.take(), "none-ready");
  await scene.clock.sleep(1_000);
  assertEquals((await pool.take()).upstream.account, 2);
});

Deno.test("take() begins with one account when 200 requests arrive after a reset", async () => {
  await using scene = await poolScene({ keys: [1, 2] });
  const pool = await exhausted(await scene.pool());
  await scene.clock.sleep(2 * HOUR_MS);
  const given = await Promise.all(
    Array.from({ length: 200 }, () => pool.take()),
  );
  const accounts = given.map((it) => it.upstream.account);
  assertEquals(new Set(accounts).size, 1);
});

Deno.test("take() waits for the result of another call that tries an account", async () => {
  await using scene = await poolScene({ keys: [1, 2] });
  const pool = await exhausted(await scene.pool());
  await scene.clock.sleep(2 * HOUR_MS);
  const other = scene.manager();
  const probes = [
    await other.beginRun({ account: 1 }),
    await other.beginRun({ account: 2 }),
  ];
  const given = pool.take();
  await scene.clock.sleep(1_000);
  for (const it of probes) await other.endRun(it, { kind: "ok" });
  assert([1, 2].includes((await given).upstream.account));
});

Deno.test("take() waits for a call that tries an account, but not as long as the agent would", async () => {
  await using scene = await poolScene({ keys: [1] });
  const pool = await exhausted(await scene.pool());
  await scene.clock.sleep(2 * HOUR_MS);
  const before = scene.clock.now();
  await scene.manager().beginRun({ account: 1 });
  await assertFails(() => pool.take(), "none-ready");
  const waitedMs = scene.clock.now() - before;
  assert(waitedMs >= 99_000 && waitedMs <= 101_000, `${waitedMs} ms`);
});

Deno.test("take() rejects when every account needs a login", async () => {
  await using scene = await poolScene({ keys: [1] });
  const slot = keySlotPath(scene.folder.layout, 1);
  await Deno.utime(slot, NOW / 1_000, NOW / 1_000); // older than the block
  const pool = await scene.pool();
  await (await pool.take()).leave({ kind: "login", evidence: "" });
  await assertFails(() => pool.take(), "none-usable");
});

Deno.test("answered() lets other calls use an account that was tried after its cooldown", async () => {
  await using scene = await poolScene({ keys: [1] });
  const pool = await exhausted(await scene.pool());
  await scene.clock.sleep(2 * HOUR_MS);
  const upstream = await pool.take();
  const [probed] = await scene.manager().readiness();
  assertEquals(probed?.isProbed, true);
  upstream.answered();
  assertEquals((await pool.take()).upstream.account, 1); // after the run began
  const [ready] = await scene.manager().readiness();
  assertEquals(ready?.obstacle, undefined);
});

Deno.test("answered() clears failures, but not those of an account that was left", async () => {
  await using scene = await poolScene({ keys: [1, 2] });
  const pool = await scene.pool();
  const first = await pool.take();
  await first.leave(QUOTA);
  first.answered();
  assertEquals(pool.mishaps.last?.account, 1);
  (await pool.take()).answered();
  assertEquals(pool.mishaps.last, undefined);
});

Deno.test("renew() has nothing to renew for a key", async () => {
  await using scene = await poolScene({ keys: [1, 2] });
  const pool = await scene.pool();
  assertEquals(await (await pool.take()).renew(), false);
});

Deno.test("end() puts no account in a cooldown twice", async () => {
  await using scene = await poolScene({ keys: [1, 2] });
  const pool = await scene.pool();
  await (await pool.take()).leave(QUOTA);
  (await pool.take()).answered();
  await pool.end();
  assertEquals(pool.account, 2);
  assertEquals(await scene.count("account_cooldown"), 1);
  const [ready, cooling] = await scene.manager().readiness();
  assertEquals([ready?.index, ready?.obstacle], [2, undefined]);
  assertEquals([cooling?.index, cooling?.obstacle], [1, "out of quota"]);
});

Deno.test("end() of an exhausted pool adds nothing", async () => {
  await using scene = await poolScene({ keys: [1, 2] });
  const pool = await exhausted(await scene.pool());
  await pool.end();
  assertEquals(await scene.count("account_cooldown"), 2);
  await assertRejects(() => pool.take(), TypeError, "the run has ended");
});

Deno.test("end() does not wait for a call that tries an account", async () => {
  await using scene = await poolScene({ keys: [1] });
  const pool = await exhausted(await scene.pool());
  await scene.clock.sleep(2 * HOUR_MS);
  await scene.manager().beginRun({ account: 1 });
  const given = assertRejects(() => pool.take(), TypeError);
  const before = scene.clock.now();
  await scene.clock.sleep(1);
  await pool.end();
  await given;
  const waitedMs = scene.clock.now() - before;
  assert(waitedMs < 1_000, `${waitedMs} ms`);
});

Deno.test("end() forgets the run when that might have read a login", async () => {
  await using scene = await poolScene({
    accounts: [3],
    keys: [1, 2],
    active: 3,
  });
  const pool = await scene.pool({ account: 1, mayLogIn: true });
  await (await pool.take()).leave(QUOTA);
  const { runs } = scene.folder.layout;
  const during = await Array.fromAsync(Deno.readDir(runs), (it) => it.name);
  assertEquals(during.length, 2); // that of the key, and that of the login on the link
  await pool.end();
  const after = await Array.fromAsync(Deno.readDir(runs), (it) => it.name);
  assertEquals(after, []);
});

/** Leaves every account of `pool` as out of quota. */
async function exhausted(pool: AccountPool): Promise<AccountPool> {
  while (await (await pool.take()).leave(QUOTA));
  return pool;
}

/** The accounts in the error when none is ready, earliest first. */
async function namedIn(pool: AccountPool): Promise<number[]> {
  const error = await assertFails(
    () => pool.take(),
    "none-ready",
  );
  return error.accounts.map((it) => it.index);
}

function accountsOf(pools: readonly AccountPool[]): Promise<number[]> {
  return Promise.all(
    pools.map(async (it) => (await it.take()).upstream.account),
  );
}

const CUT_OFF: Verdict = { kind: "transient", evidence: "cut" };

/**
 * Cuts off the answer of the current account; returns the next current account.
 */
async function cutOff(pool: AccountPool): Promise<number> {
  const current = await pool.take();
  current.answered();
  await current.leave(CUT_OFF, { isPassedOn: true });
  return (await pool.take()).upstream.account;
}

for (const strategy of ["round-robin", "fill-first"] as const) {
  Deno.test(`leave() puts an account whose answers are cut off behind all others (${strategy})`, async () => {
    await using scene = await poolScene({ keys: [1, 2, 3] });
    const pool = await scene.pool({ strategy });
    const accounts: number[] = [];
    for (let round = 0; round < 6; round++) accounts.push(await cutOff(pool));
    assertEquals(accounts, [2, 3, 1, 2, 3, 1]);
    assertEquals(await scene.count("account_cooldown"), 0);
    const all = await scene.manager().listAccounts();
    assertEquals(all.map((it) => it.state), ["ready", "ready", "ready"]);
    await pool.end();
  });
}

Deno.test("leave() stays with the only account whose answer is cut off", async () => {
  await using scene = await poolScene({ keys: [1] });
  const pool = await scene.pool();
  assertEquals([await cutOff(pool), await cutOff(pool)], [1, 1]);
  assertEquals([scene.switches, pool.isOutage()], [[], false]);
  await pool.end();
});

Deno.test("leave() prefers an account whose answer was cut off to no account", async () => {
  await using scene = await poolScene({ keys: [1, 2] });
  const pool = await scene.pool();
  assertEquals(await cutOff(pool), 2);
  await (await pool.take()).leave(QUOTA);
  assertEquals((await pool.take()).upstream.account, 1);
  await pool.end();
});

Deno.test("leave() puts an account behind once when several of its answers are cut off", async () => {
  await using scene = await poolScene({ keys: [1, 2, 3] });
  const pool = await scene.pool();
  const first = await pool.take();
  const leave = () => first.leave(CUT_OFF, { isPassedOn: true });
  await Promise.all([leave(), leave(), leave()]);
  assertEquals((await pool.take()).upstream.account, 2);
  await pool.end();
});

Deno.test("AccountPool.endOrNotify() does not throw when the run with an account beside it cannot be ended", async () => {
  await using folder = await accountFolder({ keys: [1, 2] });
  const accounts = new AccountManager({ dir: folder.path });
  const pool = await openKeyPool(accounts, { maxInFlight: 1 });
  const turns = [await pool.take(), await pool.take()];
  assertEquals(turns.map((it) => it.upstream.account), [1, 2]);
  for (const it of turns) it.end?.();
  const busy = new BusyError("locked", "Cannot lock");
  accounts.endRun = () => Promise.reject(busy);
  const notices: string[] = [];
  await pool.endOrNotify((it) => notices.push(it));
  assertEquals(notices.length, 2);
});

Deno.test("AccountPool.take() stays with an account that is nearly full when that cannot be changed", async () => {
  await using folder = await accountFolder({ keys: [1, 2] });
  const accounts = new AccountManager({ dir: folder.path, rotateAt: 90 });
  const pool = await openKeyPool(accounts);
  pool.sink?.read({
    account: 1,
    window: "day",
    unit: "requests",
    used: 95,
    limit: 100,
    observedAt: Date.now(),
    source: "header",
  });
  const { continueEarly } = accounts;
  let tries = 0;
  accounts.continueEarly = () => {
    tries++;
    return Promise.reject(new BusyError("locked", "Cannot lock"));
  };
  assertEquals((await pool.take()).upstream.account, 1);
  assertEquals((await pool.take()).upstream.account, 1);
  assertEquals(tries, 1, "tries again later");
  accounts.continueEarly = continueEarly;
  await pool.end();
});
