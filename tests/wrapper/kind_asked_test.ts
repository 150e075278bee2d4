import { assertEquals, assertThrows } from "@std/assert";
import { ForeignLoginError } from "../../lib/run_errors.ts";
import { qwen } from "../../lib/providers/qwen.ts";
import { requestedKind } from "../../lib/wrapper/kind_asked.ts";

const KEY = { apiKey: "sk-1", baseUrl: "https://x.invalid/v1", model: "m" };

Deno.test("requestedKind() returns the kind that the arguments name", () => {
  assertEquals(
    requestedKind(qwen, { args: ["--auth-type=openai"] }),
    "api-key",
  );
  assertEquals(requestedKind(qwen, { args: ["--prompt=hi"] }), undefined);
});

const REFUSED: [string[], typeof KEY | undefined, string][] = [
  [["--openai-api-key=sk-2"], undefined, "--openai-api-key"],
  [["--openai-base-url", "https://y.invalid"], KEY, "--openai-base-url"],
  [["--auth-type=gemini"], undefined, "--auth-type"],
  [["--auth-type=qwen-oauth"], KEY, "--auth-type"],
];

for (const [args, key, option] of REFUSED) {
  Deno.test(`requestedKind() throws for ${args.join(" ")} ${key ? "and a key" : "without a key"}`, () => {
    assertThrows(
      () => requestedKind(qwen, { args, key }),
      ForeignLoginError,
      option,
    );
  });
}
