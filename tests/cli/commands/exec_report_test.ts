import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { formatSchema } from "../../../lib/cli/schemas.ts";
import { AccountManager } from "../../../lib/mod.ts";
import { runInShell } from "../../support/cli_process.ts";
import { runCli } from "../../support/cli.ts";
import { exec } from "../../support/fake_exec.ts";
import {
  answers,
  FAKE_QWEN,
  type FakeHome,
  fakeHome,
  OUT_OF_QUOTA,
} from "../../support/fake_qwen.ts";
import { problemsOf } from "../../support/json_schema.ts";
import { sessionLine } from "../../support/session_lines.ts";
import { writesQuotaLog } from "../../support/session_script.ts";

const ANSWERED = sessionLine("api_response", {
  input_token_count: 100,
  output_token_count: 20,
  cached_content_token_count: 60,
  total_token_count: 120,
});

/** Reads the report, and checks it against its schema. */
async function readReport(home: FakeHome, name = "report.json") {
  const text = await Deno.readTextFile(`${home.path}/${name}`);
  const report = JSON.parse(text);
  assertEquals(problemsOf(report, "exec"), [], text);
  return report;
}

Deno.test("exec --report contains the accounts, verdicts, tokens and the exit code", async () => {
  await using home = await fakeHome({
    1: OUT_OF_QUOTA,
    2: `${writesQuotaLog({ line: ANSWERED })}${answers("Paris")}`,
  });
  await new AccountManager({ dir: home.dir }).setLabel(2, "home");
  const args = ["--report", "report.json", "--", "hello"];
  const { code, stdout } = await exec(home, args);
  assertEquals({ code, stdout }, { code: 0, stdout: "Paris" });
  const { accounts, ...report } = await readReport(home);
  const { started_at, ended_at, duration_ms, ...fixed } = report;
  assertEquals(fixed, {
    schema_version: 1,
    exit_code: 0,
    verdict: "ok",
    error: null,
    runs: 2,
    waits: [],
    tokens: { input: 100, output: 20, cached: 60, total: 120 },
  });
  assert(duration_ms > 0 && Date.parse(started_at) <= Date.parse(ended_at));
  assertEquals(accounts[0].verdict, "quota");
  assertStringIncludes(accounts[0].evidence, "quota exceeded");
  assertEquals(accounts[1], {
    index: 2,
    label: "home",
    verdict: "ok",
    evidence: null,
    retry_at: null,
  });
  const { mode = 0 } = await Deno.stat(`${home.path}/report.json`);
  assertEquals((mode ?? 0) & 0o777, 0o600);
});

Deno.test("exec --report says that all accounts are out of quota, without a secret", async () => {
  const says =
    "[API Error: 429 Free allocated quota exceeded. sk-1234567890abcdef]";
  await using home = await fakeHome({ 1: `echo "${says}" >&2; exit 1` });
  const { code } = await exec(home, ["--report", "report.json", "--", "hello"]);
  const { exit_code, verdict, error, accounts, tokens } = await readReport(
    home,
  );
  assertEquals([code, exit_code, verdict, tokens], [75, 75, "quota", null]);
  assertStringIncludes(error, "No account is ready");
  assertStringIncludes(accounts[0].evidence, "[redacted]");
});

const OUT_ONCE = `
  [ -e "$HOME/again" ] && { printf Paris; exit; }
  : >"$HOME/again"
  echo "[API Error: 429 Quota exceeded, try again in 5s]" >&2; exit 1`;

Deno.test("exec --report contains a wait", async () => {
  await using home = await fakeHome({ 1: OUT_ONCE });
  await exec(home, ["--wait", "--report", "report.json", "--", "hello"]);
  const { waits: [wait], accounts } = await readReport(home);
  assertEquals([wait.index, wait.reason], [1, "not-ready"]);
  assert(wait.duration_ms > 0);
  const verdicts = accounts.map((it: { verdict: string }) => it.verdict);
  assertEquals(verdicts, ["quota", "ok"]);
});

Deno.test("exec --report describes a call without a run", async () => {
  await using home = await fakeHome({ 1: answers("Paris") });
  await new AccountManager({ dir: home.dir }).setCooldown(1, 600_000);
  await exec(home, ["--report", "report.json", "--", "hello"]);
  const { exit_code, runs, accounts } = await readReport(home);
  assertEquals([exit_code, runs, accounts], [75, null, []]);
});

