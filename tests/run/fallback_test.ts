import { assert, assertEquals } from "@std/assert";
import { runtime } from "../../lib/system/mod.ts";
import {
  type CallOptions,
  QwenWrapper,
  type QwenWrapperOptions,
} from "../../lib/mod.ts";
import {
  answers,
  FAKE_QWEN,
  fakeHome,
  OUT_OF_QUOTA,
} from "../support/fake_qwen.ts";
import { tempDir } from "../support/temp_dir.ts";

const FALLBACK = { fallbackMessage: "(nothing today)" };

Deno.test("callWithFallback() returns the answer when there is one", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: answers("Paris") });
  const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  assertEquals(await wrapper.callWithFallback("hello", FALLBACK), "Paris");
});

Deno.test("callWithFallback() returns an empty answer when that is the answer", async () => {
  await using home = await fakeHome({ 1: "exit 0" });
  const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  assertEquals(await wrapper.callWithFallback("hello", FALLBACK), "");
});

interface Failure {
  play: string;
  options?: QwenWrapperOptions;
  call?: CallOptions;
}

const FAILURES: Record<string, Failure> = {
  "every account is out of quota": { play: OUT_OF_QUOTA },
  "the run fails": { play: "echo half; exit 7" },
  "the time is up": { play: "exec sleep 60", call: { timeoutMs: 50 } },
  "the program is missing": {
    play: "exit 0",
    options: { bin: "/no/such/qwen" },
  },
  "the program is not executable": {
    play: "exit 0",
    options: { bin: import.meta.filename },
  },
  "the account is missing": { play: "exit 0", call: { account: 9 } },
  "the input fails": { play: "cat", call: { stdin: failingInput() } },
};

for (const [when, { play, options, call }] of Object.entries(FAILURES)) {
  Deno.test(`callWithFallback() returns the fallback when ${when}`, async () => {
    await using home = await fakeHome({ 1: play });
    const { dir } = home;
    const wrapper = new QwenWrapper({ dir, bin: FAKE_QWEN, ...options });
    const text = await wrapper.callWithFallback("hi", { ...call, ...FALLBACK });
    assertEquals(text, FALLBACK.fallbackMessage);
  });
}

Deno.test("callWithFallback() returns the fallback when there is no account", async () => {
  await using dir = await tempDir();
  const wrapper = new QwenWrapper({ dir: `${dir.path}/.qwen`, bin: FAKE_QWEN });
  const text = await wrapper.callWithFallback("hello", FALLBACK);
  assertEquals(text, FALLBACK.fallbackMessage);
});

Deno.test("callWithFallback() returns the fallback when the lock is held", async () => {
  await using home = await fakeHome({ 1: answers("no") });
  const { dir } = home;
  using lock = await runtime.files.tryLock(`${dir}/state.yaml.lock`, 0o600);
  assert(lock);
  const options = { dir, bin: FAKE_QWEN, lockTimeoutMs: 0 };
  const wrapper = new QwenWrapper(options);
  const text = await wrapper.callWithFallback("hello", FALLBACK);
  assertEquals(text, FALLBACK.fallbackMessage);
  assertEquals(await home.asked(), []);
});

function failingInput(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull() {
      throw new Error("EIO");
    },
  }, { highWaterMark: 0 });
}
