/**
 * Runs with the login in a folder of its account, by stand-ins for `codex` and
 * `claude`.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { accountQwen } from "../support/cli.ts";
import { runOnTerminal } from "../support/cli_process.ts";
import { claudeLogin, loginScene } from "../support/login_run_scene.ts";

/** The command line of this checkout, for scripts. */
const SELF = { ACCOUNT_QWEN: accountQwen().join(" ") };

Deno.test("exec --cli codex runs in the folder of the account, without what overrides its login", async () => {
  await using scene = await loginScene("codex", { version: "0.171.0" });
  const login = await Deno.readFile(`${scene.folder(2)}/auth.json`);
  const { code, stdout, stderr, env, args } = await scene.exec({
    options: ["--account=2"],
    env: {
      CODEX_API_KEY: "foreign",
      CODEX_ACCESS_TOKEN: "foreign",
      CODEX_SQLITE_HOME: "/foreign",
      OPENAI_BASE_URL: "http://foreign",
    },
    script:
      'cat "$CODEX_HOME/AGENTS.md" 2>/dev/null; echo x >"$CODEX_HOME/sessions/1"',
  });
  assertEquals([code, stdout], [0, "Paris\n"], stderr);
  assertEquals(env.CODEX_HOME, scene.folder(2));
  assertEquals(Object.values(env).filter((it) => /foreign/.test(it)), []);
  assert(args.includes('cli_auth_credentials_store="file"'), args.join(" "));
  assert(args.includes('forced_login_method="chatgpt"'), args.join(" "));
  const session = await Deno.readTextFile(`${scene.agentHome}/sessions/1`);
  assertEquals(session, "x\n");
  assertEquals(await Deno.readFile(`${scene.folder(2)}/auth.json`), login);
});

Deno.test("exec --cli codex brings back what the run has put in the place of a link", async () => {
  await using scene = await loginScene("codex", { version: "0.171.0" });
  const config = `${scene.agentHome}/config.toml`;
  await Deno.writeTextFile(config, "a = 1\n");
  const script = 'cd "$CODEX_HOME"; sed "\\$a b = 2" config.toml >new; ' +
    "mv new config.toml; mkdir prompts; echo p >prompts/p";
  const { code, stderr } = await scene.exec({ script });
  assertEquals(code, 0, stderr);
  assertEquals(await Deno.readTextFile(config), "a = 1\nb = 2\n");
  const prompt = await Deno.readTextFile(`${scene.agentHome}/prompts/p`);
  assertEquals(prompt, "p\n");
  const { stdout } = await scene.exec({
    options: ["--account=2"],
    script: 'cat "$CODEX_HOME/prompts/p"',
  });
  assertEquals(stdout, "p\nParis\n");
});

Deno.test("a session of codex uses the folder of the account, without the server in the background", async () => {
  await using scene = await loginScene("codex", { version: "0.171.0" });
  const script = 'printf "%s " "home=$CODEX_HOME" "$@"';
  const { code, stdout } = await runOnTerminal(
    ["--cli=codex", "exec", `--bin=${scene.bin}`, "--account=2", "--"],
    { home: scene.home, env: { STAND_IN: script } },
  );
  assertEquals(code, 0, stdout);
  assertStringIncludes(stdout, `home=${scene.folder(2)} `);
  assertStringIncludes(stdout, " --no-daemon ");
});

Deno.test("a run in the folder of an account with a key of codex demands the key", async () => {
  await using scene = await loginScene("codex", { version: "0.171.0" });
  const key = { auth_mode: "apikey", OPENAI_API_KEY: "sk-secret-of-account-2" };
  const path = `${scene.folder(2)}/auth.json`;
  await Deno.writeTextFile(path, JSON.stringify(key));
  const { args, code, stderr } = await scene.exec({ options: ["--account=2"] });
  assertEquals(code, 0, stderr);
  assert(args.includes('forced_login_method="api"'), args.join(" "));
});

