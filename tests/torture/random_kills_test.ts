import "../support/load_libc.ts";
import { assert, assertEquals } from "@std/assert";
import { killAtRandom } from "./random_kills.ts";

// That a CLI reads an older login than the newest one written, and so has the
// family revoked, still happens about once in 200 kills: `deno task torture`
// counts it and fails; here it is printed, for the README names it as a limit.
Deno.test("150 kills at random lose no login, fill no wrong slot and leave no lock", async () => {
  const seed = Number(Deno.env.get("TORTURE_SEED") ?? 1);
  const reports: string[] = [];
  const { kills, violations } = await killAtRandom({
    kills: 150,
    seed,
    onViolation: (report) => reports.push(report),
  });
  const { revocations, ...bad } = violations;
  if (Number(revocations) > 0) console.error(reports.join("\n"));
  assertEquals(
    Object.entries(bad).filter(([, count]) => Number(count) > 0),
    [],
    `seed ${seed}\n${reports.join("\n")}`,
  );
  assert(kills >= 150);
});
