import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { apiKey, namesIn, writeKeySlot } from "../../support/account_folder.ts";
import { CHECKOUT } from "../../support/checkout.ts";
import { runCli, type RunOptions } from "../../support/cli.ts";
import { FAKE_QWEN, fakeHome, OUT_OF_QUOTA } from "../../support/fake_qwen.ts";
import { testHome } from "../../support/home.ts";
import { tempDir } from "../../support/temp_dir.ts";

const PRINT_KEY = `${CHECKOUT}/tests/fixtures/print_key.sh`;

Deno.test("exec --mode=link passes the key of the account to qwen, not those of the caller", async () => {
  await using home = await testHome({ accounts: 1, baseUrl: "" });
  await writeKeySlot(home.dir, 2);
  const args = ["--account", "2", "--mode=link", "--", "hello"];
  const { code, stdout } = await exec(args, {
    home: home.path,
    env: { OPENAI_API_KEY: "another", OPENAI_ORG: "x", QWEN_OAUTH: "1" },
  });
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: "--auth-type=openai --prompt=hello\n" +
      `${apiKey(2)} https://provider-2.invalid/v1 qwen3 none\n`,
  });
});

for (const mode of ["auto", "gateway"]) {
  Deno.test(`exec --mode=${mode} passes the address of the gateway to qwen, and no key`, async () => {
    await using home = await testHome({ accounts: 1, baseUrl: "" });
    await writeKeySlot(home.dir, 2);
    const args = ["--account", "2", `--mode=${mode}`, "--", "hello"];
    const { code, stdout, stderr } = await exec(args, {
      home: home.path,
      env: { OPENAI_API_KEY: "another" },
    });
    assertEquals(code, 0);
    assertMatch(
      stdout,
      /^--auth-type=openai --prompt=hello\n[\w-]{43} http:\/\/127\.0\.0\.1:\d+\/provider-2\.invalid\/v1 qwen3 none\n$/,
    );
    assertEquals((stdout + stderr).includes(apiKey(2)), false);
  });
}

for (const exit of [0, 1]) {
  Deno.test(`exec --mode=link shows no key that qwen writes to stderr, exit code ${exit}`, async () => {
    await using home = await testHome({ accounts: 1, baseUrl: "" });
    await writeKeySlot(home.dir, 2);
    const bin = `${home.path}/qwen`;
    const script = "#!/bin/sh\necho answer $OPENAI_API_KEY\n" +
      `echo 400 wrong: $OPENAI_API_KEY, really >&2\nexit ${exit}\n`;
    await Deno.writeTextFile(bin, script, { mode: 0o700 });
    const { code, stdout, stderr } = await runCli(
      ["exec", "--bin", bin, "--account=2", "--mode=link", "--", "hello"],
      { home: home.path },
    );
    assertEquals(code, exit);
    assertEquals(stdout, exit === 0 ? `answer ${apiKey(2)}\n` : "");
    assertStringIncludes(stderr, "400 wrong: [redacted], really\n");
    assertEquals(stderr.includes(apiKey(2)), false);
  });
}

Deno.test("exec passes the key itself to qwen when a proxy is in the way of the gateway", async () => {
  await using home = await testHome({ accounts: 1, baseUrl: "" });
  await writeKeySlot(home.dir, 2);
  const { stdout, stderr } = await exec(["--account", "2", "--", "hello"], {
    home: home.path,
    env: { HTTPS_PROXY: "http://proxy.invalid:3128" },
  });
  assertStringIncludes(stdout, apiKey(2));
  assertStringIncludes(stderr, "as with --mode link");
});

Deno.test("exec leaves the link alone when it uses a key", async () => {
  await using home = await testHome({ accounts: 1, baseUrl: "" });
  await writeKeySlot(home.dir, 2);
  await exec(["--account", "2", "--", "hello"], { home: home.path });
  assertEquals(await home.link(), "accounts/oauth_creds_1.json");
});

Deno.test("exec with QWEN_API_KEY runs qwen with that key and records nothing about it", async () => {
  await using home = await tempDir();
  const { code, stdout, stderr } = await exec(["--", "hello"], {
    home: home.path,
    env: { QWEN_API_KEY: "sk-once", QWEN_MODEL: "qwen3-max" },
  });
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: "--auth-type=openai --prompt=hello\nsk-once " +
      "https://dashscope.aliyuncs.com/compatible-mode/v1 qwen3-max none\n",
  });
  assertEquals(
    stderr,
    "account-qwen: using the key in QWEN_API_KEY for " +
      "dashscope.aliyuncs.com instead of an account\n",
  );
  assertEquals(await namesIn(home.path), [".qwen"]);
  assertEquals(await namesIn(`${home.path}/.qwen`), [
    "accounts",
    "state.yaml.lock",
  ]);
  const accounts = `${home.path}/.qwen/accounts`;
  const settings = await namesIn(accounts);
  const kinds = settings.map((it) => it.replace(/_[0-9a-f]{16}\.json$/, ""));
  assertEquals(kinds, ["cli_defaults", "cli_key_settings"]);
  for (const it of settings) {
    const text = await Deno.readTextFile(`${accounts}/${it}`);
    assertEquals(text.includes("sk-once"), false);
  }
});

Deno.test("exec with QWEN_ACCESS_TOKEN uses it instead of the accounts", async () => {
  await using home = await testHome({ accounts: 1, baseUrl: "" });
  const { stdout } = await exec(["--", "hello"], {
    home: home.path,
    env: { QWEN_ACCESS_TOKEN: "token-once" },
  });
  assertStringIncludes(
    stdout,
    "token-once https://portal.qwen.ai/v1 coder-model none",
  );
});

Deno.test("exec --account overrides QWEN_API_KEY", async () => {
  await using home = await testHome({ accounts: 1, baseUrl: "" });
  await writeKeySlot(home.dir, 2);
  const { stdout } = await exec(["--account", "2", "--", "hello"], {
    home: home.path,
    env: { QWEN_API_KEY: "sk-once" },
  });
  assertStringIncludes(stdout, "provider-2.invalid");
  assertEquals(stdout.includes("sk-once"), false);
});

Deno.test("exec exits with 75 and asks no account when the key of the environment is out of quota", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA, 2: "echo Paris" });
  const { code, stdout, stderr } = await runCli(
    ["exec", "--bin", FAKE_QWEN, "--", "hello"],
    { home: home.path, env: { QWEN_API_KEY: "sk-once" } },
  );
  assertEquals({ code, stdout }, { code: 75, stdout: "" });
  assertStringIncludes(
    stderr,
    "error: No answer: the given key is out of quota",
  );
  assertEquals(await home.asked(), [1]);
  assertEquals(await home.events(), []);
});

Deno.test("exec exits with 2 when QWEN_API_KEY belongs to an unknown service", async () => {
  await using home = await tempDir();
  const { code, stderr } = await exec(["--", "hello"], {
    home: home.path,
    env: { QWEN_API_KEY: "sk-once", QWEN_BASE_URL: "https://a.example/v1" },
  });
  assertEquals(code, 2);
  assertStringIncludes(stderr, "Cannot use QWEN_MODEL: it is empty");
  assertEquals(stderr.includes("sk-once"), false);
});

async function exec(args: readonly string[], options: RunOptions) {
  return await runCli(["exec", "--bin", PRINT_KEY, ...args], options);
}
