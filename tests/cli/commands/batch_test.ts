import { makePipe } from "../../support/pipe.ts";
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  batchScene,
  outOfQuota,
  type Result,
  somePrompts,
} from "../../support/batch_scene.ts";
import { startCli } from "../../support/cli_process.ts";
import { until } from "../../support/deadline.ts";
import { loginScene } from "../../support/login_run_scene.ts";
import { fakeHome } from "../../support/fake_qwen.ts";
import { FAKE_QWEN } from "../../support/fake_qwen.ts";
import { runCli } from "../../support/cli.ts";
import { namesIn } from "../../support/names_in.ts";

const idsOf = (results: readonly Result[]) =>
  results.map((it) => it.id).toSorted();

Deno.test("batch asks each prompt once, spread over all accounts, and writes each result", async () => {
  await using scene = await batchScene();
  await scene.write("prompts.txt", somePrompts(12));
  const { code, stdout, stderr } = await scene.batch(
    ["prompts.txt", "--jobs=3", "--out=results.jsonl"],
  );
  assertEquals([code, stdout], [0, ""], stderr);
  assertMatch(
    stderr,
    /: 12 of 12 prompts answered, .*account 1 \d+%.* in \d+ s\n/,
  );
  const results = await scene.results("results.jsonl");
  const outputs = results.map((it) => it.output).toSorted();
  const wanted = somePrompts(12).map((it) => `answer to ${it}`).toSorted();
  assertEquals(outputs, wanted);
  assertEquals(
    new Set(results.map((it) => [it.status, it.exit, it.attempts].join())),
    new Set(["ok,0,1"]),
  );
  assertEquals(new Set(results.map((it) => it.account)), new Set([1, 2, 3]));
  assertEquals((await scene.asked()).length, 12);
  assertEquals(await scene.read("results.jsonl.started"), "");
  const { mode } = await Deno.stat(`${scene.path}/results.jsonl`);
  assertEquals((mode ?? 0) & 0o777, 0o600);
});

Deno.test("batch prints the results to stdout, with ids of the line and the prompt", async () => {
  await using scene = await batchScene();
  const prompts = ["one", "", "  two"];
  await scene.write("prompts.txt", prompts);
  const { code, stdout } = await scene.batch(["prompts.txt", "--quiet"]);
  assertEquals(code, 0);
  await scene.write("out", stdout);
  const [first, third] = (await scene.results("out"))
    .toSorted((a, b) => a.id < b.id ? -1 : 1);
  assertMatch(`${first?.id}`, /^1-[0-9a-f]{8}$/);
  assertMatch(`${third?.id}`, /^3-[0-9a-f]{8}$/);
  assertEquals(third?.output, "answer to   two");
});

Deno.test("batch reads JSON lines with arguments, a folder and an id, also from stdin", async () => {
  await using scene = await batchScene();
  await Deno.mkdir(`${scene.path}/sub`);
  await scene.write("play", 'echo "$(pwd) $PWD $*" >"$HOME/noted.$prompt"\n');
  const line = { prompt: "one", args: ["--model", "x"], cwd: "sub", id: "a" };
  const { code, stderr } = await scene.batch(
    ["-", "--out=results.jsonl", "--", "--yolo"],
    { stdin: `${JSON.stringify(line)}\n{"args": ["--prompt=two"]}\n` },
  );
  assertEquals(code, 0, stderr);
  const real = await Deno.realPath(scene.path);
  const noted = await scene.read("noted.one");
  assert(noted.startsWith(`${real}/sub ${real}/sub `), noted);
  assertMatch(noted, /--prompt=one --model x --yolo/);
  assertMatch(await scene.read("noted.two"), /--prompt=two --yolo/);
  const [a] = (await scene.results("results.jsonl"))
    .filter((it) => it.id === "a");
  assertEquals(a?.output, "answer to one");
});

