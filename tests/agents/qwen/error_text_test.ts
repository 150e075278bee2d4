import { assertEquals } from "@std/assert";
import { qwen } from "../../../lib/agents/qwen/agent.ts";
import { parseErrorText } from "../../../lib/agents/qwen/stderr_errors.ts";

const NEED_A_LOGIN = [
  "Qwen OAuth credentials expired. Please use /auth to authenticate again.",
  "Qwen OAuth authentication timed out. Please try again.",
  "Too many request for Qwen OAuth authentication, please try again later.",
];

for (const text of NEED_A_LOGIN) {
  Deno.test(`parseErrorText() gives a code to: ${text}`, () => {
    assertEquals(parseErrorText(text, "stderr").code, "login_required");
  });

  Deno.test(`qwen.output.classify() returns login for: ${text}`, () => {
    const run = { exitCode: 1, timedOut: false, stdout: "" };
    const { kind } = qwen.output.classify({ ...run, stderr: text }, {});
    assertEquals(kind, "login");
  });
}

Deno.test("parseErrorText() gives no code to the login of another program", () => {
  const text = "Server docs: OAuth authentication failed";
  assertEquals(parseErrorText(text, "stderr").code, "");
});
