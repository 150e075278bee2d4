import { Doctor } from "../../lib/doctor/doctor.ts";
import { runtime } from "../../lib/system/mod.ts";
import { type Arena, makeArena } from "./arena.ts";
import {
  awaitEnd,
  type Driver,
  startDriver,
  startStranger,
} from "./drivers.ts";
import {
  checkInvariants,
  countViolations,
  type Violations,
} from "./invariants.ts";
import { inWorld, note } from "./service.ts";
import { type Random, seeded } from "./random.ts";
import { readText } from "./read_text.ts";

/** How many kills, and where to begin. */
export interface RandomKillsOptions {
  /** How often a process is killed. */
  kills: number;
  /** The seed; the same seed draws the same numbers. */
  seed: number;
  /** How many processes work side by side. @default 2 */
  processes?: number;
  /** Called for every violation. */
  onViolation?: (report: string) => void;
}

/** The result. */
export interface Tally {
  /** Processes killed. */
  kills: number;
  /** Finished operations, by name. */
  operations: Record<string, number>;
  /** Logins that the agent has refreshed. */
  refreshes: number;
  /** Logins that account-qwen has refreshed. */
  ourRefreshes: number;
  /** Events of `rotation.log`, by name. */
  events: Record<string, number>;
  /** Families that were revoked because the agent raced with itself. */
  races: number;
  /** Families whose newest pair was lost with a killed process. */
  unsaved: number;
  /** Families that were revoked after the user had asked for an older login. */
  asked: number;
  /** Newest logins that the agent itself has overwritten or removed. */
  clobbered: number;
  /** The violations, by kind. */
  violations: Record<keyof Violations | "orphanLocks", number>;
}

/** How many kills an arena lasts, so that its accounts are not used up. */
const KILLS_IN_AN_ARENA = 40;

/** An empty tally. */
export function newTally(): Tally {
  return {
    kills: 0,
    operations: {},
    refreshes: 0,
    ourRefreshes: 0,
    events: {},
    races: 0,
    unsaved: 0,
    asked: 0,
    clobbered: 0,
    violations: {
      losses: 0,
      wrongSlots: 0,
      revocations: 0,
      others: 0,
      orphanLocks: 0,
    },
  };
}

/** Adds up the tallies of two jobs. */
export function addTally(a: Tally, b: Tally): Tally {
  return {
    kills: a.kills + b.kills,
    operations: addCounts(a.operations, b.operations),
    refreshes: a.refreshes + b.refreshes,
    ourRefreshes: a.ourRefreshes + b.ourRefreshes,
    events: addCounts(a.events, b.events),
    races: a.races + b.races,
    unsaved: a.unsaved + b.unsaved,
    asked: a.asked + b.asked,
    clobbered: a.clobbered + b.clobbered,
    violations: { ...a.violations, ...addCounts(a.violations, b.violations) },
  };
}

