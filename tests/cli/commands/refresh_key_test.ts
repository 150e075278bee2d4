import { assertEquals, assertMatch } from "@std/assert";
import { runCli } from "../../support/cli.ts";
import { testHome } from "../../support/home.ts";
import { tokenServer } from "../../support/token_server.ts";

const ACCOUNTS = { accounts: 1, baseUrl: "http://provider.invalid/v1" };

Deno.test("refresh sends no request when the account has a key", async () => {
  await using home = await testHome(ACCOUNTS);
  await using server = tokenServer();
  const path = `${home.dir}/accounts/api_key_2.env`;
  const lines = [
    "OPENAI_API_KEY='sk-secret-key-of-account-2'",
    "OPENAI_BASE_URL='https://provider.invalid/v1'",
    "OPENAI_MODEL='qwen3-coder-plus'",
  ];
  await Deno.writeTextFile(path, lines.join("\n"), { mode: 0o600 });
  const options = {
    home: home.path,
    env: { ACCOUNT_QWEN_OAUTH_URL: server.url },
  };
  const { code, stderr } = await runCli(["refresh", "2"], options);
  assertEquals(code, 2);
  assertMatch(
    stderr,
    /Cannot refresh account 2: its API key does not expire\n.*hint: account-qwen add --replace 2\n/,
  );
  const login = await runCli(["login", "2"], options);
  assertEquals(login.code, 2);
  assertMatch(
    login.stderr,
    /Cannot log in to account 2: it has an API key, not a login\n.*--replace 2/,
  );
  assertEquals(server.paths, []);
});
