import { assertEquals, assertMatch } from "@std/assert";
import { qwen } from "../../lib/agents/qwen/agent.ts";
import type { Access } from "../../lib/run/access.ts";
import { runEnvironment } from "../../lib/run/access.ts";

const SETTINGS = { defaultsPath: undefined, settingsPath: undefined };

function excepted(access: Access): string[] {
  const given = Deno.env.get("NO_PROXY") ?? Deno.env.get("no_proxy") ?? "";
  const { NO_PROXY = "" } = runEnvironment(qwen, {
    home: { dir: "/home/u/.qwen", env: {} },
    runId: "1",
    access,
    interactive: false,
    settings: SETTINGS,
  });
  const before = given.split(",");
  return NO_PROXY.split(",").filter((it) => it && !before.includes(it));
}

const EXCEPTED: Record<string, string[]> = {
  "http://127.0.0.1:8080/v1": ["127.0.0.1"],
  "http://localhost:11434/v1": ["localhost"],
  "http://[::1]:1/v1": ["[::1]"],
  "https://dashscope.aliyuncs.com/compatible-mode/v1": [],
  "no address": [],
};

for (const [baseUrl, hosts] of Object.entries(EXCEPTED)) {
  Deno.test(`runEnvironment() excepts "${hosts}" from the proxy for a key of ${baseUrl}`, () => {
    const key = { apiKey: "sk-1", baseUrl, model: "m" };
    assertEquals(excepted({ key }), hosts);
  });
}

Deno.test("runEnvironment() excepts the gateway from the proxy without a key", () => {
  assertEquals(excepted({ isLoopback: true }), ["127.0.0.1"]);
});

Deno.test("runEnvironment() joins the option of a private home to the others of Node", () => {
  const option = '--require "/home/a b/preload.cjs"';
  const env = runEnvironment(qwen, {
    home: { dir: "/home/a b/.qwen", env: {} },
    runId: "00000000000000aa",
    access: { homeEnv: { HOME: "/home/private", NODE_OPTIONS: option } },
    interactive: false,
    settings: SETTINGS,
  });
  assertEquals(env.HOME, "/home/private");
  const [before, after = ""] = (env.NODE_OPTIONS ?? "").split(option);
  assertEquals(before?.trim(), Deno.env.get("NODE_OPTIONS") ?? "");
  assertMatch(after, /^ --max-old-space-size=\d+$/);
});
