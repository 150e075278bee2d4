/**
 * Accounts with a token of `claude setup-token`.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { loginFile, loginScene } from "../support/login_scene.ts";
import { testWith } from "../support/needs.ts";
import { Typist } from "../support/typist.ts";

const TOKEN = "sk-ant-oat01-0123456789abcdef";

const testOnTerminal = await testWith("script");

Deno.test("add --token makes an account with the token from stdin", async () => {
  await using scene = await loginScene("claude");
  const { code, stdout, stderr } = await scene.cli(
    ["add", "--token", "--label", "ci"],
    {},
    `${TOKEN}\n`,
  );
  assertEquals([code, stdout], [0, "the token is now ci (account 1)\n"]);
  const path = `${scene.agentHome}/accounts/1/.credentials.json`;
  const { claudeAiOauth } = JSON.parse(await Deno.readTextFile(path));
  assertEquals(claudeAiOauth.accessToken, TOKEN);
  assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  const [account] = await scene.accounts();
  assertEquals(
    [account?.kind, account?.label, account?.active, account?.state],
    ["token", "ci", true, "ready"],
  );
  const files = ["state.yaml", "rotation.log", "labels.json"]
    .map((it) => scene.read(`.claude/accounts/${it}`));
  const seen = [stdout, stderr, ...await Promise.all(files)].join("\n");
  assert(!seen.includes(TOKEN));
});

Deno.test("add --token twice is one account; another token is another one", async () => {
  await using scene = await loginScene("claude");
  await scene.cli(["add", "--token"], {}, TOKEN);
  const again = await scene.cli(
    ["add", "--token"],
    {},
    `export X_TOKEN="${TOKEN}"\n`,
  );
  assertEquals(again.stdout, "the token is already claude (account 1)\n");
  const other = await scene.cli(["add", "--token", "--json"], {}, `${TOKEN}9`);
  const { index, kind, added } = JSON.parse(other.stdout);
  assertEquals([index, kind, added], [2, "token", true]);
  const names = Array.from(
    Deno.readDirSync(`${scene.agentHome}/accounts`),
    (it) => it.name,
  );
  assertEquals(names.filter((it) => /^\d+$/.test(it)).sort(), ["1", "2"]);
});

Deno.test("restore of a token says how to get a new one", async () => {
  await using scene = await loginScene("claude");
  await scene.cli(["add", "--token", "--label", "ci"], {}, TOKEN);
  const { code, stderr } = await scene.cli(["restore", "ci"]);
  assertEquals([code, stderr], [
    1,
    "account-qwen: error: Cannot restore ci (account 1): no earlier token is " +
    "kept\naccount-qwen: hint: for a new token: claude setup-token, then " +
    "account-qwen --cli claude add --token --replace 1\n",
  ]);
});

for (const isPlain of [false, true]) {
  Deno.test(`add --token --replace gives an account another token${isPlain ? ", which plain claude uses" : ""}`, async () => {
    await using scene = await loginScene("claude");
    await scene.cli(["add", "--token", "--label", "ci"], {}, TOKEN);
    if (isPlain) await scene.cli(["switch", "ci"]);
    const refused = await scene.cli(["login", "ci"]);
    assertMatch(refused.stderr, /add --token --replace 1\n/);
    const { code, stdout, stderr } = await scene.cli(
      ["add", "--token", "--replace", "ci"],
      {},
      `${TOKEN}9`,
    );
    assertEquals(
      [code, stdout],
      [0, "ci (account 1) now has the new token\n"],
      stderr,
    );
    const place = isPlain ? ".claude" : ".claude/accounts/1";
    const text = await scene.read(`${place}/.credentials.json`) ?? "";
    assertEquals(JSON.parse(text).claudeAiOauth.accessToken, `${TOKEN}9`);
    const kept = await scene.logins();
    const old = kept["generations/oauth_creds_1"] ?? "{}";
    assertEquals(JSON.parse(old).claudeAiOauth.accessToken, TOKEN);
    assertEquals(Object.keys(kept).length, isPlain ? 1 : 2);
    const all = await scene.accounts();
    assertEquals(
      all.map((it) => [it.index, it.kind, it.label, it.active, it.plain]),
      [[1, "token", "ci", true, isPlain]],
    );
    const names = Array.from(
      Deno.readDirSync(`${scene.agentHome}/accounts`),
      (it) => it.name,
    );
    assertEquals(names.filter((it) => /^\d+$/.test(it)), ["1"]);
  });
}

Deno.test("add --token --replace refuses a token that another account has, and an account without a token", async () => {
  await using scene = await loginScene("claude");
  await scene.cli(["add", "--token"], {}, TOKEN);
  await scene.cli(["add", "--token"], {}, `${TOKEN}9`);
  const replace = ["add", "--token", "--replace"];
  const twice = await scene.cli([...replace, "2"], {}, TOKEN);
  assertEquals([twice.code, twice.stdout], [1, ""]);
  assertMatch(twice.stderr, /account 1\) already has this token/);
  await scene.cli(["login"], { login: loginFile("claude", "ann", "token-1") });
  const login = await scene.cli([...replace, "3"], {}, `${TOKEN}8`);
  assertEquals(login.code, 2);
  assertMatch(login.stderr, /it has a login, not a token/);
  const none = await scene.cli([...replace, "7"], {}, `${TOKEN}8`);
  assertEquals(none.code, 2);
  assertEquals((await scene.accounts()).length, 3);
});

for (
  const [text, problem] of [
    ["sk-ant-api03-0123456789abcdef", "is an API key, not a token"],
    ["sk-ant-ort01-0123456789abcdef", "is a refresh token"],
    ["hello world", "does not begin with sk-ant-oat"],
    ["", "is empty"],
  ] as const
) {
  Deno.test(`add --token refuses what ${problem}`, async () => {
    await using scene = await loginScene("claude");
    const { code, stderr } = await scene.cli(
      ["add", "--token"],
      {},
      `${text}\n`,
    );
    assertEquals(code, 2);
    assertMatch(stderr, new RegExp(`the token ${problem}`));
    assertEquals(await scene.accounts(), []);
  });
}

Deno.test("a token on the command line is refused, and not repeated", async () => {
  await using scene = await loginScene("claude");
  for (const args of [["--token", TOKEN], [`--token=${TOKEN}`]]) {
    const { code, stderr } = await scene.cli(["add", ...args]);
    assertEquals(code, 2);
    assert(!stderr.includes(TOKEN));
  }
});

testOnTerminal(
  "add --token on a terminal asks for the token and does not show it",
  async () => {
    await using scene = await loginScene("claude");
    await using typist = await Typist.start([
      "--cli",
      "claude",
      "add",
      "--token",
    ], {
      home: scene.home,
      env: scene.environment(),
    });
    await typist.answer(
      'Token of "claude setup-token" (it is not shown):',
      `${TOKEN}\n`,
    );
    await typist.answer("the token is now", "");
    assertEquals(await typist.end(), 0);
    assert(!typist.seen.includes(TOKEN));
  },
);

Deno.test("status and doctor say how to replace a token that is not there", async () => {
  await using scene = await loginScene("claude");
  await scene.cli(["add", "--token", "--label", "ci"], {}, TOKEN);
  await Deno.remove(`${scene.agentHome}/accounts/1/.credentials.json`);
  const add = "account-qwen --cli claude add --token --replace ci\n";
  const status = await scene.cli(["status"]);
  assert(status.stdout.includes(`-> ${add}`), status.stdout);
  const doctor = await scene.cli(["doctor"]);
  assert(doctor.stdout.includes(`fix: ${add}`), doctor.stdout);
  const args = ["add", "--token", "--replace", "ci"];
  const { code, stderr } = await scene.cli(args, {}, TOKEN);
  assertEquals(code, 0, stderr);
  assertEquals((await scene.accounts()).map((it) => it.state), ["ready"]);
});

testOnTerminal("the summary of setup names a token", async () => {
  await using scene = await loginScene("claude");
  await using typist = await Typist.start(["--cli", "claude", "setup"], {
    home: scene.home,
    env: scene.environment(),
  });
  await typist.answer("What next?", "token\n");
  await typist.answer("Paste the token", `${TOKEN}\n`);
  await typist.answer("Label [claude]:", "ci\n");
  await typist.answer("What next?", "done\n");
  assertEquals(await typist.end(), 0);
  assertMatch(typist.seen, /^ +ci +claude token +ready\r?$/m);
});

Deno.test("import adds the token in the environment", async () => {
  await using scene = await loginScene("claude");
  const env = { CLAUDE_CODE_OAUTH_TOKEN: TOKEN };
  const dry = await scene.cli(["import", "--dry-run"], { env });
  assertMatch(
    dry.stdout,
    /the token in CLAUDE_CODE_OAUTH_TOKEN would be an account/,
  );
  assertEquals(await scene.accounts(), []);
  const { code, stdout } = await scene.cli(["import"], { env });
  assertEquals(
    [code, stdout],
    [0, "the token in CLAUDE_CODE_OAUTH_TOKEN is now claude (account 1)\n"],
  );
  const again = await scene.cli(["import"], { env });
  assertMatch(again.stdout, /is already claude \(account 1\)/);
});

Deno.test("login to an account with a token says how to replace the token", async () => {
  await using scene = await loginScene("claude");
  await scene.cli(["add", "--token"], {}, TOKEN);
  const login = loginFile("claude", "ann", "token-1");
  const { code, stderr } = await scene.cli(["login", "1"], { login });
  assertEquals(code, 2);
  assertMatch(stderr, /it has a token, not a login/);
  assertEquals(await scene.read("args"), undefined);
});

Deno.test("codex has no tokens", async () => {
  await using scene = await loginScene("codex");
  const { code, stderr } = await scene.cli(["add", "--token"], {}, TOKEN);
  assertEquals(code, 2);
  assertMatch(stderr, /Unknown flag "--token"/);
});
