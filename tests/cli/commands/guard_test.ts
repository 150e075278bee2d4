import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  type LimitedScene,
  limitedScene,
} from "../../support/limited_scene.ts";

/** Account 1 has 30 of 100 requests left, account 2 has 60; 3 tells nothing. */
async function usedScene(): Promise<LimitedScene> {
  await using owned = new AsyncDisposableStack();
  const scene = owned.use(
    await limitedScene([
      { limit: 100, used: 69 },
      { limit: 100, used: 39 },
      { limit: 100, tells: false },
    ]),
  );
  for (const account of ["1", "2", "3"]) {
    await scene.exec(["--account", account], "1");
  }
  const all = owned.move();
  return { ...scene, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

Deno.test("guard exits with 0 if enough is left, 75 if not, 3 if that is unknown", async () => {
  await using scene = await usedScene();
  const rows: [string[], number][] = [
    [["1", "--need", "30 requests"], 0],
    [["1", "--need", "31 requests"], 75],
    [["1", "--need", "30%"], 0],
    [["1", "--need", "31%"], 75],
    [["1"], 0],
    [["1", "--need", "5 tokens"], 3],
    [["--need", "60 requests"], 0],
    [["3"], 3],
    [["3", "--unknown", "ok"], 0],
    [["1", "--need", "31 requests", "--unknown", "ok"], 75],
    [["--need", "61 requests"], 3],
    [["--need", "61 requests", "--unknown=ok"], 0],
    [["9"], 2],
    [["--need", "many"], 2],
  ];
  for (const [args, expected] of rows) {
    const { code, stdout, stderr } = await scene.run(["guard", ...args]);
    assertEquals(code, expected, `${args}: ${stdout}${stderr}`);
    assertEquals(stdout.split("\n").length, expected === 2 ? 1 : 2);
  }
});

Deno.test("guard says which account has how much, from where, and when that was seen", async () => {
  await using scene = await usedScene();
  const text = async (...args: string[]) =>
    (await scene.run(["guard", ...args])).stdout;
  assertMatch(
    await text("--need", "50 requests"),
    /^enough: account 2 has 60 of 100 requests left of day, \S+ until \d\d:\d\d \(header, seen \d\d:\d\d\)\n$/,
  );
  assertMatch(
    await text("1", "--need", "50 requests"),
    /^not enough: account 1 has 30 of 100 requests left of day, /,
  );
  assertMatch(await text("3"), /^unknown: no limit is known for account 3\n$/);
  assertMatch(
    await text("1", "--need", "5 tokens"),
    /^unknown: no limit of tokens is known for account 1\n$/,
  );
  const { observed_at, resets_at, ready_at, ...rest } = JSON.parse(
    await text("1", "--json"),
  );
  assert(Date.parse(observed_at) <= Date.now());
  assert(Date.parse(resets_at) > Date.now());
  assertEquals([ready_at, rest], [null, {
    schema_version: 1,
    answer: "enough",
    index: 1,
    label: null,
    obstacle: null,
    window: "day",
    model: "qwen3",
    unit: "requests",
    left: 30,
    limit: 100,
    source: "header",
  }]);
});

Deno.test("guard does not count an account that is not ready, nor what is reserved for others", async () => {
  await using scene = await usedScene();
  await scene.run(["disable", "3"]);
  await scene.run(["cooldown", "set", "2", "1h"]);
  const resting = await scene.run(["guard", "2"]);
  assertEquals(resting.code, 75);
  assertMatch(resting.stdout, /^not enough: account 2 is resting .* until /);
  assertEquals((await scene.run(["guard", "--need", "31 requests"])).code, 75);
  assertEquals((await scene.run(["guard", "--need", "30 requests"])).code, 0);
  await scene.run(["config", "set", "reserve", "20% for ci"]);
  const kept = await scene.run(["guard", "1", "--need", "11 requests"]);
  assertMatch(
    kept.stdout,
    /^not enough: account 1 has 10 of 100 .*, besides 20 reserved for others, until /,
  );
  for (
    const [args, expected] of [
      [["--need", "11 requests"], 75],
      [["--need", "10 requests"], 0],
      [["--need", "30 requests", "--for", "ci"], 0],
    ] as const
  ) {
    const { code, stdout } = await scene.run(["guard", ...args]);
    assertEquals(code, expected, stdout);
  }
});
