import { assertEquals } from "@std/assert";
import { QwenWrapper, type StrategyName } from "../../lib/mod.ts";
import {
  answers,
  FAKE_QWEN,
  fakeHome,
  OUT_OF_QUOTA,
} from "../support/fake_qwen.ts";

const STRATEGIES: StrategyName[] = [
  "round-robin",
  "fill-first",
  "least-recently-used",
  "sticky",
];

for (const strategy of STRATEGIES) {
  Deno.test(`call() continues with the account that ${strategy} chooses, with one switch`, async () => {
    await using home = await fakeHome({
      1: OUT_OF_QUOTA,
      2: answers("Paris"),
      3: answers("Paris"),
    });
    const said: string[] = [];
    const notify = (it: string) => said.push(it);
    const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN, notify });
    const { accountsTried } = await wrapper.call("hello", { strategy });
    const [, second] = accountsTried;
    assertEquals(said.map((it) => it.replace(/.*: /, "")), [
      `continuing with account ${second}`,
    ]);
    const switches = await home.events("account_switch");
    assertEquals(switches.map(({ from, to }) => ({ from, to })), [
      { from: 1, to: second },
    ]);
  });
}

const ORDERS: [StrategyName, number[]][] = [
  ["round-robin", [1, 1, 1]],
  ["fill-first", [1, 1, 1]],
  ["least-recently-used", [1, 2, 3]],
];

for (const [strategy, order] of ORDERS) {
  Deno.test(`call() asks ${order} in turn with ${strategy}`, async () => {
    const play = answers("Paris");
    await using home = await fakeHome({ 1: play, 2: play, 3: play });
    const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
    for (const _ of order) await wrapper.call("hello", { strategy });
    assertEquals(await home.asked(), order);
  });
}

Deno.test("call() returns to the first account with fill-first when that is ready again", async () => {
  await using home = await fakeHome({ 1: answers("Paris"), 2: answers("no") });
  const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  await wrapper.accounts.switchTo(2);
  await wrapper.call("hello", { strategy: "fill-first" });
  assertEquals(await home.asked(), [1]);
});

Deno.test("call() skips accounts that are in a cooldown", async () => {
  await using home = await fakeHome({
    1: answers("no"),
    2: answers("no"),
    3: answers("Paris"),
  });
  const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  for (const it of [1, 2]) await wrapper.accounts.setCooldown(it, 3_600_000);
  const { output, accountsTried } = await wrapper.call("hello");
  assertEquals([output, accountsTried], ["Paris", [3]]);
});

Deno.test("run() keeps a session on its account with sticky, and returns to that when it is ready", async () => {
  const play = answers("Paris");
  await using home = await fakeHome({ 1: play, 2: play, 3: play });
  const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  const ask = async (session: string) => {
    const args = [`--resume=${session}`, "--prompt=hello"];
    using _run = (await wrapper.run(args, { strategy: "sticky" })).run;
  };
  await ask("a");
  await wrapper.accounts.switchTo(2);
  await ask("b");
  await ask("a");
  await wrapper.accounts.setCooldown(1, 3_600_000);
  await ask("a");
  await wrapper.accounts.clearCooldowns();
  await ask("a");
  await ask("b");
  assertEquals(await home.asked(), [1, 2, 1, 2, 1, 2]);
});

Deno.test("call() keeps a folder on its account with sticky", async () => {
  const play = answers("Paris");
  await using home = await fakeHome({ 1: play, 2: play });
  const wrapper = new QwenWrapper({ dir: home.dir, bin: FAKE_QWEN });
  await wrapper.call("hello", { strategy: "sticky" });
  await wrapper.accounts.switchTo(2);
  await wrapper.call("hello", { strategy: "sticky" });
  assertEquals(await home.asked(), [1, 1]);
});
