import { assertEquals } from "@std/assert";
import { Spool } from "../../lib/process/spool.ts";
import { toolsIn } from "../../lib/agents/stdout.ts";

const INIT = JSON.stringify({
  type: "system",
  subtype: "init",
  tools: ["tool_use", "write_file"],
});

const USES = [messageOf("write_file"), messageOf("run_shell_command")];

const TEXT = message({ type: "text", text: messageOf("edit") });

const LONG = message({ type: "text", text: "ü".repeat(9_000_000) });

const OUTPUTS: Record<string, [stdout: string, tools: string[] | undefined]> = {
  "nothing": ["", undefined],
  "a text": ["The capital of France is Paris.\n", undefined],
  "a text that mentions a tool": [`${messageOf("edit")}\n`, undefined],
  "stream-json without tools": [`${INIT}\n${TEXT}\n`, []],
  "stream-json": [
    `${INIT}\n${USES.join("\n")}\n`,
    ["write_file", "run_shell_command"],
  ],
  "stream-json with a long line": [
    `${INIT}\n${LONG}\n${USES[0]}\n${LONG}`,
    ["write_file"],
  ],
  "stream-json that is cut short": [
    `${INIT}\n${messageOf("edit").slice(0, -10)}`,
    ["a tool"],
  ],
  "json": [
    `[${[INIT, ...USES].join(",")}]`,
    ["write_file", "run_shell_command"],
  ],
};

for (const [what, [stdout, tools]] of Object.entries(OUTPUTS)) {
  Deno.test(`toolsIn() returns ${JSON.stringify(tools)} for ${what}`, async () => {
    using spool = new Spool();
    await spool.write(new TextEncoder().encode(stdout));
    assertEquals(await toolsIn(spool), tools);
  });
}

function messageOf(tool: string): string {
  return message({ type: "tool_use", id: "call-1", name: tool, input: {} });
}

function message(part: Record<string, unknown>): string {
  const content = [part];
  return JSON.stringify({ type: "assistant", message: { content } });
}
