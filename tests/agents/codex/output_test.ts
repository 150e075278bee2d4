import { assertEquals } from "@std/assert";
import { isForeignHistory, output } from "../../../lib/agents/codex/output.ts";
import type { ApiError } from "../../../lib/verdict/api_error.ts";
import type { Evidence } from "../../../lib/verdict/signal.ts";
import type { VerdictKind } from "../../../lib/verdict/policy.ts";

/** Local, as the times that codex prints. */
const NOW = new Date(2026, 10, 29, 4, 15).getTime();

const BANNER = `OpenAI Codex v0.171.0
--------
workdir: /work
session id: 01a22577-de9e-7cc3-b419-7333d367cb2a
--------
user
`;

const LIMIT = "You’ve hit your usage limit. Upgrade to Pro " +
  "(https://chatgpt.com/explore/pro), visit " +
  "https://chatgpt.com/settings/usage to purchase more credits or ";

const THREAD = '{"type":"thread.started","thread_id":"t"}\n';

function evidenceOf(part: Partial<Evidence>): Evidence {
  return { exitCode: 1, timedOut: false, stdout: "", stderr: "", ...part };
}

/** The stderr of a run that ended with `error`. */
function endedWith(error: string): string {
  return `${BANNER}say hi\nERROR: ${error}\nERROR: ${error}\n`;
}

function verdictOf(part: Partial<Evidence>) {
  return output.classify(evidenceOf(part), { now: NOW });
}

const ENDS: [string, VerdictKind][] = [
  ["You’ve hit your usage limit. Try again later.", "quota"],
  [`${LIMIT}try again at 7:53 AM.`, "quota"],
  [
    "You've hit your usage limit for premium. Try again at 7:59 AM.",
    "quota",
  ],
  [
    "To use Codex with your ChatGPT plan, upgrade to Plus: https://chatgpt.com/explore/plus.",
    "quota",
  ],
  ["Quota exceeded. Check your plan and billing details.", "quota"],
  [
    "unexpected status 402 Payment Required: pay, url: https://a.example/v1/responses, request id: r",
    "quota",
  ],
  [
    "unexpected status 401 Unauthorized: Missing bearer, url: https://a.example/v1/responses",
    "auth",
  ],
  [
    'unexpected status 404 Not Found: {"error":{"message":"The model `x` does not exist","code":"model_not_found"}}',
    "client",
  ],
  [
    "unexpected status 502 Bad Gateway: <html>\n<body>\nBad Gateway\n</body>, url: https://a.example/v1/responses",
    "transient",
  ],
  [
    'unexpected status 402 Payment Required: {"detail":{"code":"deactivated_workspace"}}, url: https://a.example/v1/responses',
    "auth",
  ],
  // A refused request is printed as its body alone.
  [
    '{"error":{"message":"Invalid value","type":"invalid_request_error","code":"bad"}}',
    "client",
  ],
  [
    "Access blocked by Cloudflare. This usually happens when connecting from a restricted region (status 403 Forbidden), url: https://a.example, cf-ray: a-FRA",
    "transient",
  ],
  ["Selected model is at capacity. Please try a different model.", "transient"],
  [
    "stream disconnected before completion: stream closed before response.completed",
    "transient",
  ],
  [
    "Your access token could not be refreshed because your refresh token has expired. Please log out and sign in again.",
    "login",
  ],
  [
    "Your access token could not be refreshed because your refresh token was revoked. Please log out and sign in again.",
    "login",
  ],
  [
    "Your access token could not be refreshed. Please log out and sign in again.",
    "login",
  ],
  ["Failed to refresh token: 404 Not Found", "auth"],
  ["Failed to refresh token: 500 Internal Server Error", "transient"],
  ["Failed to refresh token: 429 Too Many Requests", "throttle"],
  // The account is not to blame.
  [
    "Your access token could not be refreshed because you have since logged out or signed in to another account. Please sign in again.",
    "failed",
  ],
];

