import { assertEquals, assertThrows } from "@std/assert";
import { ForeignLoginError } from "../../lib/run_errors.ts";
import { qwen } from "../../lib/providers/qwen.ts";
import { kindAsked } from "../../lib/wrapper/kind_asked.ts";

const KEY = { apiKey: "sk-1", baseUrl: "https://x.invalid/v1", model: "m" };

Deno.test("kindAsked() returns the kind that the arguments name", () => {
  assertEquals(kindAsked(qwen, { args: ["--auth-type=openai"] }), "api-key");
  assertEquals(kindAsked(qwen, { args: ["--prompt=hi"] }), undefined);
});

const REFUSED: [string[], typeof KEY | undefined, string][] = [
  [["--openai-api-key=sk-2"], undefined, "--openai-api-key"],
  [["--openai-base-url", "https://y.invalid"], KEY, "--openai-base-url"],
  [["--auth-type=gemini"], undefined, "--auth-type"],
  [["--auth-type=qwen-oauth"], KEY, "--auth-type"],
];

for (const [args, key, option] of REFUSED) {
  Deno.test(`kindAsked() throws for ${args.join(" ")} ${key ? "and a key" : "without a key"}`, () => {
    assertThrows(
      () => kindAsked(qwen, { args, key }),
      ForeignLoginError,
      option,
    );
  });
}
