import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runCli, type RunOptions } from "../support/cli.ts";
import { runOnTerminal } from "../support/cli_process.ts";
import { answers, FAKE_QWEN, fakeHome } from "../support/fake_qwen.ts";
import { testHome } from "../support/home.ts";
import { QUOTA_LINE, sessionLine } from "../support/session_lines.ts";
import { writesQuotaLog } from "../support/session_script.ts";
import { testWith } from "../support/needs.ts";

const test = await testWith("script");

const ACCOUNTS = { accounts: 2, baseUrl: "http://provider.invalid/v1" };
const ESCAPE = "\x1b[";
const MISTAKE = "--no-such-flag";

test("list marks the heading and the active account with colours when on a terminal", async () => {
  await using home = await testHome(ACCOUNTS);
  const { stdout } = await runOnTerminal(["list"], { home: home.path });
  const [heading = "", active = "", other = ""] = stdout.split("\r\n");
  assert(heading.startsWith("\x1b[1m"), heading);
  assert(active.startsWith("\x1b[32m*"), active);
  assertEquals(other.includes(ESCAPE), false);
});

test("config marks the heading when on a terminal", async () => {
  await using home = await testHome(ACCOUNTS);
  const { stdout } = await runOnTerminal(["config"], { home: home.path });
  assert(stdout.startsWith("\x1b[1msetting "), stdout);
});

test("an error is marked with a colour when it is on a terminal", async () => {
  await using home = await testHome(ACCOUNTS);
  const { stdout } = await runOnTerminal([MISTAKE], { home: home.path });
  assertStringIncludes(stdout, "account-qwen: \x1b[31merror:\x1b[39m Unknown");
});

