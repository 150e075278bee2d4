import type { LoginArena } from "./login_arena.ts";
import {
  checkLogins,
  type LoginViolations,
  type Mishaps,
  readNotes,
} from "./login_invariants.ts";
import type { Settled } from "./levels.ts";

/** What a job of kills has done. */
export interface LoginTally extends Mishaps {
  /** Processes killed. */
  kills: number;
  /** Finished operations, by name. */
  operations: Record<string, number>;
  /** How often a user has run the agent. */
  plainRuns: number;
  /** Folders that were left as locks of the agent, by a killed process. */
  lockFolders: number;
  /** The tokens that the agent has refreshed. */
  refreshes: number;
  /** The violations, by kind. */
  violations: Record<keyof LoginViolations, number>;
}

/** An empty tally. */
export function newLoginTally(): LoginTally {
  return {
    kills: 0,
    operations: {},
    plainRuns: 0,
    lockFolders: 0,
    refreshes: 0,
    races: 0,
    removed: 0,
    dropped: 0,
    stashed: 0,
    unowned: 0,
    violations: { losses: 0, wrongPlaces: 0, spentTwice: 0, others: 0 },
  };
}

/** Adds up the tallies of two jobs. */
export function addTallies(a: LoginTally, b: LoginTally): LoginTally {
  const { operations, violations, ...counts } = b;
  const sum = { ...a, ...addCounts(a, counts) };
  return {
    ...sum,
    operations: addCounts(a.operations, operations),
    violations: { ...a.violations, ...addCounts(a.violations, violations) },
  };
}

function addCounts(a: object, b: object): Record<string, number> {
  const all: Record<string, unknown> = { ...a };
  return Object.fromEntries(
    Object.entries(b).map(([name, it]) => [name, it + Number(all[name] ?? 0)])
      .concat(
        Object.entries(all).filter(([name]) => !(name in b))
          .filter(([, it]) => typeof it === "number"),
      ),
  );
}

const KINDS = ["losses", "wrongPlaces", "spentTwice", "others"] as const;

/** Checks an arena after a round; returns what is wrong, one line each. */
export function checkRound(
  arena: LoginArena,
  tally: LoginTally,
  { problems, before, ...record }: Settled & {
    /** How many tokens were spent twice before the round. */
    before: number;
  },
): { lines: string[]; mishaps: Mishaps } {
  const since = arena.service.book.spentTwice.slice(before);
  const { violations, mishaps } = checkLogins(arena, { ...record, since });
  tally.violations.others += problems.length;
  const lines = [...problems];
  for (const kind of KINDS) {
    tally.violations[kind] += violations[kind].length;
    lines.push(...violations[kind].map((it) => `${kind}: ${it}`));
  }
  tally.races += mishaps.races;
  return { lines, mishaps };
}

/** Adds what has become of the logins of an arena in the end. */
export function addArena(
  tally: LoginTally,
  { service }: LoginArena,
  { removed, dropped, stashed, unowned }: Mishaps,
): void {
  tally.removed += removed;
  tally.dropped += dropped;
  tally.stashed += stashed;
  tally.unowned += unowned;
  tally.refreshes += service.book.refreshes;
}

/** Describes a violation, with the last that the fakes have noted. */
export function report(
  { notes }: LoginArena,
  what: string,
  lines: readonly string[],
): string {
  const last = readNotes(notes).slice(-40).map(({ at, ...it }) =>
    `${new Date(at).toISOString().slice(14)} ${JSON.stringify(it)}`
  );
  return [what, ...lines, ...last].join("\n  ");
}