Deno.test("account-qwen within a run of codex uses the same accounts", async () => {
  await using scene = await loginScene("codex", { version: "0.171.0" });
  const script = `$ACCOUNT_QWEN which; $ACCOUNT_QWEN list --json`;
  const first = await scene.exec();
  assertEquals(first.code, 0, first.stderr);
  const before = await Deno.readTextFile(
    `${scene.agentHome}/accounts/state.yaml`,
  );
  const { stdout, stderr } = await scene.exec({ script, env: SELF });
  assertMatch(stdout, /^account 1\n/, stderr);
  assertMatch(stdout, /"index": ?2/);
  const inner = '$ACCOUNT_QWEN exec --bin="$0" --account=2 -- exec hi';
  const nested = await scene.exec({
    script: `[ "$NESTED" ] && echo "$CODEX_HOME" || NESTED=1 ${inner}`,
    env: SELF,
  });
  assertEquals(nested.stdout, `${scene.folder(2)}\nParis\nParis\n`);
  const after = await Deno.readTextFile(
    `${scene.agentHome}/accounts/state.yaml`,
  );
  assertEquals(after.match(/owner.*/g), before.match(/owner.*/g));
  assertEquals(
    await Array.fromAsync(Deno.readDir(scene.folder(1)), (it) => it.name)
      .then((names) => names.includes("accounts")),
    false,
  );
});

const ADVICE = {
  "Not inside a trusted directory and --skip-git-repo-check was not specified.":
    "run it in a git repository, or without one: account-qwen --cli codex exec " +
    "-- exec --skip-git-repo-check 'PROMPT'",
  "Error: stdin is not a terminal":
    "with the prompt on stdin: account-qwen --cli codex exec -- exec",
};

for (const [says, hint] of Object.entries(ADVICE)) {
  Deno.test(`exec --cli codex says what helps after "${says}"`, async () => {
    await using scene = await loginScene("codex", { version: "0.171.0" });
    const script = `echo '${says}' >&2; exit 1`;
    const { code, stderr } = await scene.exec({ script });
    assertEquals(code, 1);
    assertStringIncludes(stderr, `\naccount-qwen: hint: ${hint}\n`);
  });
}

Deno.test("exec --cli codex --mode gateway says that the login of a plan never uses it", async () => {
  await using scene = await loginScene("codex", { version: "0.171.0" });
  const options = ["--mode=gateway"];
  const { code, stderr, env } = await scene.exec({ options });
  assertEquals(code, 0);
  assertMatch(
    stderr,
    /runs without the gateway, which is never used for a plan login/,
  );
  assertEquals(env.CODEX_HOME, scene.folder(1));
});

Deno.test("exec --cli claude uses the folder of the account as the store of its login", async () => {
  await using scene = await loginScene("claude");
  const foreign = {
    ANTHROPIC_API_KEY: "foreign",
    CLAUDE_CODE_OAUTH_TOKEN: "foreign",
  };
  const { code, stderr, env } = await scene.exec({ env: foreign });
  assertEquals(code, 0, stderr);
  assertEquals(env.CLAUDE_SECURESTORAGE_CONFIG_DIR, scene.folder(1));
  assertEquals(env.CLAUDE_CONFIG_DIR, undefined);
  assertEquals(Object.values(env).filter((it) => it === "foreign"), []);
});

for (const version of ["2.1.332", "2.0.77"]) {
  Deno.test(`exec --cli claude ${version} sets no folder for the login of plain claude`, async () => {
    await using scene = await loginScene("claude", { version });
    const plain = `${scene.agentHome}/.credentials.json`;
    await Deno.remove(scene.folder(1), { recursive: true });
    await Deno.writeTextFile(plain, JSON.stringify(claudeLogin(1)), {
      mode: 0o600,
    });
    await Deno.writeTextFile(
      `${scene.agentHome}/accounts/state.yaml`,
      "version: 1\nagent: claude\nplain: 1\ncurrent_index: 1\n" +
        "accounts:\n  account1:\n    kind: plan\n" +
        "    owner: account-1@organization-1\n",
    );
    const { code, stderr, env } = await scene.exec({
      options: ["--account=1"],
      env: { CLAUDE_SECURESTORAGE_CONFIG_DIR: "/foreign" },
    });
    assertEquals(code, 0, stderr);
    assertEquals(env.CLAUDE_SECURESTORAGE_CONFIG_DIR, undefined);
    assertEquals(env.CLAUDE_CONFIG_DIR, undefined);
  });
}

