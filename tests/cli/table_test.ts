import { assert, assertEquals } from "@std/assert";
import { displayWidth } from "../../lib/cli/screen/wrap.ts";
import { formatTable } from "../../lib/cli/screen/table.ts";

Deno.test("formatTable() aligns each column to its widest cell", () => {
  assertEquals(
    formatTable([["", "account", "kind"], ["*", "1", "oauth"], ["", "12", ""]]),
    ["   account  kind", "*  1        oauth", "   12"],
  );
});

Deno.test("formatTable() aligns rows of different lengths", () => {
  const rows = [["a"], ["bbb", "c"], []];
  assertEquals(formatTable(rows), ["a", "bbb  c", ""]);
});

Deno.test("formatTable() returns no line when there are no rows", () => {
  assertEquals(formatTable([]), []);
});

Deno.test("formatTable() aligns by the width of letters", () => {
  const rows = [["名前", "a"], ["work", "b"], ["e\u0301\u200b", "c"]];
  assertEquals(formatTable(rows), [
    "名前  a",
    "work  b",
    "e\u0301\u200b     c",
  ]);
});

Deno.test("formatTable() makes control characters visible before it aligns", () => {
  const rows = [["\x1b[2J\r", "a"], ["b", "c"]];
  assertEquals(formatTable(rows), ["\\x1b[2J\\x0d  a", "b            c"]);
});

Deno.test("formatTable() keeps a cell in its line and its direction", () => {
  const cell = "a\nb\tc\u2028d\u202ee";
  assertEquals(formatTable([[cell, "x"]]), ["a b c d\\u202ee  x"]);
});

Deno.test("formatTable() shortens the widest cells to fit", () => {
  const rows = [["1", "a".repeat(20), "b".repeat(12)]];
  assertEquals(formatTable(rows, { width: 27 }), [
    "1  aaaaaaaaaa…  bbbbbbbbbb…",
  ]);
});

Deno.test("formatTable() changes nothing when all fits", () => {
  const rows = [["1", "a".repeat(20)]];
  assertEquals(formatTable(rows, { width: 23 }), formatTable(rows));
});

Deno.test("formatTable() shortens only columns that may be shortened", () => {
  const rows = [["a".repeat(20), "b".repeat(12)]];
  assertEquals(formatTable(rows, { width: 30, shrinkable: [1] }), [
    `${"a".repeat(20)}  bbbbbbb…`,
  ]);
});

Deno.test("formatTable() shortens labels to 16 columns before it drops a column or shortens others", () => {
  const rows = [["l".repeat(40), "kind", "s".repeat(40)]];
  const options = { shrinkable: [], labels: [0], droppable: [1] };
  assertEquals(formatTable(rows, { ...options, width: 64 }), [
    `${"l".repeat(15)}…  kind  ${"s".repeat(40)}`,
  ]);
  assertEquals(formatTable(rows, { ...options, width: 50 }), [
    `${"l".repeat(15)}…  ${"s".repeat(31)}…`,
  ]);
});

const ALIKE: Record<string, { cells: string[]; width: number; cut: string[] }> =
  {
    "by their ends": {
      cells: ["minute, qwen3-coder-plus", "minute, qwen3-coder-flash"],
      width: 12,
      cut: ["minute,…plus", "minute…flash"],
    },
    "by what differs first where ends are long": {
      cells: ["hour, qwen3-max-2026-01-23", "hour, qwen3-vl-2026-01-23"],
      width: 10,
      cut: ["…max-2026…", "…vl-2026-…"],
    },
    "in one step more where three are alike": {
      cells: ["minute, model-a-1", "minute, model-a-2", "minute, model-b-1"],
      width: 9,
      cut: ["minut…a-1", "minut…a-2", "minut…b-1"],
    },
    "where one is the beginning of the other": {
      cells: ["minute, qwen3", "minute, qwen3-max"],
      width: 8,
      cut: ["minute,…", "min…-max"],
    },
    "by one letter where there is room for no more": {
      cells: ["minute, qwen3-coder-plus", "minute, qwen3-coder-flash"],
      width: 2,
      cut: ["…p", "…f"],
    },
    "by the width of letters": {
      cells: ["minute, 名前名前名", "minute, 名前名前前"],
      width: 8,
      cut: ["minut…名", "minut…前"],
    },
  };

for (const [how, { cells, width, cut }] of Object.entries(ALIKE)) {
  Deno.test(`formatTable() keeps distinct cells apart ${how}`, () => {
    const rows = cells.map((it) => [it]);
    assertEquals(formatTable(rows, { width, distinct: [0] }), cut);
  });
}

Deno.test("formatTable() shortens cells that are the same alike", () => {
  const rows = [["minute, qwen3-coder"], ["minute, qwen3-coder"], ["week"]];
  assertEquals(formatTable(rows, { width: 8, distinct: [0] }), [
    "minute,…",
    "minute,…",
    "week",
  ]);
});

Deno.test("formatTable() drops columns when shortening is not enough", () => {
  const rows = [["1", "personal account", "2026-11-21", "9"]];
  const options = { shrinkable: [1], droppable: [2, 3] };
  assertEquals(formatTable(rows, { ...options, width: 26 }), [
    "1  persona…  2026-11-21  9",
  ]);
  assertEquals(formatTable(rows, { ...options, width: 25 }), [
    "1  personal account  9",
  ]);
  assertEquals(formatTable(rows, { ...options, width: 13 }), [
    "1  personal…",
  ]);
});

Deno.test("formatTable() fits every width that leaves room for two columns of each cell", () => {
  const rows = [
    ["", "account", "label", "state", "token expires"],
    ["*", "1", "私の仕事用アカウント🦕", "ready", "2026-11-21 08:35"],
    ["", "12", "e\u0301".repeat(30), "login needed", "-"],
  ];
  const options = { shrinkable: [2, 3], droppable: [4] };
  for (let width = 14; width <= 200; width++) {
    for (const line of formatTable(rows, { ...options, width })) {
      assert(displayWidth(line) <= width, `${width}: ${line}`);
    }
  }
});
