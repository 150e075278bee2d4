import { assertEquals } from "@std/assert";
import { qwen } from "../../../lib/agents/qwen/agent.ts";

const PROGRAMS: string[][] = [
  ["qwen"],
  ["/usr/local/bin/qwen", "--prompt=hello"],
  ["node", "/usr/local/bin/qwen", "--prompt=hello"],
  ["node", "/usr/lib/node_modules/@qwen-code/qwen-code/cli.js"],
  [
    "node",
    "--max-old-space-size=4096",
    "/opt/@qwen-code/qwen-code/dist/cli.js",
  ],
];

const OTHERS: string[][] = [
  [""],
  ["vim", "/usr/local/bin/qwen"],
  ["account-qwen", "exec", "--bin", "/usr/local/bin/qwen", "--", "hello"],
  ["account-qwen", "doctor", "--bin", "qwen"],
  ["npm", "install", "-g", "@qwen-code/qwen-code"],
  ["/home/qwen/bin/server", "--port", "80"],
  ["fake_qwen", "hello"],
];

for (const args of PROGRAMS) {
  Deno.test(`isProgram() is true for ${args.join(" ")}`, () => {
    assertEquals(qwen.processes.isAgent(args), true);
  });
}

for (const args of OTHERS) {
  Deno.test(`isProgram() is false for "${args.join(" ")}"`, () => {
    assertEquals(qwen.processes.isAgent(args), false);
  });
}
