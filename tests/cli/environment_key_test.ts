import { assertEquals, assertThrows } from "@std/assert";
import { findEnvironmentKey } from "../../lib/cli/setup/environment_key.ts";
import { UsageError } from "../../lib/cli/line/usage_error.ts";

const DASHSCOPE = "https://dashscope.aliyuncs.com/compatible-mode/v1";

const FOUND: Record<string, [Record<string, string>, string, string]> = {
  "QWEN_API_KEY alone": [
    { QWEN_API_KEY: "sk-1" },
    DASHSCOPE,
    "qwen3-coder-plus",
  ],
  "QWEN_API_KEY with QWEN_BASE_URL and QWEN_MODEL": [
    {
      QWEN_API_KEY: "sk-1",
      QWEN_BASE_URL: "https://a.example/v1",
      QWEN_MODEL: "m",
      OPENAI_BASE_URL: "https://b.example/v1",
      OPENAI_MODEL: "n",
    },
    "https://a.example/v1",
    "m",
  ],
  "QWEN_API_KEY with OPENAI_BASE_URL and OPENAI_MODEL": [
    {
      QWEN_API_KEY: "sk-1",
      OPENAI_BASE_URL: "https://b.example/v1",
      OPENAI_MODEL: "n",
    },
    "https://b.example/v1",
    "n",
  ],
  "QWEN_API_KEY with the base URL of a preset": [
    { QWEN_API_KEY: "sk-1", QWEN_BASE_URL: "https://OPENROUTER.ai/api/v1" },
    "https://OPENROUTER.ai/api/v1",
    "qwen/qwen3-coder",
  ],
  "QWEN_ACCESS_TOKEN alone": [
    { QWEN_ACCESS_TOKEN: "sk-1" },
    "https://portal.qwen.ai/v1",
    "coder-model",
  ],
  "QWEN_ACCESS_TOKEN beside OPENAI_BASE_URL": [
    { QWEN_ACCESS_TOKEN: "sk-1", OPENAI_BASE_URL: "https://b.example/v1" },
    "https://portal.qwen.ai/v1",
    "coder-model",
  ],
  "QWEN_ACCESS_TOKEN with QWEN_BASE_URL": [
    { QWEN_ACCESS_TOKEN: "sk-1", QWEN_BASE_URL: "http://127.0.0.1:1/v1" },
    "http://127.0.0.1:1/v1",
    "coder-model",
  ],
};

for (const [what, [env, baseUrl, model]] of Object.entries(FOUND)) {
  Deno.test(`findEnvironmentKey() finds ${what}`, () => {
    const variable = env.QWEN_API_KEY ? "QWEN_API_KEY" : "QWEN_ACCESS_TOKEN";
    assertEquals(findEnvironmentKey(env), {
      variable,
      key: { apiKey: "sk-1", baseUrl, model },
      cleaned: [],
    });
  });
}

Deno.test("findEnvironmentKey() prefers QWEN_API_KEY to QWEN_ACCESS_TOKEN", () => {
  const env = { QWEN_API_KEY: "sk-1", QWEN_ACCESS_TOKEN: "sk-2" };
  assertEquals(findEnvironmentKey(env)?.key.apiKey, "sk-1");
});

Deno.test("findEnvironmentKey() finds none when the variables are empty or belong to others", () => {
  const env = { QWEN_API_KEY: "", QWEN_ACCESS_TOKEN: "", OPENAI_API_KEY: "x" };
  assertEquals(findEnvironmentKey(env), undefined);
});

const REFUSED: [Record<string, string>, string][] = [
  [{ QWEN_API_KEY: "sk 1" }, "QWEN_API_KEY: it has a character"],
  [{ QWEN_ACCESS_TOKEN: " " }, "QWEN_ACCESS_TOKEN: it is empty"],
  [
    { QWEN_API_KEY: "sk-1", QWEN_BASE_URL: "http://a.example/v1" },
    "QWEN_BASE_URL: it is not https",
  ],
  [
    { QWEN_API_KEY: "sk-1", OPENAI_BASE_URL: "a.example" },
    "OPENAI_BASE_URL: it is not a URL",
  ],
  [
    { QWEN_API_KEY: "sk-1", QWEN_BASE_URL: "https://a.example/v1" },
    "QWEN_MODEL: it is empty",
  ],
];

Deno.test("findEnvironmentKey() says which variable to unset for the accounts to be used", () => {
  const hintFor = (env: Record<string, string>) =>
    assertThrows(() => findEnvironmentKey(env), UsageError).hint;
  assertEquals(
    [
      hintFor({ QWEN_API_KEY: "sk 1" }),
      hintFor({ QWEN_ACCESS_TOKEN: "sk-1", QWEN_BASE_URL: "a.example" }),
    ],
    [
      "correct QWEN_API_KEY, or unset it to use your accounts",
      "correct QWEN_BASE_URL, or unset QWEN_ACCESS_TOKEN to use your accounts",
    ],
  );
});

for (const [env, problem] of REFUSED) {
  Deno.test(`findEnvironmentKey() throws that it cannot use ${problem}`, () => {
    assertThrows(() => findEnvironmentKey(env), UsageError, problem);
  });
}
