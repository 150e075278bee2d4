import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runOnTerminal } from "../support/cli_process.ts";
import { testHome } from "../support/home.ts";
import { LOGIN_PAGE, tokens, tokenServer } from "../support/token_server.ts";
import { testWith } from "../support/needs.ts";

const test = await testWith("script");

const ACCOUNTS = { accounts: 2, baseUrl: "http://provider.invalid/v1" };

test("login shows a code to scan and the time left when it is on a terminal", async () => {
  await using home = await testHome(ACCOUNTS);
  await using server = tokenServer();
  const { stdout: shown } = await runOnTerminal(["login", "--no-browser"], {
    home: home.path,
    size: { columns: 100, rows: 60 },
    env: { ACCOUNT_QWEN_OAUTH_URL: server.url, SHELL: "/bin/sh" },
  });
  const stdout = shown.replaceAll("\x1b", "ESC");
  assertStringIncludes(stdout, LOGIN_PAGE);
  assertMatch(stdout, /ESC\[38;5;16;48;5;231m[ ▀▄█]{30,}ESC\[0m\r\n/);
  assertMatch(
    stdout,
    /\rESC\[Kaccount-qwen: waiting for the login, (?:10|9) min/,
  );
  assertMatch(
    stdout,
    /\rESC\[Kqwen \(account 3\) is logged in and active\r\n$/,
  );
});

test("login shows no code to scan when the terminal is too small for it", async () => {
  await using home = await testHome(ACCOUNTS);
  await using server = tokenServer();
  const { code, stdout } = await runOnTerminal(["login", "--no-browser"], {
    home: home.path,
    size: { columns: 100, rows: 20 },
    env: { ACCOUNT_QWEN_OAUTH_URL: server.url, SHELL: "/bin/sh" },
  });
  assertEquals({ code, hasPicture: stdout.includes("▀") }, {
    code: 0,
    hasPicture: false,
  });
});

test("login counts down within the line when the terminal is narrow", async () => {
  await using home = await testHome(ACCOUNTS);
  let asked = 0;
  await using server = tokenServer({
    answer: (sent) =>
      ++asked < 3
        ? Response.json({ error: "authorization_pending" }, { status: 400 })
        : Response.json(tokens(sent)),
  });
  const { code, stdout } = await runOnTerminal(["login", "--no-browser"], {
    home: home.path,
    size: { columns: 30, rows: 20 },
    env: { ACCOUNT_QWEN_OAUTH_URL: server.url, SHELL: "/bin/sh" },
  });
  assertEquals(code, 0);
  const lines = stdout.split("\r\x1b[K").slice(1, -1);
  assertEquals(lines.length > 1, true, stdout);
  for (const it of lines) {
    assertEquals(it, "account-qwen: waiting for…");
  }
});

test("login shows a code to scan on 24 lines when the page belongs to Qwen", async () => {
  await using home = await testHome(ACCOUNTS);
  const page =
    "https://chat.qwen.ai/authorize?user_code=ABCD1234&client=qwen-code";
  await using server = tokenServer({ page });
  const { stdout } = await runOnTerminal(["login", "--no-browser"], {
    home: home.path,
    size: { columns: 80, rows: 24 },
    env: { ACCOUNT_QWEN_OAUTH_URL: server.url, SHELL: "/bin/sh" },
  });
  assertStringIncludes(stdout, "▀");
});
