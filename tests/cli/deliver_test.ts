import { assert, assertEquals } from "@std/assert";
import { meaningOf } from "../../lib/cli/exit_code.ts";
import { LoginNeededError } from "../../lib/errors.ts";
import { failedCall } from "../../lib/cli/deliver.ts";
import { type Outcome, rotatedRun } from "../run/rotated_run.ts";

const FAILURES: [Outcome[], code: number, hint: string | undefined][] = [
  [[[1, "quota", ""]], 75, "exec --wait"],
  [[[1, "quota", ""], [2, "login", ""]], 75, "account-qwen setup"],
  [[[1, "throttle", ""]], 75, "exec --wait"],
  [[[1, "login", ""], [2, "login", ""]], 4, "login 1, or account-qwen login 2"],
  [[[1, "auth", ""]], 4, "account-qwen login 1"],
  [[[1, "discontinued", ""]], 4, "add an API key: account-qwen setup"],
  [[[1, "timeout", ""]], 124, "--timeout"],
  [[[1, "failed", ""]], 3, undefined],
  [[[1, "client", ""]], 3, undefined],
];

for (const [outcomes, code, hint] of FAILURES) {
  Deno.test(`failedCall() means ${code} for ${JSON.stringify(outcomes)}`, async () => {
    const rotated = await rotatedRun(outcomes);
    using run = rotated.run;
    const error = failedCall({ ...rotated, run: { ...run, exitCode: 3 } }, {
      readiness: [],
      kindOf: () => "oauth",
    });
    const meaning = meaningOf(error);
    assertEquals(meaning.code, code);
    if (hint === undefined) assertEquals(meaning.hint, undefined);
    else assert(meaning.hint?.includes(hint), meaning.hint);
  });
}

Deno.test("failedCall() names the accounts that were refused", async () => {
  const rotated = await rotatedRun([[2, "login", ""], [1, "auth", ""]]);
  using _run = rotated.run;
  const error = failedCall(rotated, { readiness: [], kindOf: () => "oauth" });
  if (!(error instanceof LoginNeededError)) throw error;
  assertEquals(error.accounts.map((it) => it.index), [1, 2]);
});

Deno.test("failedCall() means 75 when an account of another kind may answer later", async () => {
  const rotated = await rotatedRun([[1, "discontinued", ""]]);
  using _run = rotated.run;
  const readiness = [{ index: 2, obstacle: "out of quota", readyAt: 5 }];
  const error = failedCall({ ...rotated, exhausted: true }, {
    readiness,
    kindOf: () => "oauth",
  });
  const { code, notReady } = meaningOf(error);
  assertEquals([code, notReady], [75, readiness]);
});

Deno.test("failedCall() means 1 when the agent failed without an exit code", async () => {
  const rotated = await rotatedRun([[1, "failed", ""]]);
  using _run = rotated.run;
  const options = { readiness: [], kindOf: () => "oauth" as const };
  assertEquals(meaningOf(failedCall(rotated, options)).code, 1);
});

Deno.test("failedCall() names the account that is ready", async () => {
  const rotated = await rotatedRun([[1, "quota", ""]]);
  using _run = rotated.run;
  const ready = { index: 2, label: "work", obstacle: undefined, readyAt: 0 };
  const options = { readiness: [], ready, kindOf: () => "oauth" as const };
  assertEquals(
    meaningOf(failedCall(rotated, options)).hint,
    "work (account 2) is ready: account-qwen exec --account work",
  );
});

Deno.test("failedCall() hints at a new token for a refused one", async () => {
  const rotated = await rotatedRun([[1, "login", ""]]);
  using _run = rotated.run;
  const options = { readiness: [], kindOf: () => "token" as const };
  assertEquals(
    meaningOf(failedCall(rotated, options)).hint,
    "account-qwen add --token --replace 1",
  );
});
