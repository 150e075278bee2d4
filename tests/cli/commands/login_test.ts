import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { jwt } from "../../accounts/jwt.ts";
import { linesOf, modeOf, namesIn } from "../../support/account_folder.ts";
import { runCli } from "../../support/cli.ts";
import { startCli } from "../../support/cli_process.ts";
import { accessToken, type TestHome, testHome } from "../../support/home.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { LOGIN_PAGE, tokens, tokenServer } from "../../support/token_server.ts";

const ACCOUNTS = { accounts: 2, baseUrl: "http://provider.invalid/v1" };

Deno.test("login makes the first account, active, when there is none", async () => {
  await using home = await tempDir();
  await using server = tokenServer();
  const { code, stdout, stderr } = await login([], home.path, server.url);
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: "qwen (account 1) is logged in and active\n",
  });
  assertStringIncludes(stderr, `account-qwen:   ${LOGIN_PAGE}\n`);
  assertStringIncludes(stderr, "account-qwen: code: ABCD-1234\n");
  assertMatch(stderr, /account-qwen: waiting for the login, (?:10|9) min/);
  assertEquals(/secret|new-/.test(stdout + stderr), false);
  const slot = `${home.path}/.qwen/accounts/oauth_creds_1.json`;
  const { refresh_token } = JSON.parse(await Deno.readTextFile(slot));
  assertEquals(refresh_token, "new-refresh-login");
  assertEquals(await modeOf(slot), "0600");
  const events = await linesOf(`${home.path}/.qwen/rotation.log`);
  assertEquals(events[0]?.event, "login");
  assertEquals(JSON.stringify(events).includes("new-"), false);
});

Deno.test("login gives a new account the next number and its label", async () => {
  await using home = await testHome(ACCOUNTS);
  await using server = tokenServer();
  const args = ["--label", "work"];
  const { stdout } = await login(args, home.path, server.url);
  assertEquals(stdout, "work (account 3) is logged in and active\n");
  assertEquals(await home.link(), "accounts/oauth_creds_3.json");
  assertEquals(await accessTokens(home), [accessToken(1), accessToken(2)]);
});

Deno.test("login with an index keeps the old login and the active account", async () => {
  await using home = await testHome(ACCOUNTS);
  await using server = tokenServer();
  const before = await Deno.readTextFile(home.slot(2));
  const { stdout } = await login(["2"], home.path, server.url);
  assertEquals(stdout, "account 2 is logged in\n");
  assertEquals(await home.link(), "accounts/oauth_creds_1.json");
  assertEquals(await accessTokens(home), [
    accessToken(1),
    "new-access-login",
  ]);
  const folder = `${home.dir}/accounts/generations`;
  const kept = await Promise.all(
    (await namesIn(folder)).map((it) => Deno.readTextFile(`${folder}/${it}`)),
  );
  assertEquals(kept.includes(before), true);
});

Deno.test("login with an index removes the block of an account", async () => {
  await using home = await testHome(ACCOUNTS);
  await using server = tokenServer();
  const since = new Date(Date.now() + 86_400_000).toISOString();
  const state = `${home.dir}/state.yaml`;
  await Deno.writeTextFile(
    state,
    `current_index: 1\naccounts:\n  account1:\n    switches_count: 0\n` +
      `    blocked: login needed\n    blocked_since: "${since}"\n`,
  );
  await Deno.chmod(state, 0o600);
  const { stdout } = await login(["1"], home.path, server.url);
  assertEquals(stdout, "account 1 is logged in and active\n");
  assertEquals((await Deno.readTextFile(state)).includes("blocked"), false);
});

Deno.test("login goes to the account that its subject belongs to", async () => {
  await using home = await testHome(ACCOUNTS);
  await putSubject(home, 2, "user-2");
  const access_token = jwt({ jti: "next", sub: "user-2" });
  await using server = tokenServer({
    answer: () => Response.json(tokens("jwt", { access_token })),
  });
  const { stdout, stderr } = await login([], home.path, server.url);
  assertEquals(stdout, "account 2 is logged in\n");
  assertMatch(stderr, /the login belongs to account 2, which now uses it/);
  assertEquals(await accessTokens(home), [accessToken(1), access_token]);
});

Deno.test("login with an index gives the login of another account to its owner", async () => {
  await using home = await testHome(ACCOUNTS);
  await putSubject(home, 1, "user-1");
  await putSubject(home, 2, "user-2");
  const [first] = await accessTokens(home);
  const access_token = jwt({ jti: "next", sub: "user-2" });
  await using server = tokenServer({
    answer: () => Response.json(tokens("jwt", { access_token })),
  });
  const { code, stdout, stderr } = await login(["1"], home.path, server.url);
  assertEquals(code, 4);
  assertEquals(stdout, "account 2 is logged in\n");
  assertMatch(stderr, /the login belongs to account 2; to log in to account 1/);
  assertEquals(await accessTokens(home), [first, access_token]);
});

Deno.test("login with an index makes the login of a stranger a new account", async () => {
  await using home = await testHome(ACCOUNTS);
  await putSubject(home, 1, "user-1");
  const access_token = jwt({ jti: "next", sub: "user-3" });
  await using server = tokenServer({
    answer: () => Response.json(tokens("jwt", { access_token })),
  });
  const { code, stdout, stderr } = await login(["1"], home.path, server.url);
  assertEquals(code, 4);
  assertEquals(stdout, "qwen (account 3) is logged in and active\n");
  assertMatch(
    stderr,
    /belongs to another user, who is now a new account; to log in to account 1/,
  );
  const slot = await Deno.readTextFile(home.slot(3));
  assertEquals(JSON.parse(slot).access_token, access_token);
});