function addCounts(
  a: Record<string, number>,
  b: Record<string, number>,
): Record<string, number> {
  const sums = { ...a };
  for (const [name, count] of Object.entries(b)) {
    sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}

/**
 * Lets processes work side by side, kills each at a random moment or step,
 * recovers with an ordinary command, and checks the invariants after each
 * round.
 */
export async function killAtRandom(
  options: RandomKillsOptions,
): Promise<Tally> {
  const tally = newTally();
  for (let number = 0; tally.kills < options.kills; number++) {
    const seed = (options.seed * 1_000 + number) >>> 0;
    await tortureArena(tally, seed, options);
  }
  return tally;
}

async function tortureArena(
  tally: Tally,
  seed: number,
  options: RandomKillsOptions,
): Promise<void> {
  const random = seeded(seed);
  const enough = Math.min(options.kills, tally.kills + KILLS_IN_AN_ARENA);
  await using arena = await makeArena({
    accounts: random.between(2, 4),
    isApart: Deno.build.os === "linux" && random.between(1, 4) === 1,
  });
  await using strangers = new AsyncDisposableStack();
  for (let round = 1; tally.kills < enough; round++) {
    const { said, failures } = await killAll(arena, random, {
      ...options,
      tally,
    });
    if (random.chance(0.4)) strangers.use(startStranger(arena, random));
    const found = [
      ...failures,
      ...await recoverAndCheck(arena, random, tally),
    ];
    if (found.length === 0) continue;
    const { trace } = inWorld(arena.world, (it) => it);
    const log = (readText(`${arena.dir}/rotation.log`) ?? "").split("\n");
    const last = [...trace, ...log.slice(-20)];
    options.onViolation?.(
      [`arena ${seed}, round ${round}:`, ...found, ...said, ...last].join(
        "\n  ",
      ),
    );
    break; // later violations would have the same cause
  }
  countEvents(tally, arena);
}

/** Starts the processes, kills each, and returns what they had finished. */
async function killAll(
  arena: Arena,
  random: Random,
  { processes = 2, tally }: { processes?: number; tally: Tally },
): Promise<{ said: string[]; failures: string[] }> {
  const drivers: Driver[] = Array.from({ length: processes }, () => {
    const failAt = random.chance(0.5) ? random.between(1, 40) : undefined;
    const seed = random.between(1, 2 ** 31);
    return startDriver(arena, {
      seed,
      failAt,
      afterMs: random.between(0, 250),
    });
  });
  const said: string[] = [];
  const failures: string[] = [];
  for (const driver of drivers) {
    const { operations, killed, errors } = await awaitEnd(driver);
    inWorld(arena.world, (it) => note(it, `sees the end of ${driver.seed}`));
    if (killed) tally.kills++;
    else failures.push(`${driver.seed} ended by itself: ${errors}`);
    for (const it of operations) {
      tally.operations[it] = (tally.operations[it] ?? 0) + 1;
    }
    said.push(`${driver.seed}: ${operations.join(", ")}`);
  }
  tally.violations.others += failures.length;
  return { said, failures };
}

async function recoverAndCheck(
  arena: Arena,
  random: Random,
  tally: Tally,
): Promise<string[]> {
  const lines: string[] = [];
  const lock = await runtime.files.tryLock(
    `${arena.dir}/state.yaml.lock`,
    0o600,
  );
  if (!lock) {
    tally.violations.orphanLocks++;
    lines.push("nobody lives, but the lock is held");
  }
  lock?.[Symbol.dispose]();
  const before = checkInvariants(arena, arena.owners, { settled: false });
  const accounts = new Doctor({ dir: arena.dir });
  try {
    if (random.chance(0.5)) await accounts.switchNext().catch(() => {});
    await accounts.repair();
  } catch (error) {
    tally.violations.others++;
    lines.push(`no recovery: ${error instanceof Error ? error.stack : error}`);
  }
  const after = checkInvariants(arena, arena.owners, { settled: true });
  for (const [when, found] of [["before", before], ["after", after]] as const) {
    if (countViolations(found) === 0) continue;
    for (
      const kind of ["losses", "wrongSlots", "revocations", "others"] as const
    ) {
      tally.violations[kind] += found[kind].length;
      lines.push(
        ...found[kind].map((it) => `${when} recovery, ${kind}: ${it}`),
      );
    }
  }
  return lines;
}

function countEvents(tally: Tally, { world, dir }: Arena): void {
  inWorld(world, ({ families, ...counted }) => {
    tally.refreshes += counted.refreshes;
    tally.ourRefreshes += counted.ourRefreshes;
    tally.races += counted.races;
    tally.unsaved += counted.unsaved;
    tally.asked += counted.asked;
    const lost = Object.values(families).filter((it) => it.clobbered);
    tally.clobbered += lost.length;
  });
  for (const line of (readText(`${dir}/rotation.log`) ?? "").split("\n")) {
    if (!line) continue;
    const { event }: { event: string } = JSON.parse(line);
    tally.events[event] = (tally.events[event] ?? 0) + 1;
  }
}