Deno.test("exec --report contains exit code 0 when --fallback replaces the answer", async () => {
  await using home = await fakeHome({ 1: "exit 3" });
  const args = ["--fallback", "none", "--report", "report.json", "--", "hello"];
  const { code, stdout } = await exec(home, args);
  assertEquals({ code, stdout }, { code: 0, stdout: "none\n" });
  const { exit_code, verdict, error } = await readReport(home);
  assertEquals([exit_code, verdict], [0, "failed"]);
  assertStringIncludes(error, "failed");
});

Deno.test("exec --report writes to a file descriptor, and keeps a link", async () => {
  await using home = await fakeHome({ 1: answers("Paris") });
  const run = async (script: string, place: string) => {
    const args = ["exec", "--bin", FAKE_QWEN, "--report", place, "--", "hello"];
    const { stdout, stderr } = await runInShell(script, args, {
      home: home.path,
    });
    assertEquals({ stdout, stderr }, { stdout: "Paris", stderr: "" });
  };
  await run('"$@" 3>>all', "fd:3");
  await run('"$@" 3>>all', "fd:3");
  const all = await Deno.readTextFile(`${home.path}/all`);
  const reports = all.trimEnd().split("\n").map((it) => JSON.parse(it));
  assertEquals(reports.map((it) => it.schema_version), [1, 1]);
  await run('"$@" 3>piped', "/dev/fd/3");
  await readReport(home, "piped");
  await run('mkdir logs; ln -s logs/one link; : >logs/one; "$@"', "link");
  await readReport(home, "logs/one");
  assertEquals(await Deno.readLink(`${home.path}/link`), "logs/one");
});

const NO_PLACE = {
  "there/is/none": 'the folder "there/is" does not exist',
  "plays/1/report": "a part of that path is not a directory",
  "plays": '"plays" is not a file',
  "/proc/report.json": "Cannot use --report: ",
  "/dev/null": '"/dev/null" is not a file',
  "fd:77": "file descriptor 77 is not open",
};

for (const [place, says] of Object.entries(NO_PLACE)) {
  Deno.test(`exec --report=${place} is refused before anything is run, and says why`, async () => {
    await using home = await fakeHome({ 1: answers("Paris") });
    const { code, stdout, stderr } = await exec(home, [
      `--report=${place}`,
      "--",
      "x",
    ]);
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertStringIncludes(stderr, says);
    assertEquals(await home.asked(), []);
  });
}

Deno.test("exec --report keeps the answer and its exit code when the folder goes away during the run", async () => {
  await using home = await fakeHome({
    1: `rmdir "$HOME/out"; ${answers("Paris")}`,
  });
  await Deno.mkdir(`${home.path}/out`);
  const args = ["--report", "out/report.json", "--", "hello"];
  const { code, stdout, stderr } = await exec(home, args);
  assertEquals({ code, stdout }, { code: 0, stdout: "Paris" });
  assertStringIncludes(stderr, "Cannot write the report: ");
});

for (const place of ["fd:1", "fd:0", "fd:x", "fd:"]) {
  Deno.test(`exec --report=${place} is refused before anything is run`, async () => {
    await using home = await fakeHome({ 1: answers("Paris") });
    const { code, stdout } = await exec(home, [`--report=${place}`, "--", "x"]);
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertEquals(await home.asked(), []);
  });
}

const NEEDED = [
  ".qwen/accounts/oauth_creds_1.json",
  ".qwen/accounts/report.json",
  ".qwen/oauth_creds.json",
  ".qwen/state.yaml",
  ".qwen/settings.json",
  "link",
];

for (const place of NEEDED) {
  Deno.test(`exec --report=${place} is refused, because that file is needed`, async () => {
    await using home = await fakeHome({ 1: answers("Paris") });
    const slot = `${home.dir}/accounts/oauth_creds_1.json`;
    await Deno.symlink(slot, `${home.path}/link`);
    const before = await Deno.readTextFile(slot);
    const { code, stderr } = await exec(home, ["--report", place, "--", "x"]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "it would replace");
    assertEquals(await home.asked(), []);
    assertEquals(await Deno.readTextFile(slot), before);
  });
}

Deno.test("exec --schema prints the schema of the report", async () => {
  await using home = await fakeHome({ 1: answers("Paris") });
  const { stdout } = await runCli(["exec", "--schema"], { home: home.path });
  assertEquals(stdout, `${formatSchema("exec")}\n`);
});
