import { assert, assertEquals } from "@std/assert";
import { batchScene, somePrompts } from "../support/batch_scene.ts";
import { startCli } from "../support/cli_process.ts";
import { seeded } from "../torture/random.ts";

const PROMPTS = 600;
const KILLS = 100;

/** Kills come at any moment from the start of the program to this time. */
const LATEST_KILL_MS = 1_500;

/** Named as asked again: `account-qwen: ... asked again: 1-..., 2-...` */
const AGAIN = /asked again: (.*)\n/g;

Deno.test("batch has one result for every prompt after 100 kills, and names what is asked again", async () => {
  await using scene = await batchScene({ accounts: 5 });
  await scene.write("prompts.txt", somePrompts(PROMPTS));
  await scene.write("play", "sleep 0.5\n");
  const args = ["prompts.txt", "--jobs=8", "--out=results.jsonl"];
  const random = seeded(20);
  const named = new Map<string, number>();
  let before: string[] = [];
  let unfinished = 0;
  const look = async (stderr: string) => {
    for (const [, list = ""] of stderr.matchAll(AGAIN)) {
      for (const id of list.split(", ")) {
        named.set(id, (named.get(id) ?? 0) + 1);
      }
    }
    // No result is lost or changed, apart from one that is cut off.
    const lines = (await scene.read("results.jsonl")).split("\n").slice(0, -1);
    assertEquals(lines.slice(0, before.length), before);
    before = lines;
  };
  for (let kill = 0; kill < KILLS; kill++) {
    await using child = await startCli(scene.batchArgs(args), {
      home: scene.path,
    });
    const stderr = new Response(child.stderr).text();
    await child.stdout.cancel();
    const timer = setTimeout(
      () => child.kill("SIGKILL"),
      random.between(50, LATEST_KILL_MS),
    );
    const { signal } = await child.status;
    clearTimeout(timer);
    if (signal === "SIGKILL") unfinished++;
    await look(await stderr);
  }
  const { code, stderr } = await scene.batch(args, { timeoutMs: 300_000 });
  assertEquals(code, 0, stderr);
  await look(stderr);
  assert(unfinished >= 90, `only ${unfinished} kills`);
  const results = await scene.results("results.jsonl");
  assertEquals(results.length, PROMPTS);
  const answers = new Set(results.map((it) => it.output));
  assertEquals(
    answers,
    new Set(somePrompts(PROMPTS).map((it) => `answer to ${it}`)),
  );
  const asked = Map.groupBy(await scene.asked(), (it) => it.prompt);
  for (const [prompt, runs] of asked) {
    const id = results.find((it) => it.output === `answer to ${prompt}`)?.id;
    const again = named.get(`${id}`) ?? 0;
    assert(runs.length - 1 <= again, `${prompt}: ${runs.length}, ${again}`);
  }
  assertEquals(await scene.read("results.jsonl.started"), "");
});
