import { assertEquals } from "@std/assert";
import { describeFailure } from "../../lib/run/call_result.ts";
import { type Outcome, rotatedRun } from "./rotated_run.ts";

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
  assertEquals(
    describeFailure({ ...rotated, exhausted: true }),
    "No account is ready: account 1 uses a login type that the service has discontinued",
  );
});
