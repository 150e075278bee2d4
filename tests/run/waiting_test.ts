import { assert, assertEquals } from "@std/assert";
import type { Readiness } from "../../lib/readiness.ts";
import { realSystem, type System } from "../../lib/system/system.ts";
import { QwenWrapper } from "../../lib/mod.ts";
import { openPipe } from "../support/pipe.ts";
import { answers, FAKE_QWEN, fakeHome, GO_ON } from "../support/fake_qwen.ts";
import { sessionLine } from "../support/session_lines.ts";
import { STAYS_SILENT, writesQuotaLog } from "../support/session_script.ts";
import { assertCode } from "../support/assert_fails.ts";

Deno.test("call() waits until the first account is ready, and says so every second", async () => {
  await using home = await fakeHome({ 1: answers("no"), 2: answers("Paris") });
  const { wrapper, system } = wrapperFor(home.dir);
  await wrapper.accounts.setCooldown(1, 90_000);
  await wrapper.accounts.setCooldown(2, 5_000);
  const began = system.now();
  const heard: (Readiness | undefined)[] = [];
  const { output } = await wrapper.call("hello", {
    waitMs: 60_000,
    onWait: (it) => heard.push(it),
  });
  assertEquals(output, "Paris");
  assertEquals(heard.pop(), undefined);
  assertEquals(new Set(heard.map((it) => it?.index)), new Set([2]));
  assert(heard.length >= 5 && heard.length <= 6, `heard ${heard.length} times`);
  assert(system.now() - began >= 4_500, `waited ${system.now() - began} ms`);
});

Deno.test("call() fails without a run when it would have to wait longer than it may", async () => {
  await using home = await fakeHome({ 1: answers("no") });
  const { wrapper } = wrapperFor(home.dir);
  await wrapper.accounts.setCooldown(1, 60_000);
  for (const waitMs of [undefined, 0, 50_000]) {
    const { cause } = await wrapper.call("hello", { waitMs });
    assertCode(cause, "none-ready");
  }
  assertEquals(await home.asked(), []);
});

const OUT_ONCE = `
  [ -e "$HOME/again" ] && { printf Paris; exit; }
  : >"$HOME/again"
  echo "[API Error: 429 Quota exceeded, try again in 20s]" >&2; exit 1`;

Deno.test("call() waits for the reset when every account has run out", async () => {
  await using home = await fakeHome({ 1: OUT_ONCE });
  const { wrapper } = wrapperFor(home.dir);
  const result = await wrapper.call("hello", { waitMs: 60_000 });
  assertEquals([result.output, result.verdict], ["Paris", "ok"]);
  assertEquals(await home.asked(), [1, 1]);
});

Deno.test("call() stops when every account is out of quota for longer than it may wait", async () => {
  await using home = await fakeHome({ 1: OUT_ONCE });
  const { wrapper } = wrapperFor(home.dir);
  const result = await wrapper.call("hello", { waitMs: 10_000 });
  assertEquals([result.verdict, await home.asked()], ["quota", [1]]);
});

const ALWAYS_OUT =
  'echo "[API Error: 429 Quota exceeded, try again in 20s]" >&2; exit 1';

const OUT_TWICE = `
  echo x >>"$HOME/tries"
  [ "$(wc -l <"$HOME/tries")" -gt 2 ] && { printf Paris; exit; }
  echo "[API Error: 429 Quota exceeded, try again in 20s]" >&2; exit 1`;

Deno.test("call() reports every run when it has started over", async () => {
  await using home = await fakeHome({ 1: OUT_TWICE });
  const { wrapper } = wrapperFor(home.dir);
  const result = await wrapper.call("hello", { waitMs: 60_000 });
  const { output, attempts, accountsTried } = result;
  assertEquals([output, attempts, accountsTried], ["Paris", 3, [1, 1, 1]]);
});

for (const maxRetries of [0, 1, 2]) {
  Deno.test(`call() starts over ${maxRetries} times at most with maxRetries ${maxRetries}`, async () => {
    await using home = await fakeHome({ 1: ALWAYS_OUT });
    const { wrapper } = wrapperFor(home.dir);
    const options = { waitMs: 8e7, maxRetries };
    const { verdict, attempts } = await wrapper.call("hello", options);
    assertEquals([verdict, attempts], ["quota", maxRetries + 1]);
  });
}

