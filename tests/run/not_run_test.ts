import { assertEquals, assertRejects } from "@std/assert";
import { runtime } from "../../lib/system/mod.ts";
import { type CallOptions, QwenWrapper } from "../../lib/mod.ts";
import {
  answers,
  FAKE_QWEN,
  fakeHome,
  OUT_OF_QUOTA,
} from "../support/fake_qwen.ts";
import { tempDir } from "../support/temp_dir.ts";
import { assertCode } from "../support/assert_fails.ts";

const NOT_RUN = { success: false, output: "", attempts: 0, accountsTried: [] };

Deno.test("call() fails without a run when the program is missing", async () => {
  await using home = await fakeHome({ 1: answers("no") });
  const wrapper = new QwenWrapper({ dir: home.dir, bin: "no-such-qwen" });
  const { cause, ...result } = await wrapper.call("hello");
  assertCode(cause, "program-not-found");
  assertEquals(result, {
    ...NOT_RUN,
    error: 'Cannot run "no-such-qwen": there is no such program',
    verdict: "failed",
    exitCode: -1,
  });
});

Deno.test("call() fails without a run when there is no account", async () => {
  await using dir = await tempDir();
  const wrapper = new QwenWrapper({ dir: `${dir.path}/.qwen`, bin: FAKE_QWEN });
  const { cause, success, verdict } = await wrapper.call("hello");
  assertCode(cause, "no-account");
  assertEquals({ success, verdict }, { success: false, verdict: "login" });
});

Deno.test("call() fails without a run when the requested account is missing", async () => {
  await using home = await fakeHome({ 1: answers("no") });
  const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  const { cause } = await wrapper.call("hello", { account: 4 });
  assertCode(cause, "no-such-account");
  assertEquals(await home.asked(), []);
});

Deno.test("call() fails without a run when another process holds the lock", async () => {
  await using home = await fakeHome({ 1: answers("no") });
  const { dir } = home;
  using lock = await runtime.files.tryLock(`${dir}/state.yaml.lock`, 0o600);
  assertEquals(lock !== undefined, true);
  const options = { dir, bin: FAKE_QWEN, lockTimeoutMs: 0 };
  const { cause } = await new QwenWrapper(options).call("hello");
  assertCode(cause, "locked");
});

Deno.test("call() fails with the same verdict, the first time and the next, when every account is out of quota", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: OUT_OF_QUOTA });
  const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  const first = await wrapper.call("hello");
  const second = await wrapper.call("hello");
  const { cause } = second;
  assertEquals([first.success, first.verdict, first.cause], [
    false,
    "quota",
    undefined,
  ]);
  assertEquals([second.success, second.verdict], [false, "quota"]);
  assertCode(cause, "none-ready");
  const [{ index, readyAt } = { index: 0, readyAt: 0 }] = cause.accounts;
  assertEquals(
    second.error,
    "Cannot choose an account: none is ready now; " +
      `next try at ${new Date(readyAt).toISOString()} (our guess) with ` +
      `account ${index} (out of quota)`,
  );
  assertEquals(await home.asked(), [1, 2]);
});

Deno.test("call() fails without a run when the prompt contains a NUL character", async () => {
  await using home = await fakeHome({ 1: answers("no") });
  const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  const { success, error } = await wrapper.call("a\0b");
  assertEquals({ success, error }, {
    success: false,
    error: "Cannot run qwen: the prompt contains a NUL character",
  });
  assertEquals(await home.asked(), []);
});

Deno.test("new QwenWrapper() takes the options of call() as defaults", async () => {
  await using home = await fakeHome({
    1: OUT_OF_QUOTA,
    2: OUT_OF_QUOTA,
    3: answers("Paris"),
  });
  const options = { dir: home.dir, bin: FAKE_QWEN, maxRetries: 1, account: 2 };
  const wrapper = new QwenWrapper(options);
  const first = await wrapper.call("hello");
  assertEquals(first.accountsTried, [2, 3]);
  await wrapper.accounts.clearCooldowns();
  const second = await wrapper.call("hello", { account: 1, maxRetries: 0 });
  assertEquals(second.accountsTried, [1]);
});

Deno.test("call() keeps the default where an option is undefined", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: answers("no") });
  const options = { dir: home.dir, bin: FAKE_QWEN, maxRetries: 0 };
  const wrapper = new QwenWrapper(options);
  const { accountsTried } = await wrapper.call("hello", {
    maxRetries: undefined,
  });
  assertEquals(accountsTried, [1]);
});

const MISTAKES: Record<string, [options: object, type: ErrorConstructor]> = {
  "a limit is text": [{ maxRetries: "5" }, TypeError],
  "a limit is negative": [{ maxRetries: -1 }, RangeError],
  "a time is not a number": [{ timeoutMs: NaN }, RangeError],
  "an account is 0": [{ account: 0 }, RangeError],
  "a strategy is unknown": [{ strategy: "best-first" }, TypeError],
};

for (const [when, [options, type]] of Object.entries(MISTAKES)) {
  Deno.test(`call() and new QwenWrapper() throw when ${when}`, async () => {
    await using home = await fakeHome({ 1: answers("no") });
    const { dir } = home;
    const wrapper = new QwenWrapper({ dir, bin: FAKE_QWEN });
    const untyped = options as CallOptions;
    await assertRejects(() => wrapper.call("hello", untyped), type);
    await assertRejects(
      // The constructor throws immediately.
      // deno-lint-ignore require-await
      async () => new QwenWrapper({ dir, ...untyped }),
      type,
    );
    assertEquals(await home.asked(), []);
  });
}
