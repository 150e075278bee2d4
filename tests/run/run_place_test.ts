/**
 * Runs in separate processes that share an account, without a gateway.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { accountQwen, runCli, type RunResult } from "../support/cli.ts";
import { spawn, until } from "../support/deadline.ts";
import { coveredDenoEnv } from "../support/deno_env.ts";
import { exists } from "../support/exists.ts";
import {
  answers,
  FAKE_QWEN,
  type FakeHome,
  fakeHome,
  OUT_OF_QUOTA,
} from "../support/fake_qwen.ts";
import { loginScene } from "../support/login_run_scene.ts";

/** A script that notes when two of its runs overlap. */
const ALONE = `
  mkdir "$HOME/busy" || echo two >>"$HOME/overlaps"
  sleep 0.3
  rmdir "$HOME/busy"`;

function execAtOnce(
  home: FakeHome,
  count: number,
  options: readonly string[] = [],
): Promise<RunResult[]> {
  const args = ["exec", "--bin", FAKE_QWEN, ...options, "--", "--prompt=hello"];
  const all = { home: home.path, command: accountQwen() };
  return Promise.all(Array.from({ length: count }, () => runCli(args, all)));
}

function outputs(runs: readonly RunResult[]): [number, string][] {
  return runs.map(({ code, stdout }) => [code, stdout]);
}

function many<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}

Deno.test("exec in several processes runs an account that is out of quota once", async () => {
  await using home = await fakeHome({
    1: `sleep 1; ${OUT_OF_QUOTA}`,
    2: answers("Paris"),
  });
  const runs = await execAtOnce(home, 5);
  assertEquals(outputs(runs), many(5, [0, "Paris"]));
  assertEquals((await home.asked()).toSorted(), [1, 2, 2, 2, 2, 2]);
});

Deno.test("exec in several processes does not wait when the account has answered lately", async () => {
  await using home = await fakeHome({ 1: answers("Paris") });
  await execAtOnce(home, 1);
  await Deno.writeTextFile(
    `${home.path}/plays/1`,
    `echo x >>"$HOME/begun"
     while [ "$(wc -l <"$HOME/begun")" -lt 3 ]; do sleep 0.05; done
     printf Paris`,
  );
  assertEquals(outputs(await execAtOnce(home, 3)), many(3, [0, "Paris"]));
});

Deno.test("exec --max-in-flight lets so many runs use an account at a time", async () => {
  await using home = await fakeHome({ 1: `${ALONE}; printf Paris` });
  const runs = await execAtOnce(home, 4, ["--max-in-flight=1"]);
  assertEquals(outputs(runs), many(4, [0, "Paris"]));
  assertEquals(await exists(`${home.path}/overlaps`), false);
});

Deno.test("exec that waits for a place ends with Ctrl-C, and leaves the queue", async () => {
  await using home = await fakeHome({
    1: `touch "$HOME/busy"; while [ -e "$HOME/busy" ]; do sleep 0.05; done
      printf Paris`,
  });
  const first = execAtOnce(home, 1, ["--max-in-flight=1"]);
  const busy = `${home.path}/busy`;
  await until(() => exists(busy), { what: "the first run", running: first });
  const [program = "", ...args] = accountQwen();
  const second = spawn(program, {
    args: [
      ...args,
      ...["exec", "--bin", FAKE_QWEN, "--max-in-flight=1"],
      ...["--", "--prompt=hello"],
    ],
    env: { ...await coveredDenoEnv(), HOME: home.path },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  });
  const waiting = async () => {
    const args = ["status", "--json"];
    const { stdout } = await runCli(args, { home: home.path });
    return JSON.parse(stdout).accounts[0].waiting;
  };
  await until(async () => await waiting() === 1, { what: "the second run" });
  second.kill("SIGINT");
  assertEquals((await second.status).code, 130);
  assertEquals(await waiting(), 0);
  await Deno.remove(busy);
  assertEquals(outputs(await first), [[0, "Paris"]]);
});

Deno.test("exec with a plan login waits for the run before it", async () => {
  await using scene = await loginScene("codex", { version: "0.171.0" });
  const script = ALONE;
  const runs = await Promise.all(
    [1, 2, 3].map(() => scene.exec({ script, options: ["--account=1"] })),
  );
  assertEquals(outputs(runs), many(3, [0, "Paris\n"]));
  assertEquals(await exists(`${scene.home}/overlaps`), false);
});

Deno.test("exec with a plan login exits with 75 when another run takes too long", async () => {
  await using scene = await loginScene("codex", { version: "0.171.0" });
  const first = scene.exec({
    script:
      `mkdir "$HOME/busy"; while [ -e "$HOME/busy" ]; do sleep 0.05; done`,
    options: ["--account=1"],
  });
  const busy = `${scene.home}/busy`;
  await until(() => exists(busy), { what: "the first run", running: first });
  const options = ["--account=1", "--queue-timeout=1200ms"];
  const { code, stdout, stderr } = await scene.exec({ options });
  assertEquals([code, stdout], [75, ""]);
  assertMatch(stderr, /^account-qwen: waiting for other runs with account 1\n/);
  assertMatch(
    stderr,
    /error: Cannot run with account 1 within 2 s: another run is under way, and a plan login has one run at a time\n/,
  );
  const other = await scene.exec({ options: ["--account=2"] });
  assertEquals(other.code, 0, other.stderr);
  await Deno.remove(busy);
  assertEquals((await first).code, 0);
});
