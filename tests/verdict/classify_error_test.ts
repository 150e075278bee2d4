/**
 * The verdicts on HTTP replies: from the published error codes of OpenAI and
 * DashScope, and of proxies.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type ApiError, parseErrorReply } from "../../lib/verdict/api_error.ts";
import { classifyError } from "../../lib/verdict/classify.ts";
import { NOW } from "../support/account_folder.ts";
import type { VerdictKind } from "../../lib/verdict/policy.ts";

type Case = [kind: VerdictKind, status: number, body: string];

const CASES: Record<string, Case> = {
  "insufficient_quota": ["quota", 429, openAi("insufficient_quota", "No")],
  "insufficient_quota by its words": [
    "quota",
    429,
    openAi("", "You exceeded your current quota, please check your plan"),
  ],
  "the free quota": [
    "quota",
    429,
    openAi("insufficient_quota", "Free allocated quota exceeded."),
  ],
  "a daily limit": ["quota", 429, "Daily request limit reached"],
  "rate_limit_exceeded": ["throttle", 429, openAi("rate_limit_exceeded", "No")],
  "requests per minute": [
    "throttle",
    429,
    openAi("", "Rate limit reached on requests per min (RPM): Limit 3"),
  ],
  "a quota per minute": [
    "throttle",
    429,
    openAi("", "Quota exceeded: 60 requests per minute"),
  ],
  "concurrency": ["throttle", 429, openAi("", "Too many concurrent requests")],
  "invalid_api_key": ["auth", 401, openAi("invalid_api_key", "Incorrect key")],
  "context_length_exceeded": [
    "client",
    400,
    openAi("context_length_exceeded", "This model's maximum context length is"),
  ],
  "model_not_found": ["client", 404, openAi("model_not_found", "No model")],
  "data_inspection_failed": [
    "client",
    400,
    openAi("data_inspection_failed", "Input may contain such content"),
  ],
  "a server error": ["transient", 500, openAi("server_error", "It broke")],
  "an overload": ["transient", 503, openAi("overloaded", "Try again later")],

  "Throttling": ["throttle", 429, dashScope("Throttling", "Triggered.")],
  "Throttling.RateQuota": [
    "throttle",
    429,
    dashScope("Throttling.RateQuota", "Requests rate limit exceeded"),
  ],
  "Throttling.BurstRate": [
    "throttle",
    429,
    dashScope("Throttling.BurstRate", "Request rate increased too quickly."),
  ],
  "Throttling.AllocationQuota": [
    "quota",
    429,
    dashScope("Throttling.AllocationQuota", "Allocated quota exceeded"),
  ],
  "AllocationQuota.FreeTierOnly": [
    "quota",
    403,
    dashScope("AllocationQuota.FreeTierOnly", "The free tier has ended."),
  ],
  "Arrearage": ["quota", 400, dashScope("Arrearage", "Access denied.")],
  "PostpaidBillOverdue": [
    "quota",
    429,
    dashScope("PostpaidBillOverdue", "The postpaid bill is overdue."),
  ],
  "InvalidApiKey": ["auth", 401, dashScope("InvalidApiKey", "Invalid API-key")],
  "AccessDenied": ["auth", 403, dashScope("AccessDenied", "Access denied.")],
  "DataInspectionFailed": [
    "client",
    400,
    dashScope("DataInspectionFailed", "Inappropriate content."),
  ],
  "InvalidParameter": [
    "client",
    400,
    dashScope("InvalidParameter", "Range of input length should be [1, 2]"),
  ],
  "InternalError.Timeout": [
    "transient",
    500,
    dashScope("InternalError.Timeout", "Try again later"),
  ],

  "requests per day": [
    "quota",
    429,
    openAi("", "Rate limit reached on requests per day (RPD): Limit 200"),
  ],
  "limit_rpd": ["quota", 429, "Rate limit exceeded: limit_rpd/qwen."],
  "free-models-per-day": [
    "quota",
    429,
    "Rate limit exceeded: free-models-per-day",
  ],
  "free-models-per-min": [
    "throttle",
    429,
    "Rate limit exceeded: free-models-per-min",
  ],
  "today's limit": [
    "quota",
    429,
    "You have exceeded today's request limit of 2000.",
  ],
  "the limit of a plan": ["quota", 429, "You have reached your plan limit"],
  "no more credits": ["quota", 429, "Your account has run out of credits."],
  "a low balance": ["quota", 429, "Your credit balance is too low"],
  "a low balance with 400": ["quota", 400, "Your credit balance is too low"],
  "the limit of a key": ["quota", 403, "Key limit exceeded (total limit)"],
  "the free quota in Chinese": ["quota", 429, "免费额度已用尽"],
  "today's limit in Chinese": ["quota", 429, "您今日的调用次数已达上限"],
  "the quota of a day in Chinese": ["quota", 429, "当日额度已用完"],
  "the balance in Chinese": ["quota", 429, "您的账户余额不足"],
  "debts in Chinese": ["quota", 403, "账户欠费"],
  "debts in Chinese with 400": ["quota", 400, "账户已欠费,请充值"],
  "a limit per minute in Chinese": ["throttle", 429, "已达到每分钟请求上限"],

  "a parameter called rate_limit": [
    "client",
    400,
    openAi("invalid_request_error", "Invalid value for 'rate_limit'"),
  ],
  "a parameter for throttling": [
    "client",
    400,
    dashScope("InvalidParameter", "The throttling parameter is not valid"),
  ],
  "a tool called check_quota_exceeded": [
    "client",
    400,
    openAi("", "Invalid schema for function 'check_quota_exceeded'"),
  ],
  "a parameter called billing": ["client", 400, "billing parameter unknown"],
  "a path with billing": ["client", 404, "Not Found: /v1/billing/chat"],
  "a filter that quotes a rate limit": [
    "client",
    400,
    dashScope("DataInspectionFailed", "Inappropriate content: rate limit"),
  ],
  "a refused key beside billing": ["auth", 401, "billing address invalid"],
  "a billing service that is down": ["transient", 500, "billing service down"],
  "a quota service that is slow": [
    "transient",
    500,
    "quota service exceeded time limit",
  ],
  "a scheduler that broke": [
    "transient",
    500,
    "concurrency error in scheduler",
  ],
  "a request of too many tokens": [
    "client",
    413,
    "Request too large for tokens per minute (TPM): Limit 30000",
  ],

  "a plan for another agent": [
    "client",
    403,
    "This key is restricted to Kimi Code subscribers",
  ],
  "a limit with a code": ["throttle", 429, "Rate limited with error code 1302"],

  "402 in HTML": ["quota", 402, "<html>Payment Required</html>"],
  "429 in HTML": ["throttle", 429, "<html><title>429</title></html>"],
  "403 in HTML": ["auth", 403, "<html>Blocked</html>"],
  "502 in HTML": ["transient", 502, "<html><h1>Bad Gateway</h1></html>"],
  "429 in plain text": ["throttle", 429, "slow down"],
  "429 without a word": ["throttle", 429, ""],
  "500 without a word": ["transient", 500, ""],
  "408": ["transient", 408, "Request Timeout"],
  "413": ["client", 413, "Request Entity Too Large"],
  "418": ["client", 418, "null"],
  "a dead refresh token": ["login", 400, '{"error":"invalid_grant"}'],
};

for (const [what, [kind, status, body]] of Object.entries(CASES)) {
  Deno.test(`classifyError() returns ${kind} for ${what}`, () => {
    assertEquals(classifyError(parseErrorReply(status, body))?.kind, kind);
  });
}

const REFUSED: ApiError = {
  source: "session-log",
  status: 403,
  code: "AllocationQuota.FreeTierOnly",
  message: "The free tier of the model has been exhausted.",
  model: "qwen3-coder-plus",
};

const WITHOUT_STATUS: Record<string, VerdictKind> = {
  "Request timed out.": "transient",
  "unable to verify the first certificate": "transient",
  "The operation was aborted due to timeout": "transient",
  "Unsupported model: foo": "client",
  "Invalid model: foo": "client",
  "Model not exist.": "client",
  "Access token expired": "auth",
  "Qwen credentials are invalid": "auth",
  "Failed to obtain valid Qwen access token. Please re-authenticate.": "auth",
  "Missing API key for OpenAI-compatible auth.": "auth",
  "Please set an Auth method in your settings.json": "login",
  "Token refresh failed: 400 Bad Request: invalid_grant": "login",
  "Throttling: RPM(61/60)": "throttle",
  "Quota exceeded": "quota",
};

for (const [message, kind] of Object.entries(WITHOUT_STATUS)) {
  Deno.test(`classifyError() returns ${kind} for: ${message}`, () => {
    const error = { ...REFUSED, status: undefined, code: "", message };
    assertEquals(classifyError(error)?.kind, kind);
  });
}

Deno.test("classifyError() returns undefined if no rule matches", () => {
  const error = {
    ...REFUSED,
    status: undefined,
    code: "",
    message: "It broke",
  };
  assertEquals(classifyError(error), undefined);
});

Deno.test("classifyError() returns the evidence without secrets, and the time", () => {
  const body = openAi("rate_limit_exceeded", "Slow down, sk-0123456789abcdef");
  const error = parseErrorReply(429, body, "20");
  assertEquals(classifyError(error, { now: NOW }), {
    kind: "throttle",
    evidence: "429 Slow down, [redacted]",
    retryAt: NOW + 20_000,
  });
});

Deno.test("classifyError() finds the time in the message without a header", () => {
  const body = openAi("rate_limit_exceeded", "Please try again in 1.5s.");
  const verdict = classifyError(parseErrorReply(429, body), { now: NOW });
  assertEquals(verdict?.retryAt, NOW + 1_500);
});

Deno.test("classifyError() names the model whose free quota is used up", () => {
  assertEquals(classifyError(REFUSED)?.model, "qwen3-coder-plus");
});

Deno.test("classifyError() names no model when the quota of the account is used up", () => {
  const error = { ...REFUSED, code: "insufficient_quota", message: "No quota" };
  const verdict = classifyError(error);
  assertEquals([verdict?.kind, verdict?.model], ["quota", undefined]);
});

function openAi(code: string, message: string): string {
  return JSON.stringify({ error: { message, type: null, param: null, code } });
}

function dashScope(code: string, message: string): string {
  return JSON.stringify({ code, message, request_id: "7429403" });
}