test("an error breaks between words on a terminal of 20 columns", async () => {
  await using home = await testHome(ACCOUNTS);
  const { stdout } = await runOnTerminal(["switch", "x"], {
    home: home.path,
    env: { NO_COLOR: "1" },
    size: { columns: 20, rows: 50 },
  });
  // Deno clears its own progress bar.
  // deno-lint-ignore no-control-regex
  const shown = stdout.replace(/\x1b\[\d?[GKJ]/g, "");
  const lines = shown.trimEnd().split("\r\n");
  assertEquals(lines.slice(0, 3), [
    "account-qwen: error:",
    "  No account is",
    '  named "x"',
  ]);
});

const PLAIN: Record<string, RunOptions["env"]> = {
  "NO_COLOR is set": { NO_COLOR: "1" },
  "the terminal is dumb": { TERM: "dumb" },
};

for (const [when, env = {}] of Object.entries(PLAIN)) {
  for (const args of [["list"], [MISTAKE]]) {
    test(`${args} has no colours when ${when}`, async () => {
      await using home = await testHome(ACCOUNTS);
      const options = { home: home.path, env };
      const { stdout } = await runOnTerminal(args, options);
      assert(stdout.length > 0);
      assertEquals(stdout.includes(ESCAPE), false, stdout);
    });
  }
}

for (const args of [["list"], [MISTAKE], ["list", "--json"]]) {
  test(`${args.join(" ")} has no colours when it is not on a terminal`, async () => {
    await using home = await testHome(ACCOUNTS);
    const { stdout, stderr } = await runCli(args, {
      home: home.path,
      env: { TERM: "xterm" },
    });
    assert(stdout.length + stderr.length > 0);
    assertEquals((stdout + stderr).includes(ESCAPE), false);
  });
}

test("list --json has no colours when it is on a terminal", async () => {
  await using home = await testHome(ACCOUNTS);
  const args = ["list", "--json"];
  const { stdout } = await runOnTerminal(args, { home: home.path });
  assertEquals(JSON.parse(stdout).accounts.length, 2);
});

for (const command of ["doctor", "cooldown"]) {
  test(`${command} breaks lines between words when on a terminal`, async () => {
    await using home = await testHome(ACCOUNTS);
    const run = (...args: string[]) =>
      runOnTerminal(args, { home: home.path, size: { columns: 60, rows: 24 } });
    const label = "a label with words that take all the room of a line";
    await run("label", "1", label);
    await Deno.writeTextFile(home.slot(1), "{", { mode: 0o600 });
    const { stdout } = await run(command);
    const lines = stdout.split("\r\n");
    const at = lines.findIndex((it) => it.includes("a label with"));
    const second = lines[at + 1] ?? "";
    assert(at >= 0, stdout);
    assert(/^ {2}(?!fix:)/.test(second), stdout);
  });
}

/** Prints what is typed, if both ends are a terminal. */
const CHAT = `
  [ -t 0 ] && [ -t 1 ] || exit 99
  read -r line
  echo "account 2 heard $line, $*"
  exit 7`;

test("exec opens a session on the terminal when there is no prompt", async () => {
  await using home = await fakeHome({ 1: answers("no"), 2: CHAT });
  const { code, stdout } = await runOnTerminal(
    ["exec", "--bin", FAKE_QWEN, "--account", "2", "--", "--model", "m"],
    { home: home.path, stdin: "hello\n" },
  );
  assertEquals(code, 7);
  assertStringIncludes(stdout, "account 2 heard hello, --model m\r\n");
  assertEquals(await home.link(), "accounts/oauth_creds_2.json");
});

const SESSION = "fd3e7d1d-a032-4bba-90c1-91c076cde975";

/** The script of a session with a log that ends with `line`. */
function endsSession(line: string): string {
  const log = writesQuotaLog({ file: `${SESSION}.jsonl`, line });
  return `${log}echo; echo "qwen --resume ${SESSION}"`;
}

test("exec says how to resume a session with the accounts, after the message of qwen", async () => {
  const answered = sessionLine("api_response");
  await using home = await fakeHome({ 1: endsSession(answered) });
  const args = ["exec", "--bin", FAKE_QWEN];
  const { stdout } = await runOnTerminal(args, { home: home.path });
  assertEquals(stdout.trim().split("\r\n"), [
    `qwen --resume ${SESSION}`,
    `account-qwen: with your accounts: account-qwen exec -- --resume ${SESSION}`,
  ]);
});

test("exec says how to resume a session with another account that is ready, when the session has ended at its limit", async () => {
  const atLimit = endsSession(QUOTA_LINE);
  await using home = await fakeHome({ 1: atLimit, 2: atLimit });
  const run = async () => {
    const args = ["exec", "--bin", FAKE_QWEN, "--", "--model", "m"];
    const { stdout } = await runOnTerminal(args, { home: home.path });
    return stdout.replace(/\s+/g, " ").trim();
  };
  assertEquals(
    await run(),
    `qwen --resume ${SESSION} account-qwen: account 1 is out of quota ` +
      "(429 Free allocated quota exceeded) account-qwen: to continue with " +
      "account 2: account-qwen exec --account 2 -- " +
      `--resume ${SESSION} --model m`,
  );
  assertEquals(
    await run(), // with account 2, as account 1 rests
    `qwen --resume ${SESSION} account-qwen: account 2 is out of quota ` +
      "(429 Free allocated quota exceeded) account-qwen: with your accounts: " +
      `account-qwen exec -- --resume ${SESSION} --model m`,
  );
});

test("exec says nothing about that when qwen has no session to resume", async () => {
  await using home = await fakeHome({ 1: "echo bye" });
  const args = ["exec", "--bin", FAKE_QWEN];
  const { stdout } = await runOnTerminal(args, { home: home.path });
  assertEquals(stdout, "bye\r\n");
});

test("exec keeps a session from updating qwen", async () => {
  await using home = await fakeHome({
    1: 'cat "$QWEN_CODE_SYSTEM_DEFAULTS_PATH"',
  });
  const args = ["exec", "--bin", FAKE_QWEN];
  const { stdout } = await runOnTerminal(args, { home: home.path });
  assertStringIncludes(
    stdout,
    '"general":{"disableAutoUpdate":true,"enableAutoUpdate":false}',
  );
});

test("exec adopts the login that a session has written", async () => {
  await using home = await fakeHome({
    1: `
      live="$HOME/.qwen/oauth_creds.json"
      sed 's/secret-refresh-token/new-refresh-token/' "$live" >"$live.new"
      mv "$live.new" "$live"`,
  });
  const args = ["exec", "--bin", FAKE_QWEN];
  const { code } = await runOnTerminal(args, { home: home.path });
  assertEquals(code, 0);
  assertEquals(await home.link(), "accounts/oauth_creds_1.json");
  const slot = await Deno.readTextFile(home.slot(1));
  assertStringIncludes(slot, "new-refresh-token");
});

test("exec opens no session when there is a prompt", async () => {
  await using home = await fakeHome({
    1: "[ -t 1 ] && exit 99; printf 'no terminal'",
  });
  const args = ["exec", "--quiet", "--bin", FAKE_QWEN, "--", "hello"];
  const { code, stdout } = await runOnTerminal(args, { home: home.path });
  assertEquals({ code, stdout }, { code: 0, stdout: "no terminal" });
});
