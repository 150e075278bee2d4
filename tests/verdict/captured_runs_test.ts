/**
 * The verdicts on captured runs of the real `qwen`. Their output and end is in
 * `tests/testdata/corpus/<version>/<case>/`, with the session log if there was
 * one.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { classify } from "../../lib/agents/qwen/output.ts";
import { errorsAfterLastAnswer, readCapturedRun } from "../support/corpus.ts";
import type { VerdictKind } from "../../lib/verdict/policy.ts";

/** What the server answered, or the agent did, if the name does not say it. */
const VERDICTS: Record<string, VerdictKind> = {
  "0.1.4/qwen-oauth.json.402-payment": "quota",
  "0.1.4/qwen-oauth.text.400-bad": "client",
  "0.1.4/qwen-oauth.text.402-payment": "quota",
  "0.1.4/qwen-oauth.text.503-then-ok": "ok",
  "0.1.4/qwen-oauth.text.ok-empty": "transient",
  "0.1.4/qwen-oauth.text.partial-then-error": "quota",
  "0.1.4/qwen-oauth.text.tool-then-429": "quota",
  "0.5.2/oauth-symlink.text.403-always-refresh-ok": "auth",
  "0.5.2/qwen-oauth.text.401-invalid-key": "auth",
  "0.5.2/qwen-oauth.text.404-model": "client",
  "0.5.2/qwen-oauth.text.429-then-ok": "ok",
  "0.5.2/qwen-oauth.text.closed-conn": "transient",
  "0.5.2/qwen-oauth.text.ok-empty": "transient",
  "0.5.2/qwen-oauth.text.partial-then-error": "quota",
  "0.12.0/cred-file.no-token_type": "login",
  "0.12.0/none.text.bad-settings-json": "failed",
  "0.12.0/oauth-device-none.text.device-ok": "ok",
  "0.12.0/oauth-symlink.text.refresh-401": "login",
  "0.12.0/openai.json.403-forbidden": "auth",
  "0.12.0/openai.text.403-free-tier-only": "quota",
  "0.12.0/openai.text.429-ratelimit": "throttle",
  // The forced refresh could not reach its endpoint, so the arrearage is lost.
  "0.12.0/qwen-oauth.text.400-arrearage": "auth",
  "0.12.0/qwen-oauth.json.401-invalid-key": "auth",
  "0.12.0/qwen-oauth.json.429-insufficient-quota": "quota",
  "0.12.0/qwen-oauth.json.closed-conn": "transient",
  "0.12.0/qwen-oauth.json.429-ratelimit": "throttle",
  "0.12.0/qwen-oauth.json.ok-says-ratelimit": "ok",
  "0.12.0/qwen-oauth.stream-json.403-forbidden": "auth",
  "0.12.0/qwen-oauth.stream-json.429-ratelimit": "throttle",
  "0.12.0/qwen-oauth.stream-json.ok-empty": "transient",
  "0.12.0/qwen-oauth.stream-json.tool-then-400": "client",
  "0.12.0/qwen-oauth.stream-json.tool-then-429": "quota",
  "0.12.0/qwen-oauth.text.400-bad": "client",
  "0.12.0/qwen-oauth.text.429-allocated-quota": "quota",
  "0.12.0/qwen-oauth.text.429-insufficient-quota-current": "quota",
  "0.12.0/qwen-oauth.text.504-html": "transient",
  "0.12.0/qwen-oauth.text.hang": "transient",
  "0.12.0/qwen-oauth.text.partial-then-error": "quota",
  "0.12.0/qwen-oauth.text.tool-then-429": "quota",
  "0.24.4/none.text.no-auth-configured": "login",
  // The help below it mentions "capacity errors (429/503/529)".
  "0.24.4/none.text.unknown-argument": "failed",
  "0.24.4/oauth.text.device-flow-pending-killed": "login",
  "0.24.4/openai.json.malformed-sse": "transient",
  "0.24.4/openai.stream-json.400-bad": "client",
  "0.24.4/openai.text.401-invalid-key": "auth",
  "0.24.4/openai.text.402-payment": "quota",
  "0.24.4/openai.text.403-free-tier-only": "quota",
  "0.24.4/openai.text.429-daily-reset": "quota",
  "0.24.4/openai.text.429-insufficient-quota": "quota",
  "0.24.4/openai.text.429-ratelimit-retryafter2": "throttle",
  "0.24.4/openai.text.429-then-ok": "ok",
  "0.24.4/openai.text.503": "transient",
  "0.24.4/openai.text.hang.max-wall-time-15s": "timeout",
  "0.24.4/openai.text.ok-says-ratelimit": "ok",
  "0.24.4/openai.text.partial-then-destroy": "transient",
  "0.24.4/openai.text.sse-error-first": "quota",
  "0.24.4/openai.text.sse-throttle-finish": "throttle",
  "0.24.4/qwen-oauth-ext.stream-json.ok": "ok",
  // As above: the 403 is lost.
  "0.24.4/qwen-oauth-ext.text.403-free-tier-only": "auth",
  "0.24.4/qwen-oauth-ext.text.429-quota-exceeded": "quota",
  "0.24.4/qwen-oauth-ext.text.malformed-json": "transient",
  "0.24.4/qwen-oauth.text.dash-prompt-prints-help": "ok",
  "0.24.4/qwen-oauth.text.ok": "discontinued",
};

/** Without the log, this run had printed nothing before its timeout. */
const SILENT = "0.24.4/qwen-oauth-ext.text.closed-conn";

for (const [name, kind] of Object.entries(VERDICTS)) {
  Deno.test(`classify() returns ${kind} for the output of ${name}`, async () => {
    const { evidence } = await readCapturedRun(name);
    assertEquals(classify(evidence).kind, kind);
  });
}

for (const [name, kind] of Object.entries(VERDICTS)) {
  Deno.test(`classify() returns ${kind} for ${name} with its log`, async () => {
    const { evidence, log = "" } = await readCapturedRun(name);
    const sessionErrors = errorsAfterLastAnswer(log);
    assertEquals(classify({ ...evidence, sessionErrors }).kind, kind);
  });
}

Deno.test(`classify() uses the log to judge the timeout of ${SILENT}`, async () => {
  const { evidence, log = "" } = await readCapturedRun(SILENT);
  assertEquals(classify(evidence).kind, "timeout");
  const sessionErrors = errorsAfterLastAnswer(log);
  assertEquals(classify({ ...evidence, sessionErrors }).kind, "transient");
});

const OF_A_MODEL = [
  "0.12.0/openai.text.403-free-tier-only",
  "0.24.4/openai.text.403-free-tier-only",
];

for (const name of OF_A_MODEL) {
  Deno.test(`classify() reports a quota of one model in ${name}`, async () => {
    const { evidence, log = "" } = await readCapturedRun(name);
    const sessionErrors = errorsAfterLastAnswer(log);
    const { model } = classify({ ...evidence, sessionErrors });
    assertEquals(model, "qwen3-coder-plus");
  });
}

Deno.test("classify() finds the reset in 0.24.4/openai.text.429-daily-reset", async () => {
  const { evidence } = await readCapturedRun(
    "0.24.4/openai.text.429-daily-reset",
  );
  const now = Date.parse("2026-11-21T08:35:00Z");
  const { retryAt } = classify(evidence, { now });
  assertEquals(retryAt, Date.parse("2026-11-22T00:00:00Z"));
});
