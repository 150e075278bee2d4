/**
 * The verdicts on captured runs of the real `claude`. Their output and end is in
 * `tests/testdata/corpus_claude/<version>/<case>/`, with the rows of the session
 * log that a verdict may rest on. `LABELS.tsv` has what the server answered.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { classify } from "../../../lib/agents/claude/output.ts";
import { parseSessionLine } from "../../../lib/agents/claude/session_log.ts";
import type { VerdictKind } from "../../../lib/verdict/policy.ts";
import { CHECKOUT } from "../../support/checkout.ts";
import {
  errorsAfterLastAnswer,
  readCapturedRun,
} from "../../support/corpus.ts";

const CORPUS = "corpus_claude";

/** What the answer of the server means. */
const KINDS: Record<string, VerdictKind> = {
  "auth": "auth",
  "bad-model": "client",
  "network": "transient",
  "overloaded": "transient",
  "quota": "quota",
  "rate-limit": "throttle",
  "refresh-refused": "login",
  "server": "transient",
  "success": "ok",
};

/** Runs that do not say what the server answered, and what they do say. */
const OTHERS: Record<string, VerdictKind> = {
  // The refused refresh was ignored, and the old token was good still.
  "1.0.128/oauth.text.expired-refresh-400": "ok",
  // Nothing was printed or logged before the time was up.
  "2.0.77/oauth.text.401-key": "timeout",
  "2.1.332/api-key.text.mid-hang": "timeout",
  // The error in the stream was lost: the second answer was malformed.
  "2.1.332/oauth.stream-json.mid-ratelimit": "transient",
  // After the 401, the refresh was refused too.
  "2.1.332/oauth.text.401-refresh-400": "login",
};

/** Without the log, this run had printed nothing before its timeout. */
const SILENT = ["2.1.332/oauth.text.mid-overloaded"];

const labels = await Deno.readTextFile(
  `${CHECKOUT}/tests/testdata/${CORPUS}/LABELS.tsv`,
);
const runs = labels.trim().split("\n").slice(1).map((it) => it.split("\t"));

for (const [version = "", name = "", truth = ""] of runs) {
  const run = `${version}/${name}`;
  const kind = OTHERS[run] ?? KINDS[truth];

  Deno.test(`classify() returns ${kind} for ${run} with its log`, async () => {
    const { evidence, log = "" } = await readCapturedRun(run, CORPUS);
    const sessionErrors = errorsAfterLastAnswer(log, parseSessionLine);
    assertEquals(classify({ ...evidence, sessionErrors }).kind, kind);
  });

  const alone = SILENT.includes(run) ? "timeout" : kind;
  Deno.test(`classify() returns ${alone} for the output of ${run}`, async () => {
    const { evidence } = await readCapturedRun(run, CORPUS);
    assertEquals(classify(evidence).kind, alone);
  });
}

Deno.test("every captured run of claude has a label", async () => {
  assert(runs.length > 40);
  for (const version of new Set(runs.map(([it = ""]) => it))) {
    const folder = `${CHECKOUT}/tests/testdata/${CORPUS}/${version}`;
    const names = [];
    for await (const { name } of Deno.readDir(folder)) names.push(name);
    const labeled = runs.filter(([it]) => it === version).map(([, it]) => it);
    assertEquals(names.toSorted(), labeled.toSorted());
  }
});

const RESETS: [run: string, now: string, reset: string][] = [
  [
    "1.0.128/oauth.text.429-unified-5h-noovg",
    localTime("2026-11-29T05:00:00"),
    localTime("2026-11-29T08:13:00"),
  ],
  [
    "2.0.77/oauth.json.429-unified-5h",
    "2026-11-29T04:10:00Z",
    "2026-11-29T07:06:00.000Z",
  ],
  [
    "2.0.77/oauth.text.429-unified-7d-noovg",
    "2026-11-29T04:15:00Z",
    "2026-12-03T04:13:00.000Z",
  ],
  [
    "2.1.332/oauth.text.400-usage-limits",
    "2026-11-29T04:02:00Z",
    "2026-12-01T00:00:00.000Z",
  ],
  [
    // To the second, from the log.
    "2.1.332/oauth.text.429-unified-5h-noovg",
    "2026-11-29T04:14:00Z",
    "2026-11-29T07:13:39.000Z",
  ],
];

for (const [run, now, reset] of RESETS) {
  Deno.test(`classify() finds the reset in ${run}`, async () => {
    const { evidence, log = "" } = await readCapturedRun(run, CORPUS);
    const sessionErrors = errorsAfterLastAnswer(log, parseSessionLine);
    const { retryAt = NaN } = classify({ ...evidence, sessionErrors }, {
      now: Date.parse(now),
    });
    assertEquals(new Date(retryAt).toISOString(), reset);
  });
}

/** The time on a clock in the zone of this machine. */
function localTime(clock: string): string {
  return new Date(clock).toISOString();
}
