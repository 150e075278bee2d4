import "../support/load_libc.ts";
import { assertEquals } from "@std/assert";
import { killAtRandom } from "./random_kills.ts";

Deno.test("150 kills at random lose no login and leave no lock", async () => {
  const reports: string[] = [];
  const seed = Number(Deno.env.get("TORTURE_SEED") ?? 1);
  const { kills, violations } = await killAtRandom({
    kills: 150,
    seed,
    onViolation: (report) => reports.push(report),
  });
  assertEquals(reports, [], `seed ${seed}`);
  assertEquals(kills >= 150, true);
  assertEquals(Object.values(violations).filter(Boolean), []);
});
