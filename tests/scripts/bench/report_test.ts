import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  describeMachine,
  requireSameMachine,
} from "../../../scripts/bench/machine.ts";
import {
  measurePairs,
  ratiosOf,
  spreadOf,
} from "../../../scripts/bench/paired.ts";
import {
  compareReports,
  formatReport,
  intoDocument,
  type Report,
} from "../../../scripts/bench/report.ts";
import {
  keepsWithin,
  measureRow,
  type Row,
  type RowContext,
} from "../../../scripts/bench/row.ts";

const ROW: Row = {
  name: "one",
  what: "ours",
  baseline: "theirs",
  limits: { ratio: 1.5 },
  measure: () =>
    Promise.resolve({ ours: [20, 30, 40], baseline: [10, 20, 40] }),
};

// No row here runs a program.
const CONTEXT = { rounds: 3, isQuick: true } as RowContext;

const MACHINE = {
  fingerprint: "0123456789abcdef",
  system: "linux x86_64",
  processors: 4,
  memoryGiB: 16,
  deno: "2.9.6",
};

Deno.test("measurePairs() measures both in turn and drops the first round", async () => {
  const calls: string[] = [];
  const note = (name: string) => () => Promise.resolve(calls.push(name));
  const pairs = await measurePairs(2, {
    ours: note("ours"),
    baseline: note("theirs"),
  });
  assertEquals(calls.join(), "theirs,ours,theirs,ours,theirs,ours");
  assertEquals(pairs, { ours: [4, 6], baseline: [3, 5] });
});

Deno.test("ratiosOf() and spreadOf() compare each round, not the medians", () => {
  const ratios = ratiosOf({ ours: [20, 30, 40], baseline: [10, 20, 40] });
  assertEquals(ratios, [2, 1.5, 1]);
  assertEquals(spreadOf(ratios), { low: 1.25, median: 1.5, high: 1.75 });
});

for (
  const [what, limits, isMet] of [
    ["the ratio is at its limit", { ratio: 2 }, true],
    ["the ratio is above", { ratio: 1.9 }, false],
    ["ours is more by more than allowed", { more: 9 }, false],
    ["ours is above the absolute limit", { ratio: 3, most: 19 }, false],
  ] as const
) {
  Deno.test(`keepsWithin() is ${isMet} when ${what}`, () => {
    const seen = { ratio: 2, more: 10, most: 20 };
    assertEquals(keepsWithin(limits, seen), isMet);
  });
}

Deno.test("measureRow() reports an error, and does not stop the other rows", async () => {
  const measure = () => Promise.reject(new Error("Cannot a | b\nand more"));
  const result = await measureRow({ ...ROW, measure }, CONTEXT);
  assertEquals("problem" in result && result.problem, "Cannot a   b");
});

Deno.test("formatReport() shows the result of a row and whether it passes", async () => {
  const tables = formatReport(await report(MACHINE));
  assertStringIncludes(
    tables,
    "| ours | theirs | 30.0 (25.0–35.0) ms | 20.0 (15.0–30.0) ms " +
      "| x 1.50 (1.25–1.75) | <= x 1.50 | yes |",
  );
});

Deno.test("compareReports() compares a row with its earlier result", async () => {
  const now = await report(MACHINE);
  assertEquals(compareReports(now, now), ["one: x 1.50 -> x 1.50"]);
});

Deno.test("compareReports() throws when the machines differ", async () => {
  const [here, there] = [
    await report(MACHINE),
    await report({ ...MACHINE, fingerprint: "fedcba9876543210" }),
  ];
  assertThrows(() => compareReports(here, there), Error, "another machine");
});

Deno.test("describeMachine() returns the same each time, and no name", async () => {
  const [a, b] = [await describeMachine(), await describeMachine()];
  requireSameMachine(a, b);
  assertEquals(JSON.stringify(a).includes(Deno.hostname()), false);
});

Deno.test("intoDocument() replaces only what is between the marks", () => {
  const text = "a\n<!-- bench -->\nold\n<!-- end of bench -->\nb\n";
  assertEquals(
    intoDocument(text, "new"),
    "a\n<!-- bench -->\n\nnew\n\n<!-- end of bench -->\nb\n",
  );
  assertThrows(() => intoDocument("a", "new"), Error, "Cannot put the tables");
});

async function report(machine: Report["machine"]): Promise<Report> {
  const row = await measureRow(ROW, CONTEXT);
  if ("problem" in row) throw new Error(row.problem);
  const time = "2026-11-21T08:35:00.123Z";
  return { time, machine, rows: [row], failed: [], functions: [] };
}
