/**
 * `login` with the real agents, whose services are on this machine.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { accountQwen, runCli, type RunResult } from "../support/cli.ts";
import {
  type Granted,
  startIssuer,
  startLoginProxy,
} from "../support/login_services.ts";
import { testWith } from "../support/needs.ts";
import { realClaude } from "../support/real_claude.ts";
import { realCodex } from "../support/real_codex.ts";
import { tempDir } from "../support/temp_dir.ts";

/** The login of the plain agent, which no other login may touch. */
const PLAIN = '{"of":"the plain agent"}';

for (const version of ["0.171.0", "0.100.0"]) {
  Deno.test(`codex ${version} logs in with a code, and again, and ends no other login`, async () => {
    await using dir = await tempDir();
    let granted: Granted | undefined = { user: "ann", token: "token-1" };
    await using issuer = startIssuer(() => granted);
    await Deno.mkdir(`${dir.path}/.codex`);
    await Deno.writeTextFile(`${dir.path}/.codex/auth.json`, PLAIN);
    const { origin } = new URL(issuer.url);
    const bin = await realCodex(version);
    const logIn = (args: readonly string[] = []): Promise<RunResult> =>
      runCli(
        [
          ...["--cli", "codex", "login", "--bin", bin, "--no-browser", ...args],
          ...["--", "--experimental_issuer", origin],
        ],
        {
          home: dir.path,
          env: { CODEX_API_KEY: "foreign" },
          command: accountQwen(),
        },
      );

    const first = await logIn(["--label", "ann"]);
    assertEquals(first.code, 0, first.stderr);
    assertMatch(first.stdout, /ABCD-1234/);
    assertMatch(first.stdout, /\nann \(account 1\) is logged in and active\n$/);
    granted = { user: "ann", token: "token-2" };
    const again = await logIn(["ann"]);
    assertEquals(again.code, 0, again.stderr);
    granted = { user: "bob", token: "token-3" };
    const other = await logIn();
    assertEquals(other.code, 0, other.stderr);
    granted = undefined;
    const refused = await logIn(["ann"]);
    assertEquals(refused.code, 4, refused.stderr);
    assertMatch(refused.stderr, /ann \(account 1\) stays as it is/);

    const accounts = `${dir.path}/.codex/accounts`;
    const tokens = [1, 2].map((it) => tokenIn(`${accounts}/${it}/auth.json`));
    assertEquals(tokens, ["token-2", "token-3"]);
    assertEquals(entriesOf(`${accounts}/runs`), []);
    assert(!entriesOf(accounts).includes("3"));
    const plain = await Deno.readTextFile(`${dir.path}/.codex/auth.json`);
    assertEquals(plain, PLAIN);
    const paths = issuer.requests.map((it) => it.path);
    assertEquals(paths.filter((it) => it.endsWith("/revoke")), []);
  });
}

const testWithTls = await testWith("openssl");

testWithTls(
  "claude 2.1.332 logs in with a refresh token, in a store of its own",
  async () => {
    await using dir = await tempDir();
    let granted: Granted | undefined = { user: "ann", token: "token-1" };
    await using proxy = await startLoginProxy(dir.path, () => granted);
    await Deno.mkdir(`${dir.path}/.claude`);
    await Deno.writeTextFile(`${dir.path}/.claude/.credentials.json`, PLAIN);
    const bin = await realClaude();
    const logIn = (args: readonly string[] = []): Promise<RunResult> =>
      runCli(["--cli", "claude", "login", "--bin", bin, ...args], {
        home: dir.path,
        env: {
          ...proxy.env,
          ANTHROPIC_API_KEY: "sk-ant-api03-foreign",
          CLAUDE_CODE_OAUTH_REFRESH_TOKEN: "sk-ant-ort01-given",
          CLAUDE_CODE_OAUTH_SCOPES: "user:inference user:profile",
        },
        command: accountQwen(),
      });

    const first = await logIn(["--label", "ann"]);
    assertEquals(first.code, 0, first.stderr);
    assertMatch(first.stdout, /\nann \(account 1\) is logged in and active\n$/);
    granted = { user: "ann", token: "token-2" };
    const again = await logIn(["ann"]);
    assertEquals(again.code, 0, again.stderr);
    granted = undefined;
    const refused = await logIn();
    assertEquals(refused.code, 4, refused.stderr);

    const accounts = `${dir.path}/.claude/accounts`;
    const { claudeAiOauth } = JSON.parse(
      await Deno.readTextFile(`${accounts}/1/.credentials.json`),
    );
    assertEquals(claudeAiOauth.refreshToken, "sk-ant-ort01-token-2");
    assertEquals(entriesOf(`${accounts}/1`), [".credentials.json"]);
    assert(!entriesOf(accounts).includes("2"));
    const path = `${dir.path}/.claude/.credentials.json`;
    assertEquals(await Deno.readTextFile(path), PLAIN);
    const grants = proxy.requests.filter((it) => it.endsWith("/oauth/token"));
    assertEquals(grants.length, 3);
  },
);

function entriesOf(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), (it) => it.name);
}

function tokenIn(path: string): unknown {
  return JSON.parse(Deno.readTextFileSync(path)).tokens.refresh_token;
}