Deno.test("call() also waits when it has tried as many accounts as it may, and none is left", async () => {
  await using home = await fakeHome({
    1: ALWAYS_OUT.replace("20s", "2h"),
    2: OUT_ONCE,
  });
  const { wrapper } = wrapperFor(home.dir);
  const options = { waitMs: 60_000, maxRetries: 1 };
  const { output, accountsTried } = await wrapper.call("hello", options);
  assertEquals([output, accountsTried], ["Paris", [1, 2, 2]]);
});

Deno.test("call() runs an account once when that is ready at once and it may not wait", async () => {
  const past = "2026-01-01T00:00:00Z";
  await using home = await fakeHome({
    1: `echo "[API Error: 429 Quota exceeded, resets at ${past}]" >&2; exit 1`,
  });
  const { wrapper } = wrapperFor(home.dir);
  await wrapper.call("hello");
  assertEquals(await home.asked(), [1]);
});

Deno.test("call() gives up after two minutes of throttling on the last account", async () => {
  const line = sessionLine("api_error", {
    error_message: "429 Rate limit reached",
    status_code: 429,
  });
  await using home = await fakeHome({
    1: writesQuotaLog({ line }) + STAYS_SILENT,
  });
  const { wrapper, system } = wrapperFor(home.dir, { stepMs: 500 });
  const began = system.now();
  const { verdict, accountsTried } = await wrapper.call("hello");
  assertEquals([verdict, accountsTried], ["throttle", [1]]);
  const tookMs = system.now() - began;
  assert(tookMs >= 120_000 && tookMs < 240_000, `it took ${tookMs} ms`);
});

Deno.test("call() waits for another call that tries the only account, and says so once", async () => {
  await using home = await fakeHome({
    1: `[ "$1" = --prompt=first ] && read -r _ <"$HOME/gate"; printf Paris`,
  });
  const gate = await home.addPipe("gate");
  const first = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  await endCooldown(first);
  const trying = first.call("first");
  using opened = await openPipe(gate, trying);
  let isOpen = false;
  const said: string[] = [];
  const notify = (it: string) => said.push(it);
  const system: System = {
    ...realSystem,
    sleep: async (ms, signal) => {
      if (ms >= 900 && !isOpen) {
        isOpen = true;
        await opened.write(GO_ON);
      }
      // The notice of a wait for a place, which may be long on a busy machine.
      const isNotice = ms >= 900 && signal !== undefined;
      await realSystem.sleep(isNotice ? 60_000 : Math.min(ms, 50), signal);
    },
  };
  const bin = FAKE_QWEN;
  const waiting = new QwenWrapper({ dir: home.dir, bin, notify, system });
  const results = [await waiting.call("second"), await trying];
  assertEquals(results.map((it) => it.output), ["Paris", "Paris"]);
  assertEquals(said, [
    "another run is trying account 1: waiting for its result",
  ]);
  assertEquals(await home.asked(), [1, 1]);
});

Deno.test("call() tries the only account itself when another call takes too long", async () => {
  await using home = await fakeHome({ 1: answers("Paris") });
  const { wrapper, system } = wrapperFor(home.dir);
  await endCooldown(wrapper);
  await wrapper.accounts.beginRun();
  const began = system.now();
  assertEquals((await wrapper.call("hello")).output, "Paris");
  const waitedMs = system.now() - began;
  assert(waitedMs > 100_000 && waitedMs < 130_000, `waited ${waitedMs} ms`);
});

/** Gives account 1 a cooldown that has ended. */
async function endCooldown({ accounts }: QwenWrapper): Promise<void> {
  // Cooldowns end at whole seconds.
  const until = await accounts.setCooldown(1, 1);
  while (Date.now() <= until) await realSystem.sleep(5);
}

/**
 * Creates a wrapper for which pauses of a second or more end at once, and the
 * clock moves by `stepMs` in shorter ones.
 */
function wrapperFor(
  dir: string,
  { stepMs = 0 }: { stepMs?: number } = {},
): { wrapper: QwenWrapper; system: System } {
  let ahead = 0;
  const system: System = {
    ...realSystem,
    now: () => Date.now() + ahead,
    elapsed: () => performance.now() + ahead,
    sleep: async (ms, signal) => {
      ahead += ms < 1_000 ? stepMs : ms;
      if (ms < 1_000) await realSystem.sleep(stepMs ? 1 : ms, signal);
    },
  };
  return {
    wrapper: new QwenWrapper({ dir, bin: FAKE_QWEN, system }),
    system,
  };
}
