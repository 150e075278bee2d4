import { assertEquals } from "@std/assert";
import {
  AccountManager,
  type AccountStats,
  QwenWrapper,
  type RotationState,
} from "../../lib/mod.ts";
import {
  answers,
  FAKE_QWEN,
  fakeHome,
  OUT_OF_QUOTA,
} from "../support/fake_qwen.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("the library accepts limits once, for every call", async () => {
  await using home = await fakeHome({
    1: OUT_OF_QUOTA,
    2: OUT_OF_QUOTA,
    3: answers("Paris"),
  });
  const { dir } = home;
  const qwen = new QwenWrapper({ dir, bin: FAKE_QWEN, maxRetries: 1 });
  const { success, accountsTried } = await qwen.call("hello");
  assertEquals({ success, accountsTried }, {
    success: false,
    accountsTried: [1, 2],
  });
});

Deno.test("the library answers with the next account when one is out of quota", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: answers("Paris") });
  const qwen = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  const { success, output, error } = await qwen.call("hello");
  assertEquals({ success, output, error }, {
    success: true,
    output: "Paris",
    error: undefined,
  });
});

/** Reasons for which a call is not made at all. */
const OBSTACLES: Record<
  string,
  (dir: string) => Promise<{ qwen: QwenWrapper; prompt?: string }>
> = {
  "the program is missing": (dir) =>
    Promise.resolve({ qwen: new QwenWrapper({ dir, bin: "/no/such/qwen" }) }),
  "there is no account": (dir) =>
    Promise.resolve({
      qwen: new QwenWrapper({ dir: `${dir}/empty`, bin: FAKE_QWEN }),
    }),
  "every account rests": async (dir) => {
    const qwen = new QwenWrapper({ dir, bin: FAKE_QWEN });
    await qwen.accounts.setCooldown(1, 60_000);
    return { qwen };
  },
  "the prompt contains a NUL character": (dir) =>
    Promise.resolve({
      qwen: new QwenWrapper({ dir, bin: FAKE_QWEN }),
      prompt: "a\0b",
    }),
};

for (const [when, prepare] of Object.entries(OBSTACLES)) {
  Deno.test(`a call of the library returns a value when ${when}`, async () => {
    await using home = await fakeHome({ 1: answers("no") });
    const { qwen, prompt = "hello" } = await prepare(home.dir);
    for (const time of ["first", "second"]) {
      const { success, output, error } = await qwen.call(prompt);
      assertEquals({ success, output, error: typeof error, time }, {
        success: false,
        output: "",
        error: "string",
        time,
      });
    }
  });
}

Deno.test("switchNext() stays when there is only one account", async () => {
  await using home = await fakeHome({ 1: answers("no") });
  const accounts = new AccountManager({ dir: home.dir });
  const result = await accounts.switchNext();
  assertEquals(result, { switched: false, from: 1, to: 1 });
  assertEquals(await home.link(), "accounts/oauth_creds_1.json");
});

Deno.test("getStats() and listAccounts() agree on a switch", async () => {
  await using home = await fakeHome({ 1: answers("no"), 2: answers("no") });
  const accounts = new AccountManager({ dir: home.dir });
  const { switched } = await accounts.switchNext();
  const state: RotationState = await accounts.getStats();
  const stats: AccountStats | undefined = state.accounts[1];
  const all = await accounts.listAccounts();
  assertEquals({ switched, current: state.currentIndex, stats }, {
    switched: true,
    current: 2,
    stats: { index: 2, switchesCount: 1, lastUsed: state.lastSwitch },
  });
  assertEquals(all.map((it) => it.active), [false, true]);
});

Deno.test("the library lists no account in an empty home", async () => {
  await using dir = await tempDir();
  const accounts = new AccountManager({ dir: `${dir.path}/.qwen` });
  assertEquals(await accounts.listAccounts(), []);
  assertEquals((await accounts.getStats()).totalAccounts, 0);
});