const WRONG: Record<string, [prompts: string, problem: RegExp]> = {
  "JSON that is cut off": ['one\n{"prompt": "a"', /line 2 of .*not valid JSON/],
  "an object without a prompt": ['{"id": "a"}', /neither "prompt" nor "args"/],
  "a prompt that is not text": ['{"prompt": 1}', /"prompt" is not a string/],
  "arguments that are not texts": ['{"args": [1]}', /"args" is not a list/],
  "a blank prompt": ['{"prompt": " "}', /its prompt is empty/],
  "a NUL": ['{"prompt": "a\\u0000"}', /NUL/],
  "a folder that is not there": [
    '{"prompt": "a", "cwd": "nowhere"}',
    /the folder "nowhere" does not exist/,
  ],
  "a folder below a file": [
    '{"prompt": "a", "cwd": "prompts.jsonl/sub"}',
    /the folder "prompts.jsonl\/sub" is not a directory/,
  ],
  "a folder with a NUL": ['{"prompt": "a", "cwd": "a\\u0000"}', /NUL/],
  "an empty id": ['{"prompt": "a", "id": ""}', /"id" is empty/],
  "two prompts with one id": [
    '{"prompt": "a", "id": "x"}\n{"prompt": "b", "id": "x"}',
    /line 2 of .*: line 1 has the same id "x"/,
  ],
  "no prompt": ["\n \n", /has no prompts/],
};

for (const [what, [prompts, problem]] of Object.entries(WRONG)) {
  Deno.test(`batch refuses ${what}, and asks nothing`, async () => {
    await using scene = await batchScene({ accounts: 1 });
    await scene.write("prompts.jsonl", prompts);
    const { code, stderr } = await scene.batch(["prompts.jsonl"]);
    assertEquals(code, 2, stderr);
    assertMatch(stderr, problem);
    assertEquals(await scene.asked(), []);
  });
}

const UNREADABLE: Record<string, [file: string, problem: RegExp]> = {
  "does not exist": ["nowhere.jsonl", /"nowhere.jsonl" does not exist/],
  "is below another file": ["file/prompts", /"file\/prompts" does not exist/],
  "is a directory": [".", /"\." is a directory, not a file/],
  "is a pipe": [
    "pipe",
    /"pipe" is a pipe or a device, not a file\n.*hint: .* \| account-qwen batch -/,
  ],
};

for (const [how, [file, problem]] of Object.entries(UNREADABLE)) {
  Deno.test(`batch refuses a file with prompts that ${how}`, async () => {
    await using scene = await batchScene({ accounts: 1 });
    await scene.write("file", "one");
    await makePipe(`${scene.path}/pipe`);
    const { code, stderr } = await scene.batch([file]);
    assertEquals(code, 2, stderr);
    assertMatch(stderr, problem);
  });
}

const UNWRITABLE: Record<string, [file: string, problem: RegExp]> = {
  "is in a folder that does not exist": ["no/out", /folder does not exist/],
  "is below another file": ["file/out", /"file\/out": .* not a directory/],
  "is a directory": [".", /"\.": it is not a file/],
};

for (const [how, [file, problem]] of Object.entries(UNWRITABLE)) {
  Deno.test(`batch refuses an --out that ${how}`, async () => {
    await using scene = await batchScene({ accounts: 1 });
    await scene.write("file", "one");
    const { code, stderr } = await scene.batch(["file", `--out=${file}`]);
    assertEquals(code, 2, stderr);
    assertMatch(stderr, problem);
    assertMatch(stderr, /hint: name another file/);
    assertEquals(await scene.asked(), []);
  });
}

Deno.test("batch says where the arguments of the agent and a prompt belong", async () => {
  await using scene = await batchScene({ accounts: 1 });
  const { stderr } = await scene.batch(["prompts.txt", "other.txt"]);
  assertMatch(stderr, /"other.txt": arguments of the agent follow --/);
  const each = await scene.batch(["--each=*.ts", "Review"]);
  assertMatch(
    each.stderr,
    /"Review": the prompt follows --, and the pattern n/,
  );
});

