import { codex } from "../../lib/agents/codex/agent.ts";
import { claude } from "../../lib/agents/claude/agent.ts";
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

testAgent({
  agent: codex,
  process: {
    args: [
      "/usr/bin/node",
      "/usr/lib/node_modules/@openai/codex/bin/codex.js",
      "exec",
    ],
    env: { HOME: "/home/me", CODEX_HOME: "/home/me/other" },
    folder: "/home/me/other",
  },
  foreignKey: ["exec", "--oss", "hello"],
  ends: [
    { kind: "ok", evidence: { stdout: "Hello!" } },
    { kind: "ok", evidence: { stdout: "ERROR: You hit your usage limit." } },
    {
      kind: "quota",
      evidence: {
        exitCode: 1,
        stderr: "ERROR: You’ve hit your usage limit. Try again later.",
      },
    },
    {
      kind: "auth",
      evidence: {
        exitCode: 1,
        stderr:
          "ERROR: unexpected status 401 Unauthorized: Incorrect API key provided: sk-secret-1",
      },
    },
    {
      kind: "failed",
      evidence: { exitCode: 2, stderr: "error: unexpected argument '-x'" },
    },
  ],
  program: `${CHECKOUT}/tests/agents/codex/stand_in.sh`,
});

testAgent({
  agent: claude,
  process: {
    args: ["/home/me/.local/bin/claude", "--print", "hello"],
    env: { HOME: "/home/me" },
    folder: "/home/me/.claude",
  },
  ends: [
    { kind: "ok", evidence: { stdout: "Hello!" } },
    {
      kind: "ok",
      evidence: { stdout: "You've hit your 5-hour limit · resets 8am" },
    },
    {
      kind: "quota",
      evidence: {
        exitCode: 1,
        stdout: "You've hit your 5-hour limit · resets 8:01am (Europe/Berlin)",
      },
    },
    {
      kind: "auth",
      evidence: {
        exitCode: 1,
        stdout: "Failed to authenticate. API Error: 401 sk-secret-1 is invalid",
      },
    },
    {
      kind: "failed",
      evidence: { exitCode: 1, stderr: "error: unknown option '--x'" },
    },
  ],
  program: `${CHECKOUT}/tests/agents/claude/stand_in.sh`,
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
  program: `${CHECKOUT}/tests/agents/tiny/tiny.sh`,
});