for (const [error, kind] of ENDS) {
  Deno.test(`codex classify() returns ${kind} for: ${error}`, () => {
    assertEquals(verdictOf({ stderr: endedWith(error) }).kind, kind);
    const event = JSON.stringify({
      type: "turn.failed",
      error: { message: error },
    });
    assertEquals(verdictOf({ stdout: THREAD + event }).kind, kind);
  });
}

const QUOTA_TEXT = `ERROR: ${LIMIT}try again at 7:53 AM.`;

const NO_ALARMS: Record<string, Partial<Evidence>> = {
  "a good answer": { exitCode: 0, stdout: `${QUOTA_TEXT}\n` },
  "a good answer, again on stderr": {
    exitCode: 0,
    stdout: `${QUOTA_TEXT}\n`,
    stderr: `${BANNER}hi\ncodex\n${QUOTA_TEXT}\ntokens used\n15\n`,
  },
  "a prompt of a run that was ended": {
    exitCode: 143,
    stderr: `${BANNER}${QUOTA_TEXT}\n`,
  },
  "a prompt before the answer of a failed run": {
    stderr: `${BANNER}${QUOTA_TEXT}\nwarning: no bubblewrap\ncodex\nhalf an`,
  },
  "an answer of a run that failed after it": {
    stderr:
      `${BANNER}hi\ncodex\n${QUOTA_TEXT}\ntokens used\n15\nno such folder`,
  },
  "the output of a tool of a failed run": {
    stderr: `${BANNER}hi\nexec\ncat log\n${QUOTA_TEXT}\ncodex\nIt says so.\n`,
  },
  "an answer in JSON": {
    exitCode: 130,
    stdout: THREAD +
      JSON.stringify({
        type: "item.completed",
        item: { type: "agent_message", text: QUOTA_TEXT },
      }),
  },
  "an answer with an event of the output": {
    stdout: '{"type":"turn.failed","error":{"message":"usage limit reached"}}',
    stderr: `${BANNER}hi\ncodex\nsee stdout\n`,
  },
  "unknown arguments": {
    exitCode: 2,
    stderr: "error: unexpected argument '--rate-limit' found\n",
  },
};

for (const [what, evidence] of Object.entries(NO_ALARMS)) {
  Deno.test(`codex classify() finds no limit in ${what}`, () => {
    const { kind } = verdictOf(evidence);
    assertEquals(kind, evidence.exitCode === 0 ? "ok" : "failed");
  });
}

Deno.test("codex classify() skips its own log lines after an error", () => {
  const logged = "2026-11-29T04:08:17.142558Z ERROR codex_core::session: x";
  const stderr = `${endedWith("Quota exceeded. Check your plan.")}${logged}\n`;
  assertEquals(verdictOf({ stderr }).kind, "quota");
});

const ENDINGS = [
  "tokens used\n18",
  "tokens used\n1,234",
  "codex\nReview was interrupted. Please re-run /review and wait for it to complete.",
];

for (const ending of ENDINGS) {
  Deno.test(`codex classify() finds the error before: ${ending}`, () => {
    const error = endedWith(`${LIMIT}try again at 7:53 AM.`);
    assertEquals(verdictOf({ stderr: `${error}${ending}\n` }).kind, "quota");
  });
}

Deno.test("codex classify() judges a run whose time is up by why it waits", () => {
  const reason = "unexpected status 502 Bad Gateway: x, url: http://a.example";
  const timedOut = { exitCode: 143, timedOut: true };
  const wait = `Reconnecting... 3/5 (${reason})`;
  const event = JSON.stringify({ type: "error", message: wait });
  for (
    const evidence of [
      { stderr: `${BANNER}hi\n${wait}\n` },
      { stdout: `${THREAD}${event}\n` },
      { stderr: `${BANNER}hi\nERROR: Reconnecting... waiting for network\n` },
    ]
  ) {
    assertEquals(verdictOf({ ...timedOut, ...evidence }).kind, "transient");
  }
  const silent = `${BANNER}hi\nERROR: Reconnecting... 1/5\n`;
  assertEquals(verdictOf({ ...timedOut, stderr: silent }).kind, "timeout");
});