for (
  const args of [
    ["prompts.txt", "--jobs=0"],
    ["prompts.txt", "--jobs=1000"],
    ["prompts.txt", "--retry-failed"],
    ["nowhere.txt"],
    ["--each=../*.ts", "--", "Review"],
    ["--each=*.nothing", "--", "Review"],
    ["prompts.txt", "--out=no/folder/results.jsonl"],
    ["prompts.txt", "--out=agent"],
    ["prompts.txt", "--out=prompts.txt"],
    ["prompts.txt", "other.txt"],
    ["--each=prompts.txt", "other.txt", "--", "Review"],
    ["--each=prompts.txt", "Review"],
    ["agent"],
    [],
  ]
) {
  Deno.test(`batch ${args.join(" ")} is a mistake`, async () => {
    await using scene = await batchScene({ accounts: 1 });
    await scene.write("prompts.txt", ["one"]);
    const { code } = await scene.batch(args);
    assertEquals(code, 2);
    assertEquals(await scene.read("prompts.txt"), "one\n");
    assertEquals(await scene.asked(), []);
  });
}

Deno.test("batch --each asks once for each file that Git does not ignore, with the file on stdin", async () => {
  await using scene = await batchScene();
  const git = async (...args: string[]) => {
    const { success } = await new Deno.Command("git", {
      args,
      cwd: scene.path,
      env: { HOME: scene.path },
    }).output();
    assert(success, args.join(" "));
  };
  await Deno.mkdir(`${scene.path}/src/deep`, { recursive: true });
  await git("init", "-q");
  await scene.write(".gitignore", "ignored.ts\n");
  const names = ["src/a.ts", "src/deep/b.ts", "src/ignored.ts", "src/c.js"];
  for (const name of [...names, "d.ts"]) await scene.write(name, `of ${name}`);
  await Deno.symlink("/etc/passwd", `${scene.path}/src/link.ts`);
  await git("add", "src/a.ts");
  await scene.write("play", 'printf "%s: " "$(cat)"\n');
  const each = ["--each=src/**/*.ts", "--each=src/*.js"];
  const { code, stderr } = await scene.batch(
    [...each, "--out=results.jsonl", "--", "Review this file"],
  );
  assertEquals(code, 0, stderr);
  const results = await scene.results("results.jsonl");
  const outputs = results.map(({ id, output }) => [id, output]);
  assertEquals(
    outputs.toSorted(),
    ["src/a.ts", "src/c.js", "src/deep/b.ts"].map((it) => [
      it,
      `of ${it}: answer to Review this file`,
    ]),
  );
});

Deno.test("batch --each finds files without a repository", async () => {
  await using scene = await batchScene({ accounts: 1 });
  await Deno.mkdir(`${scene.path}/src/node_modules`, { recursive: true });
  for (const name of ["src/a.md", "src/node_modules/b.md"]) {
    await scene.write(name, name);
  }
  const { code } = await scene.batch(
    ["--each=./**/*.md", "--out=results.jsonl", "--", "Review"],
  );
  assertEquals(code, 0);
  assertEquals(idsOf(await scene.results("results.jsonl")), ["src/a.md"]);
});

Deno.test("batch --each goes on when a file is gone", async () => {
  await using scene = await batchScene({ accounts: 1 });
  for (const name of ["a.md", "b.md", "c.md"]) await scene.write(name, name);
  await scene.write("play", 'rm -f "$HOME/b.md"\n');
  const { code } = await scene.batch(
    ["--each=*.md", "--jobs=1", "--out=results.jsonl", "--", "Review"],
  );
  assertEquals(code, 1);
  const results = await scene.results("results.jsonl");
  assertEquals(
    results.map((it) => [it.id, it.status, it.error]),
    [
      ["a.md", "ok", null],
      ["b.md", "failed", 'Cannot read "b.md": it is not a file any more'],
      ["c.md", "ok", null],
    ],
  );
});

