import { assertEquals, assertMatch } from "@std/assert";
import { qwen } from "../../lib/providers/qwen.ts";
import { runEnvironment } from "../../lib/wrapper/attempt.ts";

Deno.test("runEnvironment() joins the option of a private home to the others of Node", () => {
  const option = '--require "/home/a b/preload.cjs"';
  const env = runEnvironment(qwen, {
    dir: "/home/a b/.qwen",
    runId: "00000000000000aa",
    access: { homeEnv: { HOME: "/home/private", NODE_OPTIONS: option } },
    interactive: false,
    settings: { defaultsPath: undefined, settingsPath: undefined },
  });
  assertEquals(env.HOME, "/home/private");
  const [before, after = ""] = (env.NODE_OPTIONS ?? "").split(option);
  assertEquals(before?.trim(), Deno.env.get("NODE_OPTIONS") ?? "");
  assertMatch(after, /^ --max-old-space-size=\d+$/);
});
