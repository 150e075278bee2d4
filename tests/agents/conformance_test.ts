import { qwen } from "../../lib/agents/qwen/agent.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { testAgent } from "./conformance.ts";
import { nest } from "./nest/agent.ts";
import { tiny } from "./tiny/agent.ts";

testAgent({
  agent: qwen,
  process: {
    args: [
      "/usr/bin/node",
      "/usr/lib/node_modules/@qwen-code/qwen-code/cli.js",
    ],
    env: { QWEN_HOME: "/home/me/other" },
    folder: "/home/me/other",
  },
  foreignKey: ["--openai-api-key=sk-1", "--prompt=hello"],
  ends: [
    { kind: "ok", evidence: { stdout: "Hello!" } },
    {
      kind: "ok",
      evidence: { stdout: "HTTP 429 means: rate limit exceeded." },
    },
    {
      kind: "quota",
      evidence: {
        exitCode: 1,
        stderr: "[API Error: 429 Free allocated quota exceeded.]",
      },
    },
    {
      kind: "auth",
      evidence: {
        exitCode: 1,
        stderr: "[API Error: 401 Incorrect API key provided: sk-secret-1]",
      },
    },
    {
      kind: "failed",
      evidence: { exitCode: 2, stderr: "Unknown arguments: x" },
    },
  ],
  program: `${CHECKOUT}/tests/agents/qwen/stand_in.sh`,
});

const ENDS = [
  { kind: "ok", evidence: { stdout: "Hello!" } },
  { kind: "ok", evidence: { stdout: "tiny: 429 daily quota exceeded" } },
  {
    kind: "quota",
    evidence: { exitCode: 3, stderr: "tiny: 429 daily quota exceeded" },
  },
  {
    kind: "auth",
    evidence: { exitCode: 3, stderr: "tiny: 401 invalid key" },
  },
  { kind: "failed", evidence: { exitCode: 2, stderr: "tiny: no such file" } },
] as const;

testAgent({
  agent: tiny,
  process: {
    args: ["/bin/sh", "/usr/bin/tiny.sh"],
    env: { TINY_HOME: "/home/me/.tiny" },
    folder: "/home/me/.tiny",
  },
  foreignKey: ["--key=1", "--ask=hello"],
  ends: ENDS,
  program: `${CHECKOUT}/tests/agents/tiny/tiny.sh`,
});

testAgent({
  agent: nest,
  process: {
    args: ["/usr/bin/nest"],
    env: { HOME: "/home/me" },
    folder: "/home/me/.nest",
  },
  ends: ENDS,
});