Deno.test("codex classify() trusts the log of the session most", () => {
  const error: ApiError = {
    source: "session-log",
    status: undefined,
    code: "usage_limit_reached",
    message: "a new text",
  };
  const stderr = endedWith("Selected model is at capacity.");
  assertEquals(verdictOf({ stderr, sessionErrors: [error] }).kind, "quota");
});

const REFUSALS: [string, number, string][] = [
  [
    "Reading additional input from stdin...\nNot inside a trusted directory and --skip-git-repo-check was not specified.\n",
    1,
    "Not inside a trusted directory and --skip-git-repo-check was not specified.",
  ],
  [
    "WARNING: proceeding, even though x\nerror: unexpected argument '-s' found\n\nUsage: codex exec resume\n",
    2,
    "error: unexpected argument '-s' found",
  ],
  [
    "WARNING: x\nwarning: Untrusted configuration is disabled.\nChatGPT login is required, but an API key is currently being used. Logging out.\n",
    1,
    "codex refuses every API key here, because its settings or those of the " +
    'project have forced_login_method = "chatgpt". No login was deleted',
  ],
  [`${BANNER}hi\n`, 1, "exit code 1"],
  ["", 101, "exit code 101"],
];

for (const [stderr, exitCode, evidence] of REFUSALS) {
  Deno.test(`codex classify() says why it failed: ${evidence}`, () => {
    assertEquals(verdictOf({ stderr, exitCode }), { kind: "failed", evidence });
  });
}

Deno.test("codex classify() uses the user's patterns", () => {
  const stderr = endedWith("a strange refusal");
  const evidence = evidenceOf({ stderr });
  const options = { quotaPatterns: ["strange refusal"] };
  assertEquals(output.classify(evidence, options).kind, "quota");
  assertEquals(output.classify(evidence, {}).kind, "failed");
});

Deno.test("codex classify() judges a script of the same name by its last words", () => {
  const stderr = "codex-wrapper: 429 Too Many Requests\n";
  assertEquals(verdictOf({ stderr }).kind, "quota");
  assertEquals(verdictOf({ stderr, stdout: "answer" }).kind, "failed");
});

const SIGNS: [string, unknown][] = [
  ["Reconnecting... 2/5 (unexpected status 429 Too Many Requests: x)", 429],
  ["ERROR: Reconnecting... 1/5", undefined],
  ["codex", undefined],
];

for (const [line, status] of SIGNS) {
  Deno.test(`codex readLine() returns status ${status} for: ${line}`, () => {
    const sign = output.readLine(line);
    assertEquals(
      sign?.kind === "retry" ? sign.error.status : undefined,
      status,
    );
  });
}

/** What its own log says of a pause (0.171.0). */
const LOGGED = "2026-11-30T10:35:50.863104Z  WARN codex_core::responses_retry:";
const LOGGED_THROTTLE = `${LOGGED} stream disconnected - retrying sampling ` +
  "request (1/5 in 3600s)... turn_id=01a22c06 retries=1 max_retries=5 " +
  "sampling_error=exceeded retry limit, last status: 429 Too Many Requests";
const LOGGED_BROKEN = `${LOGGED} stream disconnected - retrying sampling ` +
  "request (3/5 in 845ms)... turn_id=01a22c07 retries=3 max_retries=5 " +
  "sampling_error=unexpected status 503 Service Unavailable: x, url: http://a";
const LOGGED_NETWORK = `${LOGGED} stream connection failed; waiting to retry ` +
  "turn_id=01a22c07 error=Connection failed: error sending request " +
  "retry_delay=20s";

