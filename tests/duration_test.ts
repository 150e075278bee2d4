import { assertEquals } from "@std/assert";
import { parseDuration } from "../lib/amounts.ts";

const DURATIONS: Record<string, number> = {
  "45s": 45_000,
  "45": 45_000,
  "500ms": 500,
  "2m": 120_000,
  "1.5m": 90_000,
  "2h": 7_200_000,
  "1d": 86_400_000,
  "0.001s": 1,
  "1h30m": 5_400_000,
  "2d4h": 187_200_000,
  "1d2h3m4s5ms": 93_784_005,
  "1m500ms": 60_500,
};

for (const [text, ms] of Object.entries(DURATIONS)) {
  Deno.test(`parseDuration() reads ${text} as ${ms} ms`, () => {
    assertEquals(parseDuration(text), ms);
  });
}

const NO_DURATIONS = [
  "",
  "s",
  "soon",
  "0",
  "0s",
  "-5s",
  "5 s",
  "5w",
  "5S",
  "1e3",
  "1h30",
  "30m1h",
  "1h1h",
  "1h 30m",
  "0h0m",
  ".5s",
  "5.s",
  "Infinity",
  "9".repeat(400),
];

for (const text of NO_DURATIONS) {
  Deno.test(`parseDuration() returns undefined for "${text}"`, () => {
    assertEquals(parseDuration(text), undefined);
  });
}
