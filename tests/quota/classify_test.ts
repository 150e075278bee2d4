import { assertEquals } from "@std/assert";
import { classify, type VerdictKind } from "../../lib/quota/classify.ts";
import type { Evidence } from "../../lib/quota/evidence.ts";
import { FORMATS, structured } from "../support/qwen_output.ts";

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
  "a good run that had to try again": ["ok", {
    stderr: `Retrying in 60s (attempt 1/10): ${QUOTA}`,
  }],
  "a good run after a login": ["ok", { stderr: `${BOX}\nsuccess` }],
  "a good run with a notice": ["ok", {
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
  "an error with code 0 that is no quota error (0.5.2)": ["failed", {
    stdout: "\n",
    stderr: "[API Error: 404 There is no such model]",
  }],
  "another error with code 0 after a retry that named a 429": ["failed", {
    stdout: "\n",
    stderr: `Retrying in 60s (attempt 1/10): ${QUOTA}\n[API Error: 404 None]`,
  }],
  "a quota error that ends the stdout of a failed run": ["quota", {
    exitCode: 1,
    stdout: `The capital\n${QUOTA}`,
  }],
  "a code of its own without a word": ["failed", { exitCode: 55, stdout: "" }],
  "a quota word in the answer of a failed run": ["failed", {
    exitCode: 1,
    stdout: "HTTP 429 means rate limit\nand more",
    stderr: "Something else broke",
  }],
  "numbers in the stack alone": ["failed", {
    exitCode: 1,
    stderr: "Error: it broke\n    at run (cli.js:429:403)",
  }],
  "a wait for a login": ["login", { exitCode: 143, stdout: "", stderr: BOX }],
  "a refresh token that has ended": ["login", {
    exitCode: 1,
    stdout: "",
    stderr: "[API Error: Refresh token expired or invalid. Please use '/auth']",
  }],
  "a login that fails with 429": ["login", {
    exitCode: 1,
    stderr: `${BOX}\n429 Too Many Requests`,
  }],
  "no word before the time was up": ["timeout", {
    exitCode: 143,
    timedOut: true,
    stdout: "",
  }],
  "a 503 before the time was up": ["timeout", {
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
      "failed",
      structured(format, {
        result: "[API Error: Connection error.]",
        errors: 1,
      }),
    ],
    "a quota error that is told as one": [
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

Deno.test("classify() gives the line that it rests on, without secrets", () => {
  const stderr = "a notice\n429 for sk-0123456789abcdef\nthe end";
  assertEquals(classify({ ...GOOD, exitCode: 1, stderr }), {
    kind: "quota",
    evidence: "429 for [redacted]",
  });
});

Deno.test("classify() gives the exit code when there is not a word", () => {
  assertEquals(classify({ ...GOOD, exitCode: 55, stdout: "" }), {
    kind: "failed",
    evidence: "exit code 55",
  });
});

Deno.test("classify() gives no evidence when all went well", () => {
  assertEquals(classify(GOOD), { kind: "ok", evidence: "" });
});

Deno.test("classify() looks for other patterns instead when given", () => {
  const quotaPatterns = ["no tokens left"];
  const failed = { ...GOOD, exitCode: 1, stdout: "" };
  const kindOf = (stderr: string) =>
    classify({ ...failed, stderr }, { quotaPatterns }).kind;
  assertEquals(kindOf("Sorry, NO TOKENS LEFT"), "quota");
  assertEquals(kindOf(QUOTA), "failed");
  assertEquals(kindOf(BOX), "login");
});

Deno.test("classify() finds no quota when there are no patterns", () => {
  const stdout = structured("json", { result: `One\n\n${QUOTA}`, errors: 1 });
  const { kind } = classify({ ...GOOD, stdout }, { quotaPatterns: [] });
  assertEquals(kind, "failed");
});
