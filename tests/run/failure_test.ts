import { assertEquals } from "@std/assert";
import { runProcess } from "../../lib/process/run.ts";
import { CallFailedError, describeFailure } from "../../lib/run/failure.ts";
import type { RotatedRun } from "../../lib/run/call_options.ts";
import type { VerdictKind } from "../../lib/verdict/policy.ts";

type Outcome = [account: number, kind: VerdictKind, evidence: string];

const MESSAGES: [Outcome[], string | undefined][] = [
  [[[1, "ok", ""]], undefined],
  [[[1, "quota", "429"], [2, "ok", ""]], undefined],
  [[[2, "failed", "it broke"]], "The run with account 2 failed: it broke"],
  [[[2, "failed", ""]], "The run with account 2 failed"],
  [
    [[1, "throttle", "429"], [2, "auth", "401"]],
    "No account is ready: account 1 is rate-limited, account 2 was refused",
  ],
  [[[1, "client", "400 No"]], "The request was refused: 400 No"],
  [
    [[1, "transient", "503"]],
    "Cannot reach the service of account 1: 503",
  ],
  [
    [[1, "discontinued", ""]],
    "The service has discontinued this type of account",
  ],
  [[[3, "timeout", ""]], "Account 3 did not answer within 1.5 s"],
  [
    [[1, "quota", "429"], [3, "timeout", "[API Error: 503]"]],
    "Account 3 did not answer within 1.5 s: [API Error: 503]",
  ],
  [
    [[2, "login", "the box"], [5, "quota", "429"]],
    "No account is ready: account 2 needs a new login, " +
    "account 5 is out of quota",
  ],
  [
    [[1, "transient", "503"], [2, "quota", "429"]],
    "No account is ready: account 1 cannot reach its service, " +
    "account 2 is out of quota",
  ],
];

for (const [outcomes, message] of MESSAGES) {
  Deno.test(`describeFailure() returns ${message} for ${JSON.stringify(outcomes)}`, async () => {
    const rotated = await rotatedRun(outcomes);
    using _run = rotated.run;
    assertEquals(describeFailure(rotated), message);
  });
}

Deno.test("describeFailure() does not say that none is ready when some were not tried", async () => {
  const rotated = await rotatedRun([[1, "quota", "429"]]);
  using _run = rotated.run;
  const message = describeFailure({ ...rotated, exhausted: false });
  assertEquals(message, "No answer: account 1 is out of quota");
});

Deno.test("describeFailure() says that none is ready when one of another kind will be", async () => {
  const rotated = await rotatedRun([[1, "discontinued", "x"]]);
  using _run = rotated.run;
  const error = new CallFailedError({ ...rotated, exhausted: true });
  assertEquals(
    error.message,
    "No account is ready: account 1 uses a login type that the service has discontinued",
  );
  assertEquals(error.mayRecover, true);
});

const RECOVERIES: [Outcome[], boolean][] = [
  [[[1, "quota", ""]], true],
  [[[1, "quota", ""], [2, "login", ""]], true],
  [[[1, "login", ""], [2, "login", ""]], false],
  [[[1, "throttle", ""]], true],
  [[[1, "auth", ""]], false],
  [[[1, "failed", ""]], false],
  [[[1, "discontinued", ""]], false],
];

for (const [outcomes, mayRecover] of RECOVERIES) {
  Deno.test(`CallFailedError sets mayRecover to ${mayRecover} for ${JSON.stringify(outcomes)}`, async () => {
    const rotated = await rotatedRun(outcomes);
    using _run = rotated.run;
    const error = new CallFailedError(rotated);
    assertEquals(error.mayRecover, mayRecover);
    assertEquals(error.verdict, outcomes.at(-1)?.[1]);
    assertEquals(error.exitCode, 0);
  });
}

/** Returns a call that tried all accounts; the last run took 1.5 s. */
async function rotatedRun(outcomes: readonly Outcome[]): Promise<RotatedRun> {
  const run = await runProcess("true", {
    args: [],
    env: { PATH: Deno.env.get("PATH") ?? "" },
  });
  const tried = outcomes.map(([account, kind, evidence]) => ({
    account,
    verdict: { kind, evidence },
  }));
  const verdict = tried.at(-1)?.verdict ?? { kind: "ok", evidence: "" };
  return {
    run: { ...run, durationMs: 1_500 },
    verdict,
    tried,
    runs: 1,
    exhausted: verdict.kind !== "discontinued",
  };
}