Deno.test("batch continues where it stopped, and asks only what has no result", async () => {
  await using scene = await batchScene();
  await scene.write("prompts.txt", somePrompts(3));
  const args = ["prompts.txt", "--out=results.jsonl"];
  await scene.batch(args);
  await scene.write("prompts.txt", somePrompts(5));
  const { code, stderr } = await scene.batch(args);
  assertEquals(code, 0);
  assertMatch(stderr, /5 of 5 prompts answered/);
  assertEquals((await scene.asked()).length, 5);
  assertEquals((await scene.results("results.jsonl")).length, 5);
  await scene.batch(args);
  assertEquals((await scene.asked()).length, 5);
});

Deno.test("batch refuses results of another prompt with the same id", async () => {
  await using scene = await batchScene({ accounts: 1 });
  const args = ["prompts.jsonl", "--out=results.jsonl"];
  await scene.write("prompts.jsonl", '{"prompt": "one", "id": "x"}\n');
  await scene.batch(args);
  const before = await scene.read("results.jsonl");
  await scene.write("prompts.jsonl", '{"prompt": "two", "id": "x"}\n');
  const { code, stderr } = await scene.batch(args);
  assertEquals(code, 2);
  assertMatch(stderr, /the result of another prompt with the id "x"/);
  assertEquals(await scene.read("results.jsonl"), before);
  assertEquals((await scene.asked()).length, 1);
});

for (const cut of [1, 20]) {
  Deno.test(`batch repairs a last result without its last ${cut} bytes`, async () => {
    await using scene = await batchScene();
    await scene.write("prompts.txt", somePrompts(4));
    const args = ["prompts.txt", "--jobs=1", "--out=results.jsonl"];
    await scene.batch(args);
    const path = `${scene.path}/results.jsonl`;
    const whole = await scene.results("results.jsonl");
    const { size } = await Deno.stat(path);
    await Deno.truncate(path, size - cut);
    await scene.write("results.jsonl.started", `{"id":"${whole[3]?.id}"}\n{"i`);
    const { code, stderr } = await scene.batch(args);
    assertEquals(code, 0);
    // Without the newline alone, nothing is missing.
    const again = cut === 1 ? 0 : 1;
    assertEquals((await scene.asked()).length, 4 + again);
    const named = /asked again: 4-[0-9a-f]{8}\n/.test(stderr);
    assertEquals(named, again === 1);
    const lines = (await scene.read("results.jsonl")).trim().split("\n");
    assertEquals(
      lines.map((it) => JSON.parse(it).id),
      whole.map((it) => it.id),
    );
  });
}

for (
  const [what, lost] of Object.entries({
    "a few characters": '{"sch',
    "zeros in place of its end": '{"schema_version":1,"id":"4-\0\0\0',
  })
) {
  Deno.test(`batch repairs a last result of which ${what} are left`, async () => {
    await using scene = await batchScene();
    await scene.write("prompts.txt", somePrompts(2));
    await scene.write("results.jsonl", lost);
    const { code, stderr } = await scene.batch(
      ["prompts.txt", "--out=results.jsonl"],
    );
    assertEquals(code, 0, stderr);
    assertEquals((await scene.results("results.jsonl")).length, 2);
  });
}

for (const text of ["notes without a newline", '{"scripts":{}}']) {
  Deno.test(`batch does not replace a file with ${text}`, async () => {
    await using scene = await batchScene({ accounts: 1 });
    await scene.write("prompts.txt", ["one"]);
    await scene.write("notes", text);
    const { code, stderr } = await scene.batch(["prompts.txt", "--out=notes"]);
    assertEquals(code, 2);
    assertMatch(stderr, /line 1 is not a result of batch/);
    assertEquals(await scene.read("notes"), text);
  });
}

