import "../support/load_libc.ts";
import { assert, assertEquals } from "@std/assert";
import { killAtRandom } from "./random_kills.ts";

Deno.test("150 random kills lose no login, revoke none, fill no wrong slot and leave no lock", async () => {
  const seed = Number(Deno.env.get("TORTURE_SEED") ?? 1);
  const reports: string[] = [];
  const { kills, violations } = await killAtRandom({
    kills: 150,
    seed,
    onViolation: (report) => reports.push(report),
  });
  assertEquals(
    Object.entries(violations).filter(([, count]) => Number(count) > 0),
    [],
    `seed ${seed}\n${reports.join("\n")}`,
  );
  assert(kills >= 150);
});
