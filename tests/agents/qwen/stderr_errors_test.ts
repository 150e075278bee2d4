import { assertEquals } from "@std/assert";
import {
  finalError,
  otherLines,
  readStderr,
  withoutHint,
} from "../../../lib/agents/qwen/stderr_errors.ts";

const POSSIBLE = "Possible quota limitations in place or slow response times " +
  "detected. Please wait and try again later.";

/**
 * Errors that make a run fail if it ends with them, in all formats of the
 * agent.
 */
const FINAL: Record<string, { stderr: string; error: string }> = {
  "a banner": {
    stderr: "a notice\n[API Error: 404 No model]\n",
    error: "[API Error: 404 No model]",
  },
  "a banner before a hint": {
    stderr: `[API Error: 429 Slow down]\n${POSSIBLE}\n`,
    error: "[API Error: 429 Slow down]",
  },
  "a banner of several lines": {
    stderr: "[API Error: 504 <html>\n</html>]\n",
    error: "[API Error: 504 <html>\n</html>]",
  },
  "a banner whose last line looks like advice": {
    stderr: "[API Error: Streaming request timeout\n\nTry:\n- it again]\n",
    error: "[API Error: Streaming request timeout\n\nTry:\n- it again]",
  },
  "the last of several banners": {
    stderr: "[API Error: 1]\n[API Error: 2]",
    error: "[API Error: 2]",
  },
  "a banner in color with CR LF": {
    stderr: "\x1b[31m[API Error: 1]\x1b[0m\r\n",
    error: "[API Error: 1]",
  },
  "a stack (0.12.0)": {
    stderr: "An unexpected critical error occurred:\n" +
      "Error: [API Error: 403 No]\n    at file:///cli.js:1:429",
    error: "Error: [API Error: 403 No]",
  },
  "the quota of 0.12.0": {
    stderr: "Qwen OAuth quota exceeded: Your free daily quota.\n\n" +
      "To continue using Qwen Code without waiting, upgrade:\n" +
      "  China:       https://help.example\n\nAfter subscribing, run /auth to",
    error: "Qwen OAuth quota exceeded: Your free daily quota.",
  },
  "the quota of 0.24.4": {
    stderr: "Quota exhausted: It is.\n\nPlease retry after the reset time, or",
    error: "Quota exhausted: It is.",
  },
  "an error of 0.1.4 with its last words": {
    stderr: "OpenAI API Streaming Error: 429 No\n" +
      "Error when talking to API Full report available at: /tmp/r.json",
    error: "OpenAI API Streaming Error: 429 No",
  },
  "last words alone (0.1.4)": {
    stderr: "Error when talking to API Full report available at: /tmp/r.json",
    error: "Error when talking to API Full report available at: /tmp/r.json",
  },
  "an error before a dumped object (0.1.4)": {
    stderr: "[API Error: 1]\nAttempt 1 failed. Retrying with backoff... Error" +
      "\n    at x (node:dns:1:2) {\n  errno: -3008,\n  a: {\n    b: 429\n  }\n}\n",
    error: "[API Error: 1]",
  },
  "an error in JSON": {
    stderr: JSON.stringify(
      { error: { type: "Error", message: `[API Error: 429 No]\n${POSSIBLE}` } },
      null,
      2,
    ),
    error: "[API Error: 429 No]",
  },
};

for (const [what, { stderr, error }] of Object.entries(FINAL)) {
  Deno.test(`finalError() returns ${what}`, () => {
    assertEquals(finalError(readStderr(stderr)), error);
  });
}

const NOT_FINAL: Record<string, string> = {
  "there is nothing": "",
  "text comes after it": "[API Error: 429 No]\nis what qwen prints",
  "it is in the middle of a line": "qwen prints [API Error: 429 No]",
  "it is not closed": "[API Error: 429 No",
  "it is tried again": "Retrying in 60s (attempt 1/10): [API Error: 429 No]",
  "the JSON says something else": '{\n  "error": { "message": "429" }\n}',
  "the JSON is not whole": '{\n  "error": {\n}',
  "it is a login that may continue": "+-- Qwen OAuth Device Authorization --+",
};

for (const [when, stderr] of Object.entries(NOT_FINAL)) {
  Deno.test(`finalError() returns undefined when ${when}`, () => {
    assertEquals(finalError(readStderr(stderr)), undefined);
  });
}

const ERRORS = [
  "[API Error: 429 No]",
  "[API Error: 429 not closed",
  "Error: [API Error: 429 No]",
  "Retrying in 60s (attempt 1/10): [API Error: 429 No]",
  "Qwen OAuth free tier has been discontinued as of 2026-04-15.",
  "OpenAI API Error: 429 No",
  "Network error during token refresh: fetch failed",
  "Connection error. (cause: fetch failed)",
  "+------- Qwen OAuth Device Authorization -------+",
  "Device authorization flow failed: fetch failed",
  "Authorization timeout, please restart the process.",
  "Too many requests. The server is rate limiting our requests.",
  "No auth type is selected. Please configure an auth type",
  "Please set an Auth method in your /home/u/.qwen/settings.json",
  "Missing API key for OpenAI-compatible auth.",
  "缺少 OpenAI 兼容认证的 API 密钥。请设置 settings.security.auth.apiKey",
  "OPENAI_API_KEY environment variable not found.",
];

for (const line of ERRORS) {
  Deno.test(`readStderr() recognizes an error: ${line}`, () => {
    const parts = readStderr(`one\n${line}\n`);
    assertEquals(parts.map((it) => it.isError), [false, true]);
  });
}

Deno.test("otherLines() returns the lines that are neither errors nor noise", () => {
  const parts = readStderr(`one\n\n${POSSIBLE}\n[API Error: 1]\ntwo\n`);
  assertEquals(otherLines(parts), ["one", "two"]);
});

Deno.test("otherLines() drops the help after a wrong argument", () => {
  const help = "Unknown argument: x\nUsage: qwen [options]\n\n  -p  429";
  assertEquals(otherLines(readStderr(help)), []);
});

Deno.test("withoutHint() keeps an error without a hint", () => {
  const error = "[API Error: 504 <html>\n- a\n\n</html>]";
  assertEquals(withoutHint(error), error);
});
