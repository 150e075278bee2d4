import { assertEquals, assertMatch } from "@std/assert";
import { runCli, type RunResult } from "../../support/cli.ts";
import { refreshToken, type TestHome, testHome } from "../../support/home.ts";

const ACCOUNTS = { accounts: 2, baseUrl: "http://provider.invalid/v1" };

const NAME = /^oauth_creds_2\.\d{6}\.\d{8}T\d{9}Z\.json$/;

Deno.test("restore brings back the previous login", async () => {
  await using home = await homeWithHistory();
  const { code, stdout, stderr } = await restore(home, "2");
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const name =
    /^account 2 now has the login from (\S+); the previous login is kept\n$/
      .exec(stdout)?.[1] ?? "";
  assertMatch(name, NAME);
  assertEquals(await tokenOf(home), "time-1");
});

Deno.test("restore --generation 2 brings back the login before that", async () => {
  await using home = await homeWithHistory();
  const { code } = await restore(home, "2", "--generation", "2");
  assertEquals(code, 0);
  assertEquals(await tokenOf(home), refreshToken(2));
});

Deno.test("restore --stash uses a login from the stash, which keeps it", async () => {
  await using home = await homeWithHistory();
  const name = "oauth_creds.20261121T083500123Z-ab12cd34.json";
  const stash = `${home.dir}/accounts/stash`;
  await Deno.mkdir(stash, { mode: 0o700 });
  await writeLogin(home, `${stash}/${name}`, "stashed");
  const { code, stdout } = await restore(home, "2", "--stash", name);
  assertEquals({ code, stdout }, {
    code: 0,
    stdout:
      `account 2 now has the login from ${name}; the previous login is kept\n`,
  });
  assertEquals(await tokenOf(home), "stashed");
  const kept = await Array.fromAsync(Deno.readDir(stash), (it) => it.name);
  assertEquals(kept, [name]);
});

Deno.test("restore does not say that the previous login is kept when there was none", async () => {
  await using home = await homeWithHistory();
  await runCli(["switch", "1"], { home: home.path });
  await Deno.remove(home.slot(2));
  const { stdout } = await restore(home, "2");
  assertMatch(stdout, /^account 2 now has the login from \S+\n$/);
});

Deno.test("restore is logged, without a file name", async () => {
  await using home = await homeWithHistory();
  await restore(home, "2");
  const log = await Deno.readTextFile(`${home.dir}/rotation.log`);
  const { event, to } = JSON.parse(log.trimEnd().split("\n").at(-1) ?? "");
  assertEquals({ event, to }, { event: "credential_restored", to: 2 });
});

const REFUSED: Record<string, { args: string[]; code: number; error: RegExp }> =
  {
    "the account is missing": {
      args: ["9"],
      code: 2,
      error:
        /error: Cannot use account 9: it does not exist \(have: 1, 2\)\n.*hint: /,
    },
    "no account is named": {
      args: [],
      code: 2,
      error: /error: .*\n.*hint: for example: account-qwen restore 2\n/,
    },
    "no account has the label": {
      args: ["two"],
      code: 2,
      error: /error: No account is named "two"\n.*hint: account-qwen list\n/,
    },
    "there are fewer generations": {
      args: ["2", "--generation", "3"],
      code: 1,
      error:
        /error: Cannot restore account 2: 2 earlier logins are kept, not 3\n.*--generation 2\n/,
    },
    "there is no generation 0": {
      args: ["2", "--generation", "0"],
      code: 1,
      error:
        /error: Cannot restore account 2: 2 earlier logins are kept, not 0\n/,
    },
    "the stash has no such name": {
      args: ["2", "--stash", "x.json"],
      code: 1,
      error: /error: Cannot use ".*\/stash\/x\.json" .*: it is not there\n/,
    },
  };

for (const [when, { args, code, error }] of Object.entries(REFUSED)) {
  Deno.test(`restore exits with ${code} and changes nothing when ${when}`, async () => {
    await using home = await homeWithHistory();
    const result = await restore(home, ...args);
    assertEquals({ code: result.code, stdout: result.stdout }, {
      code,
      stdout: "",
    });
    assertMatch(result.stderr, error);
    assertEquals(await tokenOf(home), "time-2");
  });
}

/**
 * Account 2 has the refresh token `time-2`; before it had `time-1` and its own.
 */
async function homeWithHistory(): Promise<TestHome> {
  const home = await testHome(ACCOUNTS);
  await runCli(["switch", "2"], { home: home.path });
  for (const token of ["time-1", "time-2"]) {
    const path = `${home.path}/${token}.json`;
    await writeLogin(home, path, token);
    await runCli(["setup", path], { home: home.path });
  }
  return home;
}

/**
 * Writes a login of account 2 that has its access token, but another refresh
 * token.
 */
async function writeLogin(
  home: TestHome,
  path: string,
  token: string,
): Promise<void> {
  const login = JSON.parse(await Deno.readTextFile(home.slot(2)));
  const text = JSON.stringify({ ...login, refresh_token: token });
  await Deno.writeTextFile(path, text, { mode: 0o600 });
}

async function tokenOf(home: TestHome): Promise<string> {
  return JSON.parse(await Deno.readTextFile(home.slot(2))).refresh_token;
}

async function restore(home: TestHome, ...args: string[]): Promise<RunResult> {
  return await runCli(["restore", ...args], { home: home.path });
}
