import { assertEquals } from "@std/assert";
import type { ApiError } from "../../lib/verdict/api_error.ts";
import { classify } from "../../lib/agents/qwen/output.ts";
import type { Evidence } from "../../lib/verdict/signal.ts";
import { FORMATS, structured } from "../support/qwen_output.ts";
import type { VerdictKind } from "../../lib/verdict/policy.ts";

const GOOD: Evidence = {
  exitCode: 0,
  timedOut: false,
  stdout: "The capital of France is Paris.",
  stderr: "",
};

const BOX = "+---- Qwen OAuth Device Authorization ----+";
const QUOTA = "[API Error: 429 Free allocated quota exceeded.]";

const CASES: Record<string, [VerdictKind, Partial<Evidence>]> = {
  "code 0 and an answer": ["ok", {}],
  "an answer that quotes a banner at its end": ["ok", {
    stdout: `It prints\n${QUOTA}`,
  }],
  "an answer that is all about quotas": ["ok", {
    stdout: "429 rate limit, 403, insufficient_quota, quota exceeded",
  }],
  "a successful run that had to try again": ["ok", {
    stderr: `Retrying in 60s (attempt 1/10): ${QUOTA}`,
  }],
  "a successful run after a login": ["ok", { stderr: `${BOX}\nsuccess` }],
  "a successful run with a notice": ["ok", {
    stderr: "Qwen OAuth free tier was discontinued on 2026-04-15. Run /auth.",
  }],
  "a quota error with code 1": ["quota", {
    exitCode: 1,
    stdout: "",
    stderr: QUOTA,
  }],
  "a quota error with code 0 (0.5.2)": ["quota", {
    stdout: "\n",
    stderr: QUOTA,
  }],
  "a partial answer with code 0 (0.5.2)": ["quota", {
    stdout: "The capital of France ",
    stderr: "[API Error: Free allocated quota exceeded.]",
  }],
  "an error with code 0 that is not a quota error (0.5.2)": ["client", {
    stdout: "\n",
    stderr: "[API Error: 404 There is no such model]",
  }],
  "another error with code 0 after a retry that named a 429": ["client", {
    stdout: "\n",
    stderr: `Retrying in 60s (attempt 1/10): ${QUOTA}\n[API Error: 404 None]`,
  }],
  "a quota error that is all of the stdout of a failed run": ["quota", {
    exitCode: 1,
    stdout: `${QUOTA}\n`,
  }],
  "an answer that ends with a banner, and no reason why it stopped": [
    "failed",
    { exitCode: 137, stdout: `It prints\n${QUOTA}`, stderr: "Segfault" },
  ],
  "such an answer when the time was up": ["timeout", {
    exitCode: 143,
    timedOut: true,
    stdout: `It prints\n${QUOTA}`,
  }],
  "a banner before a warning of Node.js (0.5.2)": ["quota", {
    stdout: "\n",
    stderr: `${QUOTA}\n(node:12) [DEP0040] DeprecationWarning: It is old.`,
  }],
  "an error whose advice ends with the bracket (0.5.2)": ["transient", {
    stdout: "\n",
    stderr: "[API Error: Streaming request timeout after 483s.\n\n" +
      "Streaming timeout troubleshooting:\n- Check your network]",
  }],
  "an error that is logged, and no answer": ["failed", {
    stdout: "\n",
    sessionErrors: [{
      source: "session-log",
      status: undefined,
      code: "",
      message: "It broke",
    }],
  }],
  "its own exit code without a message": ["failed", {
    exitCode: 56,
    stdout: "",
  }],
  "the end of its own --max-wall-time (0.24.4)": ["timeout", {
    exitCode: 55,
    stdout: "",
    stderr: "Run aborted: wall-clock budget of 15s exceeded",
  }],
  "only the end of the free tier (0.24.4)": ["discontinued", {
    exitCode: 1,
    stdout: "",
    stderr: "Qwen OAuth free tier was discontinued on 2026-04-15. Run /auth.",
  }],
  "the end of the free tier beside warnings of Node.js": ["discontinued", {
    exitCode: 1,
    stdout: "",
    stderr: "(node:12) [DEP0040] DeprecationWarning: It is old.\n" +
      "(Use `node --trace-deprecation ...` to show where it was made)\n" +
      "Qwen OAuth free tier was discontinued on 2026-04-15. Run /auth.",
  }],
  "another error beside the end of the free tier": ["transient", {
    exitCode: 1,
    stdout: "",
    stderr:
      "Qwen OAuth free tier was discontinued on 2026-04-15. Run /auth.\n" +
      "[API Error: 500 Internal error]",
  }],
  "bad settings that mention quotas (0.12.0)": ["failed", {
    exitCode: 52,
    stdout: "",
    stderr: "Error in settings.json: quota exceeded is not a key",
  }],
  "a quota word in the answer of a failed run": ["failed", {
    exitCode: 1,
    stdout: "HTTP 429 means rate limit\nand more",
    stderr: "Something else broke",
  }],
  "numbers only in the stack": ["failed", {
    exitCode: 1,
    stderr: "Error: it broke\n    at run (cli.js:429:403)",
  }],
  "a wait for a login": ["login", { exitCode: 143, stdout: "", stderr: BOX }],
  "a refresh token that has expired": ["login", {
    exitCode: 1,
    stdout: "",
    stderr: "[API Error: Refresh token expired or invalid. Please use '/auth']",
  }],
  "a login that fails with 429": ["login", {
    exitCode: 1,
    stderr: `${BOX}\n429 Too Many Requests`,
  }],
  "no output before the time was up": ["timeout", {
    exitCode: 143,
    timedOut: true,
    stdout: "",
  }],
  "a 503 before the time was up": ["transient", {
    exitCode: 143,
    timedOut: true,
    stderr: "Retrying in 60s (attempt 1/10): [API Error: 503 Unavailable]",
  }],
  "a 429 before the time was up": ["quota", {
    exitCode: 143,
    timedOut: true,
    stdout: "",
    stderr: `Retrying in 60s (attempt 1/10): ${QUOTA}`,
  }],
  "a wait for a login until the time was up": ["login", {
    exitCode: 137,
    timedOut: true,
    stderr: BOX,
  }],
  "code 0 after the time was up": ["timeout", { timedOut: true }],
};

