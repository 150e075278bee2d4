import { assertEquals } from "@std/assert";
import { countViolations } from "./invariants.ts";
import { SCENARIOS } from "./scenarios.ts";
import { type Case, countSteps, runCase } from "./systematic.ts";

/** One process for each step takes time; `deno task torture` runs them all. */
const KILLED_FOR_REAL = ["switch after a refresh"];

/** How a step fails. In addition, each step is once the last one. */
const REFUSALS = [
  { fault: "ENOSPC" },
  { fault: "ENOSPC", lasting: true },
  { fault: "EIO" },
  { fault: "EIO", lasting: true },
] as const;

for (const scenario of Object.keys(SCENARIOS)) {
  Deno.test(`${scenario}: each step may fail or be the last`, async () => {
    const found: unknown[] = [];
    const steps = await countSteps(scenario);
    for (let failAt = 1; failAt <= steps; failAt++) {
      const refusal = REFUSALS[failAt % REFUSALS.length];
      await addViolations(found, { scenario, files: { failAt, ...refusal } });
      const halt = { failAt, fault: "halt" } as const;
      await addViolations(found, { scenario, files: halt });
    }
    assertEquals(found, []);
  });
}

for (const scenario of KILLED_FOR_REAL) {
  Deno.test(`${scenario}: SIGKILL before each step loses nothing`, async () => {
    const found: unknown[] = [];
    const steps = await countSteps(scenario);
    for (let failAt = 1; failAt <= steps; failAt++) {
      const killed = await addViolations(found, {
        scenario,
        files: { failAt },
      });
      assertEquals(killed, true);
    }
    assertEquals(found, []);
  });
}

/** Returns whether the operation reached the step. */
async function addViolations(found: unknown[], it: Case): Promise<boolean> {
  const { violations, failed } = await runCase(it);
  if (countViolations(violations) > 0) found.push({ ...it.files, violations });
  return failed;
}
