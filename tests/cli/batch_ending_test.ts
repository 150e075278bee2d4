import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  type BatchScene,
  batchScene,
  somePrompts,
} from "../support/batch_scene.ts";
import { accountQwen } from "../support/cli.ts";
import { runInShell, startCli } from "../support/cli_process.ts";
import { coveredDenoEnv } from "../support/deno_env.ts";
import { until, within } from "../support/deadline.ts";
import { namespaceProblem, runInNamespace } from "../support/namespace.ts";
import { processesOf } from "../support/processes.ts";
import { screenAfter } from "../support/screen.ts";
import { Typist } from "../support/typist.ts";

const isNamespaced = await namespaceProblem() === undefined;

/** The first three prompts are answered, and the others stay. */
const THREE_ANSWER = `case $prompt in *" "[123]) ;; *)
  [ -e "$HOME/go" ] || for _ in $(seq 600); do sleep 0.1; done;; esac\n`;

const ARGS = ["prompts.txt", "--jobs=2", "--out=results.jsonl"];

async function interrupted(
  scene: BatchScene,
  running: Promise<unknown> | undefined,
): Promise<void> {
  const isBusy = async () =>
    (await scene.asked()).length === 5 &&
    (await scene.read("results.jsonl")).split("\n").length === 4;
  await until(isBusy, { what: "three answers, and two runs", running });
}

async function goesOn(scene: BatchScene): Promise<void> {
  await scene.write("go", "");
  const { code, stderr } = await scene.batch(ARGS);
  assertEquals(code, 0);
  assertMatch(stderr, /asked again: [45]-[0-9a-f]{8}, [45]-[0-9a-f]{8}\n/);
  const results = await scene.results("results.jsonl");
  assertEquals(results.length, 8);
  assertEquals(new Set(results.map((it) => it.id)).size, 8);
  assertEquals((await scene.asked()).length, 10);
}

Deno.test("batch ends the agents at Ctrl-C on a terminal, keeps the results, and says how to go on", async () => {
  await using scene = await batchScene();
  await scene.write("prompts.txt", somePrompts(8));
  await scene.write("play", THREE_ANSWER);
  await using typist = await Typist.start(scene.batchArgs(ARGS), {
    home: scene.path,
    cwd: scene.path,
  });
  await interrupted(scene, undefined);
  await typist.answer("3 of 8 answered, 0 failed, 5 waiting", "\x03");
  assertEquals(await typist.end(), 130);
  const screen = screenAfter(typist.seen);
  assertMatch(screen, /3 of 8 prompts answered, 5 left, /);
  assertMatch(
    screen,
    /interrupted, 5 prompts are left: run the same\s+command\s+again\s+to\s+continue/,
  );
  assertEquals(await processesOf(scene.path), []);
  await goesOn(scene);
});

for (const [signal, wanted] of [["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  Deno.test(`batch ends the agents at ${signal}, and exits with ${wanted}`, async () => {
    await using scene = await batchScene();
    await scene.write("prompts.txt", somePrompts(8));
    await scene.write("play", THREE_ANSWER);
    await using child = await startCli(scene.batchArgs(ARGS), {
      home: scene.path,
    });
    const [stdout, stderr] = [child.stdout, child.stderr]
      .map((it) => new Response(it).text());
    await interrupted(scene, child.status);
    child.kill(signal);
    const { code } = await child.status;
    assertEquals([code, await stdout], [wanted, ""], await stderr);
    assertEquals(await processesOf(scene.path), []);
    await goesOn(scene);
  });
}

Deno.test("batch asks nothing if its stdout is closed", async () => {
  await using scene = await batchScene({ accounts: 1 });
  await scene.write("prompts.txt", somePrompts(2));
  const { code, stderr } = await runInShell(
    'exec "$@" >&-',
    scene.batchArgs(["prompts.txt"]),
    { home: scene.path },
  );
  assertEquals(code, 1);
  assertMatch(stderr, /Cannot write "stdout": it is closed/);
  assertEquals(await scene.asked(), []);
});

Deno.test("batch needs no stdout with --out", async () => {
  await using scene = await batchScene({ accounts: 1 });
  await scene.write("prompts.txt", somePrompts(2));
  const { code } = await runInShell(
    'exec "$@" >&-',
    scene.batchArgs(ARGS),
    { home: scene.path },
  );
  assertEquals(code, 0);
  assertEquals((await scene.results("results.jsonl")).length, 2);
});

Deno.test("batch ends when the reader of its stdout is gone", async () => {
  await using scene = await batchScene();
  await scene.write("prompts.txt", somePrompts(100));
  await scene.write("play", "sleep 0.1\n");
  await using child = await startCli(
    scene.batchArgs(["prompts.txt", "--jobs=2"]),
    { home: scene.path },
  );
  const stderr = new Response(child.stderr).text();
  const reader = child.stdout.getReader();
  await within(reader.read(), { what: "the first result" });
  await reader.cancel();
  const { code } = await within(child.status, { what: "the end" });
  assertEquals(code, 141, await stderr);
  assert((await scene.asked()).length < 20);
  assertEquals(await processesOf(scene.path), []);
});

Deno.test({
  name: "batch ends when the disk is full, and goes on when there is room",
  ignore: !isNamespaced,
  async fn() {
    await using scene = await batchScene({ accounts: 2 });
    await scene.write("prompts.txt", somePrompts(12));
    await scene.write("play", "head -c 12000 /dev/zero | tr '\\0' x\n");
    await Deno.mkdir(`${scene.path}/small`);
    const script = `
      mount -t tmpfs -o size=64k tmpfs "$HOME/small" || exit 99
      "$@"; echo "code $?"
      cp small/results.jsonl before.jsonl
      mount -o remount,size=10m "$HOME/small" || exit 99
      "$@"; echo "code $?"
      cp small/results.jsonl after.jsonl`;
    const out = ["prompts.txt", "--jobs=2", "--out=small/results.jsonl"];
    const { stdout, stderr } = await runInNamespace(
      script,
      [...accountQwen(), ...scene.batchArgs(out)],
      { home: scene.path, env: await coveredDenoEnv() },
    );
    assertEquals(stdout, "code 1\ncode 0\n", stderr);
    assertMatch(stderr, /small\/results.jsonl.*no room|No space left/);
    const before = await scene.results("before.jsonl");
    assert(before.length > 0 && before.length < 12, `${before.length}`);
    const after = await scene.results("after.jsonl");
    assertEquals(after.slice(0, before.length), before);
    assertEquals(new Set(after.map((it) => it.id)).size, 12);
    assertEquals(after.length, 12);
  },
});
