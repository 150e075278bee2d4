import "../../support/load_libc.ts";
import { assert, assertEquals } from "@std/assert";
import { MAIN } from "../../support/cli.ts";
import { killCommandsAtRandom } from "./cli_kills.ts";
import type { LoginKillsOptions } from "./arenas.ts";
import { killLoginsAtRandom } from "./login_kills.ts";
import type { LoginTally } from "./tally.ts";

const KILLS = 8;

for (const agent of ["codex", "claude"] as const) {
  Deno.test(`${KILLS} kills of what moves the logins of ${agent} lose none, and move none to another account`, async () => {
    await expectNone(agent, killLoginsAtRandom);
  });

  Deno.test(`${KILLS} kills of commands lose no login of ${agent}, and move none to another account`, async () => {
    await expectNone(
      agent,
      (options) => killCommandsAtRandom({ ...options, program: MAIN }),
    );
  });
}

async function expectNone(
  agent: "codex" | "claude",
  kill: (options: LoginKillsOptions) => Promise<LoginTally>,
): Promise<void> {
  const seed = Number(Deno.env.get("TORTURE_SEED") ?? 1);
  const reports: string[] = [];
  const { kills, violations } = await kill({
    agent,
    kills: KILLS,
    seed,
    onViolation: (report) => reports.push(report),
  });
  assertEquals(
    Object.entries(violations).filter(([, count]) => count > 0),
    [],
    `seed ${seed}\n${reports.join("\n")}`,
  );
  assert(kills >= KILLS);
}