for (const [what, [kind, evidence]] of Object.entries(CASES)) {
  Deno.test(`classify() returns ${kind} when it sees ${what}`, () => {
    assertEquals(classify({ ...GOOD, ...evidence }).kind, kind);
  });
}

for (const format of FORMATS) {
  const cases: Record<string, [VerdictKind, string]> = {
    "an answer": ["ok", structured(format, { result: "Paris", tokens: 5 })],
    "an answer that quotes a banner": [
      "ok",
      structured(format, { result: QUOTA, tokens: 5 }),
    ],
    "a quota error as the answer": [
      "quota",
      structured(format, { result: QUOTA, errors: 1 }),
    ],
    "a quota error after a partial answer": [
      "quota",
      structured(format, { result: `The capital ${QUOTA}`, errors: 1 }),
    ],
    "another error as the answer": [
      "transient",
      structured(format, {
        result: "[API Error: Connection error.]",
        errors: 1,
      }),
    ],
    "a quota error that is marked as one": [
      "quota",
      structured(format, { error: QUOTA }),
    ],
  };
  for (const [what, [kind, stdout]] of Object.entries(cases)) {
    Deno.test(`classify() returns ${kind} when it sees ${what} in ${format}`, () => {
      assertEquals(classify({ ...GOOD, stdout }).kind, kind);
    });
  }
}

Deno.test("classify() returns the evidence without secrets", () => {
  const stderr = "a notice\n[API Error: 429 for sk-0123456789abcdef]\nthe end";
  assertEquals(classify({ ...GOOD, exitCode: 1, stderr }), {
    kind: "throttle",
    evidence: "429 for [redacted]",
  });
});

Deno.test("classify() returns the exit code as evidence without any output", () => {
  assertEquals(classify({ ...GOOD, exitCode: 56, stdout: "" }), {
    kind: "failed",
    evidence: "exit code 56",
  });
});

Deno.test("classify() returns no evidence after success", () => {
  assertEquals(classify(GOOD), { kind: "ok", evidence: "" });
});