Deno.test("exec --cli claude 2.0.77 runs in the folder of the account, and shares its projects", async () => {
  await using scene = await loginScene("claude", { version: "2.0.77" });
  await Deno.writeTextFile(`${scene.agentHome}/settings.json`, "{}");
  const user = `${scene.home}/.claude.json`;
  const content = { hasCompletedOnboarding: true, oauthAccount: "plain" };
  await Deno.writeTextFile(user, JSON.stringify(content));
  const script = 'cd "$CLAUDE_CONFIG_DIR"; ls -A; cat .claude.json; ' +
    'echo \'{"projects":{"/a":{}},"oauthAccount":"one"}\' >.claude.json';
  const { code, stdout, stderr, env } = await scene.exec({ script });
  assertEquals(code, 0, stderr);
  assertEquals(env.CLAUDE_CONFIG_DIR, scene.folder(1));
  assertEquals(env.CLAUDE_SECURESTORAGE_CONFIG_DIR, undefined);
  assertMatch(stdout, /^settings\.json$/m);
  assertMatch(stdout, /"hasCompletedOnboarding": true/);
  assertMatch(stdout, /"accountUuid": "account-1"/);
  assert(!stdout.includes("plain"), stdout);
  const { projects, oauthAccount } = JSON.parse(await Deno.readTextFile(user));
  assertEquals([projects, oauthAccount], [{ "/a": {} }, "plain"]);
});

Deno.test("exec --cli claude ends with 4 when the login of a plan was refused, which the agent then blanks", async () => {
  await using scene = await loginScene("claude");
  const path = `${scene.folder(1)}/.credentials.json`;
  const script = `sed -i 's/"token-1"/""/; s/"refresh-1"/""/' '${path}'; ` +
    "echo 'Failed to authenticate: OAuth session expired and could not be " +
    "refreshed'; exit 1";
  const { code, stdout, stderr } = await scene.exec({ script });
  assertEquals([code, stdout], [4, ""], stderr);
  assertMatch(stderr, /account 1.*needs a new login/);
  const list = await scene.cli(["list"]);
  assertMatch(list.stdout, /1 .*login needed.*\n.*2 .*ready/);
});

Deno.test("exec --cli codex --dir uses accounts elsewhere, with what the user has at home", async () => {
  await using scene = await loginScene("codex", { version: "0.171.0" });
  const dir = `${scene.home}/elsewhere`;
  await Deno.rename(`${scene.agentHome}/accounts`, dir);
  await Deno.writeTextFile(`${scene.agentHome}/AGENTS.md`, "Speak\n");
  const { code, stdout, stderr, env } = await scene.exec({
    options: [`--dir=${dir}`],
    script: 'cat "$CODEX_HOME/AGENTS.md"; $ACCOUNT_QWEN which',
    env: SELF,
  });
  assertEquals([code, stdout], [0, "Speak\naccount 1\nParis\n"], stderr);
  assertEquals(env.CODEX_HOME, `${dir}/1`);
});

Deno.test("a login from which claude 2.0.77 drops its owner stays the account's", async () => {
  await using scene = await loginScene("claude", { version: "2.0.77" });
  const path = `${scene.folder(1)}/.credentials.json`;
  const script = `echo '{"claudeAiOauth":{"accessToken":"token-new",` +
    `"refreshToken":"refresh-new","expiresAt":4102444800000}}' >'${path}'`;
  const { code, stderr } = await scene.exec({ script });
  assertEquals([code, stderr], [0, ""]);
  const { claudeAiOauth } = JSON.parse(await Deno.readTextFile(path));
  assertEquals(claudeAiOauth, {
    accessToken: "token-new",
    refreshToken: "refresh-new",
    expiresAt: 4_102_444_800_000,
    accountUuid: "account-1",
    organizationUuid: "organization-1",
  });
  const { stdout } = await scene.cli(["list"]);
  assertMatch(stdout, /1 .*ready.*\n.*2 .*ready/);
});

Deno.test("a login of another account in the folder of claude 2.0.77 becomes another account", async () => {
  await using scene = await loginScene("claude", { version: "2.0.77" });
  const script = `cd '${scene.folder(1)}'; ` +
    `echo '{"claudeAiOauth":{"accessToken":"token-3",` +
    `"refreshToken":"refresh-3","expiresAt":4102444800000}}' ` +
    '>.credentials.json; echo \'{"oauthAccount":{"accountUuid":' +
    '"account-3","organizationUuid":"organization-1"}}\' >.claude.json';
  const { code, stderr } = await scene.exec({ script });
  assertEquals(code, 0, stderr);
  const third = `${scene.folder(3)}/.credentials.json`;
  assertStringIncludes(await Deno.readTextFile(third), '"refresh-3"');
  const state = await Deno.readTextFile(
    `${scene.agentHome}/accounts/state.yaml`,
  );
  assertStringIncludes(state, "owner: account-3@organization-1");
});
