import { assertEquals } from "@std/assert";
import { findAllNames, findNames } from "../../scripts/check_agents.ts";
import { CHECKOUT } from "../support/checkout.ts";

const NAMED: [text: string, names: string[]][] = [
  ['import { qwen } from "../agents/qwen/agent.ts";', ["qwen", "qwen"]],
  ["// Measured on 0.12.0 and 0.24.4.", ["0.12.0", "0.24.4"]],
  ["// Measured on 2.1.332.", ["2.1.332"]],
  ["const { OPENAI_API_KEY } = env;", ["OPENAI_API_KEY"]],
  ["const { ANTHROPIC_BASE_URL } = env;", ["ANTHROPIC_BASE_URL"]],
  ['const live = "oauth_creds.json";', ["oauth_creds"]],
  ["/** A login for dashscope.aliyuncs.com. */", ["dashscope", "aliyun"]],
];

for (const [text, names] of NAMED) {
  Deno.test(`findNames() finds ${names.join(", ")} in ${text}`, () => {
    const found = findNames(
      "lib/vault/logins/credential_file.ts",
      `\n${text}\n`,
    );
    assertEquals(
      found,
      names.map((name) => ({
        file: "lib/vault/logins/credential_file.ts",
        line: 2,
        name,
      })),
    );
  });
}

const OURS = [
  'export { QwenWrapper } from "./wrapper/qwen_wrapper.ts";',
  "/** The command `account-qwen`, package `@x/qwen-rotate` 0.2.0. */",
  'const dir = env("ACCOUNT_QWEN_DIR");',
  "_account_qwen_flags() {",
  "// RFC 9110, section 5.5; 10.12.0.1",
];

for (const text of OURS) {
  Deno.test(`findNames() finds no agent in ${text}`, () => {
    assertEquals(findNames("lib/vault/logins/credential_file.ts", text), []);
  });
}

const WORDS: [text: string, names: string[]][] = [
  ["The minimum; Miniature, MINIMUM, Gemini", []],
  ["mini, miniHome, ofMini, MINI_KEY, mini2", [
    "mini",
    "mini",
    "Mini",
    "MINI",
    "mini",
  ]],
];

for (const [text, names] of WORDS) {
  Deno.test(`findNames() finds ${names.length} names of mini in ${text}`, () => {
    const found = findNames("lib/vault/logins/credential_file.ts", text, [
      "mini",
    ]);
    assertEquals(found.map((it) => it.name), names);
  });
}

Deno.test("findNames() allows every name in lib/agents", () => {
  assertEquals(findNames("lib/agents/qwen/agent.ts", '"qwen"'), []);
});

Deno.test("no file of lib/ outside lib/agents names an agent", async () => {
  assertEquals(await findAllNames(CHECKOUT), []);
});
