import { assertEquals } from "@std/assert";
import { countViolations } from "./invariants.ts";
import { SCENARIOS } from "./scenarios.ts";
import { countSteps, runCase } from "./systematic.ts";

const FAULTS = ["halt", "ENOSPC", "EIO"] as const;

for (const scenario of Object.keys(SCENARIOS)) {
  Deno.test(`${scenario}: each step may fail where names cannot be swapped`, async () => {
    const found: unknown[] = [];
    const steps = await countSteps(scenario, { canExchange: false });
    for (let failAt = 1; failAt <= steps; failAt++) {
      const fault = FAULTS[failAt % FAULTS.length] ?? "halt";
      const files = { failAt, fault, canExchange: false };
      const { violations } = await runCase({ scenario, files });
      if (countViolations(violations) > 0) found.push({ ...files, violations });
    }
    assertEquals(found, []);
  });
}
