import { assertEquals } from "@std/assert";
import { qwen } from "../../../lib/agents/qwen/agent.ts";

const PLACES: [string, Record<string, string>, string[], string[]][] = [
  ["nothing", {}, [
    "/etc/qwen-code/settings.json",
    "/Library/Application Support/QwenCode/settings.json",
  ], [
    "/etc/qwen-code/system-defaults.json",
    "/Library/Application Support/QwenCode/system-defaults.json",
  ]],
  [
    "the settings",
    { QWEN_CODE_SYSTEM_SETTINGS_PATH: "/opt/q/s.json" },
    ["/opt/q/s.json"],
    ["/opt/q/system-defaults.json"],
  ],
  [
    "both",
    {
      QWEN_CODE_SYSTEM_SETTINGS_PATH: "/opt/q/s.json",
      QWEN_CODE_SYSTEM_DEFAULTS_PATH: "/opt/d.json",
    },
    ["/opt/q/s.json"],
    ["/opt/d.json"],
  ],
];

for (const [what, env, first, last] of PLACES) {
  Deno.test(`qwen.settings.ofMachine() uses the paths of qwen when the environment names ${what}`, () => {
    assertEquals(qwen.settings.ofMachine(env), { first, last });
  });
}
