import { assert, assertEquals } from "@std/assert";
import { accountQwen, runCli } from "../support/cli.ts";
import {
  answers,
  FAKE_QWEN,
  fakeHome,
  OUT_OF_QUOTA,
} from "../support/fake_qwen.ts";
import { limitedScene } from "../support/limited_scene.ts";

Deno.test("20 processes that start exec at once run an account that is out three times at most", async () => {
  await using home = await fakeHome({
    1: `sleep 2; ${OUT_OF_QUOTA}`, // as long as the real program takes
    2: answers("Paris"),
  });
  const args = ["exec", "--bin", FAKE_QWEN, "--", "--prompt=hello"];
  const all = { home: home.path, command: accountQwen() };
  const runs = await Promise.all(
    Array.from({ length: 20 }, () => runCli(args, all)),
  );
  assertEquals(
    runs.map(({ code, stdout }) => [code, stdout]),
    runs.map(() => [0, "Paris"]),
  );
  const asked = await home.asked();
  const wasted = asked.filter((it) => it === 1).length;
  assert(wasted <= 3, `${wasted} runs`);
  assertEquals(asked.length, 20 + wasted);
});

Deno.test("24 processes that start exec at once send six requests at most to two keys that are out, and none fails", async () => {
  await using scene = await limitedScene([
    { limit: 0, tells: false },
    { limit: 0, tells: false },
    { limit: 1_000, tells: false },
  ]);
  // As on a machine with other work, which comes first.
  const command = ["nice", "-n", "10", ...accountQwen()];
  const runs = await Promise.all(
    Array.from({ length: 24 }, () => scene.exec([], "1", { command })),
  );
  assertEquals(
    runs.map(({ code, stdout }) => [code, stdout]),
    runs.map(() => [0, "1 of 1\n"]),
    runs.map((it) => it.stderr).join(""),
  );
  const [first = 0, second = 0] = scene.refused;
  assert(first + second <= 6, `${first} and ${second} requests`);
  assertEquals(scene.answered[2], 24);
});
