import { assertEquals } from "@std/assert";
import {
  agentIn,
  parseNamed,
  parseOrder,
} from "../../lib/ledger/state_document.ts";

const READ: [value: unknown, order: number[]][] = [
  [[3, 1], [3, 1]],
  [[3, 1, 3], [3, 1]],
  [[0, -1, 1.5, "2", null, 2], [2]],
  ["3, 1", []],
  [{ 3: 1 }, []],
  [undefined, []],
];

for (const [value, order] of READ) {
  Deno.test(`parseOrder() reads ${JSON.stringify(value)}`, () => {
    assertEquals(parseOrder(value), order);
  });
}

for (const value of [undefined, null, 1, "a", [0], { a: "1", b: 0, c: 1.5 }]) {
  Deno.test(`parseNamed() drops ${JSON.stringify(value)}`, () => {
    assertEquals(parseNamed(value, "sticky"), new Map());
  });
}

Deno.test("parseNamed() reads the account of each name", () => {
  assertEquals(parseNamed({ "/a b": 2 }, "sticky"), new Map([["/a b", 2]]));
});

for (const value of ["codex", '"codex"', "'codex'"]) {
  Deno.test(`agentIn() reads the agent ${value}`, () => {
    assertEquals(agentIn(`version: 1\nagent: ${value}\n`), "codex");
  });
}
