import { assertEquals } from "@std/assert";
import { classify } from "../../../lib/agents/claude/output.ts";
import { parseErrorText } from "../../../lib/agents/claude/error_text.ts";
import type { VerdictKind } from "../../../lib/verdict/policy.ts";

/** What 1.0.128 to 2.1.332 print when they fail. */
const PRINTED: [text: string, kind: VerdictKind][] = [
  ["You've hit your limit · resets 8am (Europe/London)", "quota"],
  [
    "You've hit your Opus limit · resets Dec 4, 6:13am (Europe/Berlin)",
    "quota",
  ],
  ["You've hit your monthly spend limit · raise it at claude.ai", "quota"],
  ["You've reached your Fable limit for this week.", "quota"],
  ["You're out of usage credits · resets Dec 4, 6:13am (Etc/UTC)", "quota"],
  ["Your org is out of usage · contact your admin", "quota"],
  ["Your seat type doesn't include usage credits", "quota"],
  ["Your usage allocation has been disabled by your admin", "quota"],
  ["Your group's usage limit is set to $0 · ask your admin", "quota"],
  ["Fable 5 requires usage credits", "quota"],
  ["Opus weekly limit reached ∙ resets Dec 3, 5am", "quota"],
  ["5-hour limit reached ∙ resets 8am", "quota"],
  ["Spending cap reached resets Dec 3", "quota"],
  ["Claude AI usage limit reached|1796026373", "quota"],
  ["spend limit reached · resets Dec 3", "quota"],
  ["Credit balance is too low", "quota"],
  [
    "API Error: Usage credits ran out before the response was finished.",
    "quota",
  ],
  [
    "API Error: Request rejected (429) · This request would exceed your account's rate limit. Please try again later.",
    "quota",
  ],
  [
    'API Error: 429 {"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your account\'s rate limit. Please try again later."},"request_id":"req_1"}',
    "quota",
  ],
  [
    "API Error: Server is temporarily limiting requests (not your usage limit) · This request would exceed your account's rate limit. Please try again later.",
    "throttle",
  ],
  [
    "API Error: Server is temporarily limiting requests (not your usage limit) · Too Many Requests",
    "throttle",
  ],
  ["API Error: Request rejected (429)", "throttle"],
  ["API Error: Rate limit reached", "throttle"],
  [
    "API Error: Request rejected (429) · Number of request tokens has exceeded your daily rate limit.",
    "throttle",
  ],
  [
    "API Error: Request rejected (429) · This request would exceed your organization's rate limit of 30,000 input tokens per minute (org: 1234).",
    "throttle",
  ],
  [
    'API Error: 429 {"type":"error","error":{"type":"rate_limit_error","message":"Number of requests has exceeded your rate limit."}}',
    "throttle",
  ],
  ["Not logged in · Please run /login", "auth"],
  ["Invalid API key · Fix external API key", "auth"],
  ["Invalid API key · Please run /login", "auth"],
  [
    'Please run /login · API Error: 401 {"type":"error","error":{"type":"authentication_error","message":"OAuth authentication is currently not supported."}}',
    "auth",
  ],
  [
    "Failed to authenticate. API Error: 403 Your API key does not have permission to use the specified resource.",
    "auth",
  ],
  [
    "Your organization has disabled Claude subscription access for Claude Code · Use an Anthropic API key instead, or ask your admin to enable access",
    "auth",
  ],
  ["API Error: 400 This organization has been disabled.", "auth"],
  [
    'API Error: 400 {"type":"error","error":{"type":"invalid_request_error","message":"This organization has been disabled."}}',
    "auth",
  ],
  [
    "Your account does not have access to Claude Code. Please run /login.",
    "auth",
  ],
  [
    "Failed to authenticate: OAuth session expired and could not be refreshed",
    "login",
  ],
  [
    "Failed to authenticate: OAuth token revoked. Please log in again or contact your administrator.",
    "login",
  ],
  [
    "Failed to authenticate: this login reached its time limit and cannot be renewed. Run `claude auth login` to sign in again",
    "login",
  ],
  ["Login expired · Please run /login", "login"],
  [
    "There's an issue with the selected model (claude-opus-5-5). It may not exist or you may not have access to it. Run --model to pick a different model.",
    "client",
  ],
  ["API Error: 400 messages.0.content: Input should be a valid list", "client"],
  [
    "Prompt is too long · the request is ~210000 tokens (limit 200000) but this conversation is only ~2508 tokens",
    "client",
  ],
  ["Request too large (max 32MB). Double press esc to go back", "client"],
  [
    "API Error: 500 Internal server error. This is a server-side issue, usually temporary — try again in a moment.",
    "transient",
  ],
  [
    "API Error: Repeated 529 Overloaded errors. The API is at capacity — this is usually temporary.",
    "transient",
  ],
  [
    "API Error: Connection refused — a firewall or proxy may be blocking it (ECONNREFUSED)",
    "transient",
  ],
  ["API Error: Connection error.", "transient"],
  ["API Error: Request timed out.", "transient"],
  [
    "Opus is experiencing high load, please use /model to switch to Sonnet",
    "transient",
  ],
  [
    "Failed to refresh OAuth token: another Claude Code process is refreshing it or exited mid-refresh.",
    "transient",
  ],
  ["Error: Reached max turns (1)", "failed"],
  ["Execution error", "failed"],
];