const SESSION_ERROR: ApiError = {
  source: "session-log",
  status: 429,
  code: "insufficient_quota",
  message: "Free allocated quota exceeded.",
};

Deno.test("classify() trusts the session log more than the output", () => {
  const failed = { ...GOOD, exitCode: 1, stdout: "" };
  const stderr = "[API Error: Connection error.]";
  const sessionErrors = [SESSION_ERROR];
  assertEquals(classify({ ...failed, stderr }).kind, "transient");
  assertEquals(classify({ ...failed, stderr, sessionErrors }).kind, "quota");
});

Deno.test("classify() trusts the structured output more than stderr", () => {
  const stdout = structured("json", { error: "[API Error: 401 No such key]" });
  const stderr = QUOTA;
  assertEquals(classify({ ...GOOD, exitCode: 1, stdout, stderr }).kind, "auth");
});

Deno.test("classify() uses the last error of the session log", () => {
  const last: ApiError = {
    ...SESSION_ERROR,
    status: 503,
    code: "",
    message: "",
  };
  const sessionErrors = [SESSION_ERROR, last];
  const failed = { ...GOOD, exitCode: 1, stdout: "" };
  assertEquals(classify({ ...failed, sessionErrors }).kind, "transient");
});

Deno.test("classify() returns ok for an answer after errors in the log", () => {
  const sessionErrors = [SESSION_ERROR];
  assertEquals(classify({ ...GOOD, sessionErrors }).kind, "ok");
});

for (const format of FORMATS) {
  const stdout = structured(format, { result: QUOTA, tokens: 9 });

  Deno.test(`classify() returns quota when the log says that ${format} ends with an error`, () => {
    const sessionErrors = [SESSION_ERROR];
    assertEquals(classify({ ...GOOD, stdout }).kind, "ok");
    assertEquals(classify({ ...GOOD, stdout, sessionErrors }).kind, "quota");
  });
}

Deno.test("classify() uses the time from another source with the same kind", () => {
  const now = Date.parse("2026-11-21T08:35:00Z");
  const verdict = classify({
    ...GOOD,
    exitCode: 1,
    stdout: "",
    stderr: "Quota exhausted: It will reset at 2026-11-23T00:00:00Z.",
    sessionErrors: [SESSION_ERROR],
  }, { now });
  assertEquals(verdict, {
    kind: "quota",
    evidence: "429 Free allocated quota exceeded.",
    retryAt: Date.parse("2026-11-23T00:00:00Z"),
  });
});

Deno.test("classify() returns login when a refused token led to a device flow", () => {
  const sessionErrors = [SESSION_ERROR];
  const failed = { ...GOOD, exitCode: 1, stdout: "", stderr: BOX };
  assertEquals(classify({ ...failed, sessionErrors }).kind, "login");
});

Deno.test("classify() uses the given patterns instead", () => {
  const quotaPatterns = ["no tokens left"];
  const failed = { ...GOOD, exitCode: 1, stdout: "" };
  const kindOf = (stderr: string) =>
    classify({ ...failed, stderr }, { quotaPatterns }).kind;
  assertEquals(kindOf("Sorry, NO TOKENS LEFT"), "quota");
  assertEquals(kindOf("[API Error: Quota exceeded]"), "failed");
  assertEquals(kindOf(QUOTA), "throttle"); // still a 429
  assertEquals(kindOf(BOX), "login");
});

Deno.test("classify() searches for given patterns in errors, not in help", () => {
  const quotaPatterns = ["429"];
  const failed = { ...GOOD, exitCode: 1, stdout: "" };
  const help = "Unknown argument: x\nUsage: qwen [options]\n  errors (429/503)";
  for (const stderr of [help, `${help}\nNot 429`]) {
    assertEquals(
      classify({ ...failed, stderr }, { quotaPatterns }).kind,
      "failed",
    );
  }
});

Deno.test("classify() finds no quota when there are no patterns", () => {
  const stdout = structured("json", { error: "[API Error: Quota exceeded]" });
  const { kind } = classify({ ...GOOD, stdout }, { quotaPatterns: [] });
  assertEquals(kind, "failed");
});