Deno.test("login asks nobody when the account never existed", async () => {
  await using home = await testHome(ACCOUNTS);
  await using server = tokenServer();
  const { code, stderr } = await login(["9"], home.path, server.url);
  assertEquals(code, 2);
  assertMatch(
    stderr,
    /Cannot use account 9: it does not exist \(have: 1, 2\)\n/,
  );
  assertEquals(server.paths, []);
});

Deno.test("login first imports the login of qwen when that is the only one", async () => {
  await using home = await testHome({ ...ACCOUNTS, accounts: 1 });
  await Deno.rename(home.slot(1), `${home.dir}/oauth_creds.json`);
  await using server = tokenServer();
  const { stdout, stderr } = await login([], home.path, server.url);
  assertEquals(stdout, "qwen-2 (account 2) is logged in and active\n");
  assertMatch(stderr, /the login of qwen is qwen \(account 1\)\n/);
  assertEquals(await accessTokens(home), [
    accessToken(1),
    "new-access-login",
  ]);
});

const CANCELED = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

for (const [signal, code] of Object.entries(CANCELED)) {
  Deno.test(`login changes nothing and exits with ${code} when it gets ${signal}`, async () => {
    await using home = await testHome(ACCOUNTS);
    await using server = tokenServer({
      answer: () =>
        Response.json({ error: "authorization_pending" }, { status: 400 }),
    });
    const before = await namesIn(home.dir);
    await using child = await startCli(["login"], {
      home: home.path,
      env: { ACCOUNT_QWEN_OAUTH_URL: server.url },
    });
    await server.asked(2);
    child.kill(signal as Deno.Signal);
    const [status, stdout, stderr] = await Promise.all([
      child.status,
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    assertEquals({ code: status.code, stdout }, { code, stdout: "" });
    assertMatch(
      stderr,
      /account-qwen: the login was canceled; nothing has changed\n$/,
    );
    assertEquals(await namesIn(home.dir), before);
  });
}

const REFUSALS: Record<string, [code: number, says: RegExp]> = {
  access_denied: [4, /it was denied in the browser\n/],
  expired_token: [4, /the code was not confirmed in time\n/],
};

for (const [error, [code, says]] of Object.entries(REFUSALS)) {
  Deno.test(`login exits with ${code} when the service says ${error}`, async () => {
    await using home = await testHome(ACCOUNTS);
    await using server = tokenServer({
      answer: () => Response.json({ error }, { status: 400 }),
    });
    const result = await login([], home.path, server.url);
    assertEquals(result.code, code);
    assertMatch(result.stderr, says);
  });
}

Deno.test("login 2 says how to start again with account 2 when its code has expired", async () => {
  await using home = await testHome(ACCOUNTS);
  await using server = tokenServer({
    answer: () => Response.json({ error: "expired_token" }, { status: 400 }),
  });
  const { code, stderr } = await runCli(["login", "2", "--no-browser"], {
    home: home.path,
    env: { ACCOUNT_QWEN_OAUTH_URL: server.url },
  });
  assertEquals(code, 4);
  assertMatch(
    stderr,
    /error: Cannot log in again with account 2: .*\n.*hint: start again with a new code: account-qwen login 2\n$/,
  );
});

for (const args of [[], ["--no-browser"]]) {
  const what = args.length > 0 ? "no browser" : "the browser";
  Deno.test(`login opens ${what} when given ${args.join(" ") || "no flag"}`, async () => {
    await using home = await testHome(ACCOUNTS);
    await using server = tokenServer();
    const bin = `${home.path}/bin`;
    await Deno.mkdir(bin);
    const script = `#!/bin/sh\necho "$1" >"$HOME/opened"\n`;
    await Deno.writeTextFile(`${bin}/xdg-open`, script);
    await Deno.chmod(`${bin}/xdg-open`, 0o755);
    await runCli(["login", ...args], {
      home: home.path,
      env: {
        ACCOUNT_QWEN_OAUTH_URL: server.url,
        DISPLAY: ":99",
        PATH: `${bin}:${Deno.env.get("PATH")}`,
      },
    });
    const opened = await Deno.readTextFile(`${home.path}/opened`)
      .catch(() => "");
    assertEquals(opened, args.length > 0 ? "" : `${LOGIN_PAGE}\n`);
  });
}

async function login(args: readonly string[], home: string, url: string) {
  const env = { ACCOUNT_QWEN_OAUTH_URL: url };
  return await runCli(["login", ...args], { home, env });
}

async function accessTokens(home: TestHome): Promise<string[]> {
  const slots = await Promise.all(
    [1, 2].map((it) => Deno.readTextFile(home.slot(it))),
  );
  return slots.map((it) => JSON.parse(it).access_token);
}

async function putSubject(home: TestHome, index: number, sub: string) {
  const path = home.slot(index);
  const slot = JSON.parse(await Deno.readTextFile(path));
  const text = JSON.stringify({ ...slot, access_token: jwt({ sub }) });
  await Deno.writeTextFile(path, text);
}
