import { assertEquals } from "@std/assert";
import "../support/load_libc.ts";
import { type ApiError, parseErrorReply } from "../../lib/verdict/api_error.ts";
import { classifyError } from "../../lib/verdict/classify.ts";
import {
  findUserRule,
  type VerdictRule,
} from "../../lib/verdict/user_rules.ts";

const NOW = Date.UTC(2026, 10, 30, 12);

const BODY = JSON.stringify({
  error: { message: "Gone Fishing", type: "teapot", hint: "back at dawn" },
});

const ERROR = parseErrorReply(418, BODY);

/** Each rule, and whether it matches `ERROR` at api.example.com. */
const CONDITIONS: [Omit<VerdictRule, "verdict">, boolean][] = [
  [{ status: [418] }, true],
  [{ status: ["4xx"] }, true],
  [{ status: [429, "5xx"] }, false],
  [{ text: "gone fishing" }, true],
  [{ text: "TEAPOT" }, true],
  [{ text: "at dawn" }, true],
  [{ text: "gone hunting" }, false],
  [{ pattern: "^gone\\s+f.sh" }, true],
  [{ pattern: "^fishing" }, false],
  [{ text: "fishing", service: "api.example.com" }, true],
  [{ text: "fishing", service: "Example.com" }, true],
  [{ text: "fishing", service: "example" }, true],
  [{ text: "fishing", service: "ample.com" }, false],
  [{ text: "fishing", service: "openrouter" }, false],
  [{ text: "fishing", status: [429] }, false],
];

for (const [conditions, matches] of CONDITIONS) {
  Deno.test(`findUserRule() matches ${JSON.stringify(conditions)}: ${matches}`, () => {
    const found = findUserRule(ERROR, {
      rules: [{ ...conditions, verdict: "quota" }],
      service: { name: "example" },
      host: "api.example.com",
    });
    assertEquals(found?.number, matches ? 1 : undefined);
  });
}

Deno.test("findUserRule() also knows the status of a reply whose body has another", () => {
  const body = '{"error": {"code": 429, "message": "slow down"}}';
  const error = parseErrorReply(503, body);
  assertEquals(error.status, 429);
  for (const status of [429, 503]) {
    const rules = [{ status: [status], verdict: "quota" } as const];
    assertEquals(findUserRule(error, { rules })?.number, 1);
  }
});

Deno.test("classifyError() asks the rules in order, before the built-in ones", () => {
  const rules: VerdictRule[] = [
    { text: "hunting", verdict: "client" },
    { text: "fishing", verdict: "throttle", cooldownMs: 60_000 },
    { text: "fishing", verdict: "quota" },
  ];
  assertEquals(classifyError(ERROR, { rules, now: NOW }), {
    kind: "throttle",
    evidence: "rule 2: 418 Gone Fishing",
    rule: 2,
    retryAt: NOW + 60_000,
    restMs: 60_000,
  });
});

const LIMITED: ApiError = {
  source: "http",
  status: 429,
  code: "",
  message: "slow down, try again in 20 minutes",
  model: "coder",
};

Deno.test("classifyError() keeps the reset of the service if a rule names no cooldown", () => {
  const rules = [{ text: "slow down", verdict: "quota" } as const];
  const { retryAt, restMs, model } =
    classifyError(LIMITED, { rules, now: NOW }) ?? {};
  assertEquals([retryAt, restMs, model], [
    NOW + 20 * 60_000,
    undefined,
    undefined,
  ]);
});

Deno.test("classifyError() limits the requested model if a rule says so", () => {
  const rules = [
    { text: "slow down", verdict: "quota", scope: "model" } as const,
  ];
  assertEquals(classifyError(LIMITED, { rules, now: NOW })?.model, "coder");
});

Deno.test("findUserRule() finds the status in the message of an agent", () => {
  const rules = [{ status: [418], verdict: "quota" } as const];
  const said = (message: string): ApiError => ({
    source: "stderr",
    status: undefined,
    code: "",
    message,
  });
  const numberOf = (message: string) =>
    findUserRule(said(message), { rules })?.number;
  assertEquals(numberOf("[API Error: 418 gone fishing]"), 1);
  assertEquals(numberOf("see /tmp/418 and http://127.0.0.1:418/"), undefined);
});
