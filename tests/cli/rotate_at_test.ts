import { assert, assertEquals, assertMatch } from "@std/assert";
import { MAIN } from "../support/cli.ts";
import { type Limited, limitedScene } from "../support/limited_scene.ts";

const ROTATE = ["--rotate-at", "90%"];

Deno.test("exec --rotate-at leaves an account between two requests, before the service refuses one", async () => {
  await using scene = await limitedScene([{ limit: 100 }, { limit: 100 }]);
  const { code, stdout, stderr } = await scene.exec(ROTATE, "150");
  assertEquals([code, stdout.trim()], [0, "150 of 150"], stderr);
  assertEquals(scene.refused, [0, 0]);
  const [first = 0] = scene.answered;
  assert(first >= 89 && first <= 91, `${first} requests`);
  assertEquals(
    scene.asked,
    [...scene.asked].sort((a, b) => a - b),
    "no account is taken back",
  );
  assertMatch(
    stderr,
    /account 1 has used 9\d % of day for qwen3 \(header\): continuing with account 2\n/,
  );
  const [reason = ""] = await scene.switches();
  assertMatch(reason, /^quota: 9\d % of day for qwen3 \(header\)$/);
});

Deno.test("exec --rotate-at uses the rest of an account if no other one has room", async () => {
  await using scene = await limitedScene([{ limit: 100 }, { limit: 100 }]);
  const { code, stdout, stderr } = await scene.exec(ROTATE, "200");
  assertEquals([code, stdout.trim()], [0, "200 of 200"], stderr);
  assertEquals(scene.answered, [100, 100]);
});

Deno.test("exec without --rotate-at uses an account until the service refuses", async () => {
  await using scene = await limitedScene([{ limit: 100 }, { limit: 100 }]);
  const { stdout } = await scene.exec([], "150");
  assertEquals(stdout.trim(), "150 of 150");
  assertEquals([scene.answered, scene.refused[0]], [[100, 50], 1]);
});

Deno.test("exec --rotate-at begins a run elsewhere if the active account is nearly full", async () => {
  await using scene = await limitedScene([
    { limit: 100, used: 92 },
    { limit: 100 },
  ]);
  await scene.exec([], "1");
  assertEquals(scene.asked, [1]);
  const { stderr } = await scene.exec(ROTATE, "1");
  assertEquals(scene.asked, [1, 2]);
  assertMatch(
    stderr,
    /account 1 has used 93 % of day for qwen3 \(header\): continuing/,
  );
  assertEquals(await scene.switches(), [
    "quota: 93 % of day for qwen3 (header)",
  ]);
  await scene.exec(ROTATE, "1");
  assertEquals(scene.asked, [1, 2, 2]);
  await scene.exec([...ROTATE, "--account", "1"], "2");
  assertEquals(scene.asked, [1, 2, 2, 1, 1], "the user named the account");
});

Deno.test("exec --rotate-at does not take an account within ten points of the threshold", async () => {
  await using scene = await limitedScene([
    { limit: 100, used: 92 },
    { limit: 100, used: 82 },
  ]);
  await scene.exec(["--account", "2"], "1");
  await scene.exec(["--account", "1"], "1");
  await scene.exec(ROTATE, "2");
  assertEquals(scene.asked, [2, 1, 1, 1]);
  assertEquals(await scene.switches(), []);
});

Deno.test("exec --rotate-at takes an account that it left back after five minutes", async () => {
  const limits: Limited[] = [{ limit: 100, used: 92 }, { limit: 100 }];
  await using scene = await limitedScene(limits);
  const [first, second] = limits;
  await scene.exec([], "1");
  await scene.exec(ROTATE, "1");
  first!.used = 0; // its window slides
  second!.used = 92;
  await scene.exec(["--account", "1"], "1");
  await scene.exec(["--account", "2"], "1");
  assertEquals(scene.asked, [1, 2, 1, 2]);
  await scene.exec(ROTATE, "1");
  assertEquals(scene.asked.at(-1), 2, "it was left a moment ago");
  const path = `${scene.dir}/state.yaml`;
  const state = await Deno.readTextFile(path);
  assertMatch(state, /^ {4}left_at: /m);
  const before = new Date(Date.now() - 301_000).toISOString();
  await Deno.writeTextFile(
    path,
    state.replace(/left_at: .*/, `left_at: "${before}"`),
  );
  await scene.exec(ROTATE, "1");
  assertEquals(scene.asked.at(-1), 1);
});

Deno.test("20 runs at once with --rotate-at make one switch", async () => {
  await using scene = await limitedScene([
    { limit: 100, used: 92 },
    { limit: 100 },
  ]);
  await scene.exec([], "1");
  const runs = await Promise.all(
    Array.from({ length: 20 }, () => scene.exec(ROTATE, "1")),
  );
  assertEquals(runs.map((it) => it.stdout.trim()), runs.map(() => "1 of 1"));
  assertEquals(scene.asked.filter((it) => it === 1).length, 1);
  assertEquals(await scene.switches(), [
    "quota: 93 % of day for qwen3 (header)",
  ]);
});

Deno.test("50 requests at once with --rotate-at make one switch", async () => {
  await using scene = await limitedScene([{ limit: 1_000 }, { limit: 1_000 }]);
  const { stdout } = await scene.exec(ROTATE, "1500x50");
  assertEquals(stdout.trim(), "1500 of 1500");
  assertEquals(scene.refused, [0, 0]);
  assertEquals((await scene.switches()).length, 1);
});

Deno.test("exec reads no counts if nothing depends on them, and runs if they cannot be read", async () => {
  await using scene = await limitedScene([{ limit: 100 }]);
  const usage = `${scene.dir}/accounts/usage`;
  const command = MAIN.map((it) =>
    it === "-A" ? ["-A", `--deny-read=${usage}`] : it
  )
    .flat();
  const args = ["--count-usage", "off"];
  const off = await scene.exec(args, "1", { command });
  assertEquals([off.code, off.stderr], [0, ""]);
  const on = await scene.exec([...args, ...ROTATE], "1", { command });
  assertEquals([on.code, on.stdout.trim()], [0, "1 of 1"]);
  assertMatch(on.stderr, /^account-qwen: cannot read the usage: .*\n$/);
});

Deno.test("exec --rotate-at stays with an account if the slot of the other one is broken", async () => {
  await using scene = await limitedScene([
    { limit: 100, used: 85 },
    { limit: 100 },
  ]);
  const slot = `${scene.dir}/accounts/api_key_2.env`;
  await Deno.writeTextFile(slot, "# nothing\n");
  const { code, stdout, stderr } = await scene.exec(ROTATE, "12");
  assertEquals([code, stdout.trim()], [0, "12 of 12"], stderr);
  assertEquals(await scene.switches(), []);
});
