import { assertEquals } from "@std/assert";
import {
  findNamers,
  findNames,
  KNOWN_NAMERS,
  tooMany,
} from "../../scripts/check_agents.ts";
import { CHECKOUT } from "../support/checkout.ts";

const NAMED: [text: string, names: string[]][] = [
  ['import { qwen } from "../agents/qwen/agent.ts";', ["qwen", "qwen"]],
  ["// Measured on 0.12.0 and 0.24.4.", ["0.12.0", "0.24.4"]],
  ["const { OPENAI_API_KEY } = env;", ["OPENAI_API_KEY"]],
  ['const live = "oauth_creds.json";', ["oauth_creds"]],
  ["/** A login for dashscope.aliyuncs.com. */", ["dashscope", "aliyun"]],
];

for (const [text, names] of NAMED) {
  Deno.test(`findNames() finds ${names.join(", ")} in ${text}`, () => {
    const found = findNames("lib/vault/logins/slots.ts", `\n${text}\n`);
    assertEquals(
      found,
      names.map((name) => ({
        file: "lib/vault/logins/slots.ts",
        line: 2,
        name,
      })),
    );
  });
}

const OURS = [
  'export { QwenWrapper } from "./wrapper/qwen_wrapper.ts";',
  "/** The command `account-qwen`, package `@x/qwen-rotate` 0.2.0. */",
  'const dir = env("ACCOUNT_QWEN_DIR") ?? `${home}/.qwen`;',
  "_account_qwen_flags() {",
  "// RFC 9110, section 5.5; 10.12.0.1",
];

for (const text of OURS) {
  Deno.test(`findNames() finds no agent in ${text}`, () => {
    assertEquals(findNames("lib/vault/logins/slots.ts", text), []);
  });
}

Deno.test("findNames() allows every name in lib/agents", () => {
  assertEquals(findNames("lib/agents/qwen/agent.ts", '"qwen"'), []);
});

Deno.test("tooMany() reports the names in a file that has more than it had", () => {
  const naming = { file: "lib/a.ts", line: 1, name: "qwen" };
  const namers = new Map([["lib/a.ts", [naming, naming]]]);
  assertEquals(tooMany(namers, { "lib/a.ts": 2 }), []);
  assertEquals(tooMany(namers, { "lib/a.ts": 1 }), [naming, naming]);
  assertEquals(tooMany(namers, {}), [naming, naming]);
});

Deno.test("no file of lib/ names an agent more often than KNOWN_NAMERS says", async () => {
  assertEquals(tooMany(await findNamers(CHECKOUT)), []);
});

Deno.test("every file of KNOWN_NAMERS still names an agent", async () => {
  const namers = await findNamers(CHECKOUT);
  const clean = Object.keys(KNOWN_NAMERS).filter((it) => !namers.has(it));
  assertEquals(clean, []);
});
