import { assertEquals, assertStringIncludes } from "@std/assert";
import { AccountManager } from "../../../lib/mod.ts";
import { runCli } from "../../support/cli.ts";
import { runInShell } from "../../support/cli_process.ts";
import { exec } from "../../support/fake_exec.ts";
import {
  answers,
  FAKE_QWEN,
  fakeHome,
  letGoOn,
  OUT_OF_QUOTA,
} from "../../support/fake_qwen.ts";
import { tempDir } from "../../support/temp_dir.ts";

const PRINT_ARGS = 'printf "%s|" "$@"';

const ARGUMENTS: [string[], string][] = [
  [["--", "hello"], "--prompt=hello|"],
  [["hello"], "--prompt=hello|"],
  [["--", "What is\nthis?"], "--prompt=What is\nthis?|"],
  [["--", "mcp"], "--prompt=mcp|"],
  [["--", "- one\n- two"], "--prompt=- one\n- two|"],
  [["--", "-5 degrees?"], "--prompt=-5 degrees?|"],
  [["--", "--help me"], "--prompt=--help me|"],
  [["--", "--version"], "--version|"],
  [["--", "-v"], "-v|"],
  [["--", "--prompt=- hi"], "--prompt=- hi|"],
  [["--", "--model", "m", "--prompt=- hi"], "--model|m|--prompt=- hi|"],
  [["--", "mcp", "list"], "mcp|list|"],
  [["--", "hello", "-y"], "hello|-y|"],
];

for (const [args, handedOver] of ARGUMENTS) {
  Deno.test(`exec ${JSON.stringify(args)} passes on ${JSON.stringify(handedOver)}`, async () => {
    await using home = await fakeHome({ 1: PRINT_ARGS });
    const { code, stdout } = await exec(home, args);
    assertEquals({ code, stdout }, { code: 0, stdout: handedOver });
  });
}

Deno.test("exec prints the answer of the second account byte for byte", async () => {
  const bytes = Uint8Array.from({ length: 3_000_000 }, (_, at) => at * at >> 3);
  await using home = await fakeHome({
    1: `echo "half an answer"; ${OUT_OF_QUOTA}`,
    2: 'cat "$HOME/answer"',
  });
  await Deno.writeFile(`${home.path}/answer`, bytes);
  const { code } = await runInShell(
    'exec "$@" >printed',
    ["exec", "--bin", FAKE_QWEN, "--", "hello"],
    { home: home.path },
  );
  assertEquals(code, 0);
  assertEquals(await Deno.readFile(`${home.path}/printed`), bytes);
});

Deno.test("exec reports what happens to the accounts only on stderr", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: answers("Paris") });
  const { code, stdout, stderr } = await exec(home, ["--", "hello"]);
  assertEquals({ code, stdout, stderr }, {
    code: 0,
    stdout: "Paris",
    stderr: "account-qwen: account 1 is out of quota (429 Free " +
      "allocated quota exceeded): continuing with account 2\n",
  });
});

Deno.test("exec passes on what a successful run prints to stderr", async () => {
  await using home = await fakeHome({ 1: "echo notice >&2; printf Paris" });
  const { stdout, stderr } = await exec(home, ["--", "hello"]);
  assertEquals({ stdout, stderr }, { stdout: "Paris", stderr: "notice\n" });
});

Deno.test("exec passes its stdin to each account", async () => {
  const stdin = "a line of a file\n".repeat(10_000);
  await using home = await fakeHome({
    1: `head -c 5 >/dev/null; ${OUT_OF_QUOTA}`,
    2: "cat",
  });
  const { stdout } = await exec(home, ["--", "hello"], { stdin });
  assertEquals(stdout, stdin);
});

Deno.test("exec finds qwen on the PATH when --bin is not given", async () => {
  await using home = await fakeHome({ 1: answers("Paris") });
  await Deno.mkdir(`${home.path}/bin`);
  await Deno.symlink(FAKE_QWEN, `${home.path}/bin/qwen`);
  const env = { PATH: `${home.path}/bin:${Deno.env.get("PATH")}` };
  const args = ["exec", "--", "hello"];
  const { stdout } = await runCli(args, { home: home.path, env });
  assertEquals(stdout, "Paris");
});

Deno.test("exec --account begins with that account and stays there", async () => {
  await using home = await fakeHome({ 1: answers("no"), 2: answers("Paris") });
  const { stdout } = await exec(home, ["--account", "2", "--", "hello"]);
  assertEquals(stdout, "Paris");
  assertEquals(await home.link(), "accounts/oauth_creds_2.json");
});