const PAUSES: [string, { status?: number; afterMs: number; retry: number }][] =
  [
    [LOGGED_THROTTLE, { status: 429, afterMs: 3_600_000, retry: 1 }],
    [LOGGED_BROKEN, { status: 503, afterMs: 845, retry: 3 }],
    [LOGGED_NETWORK, { afterMs: 20_000, retry: 2 }],
  ];

for (const [line, { status, ...pause }] of PAUSES) {
  Deno.test(`codex readLine() reads in its log that it waits for ${pause.afterMs} ms`, () => {
    const sign = output.readLine(`${line}\r`);
    if (sign?.kind !== "retry") throw new Error("no pause");
    assertEquals(sign.error.status, status);
    assertEquals([sign.afterMs, sign.retry], [pause.afterMs, pause.retry]);
  });
}

const WAITING: [stderr: string, kind: string, retryAt?: number][] = [
  [`${LOGGED_THROTTLE}\nERROR: Reconnecting... 1/5\n`, "throttle", 3_600_000],
  [`${LOGGED_BROKEN}\n`, "transient"],
  [
    `${LOGGED_NETWORK}\nERROR: Reconnecting... waiting for network\n`,
    "transient",
  ],
  [`${LOGGED_THROTTLE}\nERROR: Reconnecting... 1/5\ncodex\nhi\n`, "failed"],
];

for (const [lines, kind, retryAt] of WAITING) {
  Deno.test(`codex classify() says ${kind} of a run that was ended after ${lines.slice(LOGGED.length, 120).trim()}`, () => {
    const evidence = evidenceOf({
      exitCode: 143,
      stderr: `${BANNER}hi\n${lines}`,
    });
    const verdict = output.classify(evidence, { now: 0 });
    assertEquals(verdict.kind, kind as typeof verdict.kind);
    if (retryAt !== undefined) assertEquals(verdict.retryAt, retryAt);
  });
}

const ID = "01a22577-de9e-7cc3-b419-7333d367cb2a";

Deno.test("codex names the id of its session on stderr or in its events", () => {
  const sign = { kind: "session", id: ID } as const;
  assertEquals(output.readLine(`session id: ${ID}`), sign);
  const event = JSON.stringify({ type: "thread.started", thread_id: ID });
  assertEquals(output.readEvent?.(event), sign);
  assertEquals(output.readEvent?.(`session id: ${ID}`), undefined);
});

Deno.test("codex readEvent() reads why a run waits", () => {
  const message = "Reconnecting... 2/5 (unexpected status 503 Busy: x)";
  const sign = output.readEvent?.(JSON.stringify({ type: "error", message }));
  assertEquals(sign?.kind === "retry" ? sign.error.status : undefined, 503);
  assertEquals(output.readEvent?.(message), undefined);
});

Deno.test("codex readLine() reports a lost network", () => {
  const sign = output.readLine("ERROR: Reconnecting... waiting for network");
  assertEquals(sign?.kind, "retry");
});

Deno.test("isForeignHistory() recognizes the history of another organization", () => {
  const error: ApiError = {
    source: "structured",
    status: 400,
    code: "",
    message: "The encrypted content gAAA... could not be verified.",
  };
  assertEquals(isForeignHistory(error), true);
  assertEquals(
    isForeignHistory({
      ...error,
      code: "invalid_encrypted_content",
      message: "",
    }),
    true,
  );
  assertEquals(isForeignHistory({ ...error, message: "bad request" }), false);
});

const OTHER_PROGRAM: [string, VerdictKind][] = [
  ["we are out of juice", "quota"],
  ["Error: rate limit reached", "failed"],
];

for (const [stderr, kind] of OTHER_PROGRAM) {
  Deno.test(`codex classify() judges "${stderr}" of another program by the user's patterns alone`, () => {
    const options = { now: NOW, quotaPatterns: ["out of juice"] };
    const verdict = output.classify(evidenceOf({ stderr }), options);
    assertEquals(verdict.kind, kind);
  });
}
