import { assert, assertEquals } from "@std/assert";
import {
  type Backoff,
  NO_BACKOFF,
  pauseBefore,
} from "../../lib/wrapper/backoff.ts";
import { seeded } from "../torture/random.ts";

const BASE = { baseMs: 100, capMs: 1_000, attempts: 6 };

Deno.test("pauseBefore() gives no second try by default", () => {
  assertEquals(pauseBefore(1, NO_BACKOFF, 0.5), undefined);
});

const PAUSES: Record<string, [Backoff, (number | undefined)[]]> = {
  "none": [{ ...BASE, name: "none" }, Array(7).fill(undefined)],
  "constant": [{ ...BASE, name: "constant" }, [
    ...Array(6).fill(100),
    undefined,
  ]],
  "constant beyond the cap": [
    { ...BASE, name: "constant", capMs: 30, attempts: 1 },
    [30, undefined],
  ],
  "exponential": [
    { ...BASE, name: "exponential" },
    [100, 200, 400, 800, 1_000, 1_000, undefined],
  ],
};

for (const [name, [backoff, pauses]] of Object.entries(PAUSES)) {
  Deno.test(`pauseBefore() grows as ${name} at the longest`, () => {
    const given = pauses.map((_, at) => pauseBefore(at + 1, backoff, 1));
    assertEquals(given, pauses);
  });
}

Deno.test("pauseBefore() draws an exponential pause from its whole range", () => {
  const random = seeded(7);
  const backoff: Backoff = {
    name: "exponential",
    baseMs: 100,
    capMs: 5_000,
    attempts: 10_000,
  };
  const shares: number[] = [];
  for (let attempt = 1; attempt <= 10_000; attempt++) {
    const longest = pauseBefore(attempt, backoff, 1) ?? NaN;
    const pause = pauseBefore(attempt, backoff, random.next()) ?? NaN;
    assert(pause >= 0 && pause <= longest && longest <= 5_000, `${pause} ms`);
    shares.push(pause / longest);
  }
  assert(Math.min(...shares) < 0.01 && Math.max(...shares) > 0.99);
});
