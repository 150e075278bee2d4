import { assertEquals } from "@std/assert";
import { classify } from "../../lib/agents/qwen/output.ts";
import { FORMATS, structured } from "../support/qwen_output.ts";

const GOOD = { exitCode: 0, timedOut: false, stdout: "Paris.", stderr: "" };
const BOX = "+---- Qwen OAuth Device Authorization ----+";
const QUOTA = "[API Error: 429 Free allocated quota exceeded.]";

const TALK = [
  "HTTP 429 means rate limit; 403 means forbidden, 402 that you are to pay.",
  "insufficient_quota: You exceeded your current quota, Throttling.RateQuota",
  `The CLI prints ${QUOTA}`,
  "Retrying in 60s (attempt 1/10): [API Error: 429 Slow down]",
  "Quota exceeded. It will reset at 2026-11-22T00:00:00Z.",
  BOX,
];

for (const text of TALK) {
  Deno.test(`classify() returns ok when the answer says: ${text}`, () => {
    const outputs = [
      text,
      `One line\n${text}\n`,
      ...FORMATS.map((it) => structured(it, { result: text, tokens: 9 })),
    ];
    for (const stdout of outputs) {
      assertEquals(classify({ ...GOOD, stdout }).kind, "ok", stdout);
    }
  });

  Deno.test(`classify() does not rotate when a run stops after the answer: ${text}`, () => {
    const error = "[API Error: Connection error.]";
    for (const format of FORMATS) {
      const stdout = structured(format, {
        result: `${text} ${error}`,
        errors: 1,
      });
      assertEquals(classify({ ...GOOD, stdout }).kind, "transient", stdout);
    }
    const broken = {
      ...GOOD,
      exitCode: 1,
      stdout: `${text}\nand`,
      stderr: error,
    };
    assertEquals(classify(broken).kind, "transient");
  });
}

/** Lines of the agent, its tools and servers that are not API errors. */
const OTHER_FAILURES = [
  "Unknown arguments: explain-rate-limit, 429",
  "      --fallback-model  Fallback models for capacity errors (429/503/529)",
  "Cannot use both a positional prompt and --prompt: explain the 429 rate limit",
  "Error: ENOENT: no such file, open '/home/u/rate-limit/quota exceeded.md'",
  "Error executing tool run_shell_command: quota exceeded for disk",
  "Error connecting to MCP server 'billing': 429 Too Many Requests",
  "TypeError: Cannot read properties of undefined (reading 'socket')",
  "Error: connect ECONNREFUSED telemetry",
  "sandbox terminated",
  "log: saw [API Error: 429 Quota exceeded]",
];

for (const line of OTHER_FAILURES) {
  Deno.test(`classify() returns failed when stderr says: ${line}`, () => {
    const failed = { ...GOOD, exitCode: 1, stdout: "", stderr: line };
    assertEquals(classify(failed).kind, "failed");
  });

  Deno.test(`classify() uses the API error when stderr also says: ${line}`, () => {
    const stderr = `${line}\n[API Error: 402 No credit]\n${line}`;
    const failed = { ...GOOD, exitCode: 1, stdout: "", stderr };
    assertEquals(classify(failed).kind, "quota");
  });
}