for (const [stdout, kind] of PRINTED) {
  Deno.test(`classify() returns ${kind} for ${stdout}`, () => {
    const evidence = { exitCode: 1, timedOut: false, stdout, stderr: "" };
    assertEquals(classify(evidence).kind, kind);
  });

  Deno.test(`classify() takes "${stdout}" for an answer of a run that exits with 0`, () => {
    const evidence = { exitCode: 0, timedOut: false, stdout, stderr: "" };
    assertEquals(classify(evidence).kind, "ok");
  });
}

/** Answers and warnings that a run may print before it fails otherwise. */
const NO_LIMITS = [
  "You've used 92% of your weekly limit · resets Dec 4, 6:13am (Etc/UTC)",
  "You're close to your 5-hour limit",
  "You're now using usage credits",
  'The CLI says "You\'ve hit your 5-hour limit".\nThen it ends.',
  "I read it.\nAPI Error: 429 is what the log says.",
];

for (const text of NO_LIMITS) {
  Deno.test(`parseErrorText() finds no error in ${JSON.stringify(text)}`, () => {
    assertEquals(parseErrorText(text, "structured"), undefined);
  });
}

Deno.test("classify() finds the reset in the legacy form", () => {
  const stdout = "Claude AI usage limit reached|1796026373";
  const { retryAt } = classify(
    { exitCode: 1, timedOut: false, stdout, stderr: "" },
    { now: 1796000000_000 },
  );
  assertEquals(retryAt, 1796026373_000);
});

Deno.test("classify() uses the user's own patterns instead of the rules", () => {
  const stdout = "API Error: 400 the goblin is asleep";
  const evidence = { exitCode: 1, timedOut: false, stdout, stderr: "" };
  const quotaPatterns = ["goblin"];
  assertEquals(classify(evidence, { quotaPatterns }).kind, "quota");
  const unknown = { ...evidence, stdout: "The goblin is asleep" };
  assertEquals(classify(unknown, { quotaPatterns }).kind, "quota");
});

Deno.test("classify() judges a script of the same name by its stderr", () => {
  const stderr = "claude-wrapper: HTTP 429 too many requests: rate limit";
  const evidence = { exitCode: 1, timedOut: false, stdout: "", stderr };
  assertEquals(classify(evidence).kind, "quota");
  const usage = "error: unknown option '--goblin'";
  assertEquals(classify({ ...evidence, stderr: usage }).kind, "failed");
});

Deno.test("classify() takes no warning for a limit", () => {
  const stderr = "You're close to your usage limit · resets 8am (Etc/UTC)";
  const evidence = { exitCode: 1, timedOut: false, stdout: "", stderr };
  assertEquals(classify(evidence).kind, "failed");
  assertEquals(classify({ ...evidence, stdout: stderr }).kind, "failed");
  const both = `${stderr}\nError: rate limit exceeded`;
  assertEquals(classify({ ...evidence, stderr: both }).kind, "quota");
});
