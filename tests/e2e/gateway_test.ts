/**
 * The real `qwen` behind the gateway of `exec`: accounts run out while it runs,
 * and it does not notice.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { startCli } from "../support/cli_process.ts";
import { QUOTA_EXCEEDED, type Reply } from "../support/service.ts";
import { processesOf } from "../support/processes.ts";
import { setScene } from "../support/scene.ts";

const PROMPT = "What is the capital of France?";
const ANSWER = { answer: "The capital of France is Paris." };

/** 0.24.4 ends an answer with a line break. */
const PRINTED = /^The capital of France is Paris\.\n?$/;

/** How many times longer a run may take that meets an account without quota. */
const MOST_TIMES_AS_LONG = 3;

const TIMES = 2;

/** How the accounts log in, and the flags that use the gateway. */
const KINDS = [
  { kind: "keys", keys: [1, 2], flags: [] },
  { kind: "logins", keys: [], flags: ["--mode=gateway"] },
];

const CASES = ["0.12.0", "0.24.4"].flatMap((version) =>
  KINDS.map((it) => ({ version, ...it }))
);

type Case = (typeof CASES)[number];

// Each version and each kind once: a run takes seconds.
for (const it of CASES.filter((_, at) => at === 1 || at === 2)) {
  const name = `exec with qwen ${it.version} and ${it.kind}`;

  Deno.test(`${name} takes no longer when the first account answers 429 for ever`, async () => {
    const good: number[] = [];
    const rotated: number[] = [];
    for (let at = 0; at < TIMES; at++) {
      good.push(await timeOf(it, [ANSWER, ANSWER], [1]));
      rotated.push(await timeOf(it, [QUOTA_EXCEEDED, ANSWER], [1, 2]));
    }
    // Other work of the machine only adds to a time.
    const [goodMs, rotatedMs] = [Math.min(...good), Math.min(...rotated)];
    const ratio = rotatedMs / goodMs;
    assert(ratio <= MOST_TIMES_AS_LONG, `${ratio} times as long`);
  });
}

for (const [at, it] of CASES.entries()) {
  const { version, kind, flags } = it;
  const name = `exec with qwen ${version} and ${kind}`;

  // Each pair of a version, a kind and a format once.
  const format = at === 0 || at === 3 ? "text" : "json";
  Deno.test(`${name} and ${format} exits with 75 after one request each when every account is out of quota`, async () => {
    await using scene = await setScene([QUOTA_EXCEEDED, QUOTA_EXCEEDED], it);
    const { code, stdout, stderr } = await scene.exec([
      ...flags,
      "--",
      `--output-format=${format}`,
      `--prompt=${PROMPT}`,
    ]);
    assertEquals({ code, stdout }, { code: 75, stdout: "" }, stderr);
    assertMatch(
      stderr,
      /account 1 is out of quota .*: continuing with account 2\n/,
    );
    assertMatch(
      stderr,
      /error: No account is ready: account 1 .*, account 2 /,
    );
    assertMatch(stderr, /account 2: out of quota, next try /);
    assertEquals(scene.askedAccounts(), [1, 2]);
    assertEquals(await processesOf(scene.home.path), []);
  });

  Deno.test(`${name} runs each tool once when an account is lost between two`, async () => {
    const replies = [
      inTurn(appending("A"), QUOTA_EXCEEDED),
      inTurn(appending("B"), { answer: "Both were done." }),
    ];
    await using scene = await setScene(replies, it);
    const args = [...flags, "--", "--yolo", "--prompt=Run A, then B"];
    const { code, stdout, stderr } = await scene.exec(args);
    assertEquals(code, 0, stderr);
    assertEquals(stdout.trim(), "Both were done.");
    assertEquals(await Deno.readTextFile(`${scene.home.path}/done`), "A\nB\n");
    assertEquals(scene.askedAccounts(), [1, 1, 2, 2]);
    assertMatch(
      stderr,
      /account 1 is out of quota .*: continuing with account 2/,
    );
  });
}

for (const it of CASES) {
  const { version, kind, flags } = it;

  Deno.test(`exec with qwen ${version} and ${kind} leaves nothing behind when it gets SIGTERM`, async () => {
    await using scene = await setScene([{ hang: true }, ANSWER], it);
    const { home, service, qwen } = scene;
    const args = ["exec", ...flags, "--bin", qwen.bin, "--", PROMPT];
    await using child = await startCli(args, {
      home: home.path,
      env: { PATH: qwen.path },
    });
    await service.asked(child.status);
    child.kill("SIGTERM");
    const [{ code }] = await Promise.all([
      child.status,
      child.stdout.cancel(),
      child.stderr.cancel(),
    ]);
    assert([130, 143].includes(code), `code ${code}`); // that of qwen
    assertEquals(await processesOf(home.path), []);
    const accounts = Deno.readDir(`${home.dir}/accounts`);
    const names = await Array.fromAsync(accounts, (it) => it.name);
    const homes = names.includes("homes")
      ? await Array.fromAsync(Deno.readDir(`${home.dir}/accounts/homes`))
      : [];
    assertEquals(homes.filter((it) => it.isDirectory), []);
  });
}

/** Asks for a command that appends a line each time it runs. */
function appending(line: string): Reply {
  const args = { command: `echo ${line} >>done`, is_background: false };
  return { toolCall: { name: "run_shell_command", args } };
}

/** Sends the first reply first, and then always the last one. */
function inTurn(...replies: readonly [Reply, ...Reply[]]): () => Reply {
  let at = 0;
  return () => replies[Math.min(at++, replies.length - 1)] ?? replies[0];
}

async function timeOf(
  it: Case,
  replies: readonly Reply[],
  asked: readonly number[],
): Promise<number> {
  await using scene = await setScene(replies, it);
  const args = [...it.flags, "--", PROMPT];
  const { code, stdout, stderr, durationMs } = await scene.exec(args);
  assertEquals(code, 0, stderr);
  assertMatch(stdout, PRINTED);
  assertEquals(scene.askedAccounts(), asked);
  return durationMs;
}