Deno.test("exec --account accepts a label, and exits with 2 for an unknown one", async () => {
  await using home = await fakeHome({ 1: answers("no"), 2: answers("Paris") });
  await new AccountManager({ dir: home.dir }).setLabel(2, "work");
  const { stdout } = await exec(home, ["--account", "Work", "--", "hello"]);
  assertEquals(stdout, "Paris");
  const args = ["--account", "home", "--fallback", "x", "--", "hello"];
  const missing = await exec(home, args);
  assertEquals([missing.code, missing.stdout], [2, ""]);
  assertStringIncludes(missing.stderr, 'No account is named "home"');
});

Deno.test("exec --max-retries 0 tries one account", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: answers("no") });
  const { code, stdout } = await exec(home, ["--max-retries", "0", "hello"]);
  assertEquals({ code, stdout }, { code: 75, stdout: "" });
  assertEquals(await home.asked(), [1]);
});

Deno.test("exec --quota-pattern replaces the patterns", async () => {
  await using home = await fakeHome({
    1: "echo Nothing left >&2; exit 9",
    2: "echo Quota exceeded >&2; exit 8",
    3: answers("no"),
  });
  const args = ["--quota-pattern", "nothing LEFT", "--", "hello"];
  const { code, stderr } = await exec(home, args);
  assertEquals(code, 8);
  assertStringIncludes(stderr, "account 1 is out of quota (Nothing left)");
  assertEquals(await home.asked(), [1, 2]);
});

Deno.test("exec uses the patterns in account-qwen.yaml", async () => {
  await using home = await fakeHome({
    1: "echo Nothing left >&2; exit 9",
    2: "echo Quota exceeded >&2; exit 8",
    3: answers("no"),
  });
  await Deno.writeTextFile(
    `${home.dir}/account-qwen.yaml`,
    "quota_patterns:\n  - nothing LEFT\n",
  );
  const { code } = await exec(home, ["--", "hello"]);
  assertEquals(code, 8);
  assertEquals(await home.asked(), [1, 2]);
});

Deno.test("exec runs nothing when account-qwen.yaml has an unknown key", async () => {
  await using home = await fakeHome({ 1: answers("no") });
  await Deno.writeTextFile(`${home.dir}/account-qwen.yaml`, "patterns: [a]\n");
  const { code, stdout, stderr } = await exec(home, ["--", "hello"]);
  assertEquals({ code, stdout }, { code: 2, stdout: "" });
  assertStringIncludes(stderr, "account-qwen.yaml");
  assertStringIncludes(stderr, 'unknown key "patterns"');
  assertEquals(await home.asked(), []);
});

Deno.test("exec --fallback prints the answer when there is one", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: answers("Paris") });
  const { stdout } = await exec(home, ["--fallback", "none", "--", "hello"]);
  assertEquals(stdout, "Paris");
});

Deno.test("exec switches once when two processes see the same account run out", async () => {
  await using home = await fakeHome({
    1: `read -r _ <"$HOME/gate$1"; ${OUT_OF_QUOTA}`,
    2: answers("Paris"),
    3: answers("no"),
  });
  const gates = await Promise.all([
    home.addPipe("gate--prompt=one"),
    home.addPipe("gate--prompt=two"),
  ]);
  const runs = ["one", "two"].map((it) => exec(home, ["--", it]));
  await letGoOn(gates, Promise.race(runs));
  const results = await Promise.all(runs);
  assertEquals(results.map((it) => it.stdout), ["Paris", "Paris"]);
  assertEquals((await home.events("account_switch")).length, 1);
});

// A `qwen` before 0.21.2 finds a folder only through HOME.
for (const dir of [".qwen", "./.qwen"]) {
  Deno.test(`exec --dir ${dir} makes qwen use that folder`, async () => {
    await using elsewhere = await tempDir();
    await using home = await fakeHome({ 1: answers("Paris") });
    const { code, stdout } = await runCli(
      ["exec", "--dir", dir, "--bin", FAKE_QWEN, "--", "hello"],
      { home: elsewhere.path, cwd: home.path },
    );
    assertEquals({ code, stdout }, { code: 0, stdout: "Paris" });
  });
}

for (const args of [["--", ""], ["--", "  "], ["--fallback", "x", "--", ""]]) {
  Deno.test(`exec ${JSON.stringify(args)} is a mistake for which no account is blamed`, async () => {
    await using home = await fakeHome({ 1: answers("no") });
    const { code, stdout, stderr } = await exec(home, args);
    assertEquals({ code, stdout, stderr }, {
      code: 2,
      stdout: "",
      stderr: "account-qwen: error: Cannot run qwen: the prompt is empty\n" +
        'account-qwen: hint: for example: account-qwen exec -- "What is the capital of France?"\n',
    });
    assertEquals(await home.asked(), []);
  });
}
