import { assertEquals } from "@std/assert";
import { reportUnknownVariables } from "../../lib/cli/settings/settings_if_set.ts";
import { runCli } from "../support/cli.ts";
import { tempDir } from "../support/temp_dir.ts";

function said(...names: string[]): string[] {
  const notices: string[] = [];
  const env = Object.fromEntries(names.map((it) => [it, "x"]));
  reportUnknownVariables(env, (text) => notices.push(text));
  return notices;
}

const NEAR: Record<string, string> = {
  ACCOUNT_QWEN_STRATEGEY: "ACCOUNT_QWEN_STRATEGY",
  ACCOUNT_QWEN_MAX_RETRY: "ACCOUNT_QWEN_MAX_RETRIES",
  ACCOUNT_QWEN_TIMOUT: "ACCOUNT_QWEN_TIMEOUT",
  ACCOUNT_QWEN_QUOTA_PATTERN: "ACCOUNT_QWEN_QUOTA_PATTERNS",
  ACCOUNTQWEN_BIN: "ACCOUNT_QWEN_BIN",
  account_qwen_mode: "ACCOUNT_QWEN_MODE",
};

for (const [name, meant] of Object.entries(NEAR)) {
  Deno.test(`reportUnknownVariables() asks for ${name} whether ${meant} is meant`, () => {
    assertEquals(said(name), [
      `ignored in the environment: ${name} (did you mean ${meant}?)`,
    ]);
  });
}

Deno.test("reportUnknownVariables() says nothing about our own variables, or dissimilar ones", () => {
  const ours = ["STRATEGY", "DIR", "RUN", "RUN_HOME", "DEPTH", "OAUTH_URL"];
  const others = ["ACCOUNT_QWEN_TEAM_NAME", "ACCOUNT_QWEN_X", "PATH"];
  assertEquals(said(...ours.map((it) => `ACCOUNT_QWEN_${it}`), ...others), []);
});

Deno.test("a command names a mistyped variable on stderr, in one line", async () => {
  await using home = await tempDir();
  const { code, stderr } = await runCli(["list"], {
    home: home.path,
    env: { ACCOUNT_QWEN_STRATEGEY: "sticky", ACCOUNT_QWEN_WIAT: "1h" },
  });
  assertEquals({ code, stderr }, {
    code: 0,
    stderr: "account-qwen: ignored in the environment: " +
      "ACCOUNT_QWEN_STRATEGEY (did you mean ACCOUNT_QWEN_STRATEGY?), " +
      "ACCOUNT_QWEN_WIAT (did you mean ACCOUNT_QWEN_WAIT?)\n",
  });
});