Deno.test("batch does not write through a link in place of its journal", async () => {
  await using scene = await batchScene({ accounts: 1 });
  await scene.write("prompts.txt", ["one"]);
  await scene.write("notes", "of the user\n");
  await Deno.symlink("notes", `${scene.path}/results.jsonl.started`);
  const { code, stderr } = await scene.batch(
    ["prompts.txt", "--out=results.jsonl"],
  );
  assertEquals(code, 2);
  assertMatch(stderr, /results\.jsonl\.started" is not a file/);
  assertEquals(await scene.read("notes"), "of the user\n");
});

Deno.test("batch names the line that is not UTF-8, and asks nothing", async () => {
  await using scene = await batchScene({ accounts: 1 });
  const bytes = new TextEncoder().encode("one\nt?o\n");
  bytes[5] = 0xff;
  await Deno.writeFile(`${scene.path}/prompts.txt`, bytes);
  const { code, stderr } = await scene.batch(["prompts.txt"]);
  assertEquals(code, 2);
  assertMatch(stderr, /line 2 of "prompts.txt" is not UTF-8 text/);
  assertEquals(await scene.asked(), []);
});

Deno.test("batch asks the other prompts when the folder of one is gone", async () => {
  await using scene = await batchScene({ accounts: 1 });
  await Deno.mkdir(`${scene.path}/sub`);
  await scene.write("play", 'rmdir "$HOME/sub" || true\n');
  const two = { prompt: "two", cwd: "sub", id: "two" };
  await scene.write("prompts.jsonl", ["one", JSON.stringify(two), "three"]);
  const { code, stderr } = await scene.batch(
    ["prompts.jsonl", "--jobs=1", "--out=results.jsonl"],
  );
  assertEquals(code, 1, stderr);
  const [one, gone, three] = await scene.results("results.jsonl");
  assertEquals([one?.status, three?.status], ["ok", "ok"]);
  assertEquals([gone?.id, gone?.status], ["two", "failed"]);
  assertMatch(`${gone?.error}`, /sub": it does not exist any more/);
});

Deno.test("batch asks no more at once than the accounts take, so that none waits too long", async () => {
  await using scene = await batchScene({ accounts: 2 });
  await scene.write("prompts.txt", somePrompts(6));
  await scene.write("play", "sleep 1\n");
  const limits = ["--max-in-flight=1", "--queue-timeout=500ms"];
  const { code, stderr } = await scene.batch(
    ["prompts.txt", "--jobs=6", "--out=results.jsonl", ...limits],
  );
  assertEquals(code, 0, stderr);
  const results = await scene.results("results.jsonl");
  assertEquals(results.map((it) => it.status), Array(6).fill("ok"));
});

Deno.test("batch asks again what found no room because of other runs", async () => {
  await using scene = await batchScene({ accounts: 1 });
  await scene.write("prompts.txt", somePrompts(2));
  await scene.write("play", 'while [ -e "$HOME/wait" ]; do sleep 0.05; done\n');
  await scene.write("wait", "");
  const limits = ["--max-in-flight=1", "--queue-timeout=1s"];
  const exec = ["exec", "--mode=link", `--bin=${scene.bin}`, ...limits];
  const other = scene.cli([...exec, "--", "Say hello"]);
  await until(async () => (await scene.asked()).length === 1, {
    what: "the other run",
    running: other,
  });
  const args = ["prompts.txt", "--jobs=1", "--out=results.jsonl", ...limits];
  const { code, stderr } = await scene.batch(args);
  assertEquals(code, 75, stderr);
  assertMatch(stderr, /the other 2 of 2 prompts: no account .* had room/);
  await Deno.remove(`${scene.path}/wait`);
  assertEquals((await other).code, 0);
  assertEquals((await scene.batch(args)).code, 0);
  assertEquals((await scene.results("results.jsonl")).length, 2);
});

Deno.test("batch says what failed, and --retry-failed asks that again", async () => {
  await using scene = await batchScene();
  await scene.write("prompts.txt", somePrompts(5));
  const play = `case $prompt in *[24])
    echo "[API Error: 400 invalid request]" >&2; exit 1;; esac\n`;
  await scene.write("play", play);
  const args = ["prompts.txt", "--out=results.jsonl"];
  for (const _ of [1, 2]) {
    const { code, stderr } = await scene.batch(args);
    assertEquals(code, 1);
    assertMatch(stderr, /3 of 5 prompts answered, 2 failed/);
    assertMatch(stderr, /add --retry-failed\n/);
  }
  const failed = (await scene.results("results.jsonl"))
    .filter((it) => it.status === "failed");
  assertEquals(failed.map((it) => [it.exit, it.output]), [[1, ""], [1, ""]]);
  assertMatch(`${failed[0]?.error}`, /invalid request/);
  assertEquals((await scene.asked()).length, 5);
  await Deno.remove(`${scene.path}/play`);
  const { code } = await scene.batch([...args, "--retry-failed"]);
  assertEquals(code, 0);
  const results = await scene.results("results.jsonl");
  assertEquals(new Set(idsOf(results)).size, 5);
  assertEquals(results.length, 5);
  assertEquals(results.filter((it) => it.status === "ok").length, 5);
});

Deno.test("batch ends with 75 when all accounts are out, and continues later", async () => {
  await using scene = await batchScene();
  await scene.write("prompts.txt", somePrompts(6));
  await scene.write("play", outOfQuota("*"));
  const args = ["prompts.txt", "--jobs=2", "--out=results.jsonl"];
  const { code, stderr } = await scene.batch(args);
  assertEquals(code, 75);
  assertMatch(
    stderr,
    /Cannot ask the other 6 of 6 prompts: no account is ready/,
  );
  assertMatch(stderr, /account 1: out of quota, next try in/);
  assertMatch(stderr, /hint: the same command continues from there/);
  const out = await scene.results("results.jsonl");
  assertEquals(
    new Set(out.map((it) => [it.status, it.exit].join())),
    new Set(["out,75"]),
  );
  assert(out.length <= 2);
  await Deno.remove(`${scene.path}/play`);
  await scene.cli(["cooldown", "clear"]);
  assertEquals((await scene.batch(args)).code, 0);
  const results = await scene.results("results.jsonl");
  assertEquals([results.length, new Set(idsOf(results)).size], [6, 6]);
});

Deno.test("batch continues with the accounts that are left", async () => {
  await using scene = await batchScene();
  await scene.write("prompts.txt", somePrompts(9));
  await scene.write("play", outOfQuota("1|3"));
  const args = ["prompts.txt", "--jobs=3", "--out=results.jsonl"];
  const { code, stderr } = await scene.batch(args);
  assertEquals(code, 0, stderr);
  const results = await scene.results("results.jsonl");
  assertEquals(new Set(results.map((it) => it.account)), new Set([2]));
  // Each of the jobs tells it, but the user reads it once.
  assertEquals(stderr.match(/account 1 is out of quota/g)?.length ?? 0, 1);
});

Deno.test("batch --wait waits until an account is ready", async () => {
  await using scene = await batchScene({ accounts: 1 });
  await scene.write("prompts.txt", somePrompts(2));
  await scene.cli(["cooldown", "set", "1", "12s"]);
  const { code, stderr } = await scene.batch(["prompts.txt", "--wait"]);
  assertEquals(code, 0);
  assertEquals(stderr.match(/waiting: account 1/g)?.length, 1);
});

Deno.test("batch refuses an output that another batch writes to", async () => {
  await using scene = await batchScene({ accounts: 1 });
  await scene.write("prompts.txt", ["one"]);
  await scene.write(
    "play",
    ': >"$HOME/up"; while [ ! -e "$HOME/go" ]; do sleep 0.05; done\n',
  );
  const args = ["prompts.txt", "--out=results.jsonl"];
  await using first = await startCli(
    scene.batchArgs([
      `${scene.path}/prompts.txt`,
      `--out=${scene.path}/results.jsonl`,
    ]),
    { home: scene.path },
  );
  await until(
    async () =>
      await Deno.stat(`${scene.path}/up`).then(() => true, () => false),
    {
      what: "the first prompt",
      running: first.status,
    },
  );
  const second = await scene.batch(args);
  assertEquals(second.code, 75);
  assertMatch(second.stderr, /process \d+ is writing to it/);
  await scene.write("go", "");
  assertEquals((await first.output()).code, 0);
  assertEquals((await scene.results("results.jsonl")).length, 1);
});

Deno.test("batch ends when an account needs the user for every prompt", async () => {
  await using scene = await batchScene({ accounts: 2 });
  await scene.write("prompts.txt", somePrompts(50));
  for (const account of ["1", "2"]) await scene.cli(["disable", account]);
  const { code, stderr } = await scene.batch(["prompts.txt", "--out=r.jsonl"]);
  assertEquals(code, 4);
  assertMatch(stderr, /0 of 50 prompts answered, 50 left/);
  assertEquals(await scene.results("r.jsonl"), []);
});

Deno.test("batch uses the login on the link with all its jobs", async () => {
  const play = "sleep 0.2; printf Paris";
  await using home = await fakeHome({ 1: play, 2: play });
  await Deno.writeTextFile(`${home.path}/prompts.txt`, "a\nb\nc\nd\n");
  const { code, stdout } = await runCli(
    ["batch", "prompts.txt", "--bin", FAKE_QWEN, "--jobs=4"],
    { home: home.path, cwd: home.path },
  );
  assertEquals([code, stdout.match(/"output":"Paris"/g)?.length], [0, 4]);
  assertEquals(await home.asked(), [1, 1, 1, 1]);
});

Deno.test("batch runs plan logins one at a time, and refuses --jobs above 1", async () => {
  await using scene = await loginScene("codex");
  const prompts = `${scene.home}/prompts.txt`;
  await Deno.writeTextFile(prompts, "one\ntwo\n");
  const batch = ["batch", prompts, `--bin=${scene.bin}`];
  const refused = await scene.cli([...batch, "--jobs=2"]);
  assertEquals(refused.code, 2);
  assertMatch(
    refused.stderr,
    /Cannot run 2 jobs at once: account 1 has the login of a plan/,
  );
  assertMatch(refused.stderr, /hint: use --jobs 1, or only keys: .* disable 1/);
  const script = 'mkdir "$HOME/busy" || exit 9; sleep 0.2; rmdir "$HOME/busy"';
  const env = { STAND_IN: script };
  const { code, stdout } = await scene.cli(batch, { env });
  assertEquals([code, stdout.match(/"status":"ok"/g)?.length], [0, 2]);
  assertEquals(stdout.match(/"account":1,"agent":"codex"/g)?.length, 2);
});

for (
  const [what, code, given] of [
    ["there are no accounts", 4, []],
    ["there is no program", 127, ["--bin=/nonexistent"]],
  ] as const
) {
  Deno.test(`batch names nothing as asked again if ${what}`, async () => {
    await using scene = await batchScene({ accounts: code === 4 ? 0 : 2 });
    await scene.write("prompts.txt", somePrompts(3));
    const args = [...given, "prompts.txt", "--out=results.jsonl"];
    assertEquals((await scene.batch(args)).code, code);
    const { stderr } = await scene.batch(args);
    assertEquals(stderr.match(/asked again/), null, stderr);
  });
}

Deno.test("batch removes what a killed one has left of a rewritten file", async () => {
  await using scene = await batchScene({ accounts: 1 });
  await scene.write("prompts.txt", somePrompts(1));
  const left = ".results.jsonl.0123456789abcdef.tmp";
  await scene.write(left, "");
  const others = [
    ".other.jsonl.0123456789abcdef.tmp",
    ".results.jsonl.fedcba9876543210.tmp",
  ];
  await Deno.mkdir(`${scene.path}/${others[1]}/in`, { recursive: true });
  await scene.write(`${others[0]}`, "");
  const { code } = await scene.batch(["prompts.txt", "--out=results.jsonl"]);
  assertEquals(code, 0);
  const names = await namesIn(scene.path);
  assertEquals(names.filter((it) => it.endsWith(".tmp")), others);
});

Deno.test("batch is refused within a run of exec", async () => {
  await using scene = await batchScene({ accounts: 1 });
  await scene.write("prompts.txt", ["one"]);
  const env = { ACCOUNT_QWEN_RUN: "0123456789abcdef" };
  const { code, stderr } = await scene.batch(["prompts.txt"], { env });
  assertEquals(code, 2);
  assertMatch(stderr, /within a run of exec/);
});
