import { assertEquals, assertStringIncludes } from "@std/assert";
import type { RunOptions, RunResult } from "../../support/cli.ts";
import { exec as execOutside } from "../../support/fake_exec.ts";
import {
  answers,
  type FakeHome,
  fakeHome,
  OUT_OF_QUOTA,
} from "../../support/fake_qwen.ts";

/** The environment of a tool of a run, which calls exec again. */
const INSIDE = { ACCOUNT_QWEN_RUN: "0123456789abcdef" };

async function exec(
  home: FakeHome,
  args: readonly string[],
  options: Partial<RunOptions> = {},
): Promise<RunResult> {
  return await execOutside(home, args, { env: INSIDE, ...options });
}

Deno.test("exec inside a run runs qwen with the account of that run", async () => {
  await using home = await fakeHome({
    1: 'printf "%s" "$1 $OPENAI_API_KEY $ACCOUNT_QWEN_RUN ${QWEN_OAUTH-none}"',
  });
  const env = { ...INSIDE, OPENAI_API_KEY: "of-the-outer-run" };
  const { code, stdout } = await exec(home, ["--", "hello"], { env });
  assertEquals(code, 0);
  assertEquals(
    stdout.replace(/:[0-9a-f]{16} /, ":ID "),
    `--prompt=hello of-the-outer-run ${INSIDE.ACCOUNT_QWEN_RUN}:ID none`,
  );
  assertEquals(await home.events(), []);
});

for (const [kind, type] of [["api-key", "openai"], ["oauth", "qwen-oauth"]]) {
  Deno.test(`exec inside a run logs in with its ${kind}, whatever the settings of qwen select`, async () => {
    await using home = await fakeHome({ 1: answers("no") });
    const bin = `${home.path}/tells`;
    const script = '#!/bin/sh\nprintf "%s|" "$@"\n';
    await Deno.writeTextFile(bin, script, { mode: 0o755 });
    const env = { ...INSIDE, ACCOUNT_QWEN_RUN_KIND: kind ?? "" };
    const args = ["--bin", bin, "--", "hello"];
    const { stdout } = await exec(home, args, { env });
    assertEquals(stdout, `--auth-type=${type}|--prompt=hello|`);
  });
}

Deno.test("exec inside a run prints nothing of a failed run on stdout", async () => {
  await using home = await fakeHome({
    1: "echo half an answer; echo why >&2; exit 9",
  });
  const { code, stdout, stderr } = await exec(home, ["--", "hello"]);
  assertEquals({ code, stdout }, { code: 9, stdout: "" });
  assertEquals(stderr, "why\nhalf an answer\n");
});

interface Failure {
  play: string;
  code: number;
  timeout?: string;
}

const FAILURES: Record<string, Failure> = {
  "an account is out of quota": { play: OUT_OF_QUOTA, code: 75 },
  "the time is up": { play: "sleep 60", code: 124, timeout: "2s" },
  "qwen fails": { play: "exit 3", code: 3 },
};

for (const [when, failure] of Object.entries(FAILURES)) {
  const { play, code, timeout = "60s" } = failure;

  Deno.test(`exec inside a run exits with ${code} when ${when}`, async () => {
    await using home = await fakeHome({ 1: play, 2: answers("no") });
    const ended = await exec(home, ["--timeout", timeout, "--", "hello"]);
    assertEquals([ended.code, ended.stdout], [code, ""]);
    assertEquals(await home.asked(), [1]);
  });
}

Deno.test("exec --fallback inside a run prints that text when qwen fails", async () => {
  await using home = await fakeHome({ 1: "exit 3" });
  const args = ["--fallback", "nothing", "--", "hello"];
  const { code, stdout } = await exec(home, args);
  assertEquals({ code, stdout }, { code: 0, stdout: "nothing\n" });
});

Deno.test("exec --account inside a run uses that account", async () => {
  await using home = await fakeHome({ 1: answers("no"), 2: answers("Paris") });
  const { stdout } = await exec(home, ["--account", "2", "--", "hello"]);
  assertEquals(stdout, "Paris");
});

Deno.test("exec inside a run passes its stdin to qwen", async () => {
  await using home = await fakeHome({ 1: "cat" });
  const { stdout } = await exec(home, ["--", "hello"], { stdin: "a diff" });
  assertEquals(stdout, "a diff");
});

Deno.test("exec says so when qwen is a program that starts exec again", async () => {
  await using home = await fakeHome({ 1: answers("no") });
  const env = { ...INSIDE, ACCOUNT_QWEN_DEPTH: "16" };
  const { code, stderr } = await exec(home, ["--", "hello"], { env });
  assertEquals(code, 1);
  assertStringIncludes(stderr, "the one on the PATH starts account-qwen again");
});
