import { assert, assertEquals } from "@std/assert";
import { turnAfterRest, withTurn } from "../../../lib/ledger/preferences.ts";
import {
  NEW_STATE,
  type State,
  withAccount,
} from "../../../lib/ledger/state.ts";
import { seeded } from "../../torture/random.ts";

const SEEDS = [1, 2, 3, 4, 5, 6];

for (const seed of SEEDS) {
  Deno.test(`withTurn() gives each account its share of 10,000 draws within 5 % (seed ${seed})`, () => {
    const weights = someWeights(seed);
    const draws = draw(withWeights(weights), 10_000, () => true);
    const total = sum(weights.values());
    for (const [index, weight] of weights) {
      const share = draws.filter((it) => it === index).length / draws.length;
      const wanted = weight / total;
      const difference = Math.abs(share - wanted) / wanted;
      assert(difference < 0.05, `account ${index}: ${share}, not ${wanted}`);
    }
  });

  Deno.test(`withTurn() never lets an account that is ready wait for longer than its share (seed ${seed})`, () => {
    const weights = someWeights(seed);
    const random = seeded(seed + 100);
    const restsUntil = new Map<number, number>();
    const lastDrawn = new Map<number, number>();
    const total = sum(weights.values());
    draw(withWeights(weights), 10_000, (index, at) => {
      const isFirst = (restsUntil.get(index) ?? 0) <= at;
      // Half of them rest at times, for up to 300 draws.
      if (isFirst && index % 2 === 0 && random.chance(0.002)) {
        restsUntil.set(index, at + random.between(1, 300));
      }
      const isReady = (restsUntil.get(index) ?? 0) <= at;
      if (!isReady) lastDrawn.delete(index);
      else if (!lastDrawn.has(index)) lastDrawn.set(index, at);
      return isReady;
    }, (index, at) => {
      const weight = weights.get(index) ?? 1;
      const most = Math.ceil(total / weight) + weights.size;
      for (const [other, since] of lastDrawn) {
        const limit = Math.ceil(total / (weights.get(other) ?? 1)) +
          weights.size;
        assert(at - since <= limit, `account ${other} starves`);
      }
      assert(at - (lastDrawn.get(index) ?? at) <= most);
      lastDrawn.set(index, at);
    });
  });
}

Deno.test("withTurn() does not flood an account that comes back after a rest", () => {
  const weights = new Map([[1, 1], [2, 1], [3, 1], [4, 1]]);
  const draws = draw(
    withWeights(weights),
    2_000,
    (index, at) => index !== 4 || at < 100 || at >= 1_900,
  );
  const back = draws.slice(1_900);
  assertEquals(back.filter((it) => it === 4).length, 25);
  assertEquals(new Set(back.slice(0, 4)).size, 4);
});

Deno.test("withTurn() does not flood a new account, or one that weighs more now", () => {
  let state = withWeights(new Map([[1, 1], [2, 1]]));
  const before = draw(state, 1_000, () => true, (_, __, it) => state = it);
  assertEquals(before.filter((it) => it === 1).length, 500);
  state = withAccount(withAccount(state, 3, { weight: 1 }), 1, { weight: 2 });
  const after = draw(state, 400, () => true);
  const counts = [1, 2, 3].map((it) => after.filter((n) => n === it).length);
  for (const [at, wanted] of [200, 100, 100].entries()) {
    assert(Math.abs((counts[at] ?? 0) - wanted) <= 2, counts.join());
  }
});

/** Draws as the strategy `weighted` does; returns the accounts in order. */
function draw(
  start: State,
  times: number,
  isReady: (index: number, at: number) => boolean,
  onDrawn: (index: number, at: number, state: State) => void = () => {},
): number[] {
  let state = start;
  const drawn: number[] = [];
  for (let at = 0; at < times; at++) {
    const turns = [...state.accounts]
      .filter(([index]) => isReady(index, at))
      .map(([index, { turn }]) => ({
        index,
        turn: turnAfterRest(turn, state.turn),
      }));
    const [first] = turns.toSorted((a, b) => a.turn - b.turn);
    if (!first) continue;
    state = withTurn(state, first.index);
    drawn.push(first.index);
    onDrawn(first.index, at, state);
  }
  return drawn;
}

function withWeights(weights: ReadonlyMap<number, number>): State {
  let state = NEW_STATE;
  for (const [index, weight] of weights) {
    state = withAccount(state, index, { weight });
  }
  return state;
}

function someWeights(seed: number): Map<number, number> {
  const random = seeded(seed);
  const count = random.between(2, 9);
  return new Map(
    Array.from({ length: count }, (_, at) => [at + 1, random.between(1, 20)]),
  );
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((all, it) => all + it, 0);
}
