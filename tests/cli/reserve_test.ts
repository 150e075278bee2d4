import { assertEquals, assertMatch } from "@std/assert";
import { limitedScene } from "../support/limited_scene.ts";

const RESERVE = ["--reserve", "20% for ci"];

Deno.test("exec leaves what is reserved to the runs with that name", async () => {
  await using scene = await limitedScene([{ limit: 50 }, { limit: 50 }]);
  const { stdout } = await scene.exec(RESERVE, "50");
  assertEquals(stdout.trim(), "50 of 50");
  assertEquals(scene.answered, [40, 10]);
  const other = await scene.exec([...RESERVE, "--for", "night"], "30");
  assertEquals([other.code, scene.answered], [0, [40, 40]]);
  const none = await scene.exec(RESERVE, "1");
  assertEquals([none.code, none.stdout, scene.answered], [75, "", [40, 40]]);
  assertMatch(none.stderr, /account 1: reserved for ci, ready /);
  assertEquals(scene.refused, [0, 0]);
  const { stdout: own } = await scene.exec([...RESERVE, "--for", "ci"], "20");
  assertEquals([own.trim(), scene.answered], ["20 of 20", [50, 50]]);
});

Deno.test("stderr and log say that an account was left for a reserve", async () => {
  await using scene = await limitedScene([{ limit: 10 }, { limit: 10 }]);
  const { stderr } = await scene.exec([...RESERVE, "--account", "1"], "9");
  assertEquals(stderr.match(/^.*reserved.*$/gm), [
    "account-qwen: account 1 is reserved for ci: continuing with account 2",
  ]);
  const { stdout } = await scene.run(["log", "--json"]);
  const switches = stdout.trim().split("\n").map((it) => JSON.parse(it))
    .filter((it) => it.event === "account_switch");
  assertEquals(switches.map((it) => it.reason), ["reserved for ci"]);
});

Deno.test("exec reserves a number of requests of one account, as the settings say", async () => {
  await using scene = await limitedScene([{ limit: 50 }, { limit: 50 }]);
  const set = await scene.run(
    ["config", "set", "reserve", "1: 45 requests for ci"],
  );
  assertEquals(set.code, 0, set.stderr);
  await scene.exec([], "30");
  assertEquals(scene.answered, [5, 25]);
  await scene.exec(["--account", "1", "--for", "ci"], "3");
  assertEquals(scene.answered, [8, 25]);
});

Deno.test("a reserve cannot hold what is unknown", async () => {
  await using scene = await limitedScene([{ limit: 50, tells: false }]);
  const { stdout } = await scene.exec(RESERVE, "50");
  assertEquals([stdout.trim(), scene.answered], ["50 of 50", [50]]);
});

Deno.test("exec and status say once that a reserve is for an account that does not exist", async () => {
  await using scene = await limitedScene([{ limit: 50 }]);
  const reserve = ["--reserve", "werk: 20% for ci"];
  const { code, stderr } = await scene.exec(reserve, "2");
  assertEquals(code, 0);
  const warning =
    'reserve: no account is named "werk", so nothing is kept of it (have: 1)';
  assertEquals(stderr.match(/^.*reserve.*$/gm), [`account-qwen: ${warning}`]);
  await scene.run(["config", "set", "reserve", "werk: 20% for ci"]);
  const status = await scene.run(["status"]);
  assertEquals(status.stderr, `account-qwen: ${warning}\n`);
});

Deno.test("metrics counts a reserved account as resting, as list does", async () => {
  await using scene = await limitedScene([{ limit: 50 }]);
  await scene.run(["config", "set", "reserve", "20% for ci"]);
  await scene.exec([], "40");
  const { stdout: list } = await scene.run(["list"]);
  assertMatch(list, /resting until .*: reserved for ci/);
  const { stdout } = await scene.run(["metrics"]);
  assertMatch(stdout, /account_qwen_accounts{agent="qwen",state="ready"} 0/);
  assertMatch(stdout, /account_qwen_accounts{agent="qwen",state="resting"} 1/);
  assertMatch(stdout, /account_qwen_cooldown_seconds{[^}]*} [1-9]/);
});

Deno.test("exec refuses a reserve that it does not understand", async () => {
  await using scene = await limitedScene([]);
  const { code, stderr } = await scene.exec(["--reserve", "some"], "1");
  assertEquals(code, 2);
  assertMatch(stderr, /Cannot use --reserve: "some" is not a reserve \(ex/);
  const percent = await scene.exec(["--rotate-at", "100%"], "1");
  assertEquals(percent.code, 2);
  assertMatch(percent.stderr, /"100%" is not a percentage from 1% to 99%/);
});
