/**
 * What must hold where `accounts/` is on another file system than the folder
 * above it, so that nothing can be renamed from one into the other.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { countViolations } from "./invariants.ts";
import { SCENARIOS } from "./scenarios.ts";
import { type AccountsPlace, countSteps, runCase } from "./systematic.ts";

const FAULTS = ["halt", "ENOSPC", "halt", "EIO"] as const;

/** Scenarios that move something across, because a real disk syncs slowly. */
const ACROSS = [
  "switch after a refresh",
  "next after a refresh of unproven account",
  "next after a refresh of the account before",
  "repair after a refresh of unproven account",
  "remove after a refresh",
];

for (const scenario of Object.keys(SCENARIOS)) {
  for (const canExchange of [true, false]) {
    const swapping = canExchange ? "can" : "cannot";
    Deno.test(`${scenario}: each step may fail where accounts/ is apart and names ${swapping} be swapped`, async () => {
      const accounts = "as if apart";
      await failAtEachStep({ scenario, canExchange, accounts });
    });
  }
}

for (const scenario of ACROSS) {
  Deno.test({
    name: `${scenario}: each step may fail with accounts/ on another disk`,
    ignore: Deno.build.os !== "linux", // the arena needs /dev/shm
    fn: () =>
      failAtEachStep({ scenario, canExchange: true, accounts: "apart" }),
  });
}

async function failAtEachStep(
  { scenario, canExchange, accounts }: {
    scenario: string;
    canExchange: boolean;
    accounts: AccountsPlace;
  },
): Promise<void> {
  const found: unknown[] = [];
  const steps = await countSteps(scenario, { canExchange, accounts });
  for (let failAt = 1; failAt <= steps; failAt++) {
    const fault = FAULTS[failAt % FAULTS.length] ?? "halt";
    const files = { failAt, fault, canExchange };
    const { violations } = await runCase({ scenario, files, accounts });
    if (countViolations(violations) > 0) found.push({ ...files, violations });
  }
  assertEquals(found, []);
}
