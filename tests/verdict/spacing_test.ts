import { assert, assertEquals } from "@std/assert";
import { waitOf } from "../../lib/verdict/policy.ts";
import { seeded } from "../torture/random.ts";

Deno.test("waitOf() grows by the factor, up to the longest wait", () => {
  const spacing = { firstMs: 100, factor: 3, maxMs: 2_000 };
  const waits = [1, 2, 3, 4, 5].map((it) => waitOf(it, spacing));
  assertEquals(waits, [100, 300, 900, 2_000, 2_000]);
});

Deno.test("waitOf() never shrinks, overflows or exceeds the longest wait", () => {
  const random = seeded(3);
  for (let turn = 0; turn < 5_000; turn++) {
    const maxMs = random.between(1, 32 * 86_400_000);
    const spacing = {
      firstMs: random.between(1, maxMs),
      factor: 1 + random.next() * 99,
      maxMs,
    };
    const from = random.pick([1, 2, 20, 1_000, Number.MAX_SAFE_INTEGER - 1]);
    const [one, two] = [waitOf(from, spacing), waitOf(from + 1, spacing)];
    const described = JSON.stringify({ spacing, from, one, two });
    assert(one >= spacing.firstMs && one <= two && two <= maxMs, described);
  }
});
