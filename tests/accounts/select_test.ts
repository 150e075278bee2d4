import { assert, assertEquals } from "@std/assert";
import {
  selectAccount,
  type SelectOptions,
} from "../../lib/accounts/select.ts";
import type { Candidate } from "../../lib/types.ts";
import type { StrategyName } from "../../lib/mod.ts";
import { seeded } from "../torture/random.ts";

interface Choice {
  accounts: number[];
  /** Accounts that cannot be chosen. */
  not?: number[];
  active?: number;
  stuckTo?: number;
  pinnedTo?: number;
  sharedLogin?: number;
  /** How many runs an account has. */
  runs?: Record<number, number>;
  /** The next turn of an account. */
  turns?: Record<number, number>;
  order?: number[];
  stays?: number;
  leaves?: number;
}

/** The choice when the active account may stay, and when it may not. */
const CHOICES: Record<string, [StrategyName, Choice]> = {
  "the active one, else the next": [
    "round-robin",
    { accounts: [1, 2, 3], active: 2, stays: 2, leaves: 3 },
  ],
  "the first after the last": [
    "round-robin",
    { accounts: [1, 2, 3], active: 3, stays: 3, leaves: 1 },
  ],
  "the next one that is there where numbers are missing": [
    "round-robin",
    { accounts: [1, 5, 9], active: 5, stays: 5, leaves: 9 },
  ],
  "the one after an active one that is gone": [
    "round-robin",
    { accounts: [1, 5, 9], active: 3, stays: 5, leaves: 5 },
  ],
  "the next ready one when the active one is not": [
    "round-robin",
    { accounts: [1, 2, 3, 4], not: [2, 3], active: 2, stays: 4, leaves: 4 },
  ],
  "the first when none is active": [
    "round-robin",
    { accounts: [2, 3], stays: 2, leaves: 2 },
  ],
  "only the active one when no other is ready": [
    "round-robin",
    { accounts: [1, 2], not: [1], active: 2, stays: 2 },
  ],
  "nobody when none is ready": [
    "round-robin",
    { accounts: [1, 2], not: [1, 2], active: 1 },
  ],
  "nobody when there is none": ["round-robin", { accounts: [] }],

  "the first one again when it is ready again": [
    "fill-first",
    { accounts: [1, 2, 3], active: 3, stays: 1, leaves: 1 },
  ],
  "the first one that is ready": [
    "fill-first",
    { accounts: [1, 2, 3], not: [1], active: 2, stays: 2, leaves: 3 },
  ],

  "the first one in the order": [
    "fill-first",
    { accounts: [1, 2, 3], order: [3, 1], active: 1, stays: 3, leaves: 3 },
  ],
  "the first one in the order that is ready": [
    "fill-first",
    {
      accounts: [1, 2, 3, 4],
      order: [3, 4],
      not: [3],
      active: 4,
      stays: 4,
      leaves: 1,
    },
  ],
  "the next one in the order": [
    "round-robin",
    { accounts: [1, 2, 3], order: [3, 1], active: 3, stays: 3, leaves: 1 },
  ],
  "the one after those that the order names": [
    "round-robin",
    { accounts: [1, 2, 3], order: [3, 1], active: 1, stays: 1, leaves: 2 },
  ],
  "the first one in the order after the last": [
    "round-robin",
    { accounts: [1, 2, 3], order: [3, 1], active: 2, stays: 2, leaves: 3 },
  ],
  "the first one in the order when none is active": [
    "round-robin",
    { accounts: [1, 2, 3], order: [2], stays: 2, leaves: 2 },
  ],

  "the one used the longest ago": [
    "least-recently-used",
    { accounts: [3, 2, 1], active: 3, stays: 1, leaves: 1 },
  ],
  "the next longest ago when that is not ready": [
    "least-recently-used",
    { accounts: [3, 2, 1], not: [1], active: 2, stays: 2, leaves: 3 },
  ],

  "the sticky one": [
    "sticky",
    { accounts: [1, 2, 3], active: 1, stuckTo: 3, stays: 3, leaves: 3 },
  ],
  "the active one when the sticky one is not ready": [
    "sticky",
    {
      accounts: [1, 2, 3],
      not: [3],
      active: 1,
      stuckTo: 3,
      stays: 1,
      leaves: 2,
    },
  ],
  "the active one when nothing is sticky": [
    "sticky",
    { accounts: [1, 2], active: 2, stays: 2, leaves: 1 },
  ],

  "the one with the fewest runs": [
    "spread",
    { accounts: [1, 2, 3], runs: { 1: 2, 2: 1, 3: 2 }, stays: 2, leaves: 2 },
  ],
  "of two with as few runs the one used the longest ago": [
    "spread",
    { accounts: [3, 2, 1], runs: { 1: 1 }, active: 3, stays: 2, leaves: 2 },
  ],
  "the login on the link, and no other login beside it": [
    "spread",
    {
      accounts: [1, 2],
      runs: { 2: 9 },
      sharedLogin: 2,
      active: 2,
      stays: 2,
      leaves: 1,
    },
  ],
  "another login when the one on the link is not ready": [
    "spread",
    { accounts: [1, 2], not: [2], sharedLogin: 2, stays: 1, leaves: 1 },
  ],
  "the one whose turn is the earliest": [
    "weighted",
    {
      accounts: [1, 2, 3],
      turns: { 1: 30, 2: 10, 3: 20 },
      stays: 2,
      leaves: 2,
    },
  ],
  "the first in the order of two with the same turn": [
    "weighted",
    { accounts: [1, 2, 3], order: [3], active: 1, stays: 3, leaves: 3 },
  ],
  "the pinned one": [
    "round-robin",
    { accounts: [1, 2, 3], active: 1, pinnedTo: 3, stays: 3, leaves: 3 },
  ],
  "the pinned one, whatever has fewer runs": [
    "spread",
    { accounts: [1, 2], runs: { 2: 5 }, pinnedTo: 2, stays: 2, leaves: 2 },
  ],
  "as without a pin when the pinned one is not ready": [
    "round-robin",
    {
      accounts: [1, 2, 3],
      not: [3],
      active: 1,
      pinnedTo: 3,
      stays: 1,
      leaves: 2,
    },
  ],
};

