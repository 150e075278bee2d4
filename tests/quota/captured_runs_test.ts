/**
 * The verdict for runs of the real `qwen` that were captured: what they printed
 * and how they ended is in `tests/testdata/corpus/<version>/<case>/`.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { classify, type VerdictKind } from "../../lib/quota/classify.ts";
import type { Evidence } from "../../lib/quota/evidence.ts";
import { CHECKOUT } from "../support/checkout.ts";

const VERDICTS: Record<string, VerdictKind> = {
  "0.5.2/qwen-oauth.text.429-then-ok": "ok",
  "0.5.2/qwen-oauth.text.partial-then-error": "quota",
  "0.5.2/qwen-oauth.text.404-model": "failed",
  "0.12.0/oauth-device-none.text.device-ok": "ok",
  "0.12.0/qwen-oauth.text.429-allocated-quota": "quota",
  "0.12.0/qwen-oauth.json.429-insufficient-quota": "quota",
  "0.12.0/oauth-symlink.text.refresh-401": "login",
  "0.12.0/qwen-oauth.text.504-html": "failed",
  "0.12.0/qwen-oauth.stream-json.403-forbidden": "failed",
  "0.24.4/openai.text.ok-says-ratelimit": "ok",
  "0.24.4/qwen-oauth-ext.stream-json.ok": "ok",
  "0.24.4/openai.text.429-daily-reset": "quota",
  "0.24.4/openai.text.429-insufficient-quota": "quota",
  "0.24.4/oauth.text.device-flow-pending-killed": "login",
  "0.24.4/openai.json.malformed-sse": "failed",
  "0.24.4/openai.text.503": "timeout",
};

for (const [name, kind] of Object.entries(VERDICTS)) {
  Deno.test(`classify() returns ${kind} for the captured run ${name}`, async () => {
    assertEquals(classify(await readRun(name)).kind, kind);
  });
}

/** A run that a signal ended was ended because its time was up. */
async function readRun(name: string): Promise<Evidence> {
  const [exit = "", stdout = "", stderr = ""] = await Promise.all(
    ["exit", "stdout", "stderr"].map((it) =>
      Deno.readTextFile(`${CHECKOUT}/tests/testdata/corpus/${name}/${it}`)
    ),
  );
  const timedOut = exit.startsWith("signal:");
  return { exitCode: timedOut ? 143 : Number(exit), timedOut, stdout, stderr };
}
