/**
 * The default patterns, for a simple program that prints a message and exits 1.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { apiKey, keySlot } from "../support/account_folder.ts";
import { runCli } from "../support/cli.ts";
import { exec } from "../support/fake_exec.ts";
import { answers, fakeHome } from "../support/fake_qwen.ts";
import { tempDir } from "../support/temp_dir.ts";

const PATTERNS = [
  "quota exhausted",
  "rate limit",
  "rate_limit",
  "quota exceeded",
  "usage limit",
  "insufficient quota",
  "rate-limited",
  "403",
  "429",
];

const OTHER_FORMS = [
  "Quota Exhausted",
  "RATE LIMIT",
  "Error: 429 Too Many Requests",
  "RateLimitError: slow down",
  "Request failed with status code 429",
  "fatal: usage limit reached",
  "HTTP 403",
  "openai.RateLimitError: Error code: 429 - {'error': {'code': 1}}",
  '{"error":{"message":"Rate limit exceeded","code":429}}',
  "2026-02-05T10:30:00Z ERROR quota exhausted",
  "\x1b[31mError: quota exceeded\x1b[0m\r",
  'Traceback (most recent call last):\n  File "a.py", line 3\nRateLimitError: x',
];

/** The script of an account that prints `text` there and fails. */
function says(text: string, stream: "stdout" | "stderr"): string {
  const quoted = `'${text.replaceAll("'", "'\\''")}'`;
  return `printf '%s\\n' ${quoted} >&${stream === "stdout" ? 1 : 2}; exit 1`;
}

for (const stream of ["stderr", "stdout"] as const) {
  for (const [what, forms] of Object.entries({ PATTERNS, OTHER_FORMS })) {
    Deno.test(`exec continues with the next account for each of ${what} on ${stream}`, async () => {
      const plays = forms.map((it) => says(it, stream));
      const last = forms.length + 1;
      await using home = await fakeHome({
        ...Object.fromEntries(plays.map((it, at) => [at + 1, it])),
        [last]: answers("Paris"),
      });
      const args = ["--max-retries", "100", "--", "hello"];
      const { code, stdout, stderr } = await exec(home, args);
      const all = Array.from({ length: last }, (_, at) => at + 1);
      assertEquals(await home.asked(), all, stderr);
      assertEquals({ code, stdout }, { code: 0, stdout: "Paris" });
      const switches = await home.events("account_switch");
      assertEquals(switches.length, forms.length);
    });
  }
}

const OTHER_FAILURES = [
  "cannot open notes-429.txt",
  "    at limit (rate_limit.ts:403:12)",
  "Error: syntax error at line 429",
  "listen failed on port 403",
  "429 passed, 1 failed",
  "failed, took 429 ms",
  "see issue #403: broken",
  "test_rate_limit failed",
  "cannot read src/usage limit.md",
  "commit 429abc1 failed",
  "the rate limit is 60 a minute\nError: database is locked",
  "rate limit is documented in docs/limits.md",
];

Deno.test("exec tries no other account when a failure merely contains a pattern", async () => {
  const left = [...OTHER_FAILURES.entries()];
  const next = async () => {
    for (let it; (it = left.pop());) {
      const [, text] = it;
      await using home = await fakeHome({
        1: says(text, "stderr"),
        2: answers("no"),
      });
      const { code, stdout } = await exec(home, ["--", "hello"]);
      assertEquals({ code, stdout }, { code: 1, stdout: "" }, text);
      assertEquals(await home.asked(), [1], text);
      assertEquals(await home.events("account_cooldown"), []);
    }
  };
  await Promise.all([next(), next()]);
});

Deno.test("exec says that no time was named, and cools the account down", async () => {
  await using home = await fakeHome({ 1: says("403", "stderr") });
  const { code, stderr } = await exec(home, ["--", "hello"]);
  assertEquals(code, 75);
  assertStringIncludes(stderr, "account 1: out of quota, next try in 1 min");
  assertStringIncludes(stderr, "(our guess)");
  const list = await runCli(["cooldown", "--json"], { home: home.path });
  const [{ source }] = JSON.parse(list.stdout).accounts;
  assertEquals(source, "guess");
});

Deno.test("exec shows the time that the program has named", async () => {
  const text = "quota exhausted, try again in 3 hours";
  await using home = await fakeHome({ 1: says(text, "stderr") });
  const { code, stderr } = await exec(home, ["--", "hello"]);
  assertEquals(code, 75);
  assertStringIncludes(stderr, "account 1: out of quota, ready ");
  assert(!stderr.includes("our guess"), stderr);
});

Deno.test("exec continues for a simple program with accounts that have keys", async () => {
  await using home = await tempDir();
  const accounts = `${home.path}/.qwen/accounts`;
  await Deno.mkdir(accounts, { recursive: true, mode: 0o700 });
  for (const index of [1, 2]) {
    const text = keySlot(index, "http://127.0.0.1:9/v1");
    await Deno.writeTextFile(`${accounts}/api_key_${index}.env`, text, {
      mode: 0o600,
    });
  }
  for (const mode of ["auto", "link"]) {
    await Deno.remove(`${home.path}/ran`).catch(() => {});
    const bin = `${home.path}/naive-${mode}`;
    await Deno.writeTextFile(
      bin,
      `#!/bin/sh
if [ -e "${home.path}/ran" ]; then printf Paris; exit; fi
: >"${home.path}/ran"; echo "quota exhausted" >&2; exit 1\n`,
      { mode: 0o700 },
    );
    const args = ["exec", "--mode", mode, "--bin", bin, "--", "hello"];
    const run = await runCli(args, { home: home.path });
    assertEquals([run.code, run.stdout], [0, "Paris"], run.stderr);
    assertStringIncludes(run.stderr, "is out of quota (quota exhausted)");
    assert(!run.stderr.includes(apiKey(1)));
    const list = await runCli(["cooldown", "--json"], { home: home.path });
    const out = JSON.parse(list.stdout).accounts
      .filter((it: { obstacle?: string }) => it.obstacle === "out of quota");
    assertEquals(out.length, 1, list.stdout);
    await runCli(["cooldown", "clear"], { home: home.path });
  }
});

Deno.test("config shows the patterns, and --quota-pattern replaces them", async () => {
  await using home = await fakeHome({
    1: says("nothing left", "stderr"),
    2: says("quota exhausted", "stderr"),
    3: answers("no"),
  });
  const shown = await runCli(["config"], { home: home.path });
  for (const it of PATTERNS) assertStringIncludes(shown.stdout, `"${it}"`);
  const args = ["--quota-pattern", "nothing left", "--", "hello"];
  const { code } = await exec(home, args);
  assertEquals(code, 1);
  assertEquals(await home.asked(), [1, 2]);
});
