/**
 * The clock is set back during a wait: no wait gets longer.
 *
 * @module
 */

import { assertCode, assertFails } from "../support/assert_fails.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { resolveEndpoints } from "../../lib/oauth/token.ts";
import { OAuthError } from "../../lib/oauth/errors.ts";
import { pollForToken } from "../../lib/oauth/device_flow.ts";
import { endGroup } from "../../lib/process/process_group.ts";
import { qwen } from "../../lib/agents/qwen/agent.ts";
import { AccountManager, QwenWrapper } from "../../lib/mod.ts";
import { runtime } from "../../lib/system/mod.ts";
import { withLock } from "../../lib/disk/lock.ts";
import { realSystem, type System } from "../../lib/system/system.ts";
import { DEVICE_LOGIN } from "../oauth/device_login.ts";
import { accountFolder, NOW } from "../support/account_folder.ts";
import { type FakeClock, fakeClock } from "../support/clock.ts";
import { recordLease } from "../support/run_records.ts";
import { replaceFiles } from "../support/files.ts";

const HOUR_MS = 3_600_000;

/** A clock that goes back by an hour in each of the first sleeps. */
function clockSetBack(start = NOW): FakeClock {
  const clock = fakeClock(start);
  return {
    ...clock,
    sleep(ms) {
      if (clock.sleeps.length < 3) clock.set(-HOUR_MS);
      assert(clock.elapsed() < HOUR_MS, "it waits for as long as it likes");
      return clock.sleep(ms);
    },
  };
}

/** A clock that stands still. */
function clockThatStands(start = NOW): FakeClock {
  const clock = fakeClock(start);
  return { ...clock, now: () => start, sleep: (ms) => clock.sleep(20 * ms) };
}

Deno.test("withLock() ends at its deadline even if the clock is set back", async () => {
  using _ = replaceFiles(() => ({
    tryLock: () => Promise.resolve(undefined),
    lockHolder: () => Promise.resolve(undefined),
  }));
  const system = clockSetBack();
  await assertFails(
    () => withLock("/nowhere/lock", () => Promise.resolve(), { system }),
    "locked",
  );
  assert(system.elapsed() >= 30_000 && system.elapsed() < 31_000);
});

Deno.test("refresh() waits for another process until its deadline even if the clock stands still", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  await recordLease(folder.layout, { index: 1, until: NOW + 90_000 });
  const system = clockThatStands();
  const accounts = new AccountManager({ dir: folder.path, system });
  await assertFails(() => accounts.refresh(1), "refreshing");
  assert(system.elapsed() < 125_000);
});

Deno.test("a wait for a reset takes no longer than allowed even if the clock is set back", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const clock = clockSetBack();
  const system: System = { ...realSystem, ...clock };
  const dir = folder.path;
  const accounts = new AccountManager({ dir, system });
  await accounts.setCooldown(1, 30_000);
  const wrapper = new QwenWrapper({ dir, bin: "/bin/true", system });
  const { cause } = await wrapper.call("hi", { waitMs: 60_000 });
  assertCode(cause, "none-ready");
  const waitedMs = clock.elapsed();
  assert(waitedMs >= 30_000 && waitedMs <= 60_000, `waited ${waitedMs} ms`);
});

Deno.test("a call uses the account after the time that it had to rest, even if the clock is set back by a day meanwhile", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const clock = fakeClock();
  const system: System = {
    ...realSystem,
    ...clock,
    sleep(ms) {
      if (clock.sleeps.length === 1) clock.set(-24 * HOUR_MS);
      return clock.sleep(ms);
    },
  };
  const dir = folder.path;
  const accounts = new AccountManager({ dir, system });
  const retryAt = NOW + 30_000;
  await accounts.endRun(await accounts.beginRun(), { kind: "quota", retryAt });
  const wrapper = new QwenWrapper({ dir, bin: "/bin/true", system });
  const { success } = await wrapper.call("hi", { waitMs: HOUR_MS });
  assertEquals(success, true);
  const waitedMs = clock.elapsed();
  assert(waitedMs >= 30_000 && waitedMs <= 60_000, `waited ${waitedMs} ms`);
});

Deno.test("an account rests no longer than it had to, even if the clock is set back by a day", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const clock = fakeClock();
  const accounts = new AccountManager({ dir: folder.path, system: clock });
  const retryAt = NOW + 30_000;
  await accounts.endRun(await accounts.beginRun(), { kind: "quota", retryAt });
  assertEquals(await obstacleIn(accounts), "out of quota");
  clock.set(-24 * HOUR_MS);
  assertEquals(await obstacleIn(accounts), undefined);
});

async function obstacleIn(
  accounts: AccountManager,
): Promise<string | undefined> {
  return (await accounts.readiness())[0]?.obstacle;
}

Deno.test("endGroup() kills a process that ignores signals in time even if the clock is set back", async () => {
  const { host } = runtime;
  const child = host.spawn("sh", {
    args: ["-c", "trap '' TERM; echo up; while :; do sleep 60; done"],
    env: host.environment(),
    stdin: "null",
    output: "pipe",
    ownGroup: true,
  });
  const reader = child.stdout?.getReader();
  await reader?.read();
  const clock = clockSetBack();
  const killAt = () => 1_000;
  await endGroup({ id: child.pid, runId: "none" }, {
    signal: "SIGTERM",
    killAt,
    system: {
      ...clock,
      sleep: (ms) =>
        Promise.all([clock.sleep(ms), realSystem.sleep(1)]).then(() => {}),
    },
  });
  assertEquals((await child.ended).signal, "SIGKILL");
  await reader?.cancel();
  await child.stderr?.cancel();
});

Deno.test("pollForToken() ends when the code expires even if the clock is set back", async () => {
  const clock = clockSetBack();
  const pending = () =>
    Response.json({ error: "authorization_pending" }, { status: 400 });
  const endpoints = {
    ...resolveEndpoints(qwen.login.service),
    tokenUrl: "http://127.0.0.1/token",
  };
  const error = await assertRejects(
    () =>
      pollForToken(endpoints, DEVICE_LOGIN, {
        system: {
          ...clock,
          sleep: sleepOf(clock),
          fetch: () => Promise.resolve(pending()),
        },
      }),
    OAuthError,
  );
  assertEquals(error.code, "expired_token");
  assert(clock.elapsed() <= 601_000, `waited ${clock.elapsed()} ms`);
});

/** A time limit of a request is not a pause: it never ends. */
function sleepOf(clock: FakeClock): System["sleep"] {
  return (ms, signal) => {
    if (ms <= 5_000) return clock.sleep(ms);
    return new Promise((_, reject) =>
      signal?.addEventListener("abort", () => reject(signal.reason))
    );
  };
}
