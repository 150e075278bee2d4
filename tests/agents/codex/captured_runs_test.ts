/**
 * The verdicts on captured runs of the real `codex`. Their output and end is in
 * `tests/testdata/corpus_codex/<version>/<case>/`, with those lines of the log
 * that are more than instructions. `LABELS.tsv` says what the server answered.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { output } from "../../../lib/agents/codex/output.ts";
import { parseRolloutLine } from "../../../lib/agents/codex/rollout.ts";
import type { ApiError } from "../../../lib/verdict/api_error.ts";
import type { Evidence, UsageLimit } from "../../../lib/verdict/signal.ts";
import type { VerdictKind } from "../../../lib/verdict/policy.ts";
import { CHECKOUT } from "../../support/checkout.ts";

const CORPUS = `${CHECKOUT}/tests/testdata/corpus_codex`;

const KINDS: Record<string, VerdictKind> = {
  auth: "auth",
  "client-error": "client",
  hang: "timeout",
  network: "transient",
  quota: "quota",
  "rate-limit": "throttle",
  "server-error": "transient",
  success: "ok",
};

/** Where the verdict is more precise than the label, or codex hides the reply. */
const OTHERS: Record<string, VerdictKind> = {
  "0.60.1/chatgpt.text.refresh-reused": "login",
  "0.100.0/chatgpt.text.refresh-reused": "login",
  "0.171.0/chatgpt.text.refresh-reused": "login",
  // Only the status is left: the output is the same as for a rate limit.
  "0.100.0/apikey.text.429-insufficient-quota": "throttle",
  "0.145.0/apikey.text.429-insufficient-quota": "throttle",
};

const labels = await Deno.readTextFile(`${CORPUS}/LABELS.tsv`);
const [, ...rows] = labels.trim().split("\n").map((it) => it.split("\t"));

for (const [version, name, label = ""] of rows) {
  const run = `${version}/${name}`;
  const kind = OTHERS[run] ?? KINDS[label];
  assert(kind !== undefined, label);

  Deno.test(`codex classify() returns ${kind} for the output of ${run}`, async () => {
    const { evidence } = await readRun(run);
    assertEquals(output.classify(evidence, {}).kind, kind);
  });

  Deno.test(`codex classify() returns ${kind} for ${run} with its log`, async () => {
    const { evidence, log } = await readRun(run);
    assertEquals(output.classify({ ...evidence, ...log }, {}).kind, kind);
  });
}

Deno.test("codex classify() has a label for each captured run", async () => {
  const runs: string[] = [];
  for await (const version of Deno.readDir(CORPUS)) {
    if (!version.isDirectory) continue;
    for await (const { name } of Deno.readDir(`${CORPUS}/${version.name}`)) {
      runs.push(`${version.name}/${name}`);
    }
  }
  assertEquals(runs.sort(), rows.map(([a, b]) => `${a}/${b}`).sort());
});

/**
 * When each limit ends, at the latest: codex prints local times without seconds.
 * These runs were captured in UTC.
 */
const RESETS: Record<string, string> = {
  "0.60.1/apikey.text.usage-limit-real": "2026-11-29T08:02:00",
  "0.171.0/apikey.json.usage-limit-real": "2026-11-29T08:05:00",
  "0.171.0/chatgpt.text.usage-limit-real": "2026-11-29T07:54:00",
  "0.171.0/chatgpt.text.usage-limit-team": "2026-11-29T06:33:00",
  "0.171.0/chatgpt.text.ws-handshake-429": "2026-11-29T07:54:00",
};

for (const [run, reset] of Object.entries(RESETS)) {
  Deno.test(`codex classify() finds the reset in ${run}`, async () => {
    const { evidence } = await readRun(run);
    const now = Date.parse("2026-11-29T04:15:00");
    const { retryAt = NaN } = output.classify(evidence, { now });
    assertEquals(new Date(retryAt), new Date(reset));
  });
}

Deno.test("parseRolloutLine() finds the limits in 0.60.1/apikey.text.usage-limit-real", async () => {
  const { log } = await readRun("0.60.1/apikey.text.usage-limit-real");
  assertEquals(log.limits, [
    { usedPercent: 100, resetsAt: Date.parse("2026-11-29T08:01:53Z") },
    { usedPercent: 80, resetsAt: Date.parse("2026-12-02T20:09:05Z") },
  ]);
});

interface CapturedRun {
  evidence: Evidence;
  log: { sessionErrors: ApiError[]; limits: readonly UsageLimit[] };
}

async function readRun(name: string): Promise<CapturedRun> {
  const read = (file: string) => Deno.readTextFile(`${CORPUS}/${name}/${file}`);
  const [exit = "", stdout = "", stderr = "", lines = ""] = await Promise.all(
    ["exit", "stdout", "stderr", "rollout.jsonl"].map(read),
  );
  const timedOut = exit.startsWith("signal:");
  const exitCode = timedOut ? 143 : Number(exit);
  const log: CapturedRun["log"] = { sessionErrors: [], limits: [] };
  for (const event of lines.split("\n").map(parseRolloutLine)) {
    if (event?.kind === "answer") log.sessionErrors = [];
    if (event?.kind === "error") log.sessionErrors.push(event.error);
    if (event?.kind === "limits") log.limits = event.limits;
  }
  return { evidence: { exitCode, timedOut, stdout, stderr }, log };
}