for (const [whom, [strategy, choice]] of Object.entries(CHOICES)) {
  const { accounts, not = [], active, stuckTo, order = [] } = choice;
  const { stays, leaves, pinnedTo, sharedLogin } = choice;
  for (const mayStay of [true, false]) {
    Deno.test(`selectAccount() chooses by ${strategy}${mayStay ? "" : " for a switch"} ${whom}`, () => {
      const candidates = [...new Set([...order, ...accounts])]
        .filter((it) => accounts.includes(it))
        .map((it): Candidate => ({
          ...candidate(it, not.includes(it)),
          runs: choice.runs?.[it],
          turn: choice.turns?.[it],
        }));
      const options = {
        strategy,
        active,
        mayStay,
        stuckTo,
        pinnedTo,
        sharedLogin,
      };
      const chosen = selectAccount(candidates, options)?.index;
      assertEquals(chosen, mayStay ? stays : leaves);
    });
  }
}

Deno.test("selectAccount() visits every ready account exactly once with round-robin from any start", () => {
  const random = seeded(6);
  for (let turn = 0; turn < 500; turn++) {
    const indices = [
      ...new Set(
        Array.from(
          { length: random.between(1, 12) },
          () => random.between(1, 40),
        ),
      ),
    ].sort((a, b) => a - b);
    const candidates = indices.map((it) => candidate(it, random.chance(0.3)));
    const ready = candidates.filter((it) => it.obstacle === undefined)
      .map((it) => it.index);
    const visited: number[] = [];
    const start = random.between(0, 41);
    let active: number | undefined = start;
    for (const _ of ready) {
      const options: SelectOptions = {
        strategy: "round-robin",
        active,
        mayStay: false,
      };
      active = selectAccount(candidates, options)?.index;
      if (active !== undefined) visited.push(active);
    }
    assertEquals(visited.toSorted((a, b) => a - b), expectedOf(ready, start));
  }
});

Deno.test("selectAccount() reaches each of a thousand accounts", () => {
  const candidates = Array.from(
    { length: 1_000 },
    (_, at) => candidate(3 * at + 1),
  );
  const visited: (number | undefined)[] = [];
  let active: number | undefined = 1;
  do {
    active = selectAccount(candidates, {
      strategy: "round-robin",
      active,
      mayStay: false,
    })?.index;
    visited.push(active);
  } while (active !== 1);
  assertEquals(visited, [...candidates.slice(1).map((it) => it.index), 1]);
});

/** A switch from the only ready account finds no other one. */
function expectedOf(ready: readonly number[], start: number): number[] {
  return ready.length === 1 && ready[0] === start ? [] : [...ready];
}

/** The smaller the number of an account is, the earlier it was used. */
function candidate(index: number, isBusy = false): Candidate {
  return {
    index,
    lastUsedAt: index,
    obstacle: isBusy ? "resting" : undefined,
    readyAt: isBusy ? Infinity : 0,
    isProbed: false,
    kind: "oauth",
    isRefused: false,
  };
}

for (const jobs of [1, 3, 8, 20]) {
  Deno.test(`selectAccount() spreads 10,000 runs of ${jobs} jobs evenly, and leaves no account out`, () => {
    const random = seeded(jobs);
    const accounts = Array.from({ length: 5 }, (_, at) => at + 1);
    const counts = new Map<number, number>();
    const lastUsed = new Map<number, number>();
    const running: { index: number; until: number }[] = [];
    for (let now = 1; now <= 10_000; now++) {
      // A job is free again when its run has ended, the shortest one first.
      running.sort((a, b) => a.until - b.until);
      if (running.length === jobs) running.shift();
      const candidates = accounts.map((index): Candidate => ({
        ...candidate(index),
        lastUsedAt: lastUsed.get(index) ?? 0,
        runs: running.filter((it) => it.index === index).length,
      }));
      const fewest = Math.min(...candidates.map((it) => it.runs ?? 0));
      const chosen = selectAccount(candidates, {
        strategy: "spread",
        active: 1,
        mayStay: true,
      });
      if (!chosen) throw new Error("none is chosen");
      const { index } = chosen;
      assertEquals(chosen.runs, fewest);
      running.push({ index, until: now + random.between(1, 40) });
      counts.set(index, (counts.get(index) ?? 0) + 1);
      lastUsed.set(index, now);
    }
    for (const index of accounts) {
      const share = (counts.get(index) ?? 0) / 10_000;
      assert(Math.abs(share - 0.2) < 0.01, `account ${index}: ${share}`);
    }
  });
}
