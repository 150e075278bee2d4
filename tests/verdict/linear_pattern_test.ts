import { assert, assertEquals, assertThrows } from "@std/assert";
import { compilePattern } from "../../lib/verdict/linear_pattern.ts";
import { seeded } from "../torture/random.ts";

type Random = ReturnType<typeof seeded>;

type Words = [string, ...string[]];

const ATOMS =
  "a b A . \\d \\w \\s \\b \\B ^ $ [ab] [^a] [a-c\\]] \\. (?:) é \\u0061 \\x62 1"
    .split(" ") as Words;
const TIMES = "* + ? {2} {1,3} {0,2}? {2,} *? +?".split(" ") as Words;
const LETTERS = [..."abcA1 \né."] as Words;

function patternOf(random: Random, depth: number): string {
  const count = random.between(1, 4);
  const parts = Array.from({ length: count }, () => {
    const isGroup = depth > 0 && random.chance(0.3);
    const open = random.pick([
      "(",
      "(?:",
      `(?<n${random.between(1, 9 ** 9)}>`,
    ]);
    const part = isGroup
      ? `${open}${patternOf(random, depth - 1)})`
      : random.pick(ATOMS);
    const isPlace = /^(?:\\[bB]|\^|\$)$/.test(part);
    return !isPlace && random.chance(0.3) ? part + random.pick(TIMES) : part;
  });
  const rest = depth > 0 && random.chance(0.25)
    ? `|${patternOf(random, depth - 1)}`
    : "";
  return parts.join("") + rest;
}

Deno.test("compilePattern() finds what RegExp finds in random patterns", () => {
  const random = seeded(11);
  for (let turn = 0; turn < 10_000; turn++) {
    const source = patternOf(random, 3);
    const [ours, theirs] = [compilePattern(source), new RegExp(source, "imsu")];
    const length = random.between(0, 9);
    const text = Array.from({ length }, () => random.pick(LETTERS)).join("");
    assertEquals(
      ours.test(text),
      theirs.test(text),
      JSON.stringify({ source, text }),
    );
  }
});

/** Patterns for which RegExp takes years. */
const HOSTILE = [
  "(a+)+b",
  "(a|a)*b",
  "(a|aa)+$b",
  "(a*)*c",
  "([a-z]+)*\\d",
  ".*a.*b.*c.*d.*e",
  "(x+x+)+y",
  "(.*)*(.*)*(.*)*=",
  "(a?){60}a{60}b",
  "(?:){1000000000}b",
  "((((?:){99999}){99999}){99999}){99999}b",
];

/** Enough for the slowest machine; each takes milliseconds. */
const DEADLINE_MS = 5_000;

for (const source of HOSTILE) {
  Deno.test(`compilePattern() searches a long text for ${source} in no time`, () => {
    const startedAt = performance.now();
    assertEquals(compilePattern(source).test("a".repeat(8_192)), false);
    const ms = performance.now() - startedAt;
    assert(ms < DEADLINE_MS, `${ms} ms`);
  });
}

const REFUSED: Record<string, RegExp> = {
  "(": /^is not a regular expression: Unterminated group$/,
  "[a": /^is not a regular expression/,
  "\\q": /^is not a regular expression/,
  "(a)\\1": /^has "\\1", which is not supported$/,
  "(?<n>a)\\k<n>": /^has "\\k</,
  "(?=a)b": /^has "\(\?="/,
  "(?!a)b": /^has "\(\?!"/,
  "(?<=a)b": /^has "\(\?<="/,
  "(?<!a)b": /^has "\(\?<!"/,
  "a{1000000}": /^repeats too much$/,
  "((a{1,9}){1,9}){1,9}": /^repeats too much$/,
  [`${"a".repeat(501)}`]: /^is longer than 500 characters$/,
};

for (const [source, problem] of Object.entries(REFUSED)) {
  Deno.test(`compilePattern() refuses ${source.slice(0, 30)}`, () => {
    const error = assertThrows(() => compilePattern(source), SyntaxError);
    assert(problem.test(error.message), error.message);
  });
}
