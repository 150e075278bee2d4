import { assertEquals } from "@std/assert";
import {
  type Candidate,
  selectAccount,
  type SelectOptions,
  type StrategyName,
  toCandidates,
} from "../../lib/accounts/select.ts";
import {
  NEW_STATE,
  type State,
  withBlock,
  withCooldowns,
  withUse,
} from "../../lib/ledger/state.ts";
import { byOrder } from "../../lib/ledger/order.ts";
import { NOW, TIME } from "../support/account_folder.ts";
import { seeded } from "../torture/random.ts";

interface Choice {
  accounts: number[];
  /** Accounts that cannot be chosen. */
  not?: number[];
  active?: number;
  stuckTo?: number;
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
};

for (const [whom, [strategy, choice]] of Object.entries(CHOICES)) {
  const { accounts, not = [], active, stuckTo, order = [] } = choice;
  const { stays, leaves } = choice;
  for (const mayStay of [true, false]) {
    Deno.test(`selectAccount() chooses by ${strategy}${mayStay ? "" : " for a switch"} ${whom}`, () => {
      const candidates = accounts.map((index) =>
        candidate(index, not.includes(index))
      ).sort((a, b) => byOrder(order)(a.index, b.index));
      const options = { strategy, active, mayStay, stuckTo };
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

const COOLING = {
  model: undefined,
  until: NOW + 60_000,
  strikes: 1,
  reason: "quota",
  probeUntil: undefined,
  probeBy: undefined,
};

const READY: Omit<Candidate, "index"> = {
  lastUsedAt: 0,
  obstacle: undefined,
  readyAt: 0,
  isProbed: false,
  source: undefined,
  kind: "oauth",
  isRefused: false,
};

const OBSTACLES: Record<string, string> = {
  quota: "out of quota",
  throttle: "rate-limited",
  auth: "refused",
  "asked for": "resting (set by you)",
  "\x1b[2J\naccount 2: ready now": "resting",
  constructor: "resting",
  "": "resting",
};

for (const [reason, obstacle] of Object.entries(OBSTACLES)) {
  Deno.test(`toCandidates() calls an account ${obstacle} whose cooldown has the reason ${JSON.stringify(reason)}`, () => {
    const state = withCooldowns(NEW_STATE, 1, [{ ...COOLING, reason }]);
    const [it] = candidatesOf(state);
    assertEquals([it?.obstacle, it?.isProbed], [obstacle, false]);
  });
}

for (const isRunning of [true, false]) {
  Deno.test(`toCandidates() ${isRunning ? "waits for" : "forgets"} another call that tries an account and ${isRunning ? "is running" : "has ended"}`, () => {
    const probe = { probeUntil: NOW + 60_000, probeBy: "somebody" };
    const ended = { ...COOLING, until: NOW - 1, ...probe };
    const state = withCooldowns(NEW_STATE, 1, [ended]);
    const [it] = candidatesOf(state, { mayBeRunning: () => isRunning });
    assertEquals(
      [it?.obstacle, it?.isProbed, it?.readyAt],
      isRunning
        ? ["being tried by another run", true, NOW + 60_000]
        : [undefined, false, 0],
    );
  });
}

Deno.test("toCandidates() says why an account cannot be chosen and when it can", () => {
  let state: State = withUse(NEW_STATE, 1, TIME);
  state = withBlock(state, 3, "login needed", TIME);
  state = withCooldowns(state, 3, [COOLING]);
  state = withCooldowns(state, 4, [COOLING]);
  const except = new Set([5]);
  assertEquals(
    toCandidates(
      { slots: [1, 2, 3, 4, 5], keys: [], state, doubtful: new Set() },
      { now: NOW, except },
    ),
    [
      { ...READY, index: 1, lastUsedAt: NOW },
      { ...READY, index: 2 },
      { ...READY, index: 3, obstacle: "login needed", readyAt: Infinity },
      {
        ...READY,
        index: 4,
        obstacle: "out of quota",
        readyAt: NOW + 60_000,
        source: "provider",
      },
      { ...READY, index: 5, obstacle: "already tried" },
    ],
  );
});

Deno.test("toCandidates() counts the cooldowns of the requested model", () => {
  const state = withCooldowns(NEW_STATE, 1, [{ ...COOLING, model: "a" }]);
  const obstacleFor = (model?: string) =>
    candidatesOf(state, { model })[0]?.obstacle;
  assertEquals(
    ["a", "b", undefined].map(obstacleFor),
    ["out of quota for a", undefined, "out of quota for a"],
  );
});

/** Account 1 alone, with `state`, at `NOW`. */
function candidatesOf(
  state: State,
  options: Partial<Parameters<typeof toCandidates>[1]> = {},
): Candidate[] {
  const doubtful = new Set<number>();
  const snapshot = { slots: [1], keys: [], state, doubtful };
  return toCandidates(snapshot, { now: NOW, ...options });
}

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
