/**
 * Kills account-qwen at random while it works, and checks after each round that
 * no login is lost, none is in another account's slot, and no lock is left:
 * `deno task torture -- [--kills N] [--seed S] [--jobs J]`. Exits with 1 if a
 * check fails. The same seed draws the same numbers; how the processes
 * interfere depends on the scheduler. `--systematic` instead kills before every
 * step of every operation in turn.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import {
  addTally,
  killAtRandom,
  newTally,
  type Tally,
} from "../tests/torture/random_kills.ts";
import { killAtEveryStep } from "../tests/torture/systematic.ts";
import { denoDir } from "./deno_dir.ts";

const options = parseArgs(Deno.args.filter((it) => it !== "--"), {
  string: ["kills", "seed", "jobs"],
  boolean: ["systematic", "tally"],
  default: { kills: "10000", jobs: "2" },
});
const seed = Number(options.seed ?? Date.now() % 1_000_000);
const kills = Number(options.kills);

if (options.systematic) {
  let found = 0;
  const done = await killAtEveryStep((report) => {
    found++;
    console.error(report);
  });
  console.log(`${done} kills, ${found} violations`);
  Deno.exitCode = found > 0 ? 1 : 0;
} else if (options.tally) {
  const tally = await killAtRandom({
    kills,
    seed,
    onViolation: (report) => console.error(report),
  });
  console.log(JSON.stringify(tally));
} else {
  Deno.env.set("DENO_DIR", Deno.env.get("DENO_DIR") ?? await denoDir());
  const startedAt = performance.now();
  console.log(`seed ${seed}, ${kills} kills`);
  const jobs = Number(options.jobs);
  const share = Math.ceil(kills / jobs);
  const tallies = await Promise.all(
    Array.from({ length: jobs }, (_, at) => startJob(share, seed + at)),
  );
  const tally = tallies.reduce(addTally, newTally());
  const seconds = (performance.now() - startedAt) / 1_000;
  report(tally, seconds);
  const found = Object.values(tally.violations).some((it) => it > 0);
  Deno.exitCode = found || tallies.length < jobs ? 1 : 0;
}

/**
 * A process of its own, because each sees only the processes of its own arena.
 */
async function startJob(kills: number, seed: number): Promise<Tally> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", import.meta.filename ?? "", "--tally"],
      ...["--kills", String(kills), "--seed", String(seed)],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error(`The job of seed ${seed} ends with ${code}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

function report(tally: Tally, seconds: number): void {
  const { violations, events, operations } = tally;
  const lines: [string, number | string][] = [
    ["seed", seed],
    ["seconds", seconds.toFixed(0)],
    ["kills", tally.kills],
    ["operations completed", sum(Object.values(operations))],
    ["switches", events.account_switch ?? 0],
    ["refreshes of the agent", tally.refreshes],
    ["refreshes of our own", tally.ourRefreshes],
    ["adoptions", events.credential_adopted ?? 0],
    ["stashed", events.credential_stashed ?? 0],
    ["recoveries", events.recovered ?? 0],
    ["overwritten by the agent itself", tally.clobbered],
    ["revoked, the agent raced with itself", tally.races],
    ["revoked, the newest was with a killed process", tally.unsaved],
    ["revoked, the user asked for an older login", tally.asked],
    ["losses", violations.losses],
    ["wrong slots", violations.wrongSlots],
    ["revoked through our fault", violations.revocations],
    ["orphan locks", violations.orphanLocks],
    ["other violations", violations.others],
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  for (const [name, value] of lines) {
    console.log(`${name.padEnd(width)}  ${value}`);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, it) => total + it, 0);
}
