import { assertEquals, assertStringIncludes } from "@std/assert";
import { apiKey, writeKeySlot } from "../../support/account_folder.ts";
import { runCli } from "../../support/cli.ts";
import { runInShell } from "../../support/cli_process.ts";
import { type TestHome, testHome } from "../../support/home.ts";

Deno.test("env prints the key of an account for a shell", async () => {
  await using home = await homeWithKey();
  const script = 'QWEN_OAUTH=1; export QWEN_OAUTH; eval "$("$@")"; ' +
    'printf "%s|" "$OPENAI_API_KEY" "$OPENAI_BASE_URL" "$OPENAI_MODEL" ' +
    '"${QWEN_OAUTH-none}"; sh -c \'printf %s "$OPENAI_API_KEY"\'';
  const { stdout } = await runInShell(script, ["env", "2", "--shell", "sh"], {
    home: home.path,
  });
  assertEquals(
    stdout,
    `${apiKey(2)}|https://provider-2.invalid/v1|qwen3|none|${apiKey(2)}`,
  );
});

Deno.test("env prints the requested variable of the active account unquoted", async () => {
  await using home = await homeWithKey();
  await runCli(["switch", "2"], { home: home.path });
  const { code, stdout, stderr } = await runCli(["env"], {
    home: home.path,
    env: { SHELL: "/usr/bin/fish", OPENAI_ORG: "x" },
  });
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(stdout.split("\n").slice(0, 2), [
    "set -eg OPENAI_ORG; or true;",
    `set -gx OPENAI_API_KEY '${apiKey(2)}';`,
  ]);
});

Deno.test("env skips variables that no shell can name", async () => {
  await using home = await homeWithKey();
  const { code, stdout } = await runCli(["env", "2", "--shell", "sh"], {
    home: home.path,
    env: { "OPENAI_A.B": "x", OPENAI_ORG: "x" },
  });
  assertEquals(code, 0);
  assertEquals(stdout.split("\n")[0], "unset OPENAI_ORG;");
  assertEquals(stdout.includes("A.B"), false);
});

Deno.test("env --unset removes the variables", async () => {
  await using home = await homeWithKey();
  const { code, stdout } = await runCli(["env", "--unset", "--shell", "sh"], {
    home: home.path,
  });
  assertEquals({ code, stdout }, {
    code: 0,
    stdout: "unset OPENAI_API_KEY;\nunset OPENAI_BASE_URL;\n" +
      "unset OPENAI_MODEL;\n",
  });
});

Deno.test("env prints nothing and says why when the account has no key", async () => {
  await using home = await homeWithKey();
  for (const args of [["env"], ["env", "1"]]) {
    const { code, stdout, stderr } = await runCli(args, { home: home.path });
    assertEquals({ code, stdout }, { code: 1, stdout: "" });
    assertStringIncludes(
      stderr,
      "Cannot print the key of account 1: it has a login, not an API key",
    );
  }
});

Deno.test("env prints nothing when there is no such account", async () => {
  await using home = await homeWithKey();
  const { code, stdout } = await runCli(["env", "7"], { home: home.path });
  assertEquals({ code, stdout }, { code: 2, stdout: "" });
});

async function homeWithKey(): Promise<TestHome> {
  const home = await testHome({ accounts: 1, baseUrl: "" });
  await writeKeySlot(home.dir, 2);
  return home;
}
